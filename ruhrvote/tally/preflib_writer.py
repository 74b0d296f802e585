"""Writing ballots as a preference file in PrefLib's format: orders with ties, each with how many cast it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ruhrvote.tally.weak_order import NOT_JUDGED, Levels

COMPLETE, INCOMPLETE = "toc", "toi"
AT_A_TIME = 20_000  # bounds memory, changes nothing


def lines(title: str, candidates: Sequence[str], levels: Levels, ending: str) -> Iterator[str]:
    """The lines of the file: levels of shape (ballots, candidates) as in `weak_order`, the most frequent order first.

    In a `.toc`, whose orders are complete, what a ballot does not judge is tied behind all others; in a `.toi` it is
    left out. Ballots that judge nothing are no order. Equal orders are one line, and lines that equally many cast are
    sorted by what they say, so nothing of who cast them or when is left.
    """
    tiers = _tiers(levels[(levels != NOT_JUDGED).any(axis=1)], complete=ending == COMPLETE)
    orders, counts = np.unique(tiers, axis=0, return_counts=True) if len(tiers) else (tiers, np.empty(0, np.int64))
    yield f"# TITLE: {_one_line(title)}\n"
    yield f"# DATA TYPE: {ending}\n"
    yield f"# NUMBER ALTERNATIVES: {len(candidates)}\n"
    yield f"# NUMBER VOTERS: {int(counts.sum())}\n"
    yield f"# NUMBER UNIQUE ORDERS: {len(orders)}\n"
    for number, name in enumerate(candidates, start=1):
        yield f"# ALTERNATIVE NAME {number}: {_one_line(name)}\n"
    for place in np.argsort(-counts, kind="stable"):
        yield f"{counts[place]}: {_order(orders[place])}\n"


def _tiers(levels: Levels, complete: bool) -> Levels:
    """The tier of each candidate on each ballot, 0, 1, 2 … without a gap; NOT_JUDGED for none."""
    parts = [np.empty((0, levels.shape[1]), dtype=np.uint8)]
    for start in range(0, len(levels), AT_A_TIME):
        part = levels[start : start + AT_A_TIME]
        places = np.argsort(part, axis=1, kind="stable")
        ordered = np.take_along_axis(part, places, axis=1)
        steps = np.zeros(part.shape, dtype=np.uint8)
        steps[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
        tiers = np.empty_like(part)
        np.put_along_axis(tiers, places, np.cumsum(steps, axis=1, dtype=np.uint8), axis=1)
        if not complete:
            tiers[part == NOT_JUDGED] = NOT_JUDGED
        parts.append(tiers)
    return np.concatenate(parts)


def _order(tiers: Levels) -> str:
    texts = []
    for tier in range(int(tiers[tiers != NOT_JUDGED].max()) + 1):
        members = ",".join(str(position + 1) for position in np.flatnonzero(tiers == tier))
        texts.append("{" + members + "}" if "," in members else members)
    return ",".join(texts)


def _one_line(text: str) -> str:
    return " ".join(text.split())
