"""What is stored about a person: shown, erased, and forgotten in time."""
