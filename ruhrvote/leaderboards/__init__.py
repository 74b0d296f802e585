"""Boards: the in-memory scoreboard, the gate that decides what may be seen, and the pages."""
