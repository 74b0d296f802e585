"""Dragging ideas on the order page, with the mouse and with a finger."""

from __future__ import annotations

from playwright.sync_api import CDPSession, Page, expect

FIRST, LAST = ".places > :first-child", ".places > :last-child"  # where the page shows what is dragged


def point(page: Page, selector: str, down: float = 0.5) -> tuple[float, float]:
    """A point on the screen, a little left of an element's middle and this share of its height below its top."""
    box = page.locator(selector).bounding_box()
    assert box is not None
    return box["x"] + box["width"] * 0.4, box["y"] + box["height"] * down


def grip(page: Page, number: int) -> tuple[float, float]:
    """Where an idea is taken to drag it."""
    page.locator(f"#idea-{number} [data-handle]").scroll_into_view_if_needed()
    return point(page, f"#idea-{number} [data-handle]")


def drag(page: Page, number: int, selector: str, down: float, shown_at: str) -> None:
    """Take an idea by the handle and hold it over a place, until the page shows it there."""
    page.mouse.move(*grip(page, number))
    page.mouse.down()
    x, y = point(page, selector, down)
    page.mouse.move(x, y - 4, steps=8)
    page.mouse.move(x, y, steps=4)
    expect(page.locator(f"{shown_at}.sortable-ghost")).to_have_count(1)


class Finger:
    """One finger on a touch screen."""

    def __init__(self, page: Page):
        self.session: CDPSession = page.context.new_cdp_session(page)
        self.at = (0.0, 0.0)

    def _send(self, kind: str, *points: tuple[float, float]) -> None:
        touches = [{"x": x, "y": y} for x, y in points]
        self.session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    def down(self, at: tuple[float, float]) -> None:
        self.at = at
        self._send("touchStart", at)

    def move(self, to: tuple[float, float], steps: int = 10) -> None:
        (x, y), (to_x, to_y) = self.at, to
        for step in range(1, steps + 1):
            self._send("touchMove", (x + (to_x - x) * step / steps, y + (to_y - y) * step / steps))
        self.at = to

    def up(self) -> None:
        self._send("touchEnd")
