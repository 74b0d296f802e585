"""Changing a ranking by one answer or one move. Pure: each function takes a ranking and returns a new valid one.

`tally.weak_order` defines the written form. Within one answer the placed ideas form tiers, best first; all ideas that
were not placed are one more tier behind them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from ruhrvote.tally.weak_order import JUDGEMENTS, NO_OPINION, OPEN, PLACES, UNPLACED, WIDTH, check

VERY_IMPORTANT = 1
ANSWERS = (*JUDGEMENTS, NO_OPINION)


class Move(StrEnum):
    """A move of an idea within its answer; `moved` describes each."""

    TOP = "top"
    UP = "up"
    DOWN = "down"
    TO = "to"
    TIE = "tie"
    UNPLACE = "release"


def blank(ideas: int) -> str:
    """The ranking in which every idea is still open."""
    return f"{OPEN}{UNPLACED}" * ideas


def is_ranking(text: str, ideas: int) -> bool:
    """Whether an untrusted text is a valid ranking of so many ideas."""
    try:
        check(text, ideas)
    except ValueError:
        return False
    return True


def level_at(ranking: str, position: int) -> str:
    """The level of the idea at a position: its two characters in the ranking."""
    return ranking[position * WIDTH : position * WIDTH + WIDTH]


def answer_at(ranking: str, position: int) -> int:
    """The answer to the idea at a position: 1 to 4, NO_OPINION or OPEN."""
    return int(ranking[position * WIDTH])


@dataclass(frozen=True)
class Block:
    """The ideas with one answer, by position: the placed ones in tiers, best first, and the unplaced ones."""

    tiers: tuple[tuple[int, ...], ...]
    unplaced: tuple[int, ...]

    def tier_of(self, position: int) -> int | None:
        """The index of the idea's tier, from 0, or None if it is not placed."""
        return next((number for number, tier in enumerate(self.tiers) if position in tier), None)


def block(ranking: str, answer: int) -> Block:
    """The block of the ideas that have this answer."""
    members = [i for i in range(len(ranking) // WIDTH) if answer_at(ranking, i) == answer]
    places = {i: ranking[i * WIDTH + 1] for i in members}
    letters = sorted(set(places.values()) - {UNPLACED})
    return Block(
        tiers=tuple(tuple(i for i in members if places[i] == letter) for letter in letters),
        unplaced=tuple(i for i in members if places[i] == UNPLACED),
    )


def tiers(ranking: str) -> list[tuple[int, ...]]:
    """The whole weak order as tiers of positions, best first; ideas that are not judged are in no tier."""
    order: list[tuple[int, ...]] = []
    for answer in JUDGEMENTS:
        here = block(ranking, answer)
        order += [*here.tiers, *([here.unplaced] if here.unplaced else [])]
    return order


def with_answer(ranking: str, position: int, answer: int) -> str:
    """The ranking with another answer to an idea, which is then unplaced. Raises ValueError for an unknown answer."""
    if answer not in ANSWERS:
        raise ValueError(f"unknown answer {answer}")
    if answer_at(ranking, position) == answer:
        return ranking
    changed = _with_level(ranking, position, f"{answer}{UNPLACED}")
    return _close_gaps(changed)


def moved(ranking: str, position: int, move: Move, target: int = 0) -> str:
    """The ranking after a judged idea was moved among the ideas with the same answer.

    TOP: alone before all others. UP: before the tier above it or, if it shares its tier, to an own tier just above; an
    unplaced idea goes behind the placed ones. DOWN: the reverse; the last placed idea stays. TO: alone at place
    `target`, counted from 1 and limited to the last place. TIE: into the tier of the idea at position `target`.
    UNPLACE: to the unplaced ideas. Raises ValueError for an idea that is not judged, and for a tie with an unplaced
    one.
    """
    answer = answer_at(ranking, position)
    if answer not in JUDGEMENTS:
        raise ValueError("only an idea with a judgement can be put in order")
    here = block(ranking, answer)
    own = here.tier_of(position)
    order = [[i for i in tier if i != position] for tier in here.tiers]
    shared = own is not None and bool(order[own])
    match move:
        case Move.TOP:
            order.insert(0, [position])
        case Move.UP:
            above = len(order) if own is None else own if shared else max(0, own - 1)
            order.insert(above, [position])
        case Move.DOWN:
            if own is None:
                return ranking
            # If it was alone, its empty tier is still in `order`, so the place behind the next tier is two further on.
            order.insert(own + 1 if shared else own + 2, [position])
        case Move.TO:
            order = [tier for tier in order if tier]
            order.insert(min(max(target, 1) - 1, len(order)), [position])
        case Move.TIE:
            with_whom = here.tier_of(target)
            if with_whom is None or target == position:
                raise ValueError("a tie needs another idea that has a place")
            order[with_whom].append(position)
        case Move.UNPLACE:
            pass
    order = [tier for tier in order if tier]
    if len(order) > len(PLACES):
        raise ValueError(f"at most {len(PLACES)} places can be told apart")
    return _write(ranking, answer, order, members=(*here.unplaced, *(i for tier in here.tiers for i in tier)))


def undone(ranking: str, answer: int, before: str, after: str) -> str:
    """The ranking after undoing a move that had changed the ranking `before` to `after`, within this answer.

    The tiers become those before the move, except for ideas that have another answer by now. Raises ValueError if the
    tiers are no longer those after the move, since another idea was moved.
    """
    here = block(ranking, answer)
    if here.tiers != block(after, answer).tiers:
        raise ValueError("the order is no longer the one that the move left")
    members = {*here.unplaced, *(i for tier in here.tiers for i in tier)}
    order = [[i for i in tier if i in members] for tier in block(before, answer).tiers]
    return _write(ranking, answer, [tier for tier in order if tier], members)


def _write(ranking: str, answer: int, order: list[list[int]], members: Iterable[int]) -> str:
    for i in members:
        ranking = _with_level(ranking, i, f"{answer}{UNPLACED}")
    for letter, tier in zip(PLACES, order, strict=False):
        for i in tier:
            ranking = _with_level(ranking, i, f"{answer}{letter}")
    return ranking


def _close_gaps(ranking: str) -> str:
    for answer in JUDGEMENTS:
        here = block(ranking, answer)
        members = (*here.unplaced, *(i for tier in here.tiers for i in tier))
        ranking = _write(ranking, answer, [list(tier) for tier in here.tiers], members)
    return ranking


def _with_level(ranking: str, position: int, level: str) -> str:
    return ranking[: position * WIDTH] + level + ranking[position * WIDTH + WIDTH :]
