"""The charts by name: title, drawing, table and sentence of each, the same on pages, in files and in reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ruhrvote.files.table import Cell
from ruhrvote.leaderboards.boards import Availability
from ruhrvote.leaderboards.breakdown import Dimension
from ruhrvote.review.charts import bars, breakdown, heat, profile, scatter, turnout
from ruhrvote.review.charts.svg import NARROW, WIDE, Drawing
from ruhrvote.review.figures import Basis

TITLES: dict[str, LazyString] = {
    "turnout": _l("Turnout over time"),
    "bars": _l("Priorities in order"),
    "groups": _l("Ideas and groups"),
    "dissent": _l("Priority and dissent"),
    "themes": _l("Themes in each group"),
    "firms": _l("Firms by chamber, sector and size"),
}


@dataclass(frozen=True)
class Chart:
    """A chart ready to be shown.

    wide: the drawing for screen and paper, None if there is nothing to draw; narrow: the drawing for a phone, None if
    it does not differ; header, rows: the data as a table; pending: whether data are still being computed.
    """

    name: str
    title: str
    wide: Drawing | None
    narrow: Drawing | None
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    sentence: str
    pending: bool


def make_chart(name: str, basis: Basis, dimension: Dimension = Dimension.CHAMBER_TYPE) -> Chart:
    """The chart of this name, from what may be shown of a consultation; `dimension` is for the chart "firms" only."""
    if name == "turnout":
        return _chart(name, turnout, turnout.course_of(basis.consultation, basis.board.group_turnouts))
    if basis.empty:
        return Chart(name, str(TITLES[name]), None, None, [], [], "", pending=False)
    if name == "firms":
        return _firms(breakdown.figure_of(basis, dimension))
    kind: Any = {"bars": bars, "groups": heat, "dissent": scatter, "themes": profile}[name]
    made = _chart(name, kind, kind.figure_of(basis))
    return replace(made, pending=name == "bars" and basis.board.intervals == Availability.PENDING)


def _chart(name: str, kind: Any, figure: object) -> Chart:
    """The chart of a figure, made by its module `kind`, which has `draw`, `table` and `sentence`."""
    header, rows = kind.table(figure)
    wide, narrow = kind.draw(figure, WIDE), kind.draw(figure, NARROW)
    return Chart(name, str(TITLES[name]), wide, narrow, header, rows, kind.sentence(figure), pending=False)


def _firms(figure: breakdown.BreakdownFigure) -> Chart:
    header, rows = breakdown.table(figure)
    title = f"{TITLES['firms']}: {breakdown.DIMENSIONS[figure.dimension]}"
    wide = breakdown.draw(figure) if figure.heat else None
    few = figure.heat and len(figure.heat.columns) <= heat.NARROW_COLUMNS
    narrow = breakdown.draw(figure, NARROW) if few else None
    pending = figure.state == Availability.PENDING
    return Chart("firms", title, wide, narrow, header, rows, breakdown.sentence(figure), pending)
