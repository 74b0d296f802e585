"""The security log: logins, refusals and failed attempts, one line each, with ids of accounts and no names."""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, Response, request
from flask.logging import default_handler
from flask_login import current_user, user_logged_in, user_logged_out

from ruhrvote.logs import masked_path, shortened

log = logging.getLogger("ruhrvote.security")
REFUSED = (400, 401, 403, 429)
GUESSED_AT = (
    "accounts.",
    "codes.",
    "factors.",
    "first_admin.",
    "links.",
    "own_access.",
    "sign_on.",
    "team.accept",
    "team.show_invitation",
)


def note_refusal(response: Response) -> Response:
    """Log a refusal, and each failed POST to a view at which passwords or codes can be guessed."""
    view = request.endpoint or ""
    attempt = request.method == "POST" and response.status_code in (404, 409, 422) and _lets_in(view)
    if response.status_code in REFUSED or attempt:
        who = getattr(current_user, "id", None) if view and response.status_code != 400 else None
        _write(f"answered {response.status_code}", who)
    return response


def init_watch(app: Flask) -> None:
    """Connect the security log to logins and logouts, with the application's log handlers."""
    log.setLevel(logging.INFO)
    if default_handler not in log.handlers:
        log.addHandler(default_handler)
        user_logged_in.connect(_came)
        user_logged_out.connect(_left)
    app.after_request(note_refusal)


def _came(app: Flask, user: Any, **_: Any) -> None:
    _write("logged in", user.id)


def _left(app: Flask, user: Any, **_: Any) -> None:
    _write("logged out", user.id)


def _lets_in(view: str) -> bool:
    """Whether a view is one at which passwords or codes can be guessed."""
    return view.startswith(GUESSED_AT)


def _write(what: str, account_id: int | None) -> None:
    who = "nobody" if account_id is None else f"account {account_id}"
    path = masked_path(request.path)[:200]
    log.info("%s: %s, %s %s, from %s", what, who, request.method, path, shortened(request.remote_addr or "-"))
