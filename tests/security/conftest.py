"""Visitors who do not look at the pages: these tests fetch every page many times, and others audit them."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.pages import Visitor


class Hurried(Visitor):
    """A visitor whose pages are not audited."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return FlaskClient.open(self, *args, **kwargs)


@pytest.fixture
def app(app: Flask) -> Flask:
    """The application, fetched without an audit of each page."""
    app.test_client_class = Hurried
    return app
