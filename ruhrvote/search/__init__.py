"""Full-text search in German and English: the same words match on SQLite and on PostgreSQL."""
