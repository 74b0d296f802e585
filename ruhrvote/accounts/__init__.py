"""Organisations, their accounts, logging in, and permissions."""
