"""Scatter plot of priority and dissent: the overall score of each idea against the spread of its groups' scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from flask_babel import gettext as _

from ruhrvote.files.table import Cell
from ruhrvote.ideas.models import Idea
from ruhrvote.leaderboards.gate import rounded
from ruhrvote.review.charts.svg import MUTED, WIDE, Drawing
from ruhrvote.review.figures import Basis, idea_name, listed, score_text
from ruhrvote.tally.dissent import NEUTRAL, spread
from ruhrvote.web import localised

APART = 10.0  # least spread in points of a disputed idea, as in `tally.dissent`
NAMED = 3


class Quadrant(StrEnum):
    """The quadrants of the chart: high or low priority, groups in agreement or apart."""

    FIRST = "first"
    TALK = "talk"
    LATER = "later"
    DISPUTED = "disputed"


@dataclass(frozen=True)
class Point:
    """An idea with its overall score (priority) and the spread of its groups' scores in points (dissent)."""

    idea: Idea
    rank: int
    priority: float
    dissent: float

    @property
    def quadrant(self) -> Quadrant:
        """The quadrant in which the idea lies."""
        if self.priority >= NEUTRAL:
            return Quadrant.FIRST if self.dissent < APART else Quadrant.TALK
        return Quadrant.LATER if self.dissent < APART else Quadrant.DISPUTED


@dataclass(frozen=True)
class Scatter:
    """The ranked ideas that at least two groups judge, by rank."""

    points: Sequence[Point]

    def inside(self, quadrant: Quadrant) -> Sequence[Point]:
        """The ideas in one quadrant."""
        return [point for point in self.points if point.quadrant is quadrant]


def quadrant_name(quadrant: Quadrant) -> str:
    """The name of a quadrant."""
    match quadrant:
        case Quadrant.FIRST:
            return _("What first")
        case Quadrant.TALK:
            return _("What to talk about")
        case Quadrant.LATER:
            return _("Not now")
        case Quadrant.DISPUTED:
            return _("Disputed, not ahead")


def figure_of(basis: Basis) -> Scatter:
    """The figure of all ranked ideas that at least two groups have scored."""
    scores = {
        name: np.array([score for _position, score in sorted((row.idea.position, _or_nan(row.score)) for row in rows)])
        for name, rows in basis.group_rows.items()
    }
    apart = spread(scores) if scores else np.full(len(basis.ideas), np.nan)
    return Scatter(
        [
            Point(row.idea, row.rank, row.score, rounded(basis.consultation, float(apart[row.idea.position])))
            for row in basis.board.ranked
            if row.score is not None and not np.isnan(apart[row.idea.position])
        ]
    )


def _or_nan(score: float | None) -> float:
    return float("nan") if score is None else score


