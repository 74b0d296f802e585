"""The ballot: a shared draft, the submitted versions and their receipts."""
