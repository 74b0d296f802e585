"""The themes and ideas of a consultation."""
