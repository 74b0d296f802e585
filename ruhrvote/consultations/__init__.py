"""A consultation: its rules, its roll and its life from draft to publication."""
