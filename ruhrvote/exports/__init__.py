"""Every file of results that leaves the system, made from the same tables."""
