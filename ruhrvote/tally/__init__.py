"""Counting: weak orders in, tallies, scores and ranks out. Pure: standard library and numpy alone."""
