"""Who may do what: the permissions, the roles that have them, and the guard before each page.

Every view names its permission with `@allow(...)`; a view without one is refused, and a test names it.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Flask, Response, abort, current_app, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import actions, queries
from ruhrvote.accounts.models import Account, Role

View = TypeVar("View", bound=Callable[..., object])


class Permission(StrEnum):
    """One thing that a person may be allowed to do."""

    PUBLIC = "see public pages"
    SIGNED_IN = "use an account"
    VOTE = "prepare and submit the organisation's ballot"
    COMMENT = "write comments"
    REVIEW = "see participation of the own members"
    MANAGE_ORGANISATIONS = "create organisations and accounts"
    RUN_CONSULTATION = "open, close and publish, and export results"


_SIGNED_IN = frozenset({Permission.PUBLIC, Permission.SIGNED_IN})
GRANTS: dict[str, frozenset[Permission]] = {
    Role.VOTER: _SIGNED_IN | {Permission.VOTE, Permission.COMMENT},
    Role.REVIEWER: _SIGNED_IN | {Permission.REVIEW, Permission.COMMENT},
    Role.CHAMBER_ADMIN: _SIGNED_IN | {Permission.REVIEW, Permission.MANAGE_ORGANISATIONS},
    Role.CONSULTATION_ADMIN: _SIGNED_IN
    | {Permission.REVIEW, Permission.MANAGE_ORGANISATIONS, Permission.RUN_CONSULTATION},
}

login_manager = LoginManager()


def allow(permission: Permission) -> Callable[[View], View]:
    """Mark a view with the permission that it needs."""

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def may(permission: Permission, account: Account | None = None) -> bool:
    """Whether an account, by default the current visitor, has a permission."""
    person = account or current_user
    if not person.is_authenticated:
        return permission is Permission.PUBLIC
    return permission in GRANTS[person.role]


def current_account() -> Account:
    """The account that is logged in; only for views that need one."""
    account = current_user._get_current_object()
    assert isinstance(account, Account)
    return account


def guard() -> BaseResponse | None:
    """Before each request: refuse what has no permission or what this visitor may not do."""
    if request.endpoint is None:
        return None  # no such page: the 404 follows by itself
    if request.endpoint == "static":
        return None
    permission = getattr(current_app.view_functions[request.endpoint], "permission", None)
    if permission is None:
        abort(403)
    if permission is Permission.PUBLIC or may(permission):
        return None
    if current_user.is_authenticated:
        abort(403)
    return ask_to_log_in()


def ask_to_log_in() -> BaseResponse:
    """Send the visitor to the login page and afterwards back to where they wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.headers.get("HX-Request"):
        # A redirect would put the login page into the middle of the page; htmx follows this header instead.
        response = Response(status=401)
        response.headers["HX-Redirect"] = url_for("accounts.log_in", next=wanted)
        return response
    return redirect(url_for("accounts.log_in", next=wanted), 303)


def init_access(app: Flask) -> None:
    """Load the visitor's account from the login token and put the guard before every view."""
    # Not by its context processor: that one reads the database for every template, error pages included.
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None  # the token itself is random, revocable and expires
    login_manager.user_loader(load_account)
    app.before_request(guard)
    app.jinja_env.globals.update(may=may, Permission=Permission, current_user=current_user)


def load_account(token: str) -> Account | None:
    """The account of an open login; notes at most once a minute that it is in use."""
    login = queries.find_login(token)
    if login is None:
        return None
    if queries.needs_touch(login):
        actions.touch_login(token)
        login = queries.find_login(token)
        if login is None:
            return None
    login.account.login_token = token
    return login.account
