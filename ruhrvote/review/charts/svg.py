"""Drawing SVG with a few shapes and real text, for pages and for files.

Every element has its light colour as an attribute, so that a file needs no style sheet, and a class, with which
static/components/picture.css recolours it on pages for dark mode and print. The Content-Security-Policy forbids inline
styles.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDE, NARROW = 760, 340  # widths in pixels: for screen and paper, for a phone
FONTS = "Fira Sans, Liberation Sans, DejaVu Sans, Arial, sans-serif"
TEXT, MUTED, GRID, GROUND = "#131525", "#4b5066", "#c3c7d6", "#ffffff"
BAR, INTERVAL = "#4f6fbf", "#131525"
SERIES = ("#0a5e93", "#b34700", "#00694a", "#7a3f78", "#5c5200")  # distinct for colour-blind people; shapes differ too
# From pale yellow over green to dark blue: each is darker than the one before, also in grey and for the colour-blind.
HEAT = ("#fdf6c3", "#e3ecaa", "#b9dd9c", "#86c998", "#58b196", "#217783", "#265f7e", "#2c4573", "#2d2a5e")
HEAT_EDGES = (30, 35, 40, 45, 55, 60, 65, 70)  # scores at which the next colour begins; 50 has the middle colour
FIRST_DARK = 5  # from this colour on, text in a field is white


def heat_of(score: float) -> int:
    """The index in HEAT of a score's colour."""
    return sum(score >= edge for edge in HEAT_EDGES)


class Drawing:
    """A drawing to which shapes are added; x to the right, y downwards, in units of about a pixel."""

    def __init__(self, key: str, width: float, height: float, title: str, description: str):
        self.width, self.height = width, height
        self._key, self._title, self._description = key, title, description
        self._parts: list[str] = []

    def text(
        self, x: float, y: float, words: str, *, size: float = 14, anchor: str = "start", colour: str = TEXT,
        bold: bool = False, turned: bool = False,
    ) -> None:  # fmt: skip
        """Add a text with its baseline at y; turned: rotated, upwards to the right."""
        name = {TEXT: "p-text", MUTED: "p-muted"}.get(colour, "p-on-field")
        turn = f' transform="rotate(-50 {_n(x)} {_n(y)})"' if turned else ""
        weight = ' font-weight="600"' if bold else ""
        self._parts.append(
            f'<text class="{name}" x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" text-anchor="{anchor}"'
            f' fill="{colour}"{weight}{turn}>{escape(words)}</text>'
        )

    def bar(self, x: float, y: float, width: float, height: float) -> None:
        """Add a bar."""
        self._rectangle("p-bar", BAR, x, y, width, height)

    def field(self, x: float, y: float, width: float, height: float, score: float) -> None:
        """Add a field of a heat map in the colour of its score; `field_text` adds the text."""
        step = heat_of(score)
        self._rectangle(f"p-heat-{step}", HEAT[step], x, y, width, height)

    def field_text(self, x: float, y: float, words: str, score: float, size: float = 13) -> None:
        """Add a text on a field, in a colour with enough contrast."""
        self.text(
            x, y, words, size=size, anchor="middle", colour="#ffffff" if heat_of(score) >= FIRST_DARK else "#111320"
        )

    def ground(self, x: float, y: float, width: float, height: float) -> None:
        """Add a pale area as a background."""
        self._rectangle("p-ground", "#eef0f6", x, y, width, height)

    def _rectangle(self, name: str, colour: str, x: float, y: float, width: float, height: float) -> None:
        self._parts.append(
            f'<rect class="{name}" x="{_n(x)}" y="{_n(y)}" width="{_n(max(width, 0))}" height="{_n(height)}"'
            f' fill="{colour}"/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, *, strong: bool = False, dashed: bool = False) -> None:
        """Add a line: a pale grid line, or a strong line for data."""
        name, colour, width = ("p-strong", INTERVAL, 1.75) if strong else ("p-grid", GRID, 1)
        dash = ' stroke-dasharray="4 4"' if dashed else ""
        self._parts.append(
            f'<line class="{name}" x1="{_n(x1)}" y1="{_n(y1)}" x2="{_n(x2)}" y2="{_n(y2)}" stroke="{colour}"'
            f' stroke-width="{width}"{dash}/>'
        )

    def marker(self, number: int, x: float, y: float, size: float = 6) -> None:
        """Add a marker of a series; each series has its own shape and colour."""
        name, colour = f"p-series-{number % len(SERIES)}", SERIES[number % len(SERIES)]
        points = {
            1: ((-1, -1), (1, -1), (1, 1), (-1, 1)),
            2: ((0, -1.25), (1.2, 1), (-1.2, 1)),
            3: ((0, -1.4), (1.4, 0), (0, 1.4), (-1.4, 0)),
            4: ((0, 1.25), (1.2, -1), (-1.2, -1)),
        }.get(number % len(SERIES))
        if points is None:
            self._parts.append(f'<circle class="{name}" cx="{_n(x)}" cy="{_n(y)}" r="{_n(size)}" fill="{colour}"/>')
            return
        corners = " ".join(f"{_n(x + size * dx)},{_n(y + size * dy)}" for dx, dy in points)
        self._parts.append(f'<polygon class="{name}" points="{corners}" fill="{colour}"/>')

    def course(self, number: int, corners: Sequence[tuple[float, float]]) -> None:
        """Add the polyline of a series."""
        points = " ".join(f"{_n(x)},{_n(y)}" for x, y in corners)
        name, colour = f"p-course-{number % len(SERIES)}", SERIES[number % len(SERIES)]
        self._parts.append(
            f'<polyline class="{name}" points="{points}" fill="none" stroke="{colour}" stroke-width="2.5"/>'
        )

    def svg(self) -> str:
        """The drawing as SVG to include in a page."""
        return self._written("", 0, self.height, "")

    def alone(self) -> str:
        """The drawing as an SVG document without title and notes, for a report that has them itself."""
        size = f' xmlns="http://www.w3.org/2000/svg" width="{_n(self.width)}" height="{_n(self.height)}"'
        return self._written(size, 0, self.height, f'<rect width="100%" height="100%" fill="{GROUND}"/>')

    def file(self, lines: Sequence[str]) -> str:
        """The drawing as an SVG document with background, title above, and these lines of text below."""
        top, below = 38, 14 + 19 * len(lines)
        height = self.height + top + below
        frame = Drawing("", self.width, height, "", "")
        frame.text(14, 24, self._title, size=18, bold=True)
        for number, line in enumerate(lines):
            frame.text(14, top + self.height + 20 + 19 * number, line, size=12, colour=MUTED)
        ground = f'<rect width="100%" height="100%" fill="{GROUND}"/>' + "".join(frame._parts)
        size = f' xmlns="http://www.w3.org/2000/svg" width="{_n(self.width)}" height="{_n(height)}"'
        return self._written(size, top, height, ground)

    def _written(self, size: str, top: float, height: float, before: str) -> str:
        return (
            f'<svg{size} class="picture__svg" viewBox="0 0 {_n(self.width)} {_n(height)}" role="img"'
            f' aria-labelledby="{self._key}-title {self._key}-desc" font-family="{FONTS}">'
            f'<title id="{self._key}-title">{escape(self._title)}</title>'
            f'<desc id="{self._key}-desc">{escape(self._description)}</desc>'
            f'{before}<g transform="translate(0 {_n(top)})">{"".join(self._parts)}</g></svg>'
        )


def shortened(words: str, width: float, size: float = 14) -> str:
    """The text, cut with an ellipsis if it is wider than `width`, estimated from the average width of a letter."""
    most = int(width / (0.49 * size))
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
