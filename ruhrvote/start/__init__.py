"""The first page: for visitors what this is, for each role what to do next."""
