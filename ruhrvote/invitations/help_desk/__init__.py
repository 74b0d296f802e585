"""The help desk: one organisation at a time, for those who call."""
