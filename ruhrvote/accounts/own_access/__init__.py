"""The person's own access: name, e-mail address, password, and open logins."""
