"""E-mail about replies, for those who ask for it."""
