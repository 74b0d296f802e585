"""Running a consultation: organisations and accounts, rules, opening, closing, publishing."""
