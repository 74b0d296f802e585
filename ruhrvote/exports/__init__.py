"""Every file of results that leaves the system."""
