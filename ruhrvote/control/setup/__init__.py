"""Setting up a consultation before it opens: texts, ideas, groups, rules, dates, preview."""
