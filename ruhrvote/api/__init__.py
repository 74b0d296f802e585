"""The public API: read-only JSON with the same figures as the pages."""
