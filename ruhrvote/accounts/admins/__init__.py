"""Consultation admins: how a further one is made by two, and which two of them may act as two."""
