"""Breakdowns of the firms' ballots by chamber, town, sector and size: after the close, with cell suppression."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ruhrvote.accounts.models import Kind
from ruhrvote.accounts.queries import organisations_of_kind
from ruhrvote.consultations.models import Consultation
from ruhrvote.leaderboards.current_ballots import Trait, TraitBallots
from ruhrvote.leaderboards.gate import Figures, traits_behind
from ruhrvote.services import services
from ruhrvote.tally.cells import count_cells
from ruhrvote.tally.suppression import Kind as BallotKind
from ruhrvote.tally.suppression import shown_cells
from ruhrvote.tally.tally import Tally
from ruhrvote.threads import Computation, Computations

CHAMBER_TYPES = ("IHK", "HWK")


class Dimension(StrEnum):
    """The dimensions of the breakdowns, in the order in which cells are chosen to be shown."""

    CHAMBER_TYPE = "chamber-type"
    SIZE = "size"
    CHAMBER = "chamber"
    SECTOR = "sector"
    DISTRICT = "district"


@dataclass(frozen=True)
class Breakdown:
    """The cells of all dimensions that may be shown.

    shown: by dimension and name of the cell its tally; hidden: by dimension how many suppressed cells have ballots.
    Names and sizes of suppressed cells are not part of it.
    """

    shown: Mapping[Dimension, Mapping[str, Tally]]
    hidden: Mapping[Dimension, int]


def find_breakdown(consultation: Consultation, shown: Figures) -> Computation[Breakdown] | None:
    """The computation of the breakdown, started by the first call; None where the gate gives no ballots."""

    def begin() -> Callable[[], Breakdown] | None:
        ballots = traits_behind(consultation, shown)
        if ballots is None:
            return None
        labels = _labels_of(ballots)
        return lambda: break_down(ballots, labels)

    return services().of(Computations).get(consultation.id, "breakdown", shown.seq, begin)


def _labels_of(ballots: Iterable[Trait]) -> dict[Trait, BallotKind]:
    """The cell of each trait in each dimension; None for organisations other than firms."""
    chambers = {chamber.id: chamber.name for chamber in organisations_of_kind(Kind.CHAMBER)}
    places = {place.id: place.district or place.name for place in organisations_of_kind(Kind.MUNICIPALITY)}

    def labels(trait: Trait) -> BallotKind:
        if trait.kind != Kind.FIRM:
            return (None,) * len(Dimension)
        chamber = chambers.get(trait.chamber_id or 0)
        of = {
            Dimension.CHAMBER_TYPE: next((name for name in CHAMBER_TYPES if chamber and name in chamber), None),
            Dimension.SIZE: trait.size_class,
            Dimension.CHAMBER: chamber,
            Dimension.SECTOR: trait.sector,
            Dimension.DISTRICT: places.get(trait.municipality_id or 0),
        }
        return tuple(of[dimension] for dimension in Dimension)

    return {trait: labels(trait) for trait in ballots}


def break_down(ballots: Mapping[Trait, TraitBallots], labels: Mapping[Trait, BallotKind]) -> Breakdown:
    """The breakdown of these ballots; `labels` has the cell of each trait in each dimension, None for no cell."""
    kinds: Counter[BallotKind] = Counter()
    cohorts: defaultdict[int, list[BallotKind]] = defaultdict(list)
    for trait, found in ballots.items():
        kinds[labels[trait]] += len(found.levels)
        for entry in found.released[found.released > 0].tolist():
            cohorts[entry].append(labels[trait])
    chosen = dict(zip(Dimension, shown_cells(kinds, list(cohorts.values())), strict=True))
    every = np.concatenate([found.levels for found in ballots.values()])
    shown, hidden = {}, {}
    for index, (dimension, names) in enumerate(chosen.items()):
        number = {name: cell for cell, name in enumerate(names)}
        cell = np.concatenate(
            [
                np.full(len(found.levels), number.get(labels[trait][index] or "", len(names)))
                for trait, found in ballots.items()
            ]
        )
        cells = count_cells(every, cell, len(names) + 1)
        shown[dimension] = {name: cells.sum([number[name]]) for name in names}
        hidden[dimension] = len({kind[index] for kind in kinds} - {None}) - len(names)
    return Breakdown(shown, hidden)
