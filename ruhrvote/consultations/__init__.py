"""A consultation: its rules, its roll and its lifecycle from draft to archive."""
