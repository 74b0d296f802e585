"""The small round with ballots in it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.people import World
from tests.rounds import submit


@pytest.fixture
def voted(app: Flask, world: World) -> World:
    """Three firms and a chamber have submitted; the last idea has no judgement."""
    with app.app_context():
        for organisation in world.round.firms:
            submit(world.round, organisation, "1A1B2~3~4~5~")
        submit(world.round, world.round.chambers[0], "4~3~2~1A1B5~")
    return world
