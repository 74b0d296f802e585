"""The first admin of an installation, whom nobody is there to create: with a code that the server prints."""
