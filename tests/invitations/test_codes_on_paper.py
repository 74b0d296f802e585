"""A code can be read on the letter alone: not on a page, in the trail, in a log, nor among the stored data."""

from __future__ import annotations

import logging

import pytest
from flask import Flask

from ruhrvote.accounts.typed_codes import in_fours
from tests.invitations.conftest import code_in, pages_of, work
from tests.invitations.ordering import HERE, fetch, order
from tests.people import World, visit

ENGLISH = {"Accept_Language": "en"}


def test_codes_are_on_the_letters_and_nowhere_else(app: Flask, world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    admin = visit(app, world.chamber_admin)
    order(admin)
    work(app)
    page = admin.page(f"{HERE}/1")
    letters = pages_of(fetch(page, "letters-1-001.pdf"))
    codes = [code_in(letter) for letter in letters]
    assert codes, "the control: the print file has them"
    runs_it = visit(app, world.consultation_admin, **ENGLISH)
    trail = runs_it.page("/audit-trail?event=letters+downloaded")
    assert "Kim Muster" in trail.text, "who fetched the letters is named"
    seen = [caplog.text]
    for visitor in (admin, runs_it):
        for path in (
            HERE,
            f"{HERE}/1",
            "/consultations/round/help-desk?q=firm",
            *(f"/consultations/round/help-desk/{firm}" for firm in world.round.firms),
            *(f"/organisations/{firm}" for firm in world.round.firms),
            "/audit-trail",
            "/account/data",
            "/account/data.json",
        ):
            response = visitor.get(path)
            assert response.status_code == 200, path
            seen.append(response.text)
    seen.append(runs_it.page("/mail").html)
    for code in codes:
        assert not [text[:80] for text in seen if code in text or in_fours(code) in text]
