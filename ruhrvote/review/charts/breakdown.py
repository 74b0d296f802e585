"""Heat map of the firms' scores in the cells of a breakdown: by chamber, town, sector or size; after the close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import LazyString, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ruhrvote.files.table import Cell
from ruhrvote.leaderboards.boards import Availability
from ruhrvote.leaderboards.breakdown import Dimension, find_breakdown
from ruhrvote.leaderboards.rows import rank_ideas
from ruhrvote.review.charts import heat
from ruhrvote.review.charts.svg import WIDE, Drawing
from ruhrvote.review.figures import Basis
from ruhrvote.tally.suppression import FEWEST

DIMENSIONS: dict[Dimension, LazyString] = {
    Dimension.CHAMBER_TYPE: _l("IHK and HWK"),
    Dimension.CHAMBER: _l("Chamber district"),
    Dimension.SECTOR: _l("Sector"),
    Dimension.SIZE: _l("Size class"),
    Dimension.DISTRICT: _l("Town or district"),
}
SIZES = ("1-9", "10-49", "50-249", "250+")


@dataclass(frozen=True)
class BreakdownFigure:
    """The cells of one breakdown that may be shown, and how many are suppressed; state: whether it is computed."""

    dimension: Dimension
    state: Availability
    heat: heat.Heat | None
    hidden: int


def figure_of(basis: Basis, dimension: Dimension) -> BreakdownFigure:
    """The figure of the firms' ballots by a dimension; empty before the close."""
    computation = find_breakdown(basis.consultation, basis.shown) if basis.shown and basis.ended else None
    if computation is None:
        return BreakdownFigure(dimension, Availability.NONE, None, 0)
    found = computation.result(patient=basis.patient)
    if found is None:
        return BreakdownFigure(dimension, Availability.PENDING, None, 0)
    tallies = found.shown[dimension]
    names = sorted(tallies, key=lambda name: (SIZES.index(name), "") if name in SIZES else (len(SIZES), name))
    rows = {name: rank_ideas(basis.consultation, basis.ideas, tallies[name], tallies[name]) for name in names}
    made = heat.heat(basis, rows, {name: tallies[name].ballots for name in names}) if names else None
    return BreakdownFigure(dimension, Availability.THERE, made, found.hidden[dimension])


def draw(figure: BreakdownFigure, width: int = WIDE) -> Drawing:
    """Draw the heat map of the cells."""
    assert figure.heat is not None
    return heat.draw(figure.heat, width)


def table(figure: BreakdownFigure) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """The data of the chart as a table: header and rows."""
    return heat.table(figure.heat) if figure.heat else ([], [])


def sentence(figure: BreakdownFigure) -> str:
    """The main statement of the chart in words, and how many cells are suppressed."""
    said = []
    if figure.heat is not None:
        said.append(heat.sentence(figure.heat))
    elif figure.state == Availability.THERE:
        said.append(_("Nothing can be shown in this breakdown without giving single ballots away."))
    if figure.hidden:
        said.append(
            ngettext(
                "%(num)d more cell is not shown: with the others it would rest on fewer than %(few)d ballots.",
                "%(num)d more cells are not shown: with the others they would rest on fewer than %(few)d ballots.",
                figure.hidden, few=FEWEST,
            )
        )  # fmt: skip
    return " ".join(said)
