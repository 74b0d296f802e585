"""The change signal: tells the streams of this process that some process has committed to a ledger."""
