"""The discussion of each idea."""
