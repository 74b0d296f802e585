"""Fixtures for tests of accounts: people, and long delays."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.accounts.limits import actions as limits
from ruhrvote.accounts.models import Role
from tests.accounts import reviewing, trying
from tests.people import World
from tests.rounds import make_account


@pytest.fixture
def kim(app: Flask, world: World) -> int:
    """A person with a password in the voter's organisation."""
    with app.app_context():
        return make_account(world.firm, trying.EMAIL)


@pytest.fixture
def rita(app: Flask, world: World) -> int:
    """A reviewer with a password, who has no second factor yet."""
    with app.app_context():
        return make_account(world.round.chambers[0], reviewing.EMAIL, Role.REVIEWER)


@pytest.fixture
def long_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delays after failures that cannot pass while a test goes on, however busy the machine is."""
    monkeypatch.setattr(limits, "FIRST_DELAY", 600)
