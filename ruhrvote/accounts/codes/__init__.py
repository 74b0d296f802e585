"""Access codes: what a letter carries, so that an organisation gets in without an account."""
