"""The outbox: what is to be sent by e-mail, and sending it."""
