"""The report for a board meeting: one sheet, slides or the full text, from the same functions as the screen."""