def draw(figure: Scatter, width: int = WIDE) -> Drawing:
    """Draw each idea as a dot with its number; priority to the right, dissent upwards."""
    wide = width == WIDE
    height = 560 if wide else 436
    left, right, top, bottom = (56, 16, 16, 52) if wide else (34, 8, 30, 44)
    priorities = [point.priority for point in figure.points] or [NEUTRAL]
    low = min(5 * np.floor(min(priorities) / 5), NEUTRAL - 10)
    high = max(5 * np.ceil(max(priorities) / 5), NEUTRAL + 10)
    most = max(APART * 2, 5 * np.ceil((max((point.dissent for point in figure.points), default=0) + 2) / 5))
    across, down = (width - left - right) / (high - low), (height - top - bottom) / most

    def place(priority: float, dissent: float) -> tuple[float, float]:
        return left + (priority - low) * across, height - bottom - dissent * down

    description = _(
        "Scatter: priority to the right, distance between the groups upwards; each dot is an idea with its number."
    )
    made = Drawing(f"scatter-{width}", width, height, _("Priority and dissent"), description)
    (x, y), (end, start) = place(NEUTRAL, APART), (width - right, height - bottom)
    made.ground(x, y, end - x, start - y)
    for score in np.arange(low, high + 1, 5 if wide else 10):
        at = place(float(score), 0)[0]
        made.line(at, start, at, start + 5)
        made.text(at, start + 20, str(int(score)), size=12, anchor="middle", colour=MUTED)
    for points in np.arange(0, most + 1, 5 if most <= 30 else 10):
        at = place(low, float(points))[1]
        made.line(left - 5, at, left, at)
        made.text(left - 8, at + 4, str(int(points)), size=12, anchor="end", colour=MUTED)
    made.line(left, start, end, start)
    made.line(left, top, left, start)
    made.line(x, top, x, start, dashed=True)
    made.line(left, y, end, y, dashed=True)
    size = 15 if wide else 12
    made.text(end - 6, start - 8, quadrant_name(Quadrant.FIRST), size=size, anchor="end", bold=True)
    made.text(end - 6, top + 14, quadrant_name(Quadrant.TALK), size=size, anchor="end", bold=True)
    made.text(left + 6, start - 8, quadrant_name(Quadrant.LATER), size=size, colour=MUTED)
    made.text(left + 6, top + 14, quadrant_name(Quadrant.DISPUTED), size=size, colour=MUTED)
    made.text(end, height - 8, _("Priority (score)") + " →", size=13, anchor="end", colour=MUTED)
    # On a phone the labels of the two axes would overlap.
    made.text(4, height - 8 if wide else 16, "↑ " + _("Groups apart (points)"), size=13, colour=MUTED)
    taken: list[tuple[float, float]] = [place(point.priority, point.dissent) for point in figure.points]
    for point in figure.points:
        here = place(point.priority, point.dissent)
        made.marker(0 if point.quadrant in (Quadrant.FIRST, Quadrant.LATER) else 3, *here, size=4)
        label = _free_place(here, taken)
        taken.append(label)
        made.text(
            label[0], label[1] + 4, str(point.idea.number), size=12, anchor="middle", bold=point.priority >= NEUTRAL
        )
    return made


def _free_place(here: tuple[float, float], taken: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The position beside a dot for its number that is furthest from all other dots and numbers."""
    around = [(13, 0), (-13, 0), (0, -12), (0, 12), (11, -10), (-11, -10), (11, 10), (-11, 10)]
    places = [(here[0] + dx, here[1] + dy) for dx, dy in around]
    others = [place for place in taken if place != here]
    return max(places, key=lambda place: min([14.0, *(np.hypot(place[0] - x, place[1] - y) for x, y in others)]))


def table(figure: Scatter) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """The data of the chart as a table: header and rows."""
    header = [_("Rank"), _("Number"), _("Idea"), _("Score"), _("Groups apart (points)"), _("Part of the picture")]
    return header, [
        [
            point.rank, point.idea.number, localised(point.idea, "short"), point.priority, point.dissent,
            quadrant_name(point.quadrant),
        ]
        for point in figure.points
    ]  # fmt: skip


def sentence(figure: Scatter) -> str:
    """The main statement of the chart in words."""
    if not figure.points:
        return _("There are not two groups yet that can be compared.")
    said = []
    first, talk = figure.inside(Quadrant.FIRST), figure.inside(Quadrant.TALK)
    if first:
        ideas = listed([idea_name(point.idea) for point in first[:NAMED]])
        said.append(_("What first, since it is ahead and the groups agree: %(ideas)s.", ideas=ideas))
    if talk:
        widest = sorted(talk, key=lambda point: -point.dissent)[:NAMED]
        ideas = listed([f"{idea_name(point.idea)} ({score_text(point.dissent)})" for point in widest])
        said.append(
            _("What to talk about, since it is ahead and the groups are apart, in points: %(ideas)s.", ideas=ideas)
        )
    if not said:
        said.append(_("No idea is above the middle in all groups together."))
    return " ".join(said)
