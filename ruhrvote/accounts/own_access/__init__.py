"""The own access: name, e-mail address, password, and where one is logged in."""
