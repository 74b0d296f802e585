"""Reads of who wants to be told what, and the token that takes it back."""

from __future__ import annotations

from flask import current_app
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, URLSafeSerializer

from ruhrvote.comments.notices.models import NoticeChoice
from ruhrvote.db import db
from ruhrvote.errors import Unknown


def choice_of(account_id: int) -> NoticeChoice:
    """What a person has chosen; nothing, unless they have chosen."""
    known = db.session.get(NoticeChoice, account_id)
    return known or NoticeChoice(account_id=account_id, replies=False, official=False)


def unsubscribe_token(account_id: int) -> str:
    """What a mail carries so that whoever receives it can unsubscribe without a login; it can do nothing else."""
    token = _serializer().dumps(account_id)
    assert isinstance(token, str)
    return token


def account_of(token: str) -> int:
    """The account of such a token; raises Unknown for any that is not ours."""
    try:
        account_id = _serializer().loads(token)
    except BadSignature:
        account_id = None
    if not isinstance(account_id, int):
        raise Unknown(_l("This link is not complete. Copy it from the mail as a whole."))
    return account_id


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="unsubscribe")
