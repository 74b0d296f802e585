"""Counting: from weak orders to tallies, scores and ranks. Pure functions; uses only the standard library and numpy."""
