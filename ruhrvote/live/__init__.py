"""The change signal: tells the streams of one process that something was committed by any process."""
