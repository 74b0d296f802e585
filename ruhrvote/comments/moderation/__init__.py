"""Moderation of the discussion: what was reported or waits, hiding with a reason, restoring."""
