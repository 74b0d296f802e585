"""The ledger: one append-only, hash-chained list of entries per consultation."""
