"""Whom a chamber has: organisations and accounts by hand, from files, and those that are there twice."""
