"""Who takes part: organisations, their accounts, logging in, and who may do what."""
