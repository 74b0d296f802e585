"""The output of `ruhrvote tally` about a preference file: a dictionary for JSON, or a table as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ruhrvote.tally import methods
from ruhrvote.tally.methods import Links, Unranked
from ruhrvote.tally.preflib import Election
from ruhrvote.tally.scores import first_places


def figures(election: Election, unranked: Unranked, links: Links) -> dict[str, Any]:
    """All figures of an election, ready for JSON; lists and matrices are in the order of `candidates`.

    Borda, Copeland, Schulze and the Condorcet winner treat unranked candidates as `unranked` says; `pairwise` always
    treats them as last, `pairwise_unranked_ignored` always ignores them. A figure that does not exist is None.
    """
    names, tally = election.candidates, election.tally
    counted = methods.pairs(tally, unranked)
    strengths = methods.schulze_strengths(counted, links)
    levels = [[names[candidate] for candidate in level] for level in methods.schulze_levels(strengths)]
    winner = methods.condorcet_winner(counted)
    return {
        "candidates": list(names),
        "voters": tally.ballots,
        "first_preferences": {
            "split": first_places(tally).tolist(),
            "sole": methods.sole_first_places(tally).tolist(),
        },
        "pairwise": methods.pairs(tally, Unranked.LAST).preferred.tolist(),
        "pairwise_unranked_ignored": methods.pairs(tally, Unranked.IGNORED).preferred.tolist(),
        "borda": methods.borda(counted).tolist(),
        "mean_normalised_score": _or_none(methods.mean_normalised_score(counted, tally.ballots)),
        "copeland": methods.copeland(counted).tolist(),
        "copeland_half": methods.copeland_half(counted).tolist(),
        "schulze_winner": levels[0],
        "schulze_ranking": levels,
        "schulze_strengths": strengths.tolist(),
        "condorcet_winner": None if winner is None else names[winner],
    }


def _or_none(values: npt.NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


def table(election: Election, unranked: Unranked, links: Links) -> str:
    """The same figures as text: candidates by their Schulze rank, equal ranks in the file's order."""
    known = figures(election, unranked, links)
    counted = methods.pairs(election.tally, unranked)
    levels = methods.schulze_levels(methods.schulze_strengths(counted, links))
    rank = methods.ranks_of_levels(levels)
    rows = [["rank", "candidate", "first", "Borda", "mean", "wins-losses"]]
    for candidate in (candidate for level in levels for candidate in level):
        mean = known["mean_normalised_score"][candidate]
        rows.append(
            [
                str(rank[candidate]),
                election.candidates[candidate],
                f"{known['first_preferences']['split'][candidate]:.2f}".rstrip("0").rstrip("."),
                f"{known['borda'][candidate]:.1f}".removesuffix(".0"),
                "-" if mean is None else f"{mean:.4f}",
                f"{known['copeland'][candidate]:+d}",
            ]
        )
    reading = "tied last" if unranked is Unranked.LAST else "ignored"
    return "\n".join(
        [
            f"Voters: {known['voters']}",
            f"Unranked candidates are {reading}; the rank is Schulze's, by {links.value.replace('-', ' ')}.",
            f"Condorcet winner: {known['condorcet_winner'] or 'none'}",
            "",
            *_aligned(rows),
        ]
    )


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Pad cells to columns of equal width; the second column is left-aligned, all others right-aligned."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if column == 1 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
