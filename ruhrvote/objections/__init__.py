"""Objections: an organisation says that a submitted version of its ballot is not its own, and what follows from it."""
