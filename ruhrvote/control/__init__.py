"""Running a consultation: the control room, its checklist, the audit trail, the outbox and the set-up."""
