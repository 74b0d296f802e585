"""The second factor of staff: authenticator app, passkeys and recovery codes."""
