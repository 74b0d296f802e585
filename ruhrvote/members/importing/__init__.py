"""Bringing a chamber's members in from a file: uploaded, read, checked and applied, all of it or nothing."""
