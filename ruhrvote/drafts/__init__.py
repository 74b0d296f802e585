"""The draft: the ranking that an organisation's people prepare together and submit as the ballot."""
