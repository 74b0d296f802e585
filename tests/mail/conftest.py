"""A mail server, and tests in the application's context."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.mail.posting import use
from tests.smtp_server import MailServer, mail_server


@pytest.fixture(autouse=True)
def in_context(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


@pytest.fixture
def server(app: Flask) -> Iterator[MailServer]:
    """A mail server, and the application set to it."""
    with mail_server() as server:
        use(app, server.url)
        yield server
