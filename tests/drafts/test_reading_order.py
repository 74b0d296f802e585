"""Each organisation reads in an order of its own, kept, and no theme is first more often than others."""

from __future__ import annotations

from collections import Counter

from flask import Flask

from ruhrvote.drafts.workspace import shuffled
from tests.people import World, visit

THEMES = ("mobility", "digital", "economy", "energy", "land", "skills", "more")


def read(organisation: int, consultation: int = 1) -> list[str]:
    return shuffled(THEMES, str, consultation_id=consultation, organisation_id=organisation)


def test_the_order_is_kept_whatever_the_list_looks_like() -> None:
    assert read(4) == read(4) == shuffled(reversed(THEMES), str, consultation_id=1, organisation_id=4)
    assert read(4) != read(5)
    assert read(4) != read(4, consultation=2)


def test_no_theme_profits() -> None:
    """Over 7,000 organisations each theme stands at each place about 1,000 times: five standard deviations at most."""
    stands = Counter((theme, place) for firm in range(7000) for place, theme in enumerate(read(firm)))
    assert len(stands) == 49
    assert all(abs(times - 1000) < 5 * (7000 * 6 / 49) ** 0.5 for times in stands.values())


def test_all_people_of_an_organisation_read_the_same(app: Flask, world: World) -> None:
    def ideas(person: int) -> list[str]:
        page = visit(app, person).page("/consultations/round/ballot/themes/one")
        return [element.get("id", "") for element in page.root.iter("fieldset")]

    assert sorted(ideas(world.voter)) == ["idea-1", "idea-2", "idea-3"]
    assert ideas(world.voter) == ideas(world.colleague)
