"""Rate limits against guessing: attempts are counted by account, network address and browser, in the database."""
