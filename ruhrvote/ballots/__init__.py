"""The submitted ballot: its versions and their receipts."""
