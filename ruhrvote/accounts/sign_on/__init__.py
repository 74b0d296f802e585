"""Logging in by an OpenID Connect provider that the operator has configured."""
