"""Kept input: the fields of a form that was sent after the login had ended, kept until they can be sent again.

They are signed and kept in the login page in the browser, so nothing is stored here, and they are sent again only when
the person presses a button.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request, session
from itsdangerous import BadData, URLSafeTimedSerializer

from ruhrvote.web import MAX_BODY, own_path

KEPT_FOR = 3600  # seconds
# What a route takes that carries them along: the three bytes %01 of a form become the six
# characters \\u0001 of JSON, and base64 makes four of three.
KEPT_BYTES = 4 * MAX_BODY
NOT_KEPT = {"csrf_token", "password", "current"}


@dataclass(frozen=True)
class KeptInput:
    """The path to which a form was sent, and its fields."""

    path: str
    fields: list[tuple[str, str]]


def keep() -> str:
    """The path and fields of this request, signed, without passwords and files."""
    fields = [pair for pair in request.form.items(multi=True) if pair[0] not in NOT_KEPT]
    kept = _serializer().dumps([request.full_path.rstrip("?"), session.get("account_id"), fields])
    assert isinstance(kept, str)
    return kept


def read(kept: str | None, account_id: int) -> KeptInput | None:
    """The kept input; None if the signature is wrong, it is older than an hour, or another account entered it."""
    try:
        path, entered_by, fields = _serializer().loads(kept or "", max_age=KEPT_FOR)
    except BadData:
        return None
    if entered_by not in (None, account_id) or not own_path(path, ""):
        return None
    return KeptInput(path, [(name, value) for name, value in fields])


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept-input")
