"""What a form sent after its login had ended, kept in the login page until it can be saved.

It travels signed through the browser that sent it, so nothing of it is stored here, and nothing is done with it
before a person presses a button.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from ruhrvote.web import own_path

KEPT_FOR = 3600  # seconds
LONGEST = 500_000  # characters: with the rest of the login form it must stay below web.MAX_BODY
NOT_KEPT = {"csrf_token", "password", "current"}


@dataclass(frozen=True)
class KeptInput:
    """Where a form was sent, and its fields."""

    path: str
    fields: list[tuple[str, str]]


def keep() -> str:
    """The fields of this request, signed; "" if they are too long. Passwords are not kept, nor are files."""
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_KEPT]
    kept = _serializer().dumps([request.full_path.rstrip("?"), session.get("account_id"), fields])
    assert isinstance(kept, str)
    return kept if len(kept) <= LONGEST else ""


def read(kept: str | None, account_id: int) -> KeptInput | None:
    """What was kept, if it is ours, not older than an hour, and was not entered by somebody else."""
    try:
        path, entered_by, fields = _serializer().loads(kept or "", max_age=KEPT_FOR)
    except BadData:
        return None
    if entered_by not in (None, account_id) or not own_path(path, ""):
        return None
    return KeptInput(path, [(name, value) for name, value in fields])


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept-input")
