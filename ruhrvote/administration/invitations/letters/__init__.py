"""The letters themselves: PDFs for a print shop, and tables for mail merge."""
