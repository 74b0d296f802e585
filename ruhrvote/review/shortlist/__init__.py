"""The chamber's shortlist: ideas that it takes further, with notes, and what it publishes of them."""
