"""A chamber's shortlist: ideas that it follows up, its notes, and what it publishes about them."""
