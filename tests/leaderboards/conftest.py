"""What the tests of boards share."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.leaderboards.reading import ranking
from tests.people import World
from tests.rounds import submit


@pytest.fixture
def voted(app: Flask, world: World) -> World:
    """Idea 2 leads, 4 and 5 are tied and have the most judgements, 6 has none."""
    with app.app_context():
        submit(world.round, world.firm, ranking("3", "1A", "4", "1B", "2"))
        submit(world.round, world.round.firms[1], ranking("0", "0", "0", "4", "3"))
    return world
