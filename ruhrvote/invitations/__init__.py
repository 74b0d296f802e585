"""Invitations and reminders by letter and by e-mail: ordered here, produced by the worker."""
