"""What tests of the admins' pages share."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.people import World, make_world


@pytest.fixture
def draft(app: Flask) -> World:
    """A round that is not open yet."""
    with app.app_context():
        return make_world(opened=False)
