"""Answers and moves: every sequence keeps a valid weak order and loses no judgement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruhrvote.drafts.order import ANSWERS, Move, answer_at, blank, block, moved, tiers, undone, with_answer
from ruhrvote.tally.weak_order import JUDGEMENTS, check

IDEAS = 6


def answered(*answers: int) -> str:
    """A draft with these answers and nothing in order."""
    draft = blank(len(answers))
    for position, answer in enumerate(answers):
        draft = with_answer(draft, position, answer)
    return draft


def in_order(*positions: int) -> str:
    """A draft of six very important ideas, of which these are in order."""
    draft = answered(*[1] * IDEAS)
    for position in positions:
        draft = moved(draft, position, Move.UP)
    return draft


def test_nothing_is_in_order_until_the_voter_puts_it_there() -> None:
    draft = answered(1, 1, 2, 5, 1, 3)
    assert tiers(draft) == [(0, 1, 4), (2,), (5,)]


def test_only_what_was_placed_is_strict() -> None:
    assert tiers(in_order(3, 1)) == [(3,), (1,), (0, 2, 4, 5)]


@pytest.mark.parametrize(
    ("position", "move", "target", "wanted"),
    [
        (2, Move.TOP, 0, [(2,), (0,), (1,)]),
        (2, Move.UP, 0, [(0,), (2,), (1,)]),
        (0, Move.UP, 0, [(0,), (1,), (2,)]),
        (0, Move.DOWN, 0, [(1,), (0,), (2,)]),
        (2, Move.DOWN, 0, [(0,), (1,), (2,)]),
        (0, Move.TO, 3, [(1,), (2,), (0,)]),
        (0, Move.TO, 99, [(1,), (2,), (0,)]),
        (2, Move.TO, 0, [(2,), (0,), (1,)]),
        (2, Move.TIE, 0, [(0, 2), (1,)]),
        (1, Move.UNPLACE, 0, [(0,), (2,)]),
        (3, Move.TOP, 0, [(3,), (0,), (1,), (2,)]),
        (3, Move.UP, 0, [(0,), (1,), (2,), (3,)]),
        (3, Move.DOWN, 0, [(0,), (1,), (2,)]),
    ],
)
def test_moves_among_three_places(position: int, move: Move, target: int, wanted: list[tuple[int, ...]]) -> None:
    assert list(block(moved(in_order(0, 1, 2), position, move, target), 1).tiers) == wanted


def test_out_of_a_tie_up_and_down() -> None:
    tie = moved(in_order(0, 1, 2), 1, Move.TIE, 0)
    assert block(tie, 1).tiers == ((0, 1), (2,))
    assert block(moved(tie, 1, Move.UP), 1).tiers == ((1,), (0,), (2,))
    assert block(moved(tie, 1, Move.DOWN), 1).tiers == ((0,), (1,), (2,))


@pytest.mark.parametrize(("position", "target"), [(0, 0), (0, 5), (4, 5)])
def test_a_tie_needs_another_placed_idea(position: int, target: int) -> None:
    with pytest.raises(ValueError, match="tie"):
        moved(in_order(0, 1, 2), position, Move.TIE, target)


def test_an_idea_without_judgement_has_no_place() -> None:
    with pytest.raises(ValueError, match="judgement"):
        moved(answered(1, 5), 1, Move.TOP)
    with pytest.raises(ValueError, match="unknown answer"):
        with_answer(blank(2), 0, 7)


def test_a_new_answer_starts_unplaced_and_closes_the_gap() -> None:
    draft = with_answer(in_order(0, 1, 2), 0, 2)
    assert tiers(draft) == [(1,), (2,), (3, 4, 5), (0,)]
    assert with_answer(draft, 1, 1) == draft, "the same answer again keeps the place"


operations = st.one_of(
    st.tuples(st.just("answer"), st.integers(0, IDEAS - 1), st.sampled_from(ANSWERS)),
    st.tuples(st.just("undo"), st.integers(0, IDEAS - 1), st.integers(0, IDEAS + 1)),
    st.tuples(st.sampled_from(list(Move)), st.integers(0, IDEAS - 1), st.integers(0, IDEAS + 1)),
)


@given(st.lists(operations, max_size=40))
def test_any_sequence_keeps_a_valid_order_and_loses_no_judgement(steps: list[tuple[object, int, int]]) -> None:
    """Answers, moves and undo in any mixture, as several people may send them."""
    draft, given_answers, moves = blank(IDEAS), [0] * IDEAS, []
    for what, position, value in steps:
        before = draft
        try:
            if what == "answer":
                draft, given_answers[position] = with_answer(draft, position, value), value
            elif what == "undo" and moves:
                # Any earlier move, also one that others have built on since.
                draft = undone(draft, *moves[position % len(moves)])
            elif isinstance(what, Move):
                draft = moved(draft, position, what, value)
                moves.append((answer_at(draft, position), before, draft))
        except ValueError:
            assert draft == before
        check(draft, IDEAS)
        assert [answer_at(draft, i) for i in range(IDEAS)] == given_answers
        everything = sorted(i for tier in tiers(draft) for i in tier)
        assert everything == [i for i in range(IDEAS) if given_answers[i] in JUDGEMENTS]


@given(st.lists(st.tuples(st.sampled_from(list(Move)), st.integers(0, 3), st.integers(0, 5)), max_size=12))
def test_undoing_every_move_leads_back(steps: list[tuple[Move, int, int]]) -> None:
    start = answered(1, 1, 1, 1, 2, 5)
    draft, moves = start, []
    for move, position, target in steps:
        try:
            after = moved(draft, position, move, target)
        except ValueError:
            continue
        moves.append((draft, after))
        draft = after
    for before, after in reversed(moves):
        draft = undone(draft, 1, before, after)
        assert draft == before
    assert draft == start


def test_a_move_that_others_have_built_on_is_not_undone() -> None:
    before = in_order(0, 1)
    after = moved(before, 2, Move.TOP)
    with pytest.raises(ValueError, match="no longer"):
        undone(moved(after, 1, Move.TOP), 1, before, after)
    # What joined the unplaced meanwhile stays, and what left for another answer is not brought back.
    freed = moved(before, 0, Move.UNPLACE)
    assert block(undone(with_answer(freed, 0, 3), 1, before, freed), 1).tiers == ((1,),)
