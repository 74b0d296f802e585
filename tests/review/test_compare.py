"""Comparisons: each change of rank has a reason in words; what needs the close waits for it."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Weighting
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.review.compare import compare, group_side, round_side
from ruhrvote.review.figures import basis_of
from tests.pages import Page, text_of
from tests.people import visit
from tests.review.opinions import BUILDERS, SHOPS, make_region, vote
from tests.rounds import submit

pytestmark = pytest.mark.alike


def comparing(app: Flask, person: int, query: str = "", key: str = "region") -> Page:
    return visit(app, person, Accept_Language="en").page(f"/consultations/{key}/review/compare?{query}")


def reasons(page: Page) -> dict[str, list[str]]:
    rows = page.root.findall(".//*[@id='comparison']//tbody/tr")
    return {text_of(row[0]): [text_of(cell) for cell in row][1:] for row in rows}


@pytest.fixture
def person(app: Flask) -> int:
    with app.app_context():
        round_, person = make_region()
        vote(round_)
        return person


def test_two_groups_while_open(app: Flask, person: int) -> None:
    found = reasons(comparing(app, person, "of=groups&left=municipality&right=firm"))
    for left, right, why in found.values():
        assert (left == right) == (why == "same rank")
        if left != right:
            assert why.startswith(f"Rank {right} instead of {left}: Firms – wins ")
            assert "Municipalities – wins " in why
            assert "Now ahead of it" in why if int(right) > int(left) else "No longer ahead" in why
    assert len(found) == 6


def test_what_comes_after_the_close(app: Flask, person: int) -> None:
    for of in ("weightings", "methods"):
        page = comparing(app, person, f"of={of}")
        assert "once it has ended" in page.text
        assert page.root.find(".//table") is None
        assert "is computed from the ballots, after the close" in page.text
    with app.app_context():
        close_consultation("region")
    for of in ("weightings", "methods"):
        assert len(reasons(comparing(app, person, f"of={of}"))) == 6


@pytest.mark.parametrize("weighting", list(Weighting))
def test_robustness_in_plain_words(app: Flask, weighting: Weighting) -> None:
    with app.app_context():
        round_, person = make_region(weighting=weighting)
        for number, firm in enumerate(round_.firms):
            submit(round_, firm, BUILDERS if number % 10 else SHOPS)
        for place in round_.municipalities:
            submit(round_, place, BUILDERS)
        close_consultation("region")
    page = comparing(app, person, "of=methods&left=score&right=first-places")
    assert "Short 1: Rank 1 in 6 of 6 methods." in page.text
    assert "Rank 1 is clear: “Short 1”" in page.text
    assert "Without the ballots of Firms first: “Short 1”" in page.text
    why = reasons(page)["Short 5"]
    assert "% of the first places" in why[2] or why[2] == "same rank"


def test_each_change_between_methods_has_a_reason(app: Flask, person: int) -> None:
    with app.app_context():
        close_consultation("region")
    words = {
        "copeland": "duels",
        "first-places": "first places",
        "schulze-margins": "chain",
        "borda-unranked-last": "judge it",
    }
    for method, word in words.items():
        found = reasons(comparing(app, person, f"of=methods&left=score&right={method}"))
        for left, right, why in found.values():
            assert word in why if left != right else why == "same rank"


def test_two_rounds_match_ideas_by_title(app: Flask, person: int) -> None:
    with app.test_request_context():
        earlier, _ = make_region("earlier", firms=12)
        for firm in earlier.firms:
            submit(earlier, firm, SHOPS)
        close_consultation("earlier")
        sides = [round_side(basis_of(get_consultation(key))) for key in ("earlier", "region")]
        made = compare(*sides)
        assert [change.left.rank for change in made.changes if change.left] == [1, 2, 3, 4, 5, 6]
        assert all(change.right and change.right.idea.number == change.idea.number for change in made.changes)
        assert made.moved
    found = reasons(comparing(app, person, "of=rounds&left=earlier&right=region"))
    assert any("Round region – wins" in why for *_, why in found.values())


def test_each_side_says_who_took_part(app: Flask, person: int) -> None:
    page = comparing(app, person, "of=groups&left=municipality&right=firm")
    assert "Municipalities: 3 of 3 organisations (100.0 %)" in page.text
    assert "Firms: 40 of 40 organisations (100.0 %)" in page.text


def test_an_idea_that_only_one_round_has(app: Flask, person: int) -> None:
    with app.test_request_context():
        shorter, _ = make_region("shorter", firms=12, ideas=4)
        for firm in shorter.firms:
            submit(shorter, firm, "1A1B2A2B")
        sides = [round_side(basis_of(get_consultation(key))) for key in ("shorter", "region")]
        only = {change.idea.number for change in compare(*sides).changes if change.left is None}
        assert only == {5, 6}


def test_one_group_alone_cannot_be_compared(app: Flask) -> None:
    with app.test_request_context():
        round_, person = make_region(firms=12)
        for firm in round_.firms:
            submit(round_, firm, BUILDERS)
        basis = basis_of(get_consultation("region"))
        assert compare(group_side(basis, "firm"), group_side(basis, "firm")).moved == 0
    assert "needs two sides" in comparing(app, person).text
