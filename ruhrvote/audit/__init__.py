"""The audit trail: who did what, when, on which object; append-only, apart from the ledger, which is about results."""
