"""The audit trail: who did what, when, on which object. Append-only; separate from the ledger, which is for results."""
