"""How the letters and mails of a chamber look and what they say."""
