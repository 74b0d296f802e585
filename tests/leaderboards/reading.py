"""A short notation for rankings in tests, and reading a board's table."""

from __future__ import annotations

from tests.pages import Page, text_of

BOARDS = "/consultations/round/boards"
ENGLISH = {"Accept_Language": "en"}


def ranking(*answers: str) -> str:
    """A ranking of six ideas, `1A` or `1` for each; what is left out is open."""
    return "".join(f"{answer}~"[:2] for answer in (*answers, *"0" * (6 - len(answers))))


def rows(page: Page) -> list[str]:
    """The rows of the board's first table, as they are read."""
    table = page.root.find(".//*[@id='board-table']//tbody")
    return [] if table is None else [text_of(row) for row in table]


def numbers(page: Page) -> list[int]:
    """The ideas in the order of the board's table."""
    return [
        int(row.get("id", "").removeprefix("row-")) for row in page.root.findall(".//*[@id='board-table']//tbody/tr")
    ]


def row(page: Page, number: int) -> str:
    return text_of(page.root.find(f".//*[@id='row-{number}']"))
