"""Writing ballots as a preference file in PrefLib's format: orders with ties, each with its number of ballots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ruhrvote.tally.weak_order import NOT_JUDGED, Levels

COMPLETE, INCOMPLETE = "toc", "toi"
AT_A_TIME = 20_000  # ballots: limits memory, does not change the result


def lines(title: str, candidates: Sequence[str], levels: Levels, ending: str) -> Iterator[str]:
    """The lines of the file, the most frequent order first.

    levels: as in `weak_order`, shape (ballots, candidates); ending: COMPLETE or INCOMPLETE. In a complete file, ideas
    that a ballot does not judge are tied behind all others; in an incomplete one they are left out. Ballots that judge
    nothing are left out. Equal orders are one line, and equally frequent lines are sorted by their content, so that the
    file says nothing about who cast them or when.
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
    """The tier of each candidate on each ballot, numbered 0, 1, 2 … without gaps; NOT_JUDGED for no tier."""
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
