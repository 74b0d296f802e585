"""Running a consultation: control room, checklist, audit trail, outbox and set-up."""
