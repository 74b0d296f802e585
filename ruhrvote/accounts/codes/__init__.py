"""Access codes: printed in letters, so that an organisation can log in without an account."""
