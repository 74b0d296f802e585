"""Whom the tests of the draft's pages act as."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.drafts.desk import ENGLISH
from tests.pages import Visitor
from tests.people import World, visit


@pytest.fixture
def voter(app: Flask, world: World) -> Visitor:
    """The voter of the small round, reading English."""
    return visit(app, world.voter, **ENGLISH)
