"""Writers of files: the one place where tables become CSV, XLSX and JSON."""
