"""The second factor of staff: an authenticator app, passkeys, recovery codes."""
