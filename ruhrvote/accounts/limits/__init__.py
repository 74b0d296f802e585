"""What guessing costs: attempts counted for each account, network address and browser, in the database."""
