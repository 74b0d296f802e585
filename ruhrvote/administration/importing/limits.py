"""How much a file may hold, and the reason why one is not read: hostile files end here, early and cheaply."""

from __future__ import annotations

MOST_BYTES = 200_000_000  # of an upload
MOST_ROWS = 400_000
MOST_COLUMNS = 100
LONGEST_LINE = 65_536  # bytes of CSV
LONGEST_CELL = 32_767  # characters, as many as Excel allows
MOST_ENTRIES = 2_000  # files inside a workbook
MOST_UNPACKED = 600_000_000  # bytes, all files of a workbook together
MOST_OF_A_PART = 2_000_000  # bytes, of what only leads to the sheet
HIGHEST_RATIO = 200  # unpacked to packed; a list of members has about 10
HARMLESS = 10_000_000  # bytes, up to which the ratio does not matter
MOST_STRINGS = 5_000_000
MOST_STRING_BYTES = 64_000_000
MOST_ODD_ELEMENTS = 200_000  # elements of a sheet that are no row and no cell


class Unreadable(Exception):
    """The file is not read; `problem` is the reason's name in texts.PROBLEMS, `detail` a number or a name to it."""

    def __init__(self, problem: str, detail: str | int = ""):
        super().__init__(problem)
        self.problem = problem
        self.detail = str(detail)[:100]
