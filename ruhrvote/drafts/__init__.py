"""The draft: what an organisation's people prepare together, up to its submission as the ballot."""
