"""Work that outlives a request: one table and one rule for claims, tries, crashes, progress, files and retention."""
