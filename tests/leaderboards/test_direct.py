"""The direct comparison within a theme: only its ideas count, and it is never the official score."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import Unknown
from ruhrvote.leaderboards.boards import OVERALL, Scope, ScopeKind, get_scope, make_board
from ruhrvote.leaderboards.direct import DirectComparison, compare_directly
from tests.leaderboards.reading import BOARDS, ENGLISH, numbers, ranking
from tests.people import World, visit
from tests.rounds import Round, make_round, submit


class TestDirectComparison:
    @pytest.fixture(autouse=True)
    def in_context(self, app: Flask) -> Iterator[None]:
        with app.app_context():
            yield

    def compared(self, round_: Round, theme: str) -> DirectComparison:
        return compare_directly(get_consultation(round_.key), Scope(ScopeKind.THEME, theme))

    def test_only_the_ideas_of_the_theme_count(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking("1A", "3", "4", "2", "2"))
        submit(round_, round_.firms[1], ranking("4", "3", "3", "1A", "2"))
        comparison = self.compared(round_, "one")
        found = {against.row.idea.number: (against.row.rank, against.row.score) for against in comparison.rows}
        # By hand: 1 wins one of two against 2 and 3; 2 wins against 3 once and ties once.
        assert found == {1: (2, 50.0), 2: (1, 62.5), 3: (3, 37.5)}
        official = make_board(get_consultation(round_.key), OVERALL).idea_rows
        assert found[2][1] != next(row_.score for row_ in official if row_.idea.number == 2)

    def test_each_pair_shares_a_hundred(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking("1A", "3", "4"))
        submit(round_, round_.firms[1], ranking("2", "1", "2"))
        submit(round_, round_.firms[2], ranking("2", "5", "1"))
        rows = self.compared(round_, "one").rows
        order = [against.row.idea.number for against in rows]
        wins = {(a, b): rows[i].wins[j] for i, a in enumerate(order) for j, b in enumerate(order)}
        assert (wins[1, 2], wins[1, 3]) == (50, 50)
        assert (wins[2, 3], wins[3, 2]) == (100, 0)
        assert all(wins[number, number] is None for number in order)

    def test_what_nobody_compared_and_what_too_few_judge(self) -> None:
        round_ = make_round(quorum_minimum=2)
        for firm in round_.firms[:2]:
            submit(round_, firm, ranking("1", "2"))
        rows = self.compared(round_, "one").rows
        assert [(against.row.idea.number, against.row.rank) for against in rows] == [(1, 1), (2, 2), (3, 0)]
        assert rows[2].wins == [None, None, None]

    def test_only_themes_have_one(self) -> None:
        consultation = get_consultation(make_round().key)
        assert get_scope("theme-one", consultation, ScopeKind.THEME)
        with pytest.raises(Unknown):
            get_scope("overall", consultation, ScopeKind.THEME)


def test_the_direct_comparison_as_a_visitor_reads_it(app: Flask, voted: World) -> None:
    visitor = visit(app, **ENGLISH)
    page = visitor.page(f"{BOARDS}/theme-one").follow("Direct comparison within this theme")
    assert page.h1 == "Direct comparison: First theme"
    assert "official score is the one over all ideas" in page.text
    assert "2 of 7 organisations" in page.text
    assert numbers(page) == [2, 1, 3]
    assert "against Short 1" in page.text
    assert visitor.get(f"{BOARDS}/overall/direct").status_code == 404
