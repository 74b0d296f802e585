"""The guard before each page: it loads the account and refuses what the visitor may not do."""

from __future__ import annotations

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, current_user
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts import actions, kept_input, queries
from ruhrvote.accounts.access import Permission, current_account, login_ends_at, may, seconds_until
from ruhrvote.accounts.factors.page import ask_page
from ruhrvote.accounts.login_page import LoginForm, login_page
from ruhrvote.accounts.models import Account
from ruhrvote.errors import NotLoggedIn

# What a login that still lacks its second factor reaches beside the pages that ask for it.
HALFWAY = {"accounts.log_out", "start.set_language"}
login_manager = LoginManager()


def expect_upload() -> None:
    """Before anything reads what was sent: let those who may use a view send it as much as it takes."""
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes = getattr(view, "most_bytes", 0)
    if most_bytes and request.method == "POST" and may(view.permission):  # type: ignore[union-attr]
        request.max_content_length = most_bytes


def guard() -> BaseResponse | None:
    """Before each request: refuse what has no permission or what this visitor may not do."""
    if request.endpoint is None:
        return None  # no such page: the 404 follows by itself
    if request.endpoint == "static":
        return None
    permission = getattr(current_app.view_functions[request.endpoint], "permission", None)
    if permission is None:
        abort(403)
    if current_user.is_authenticated and current_user.lacks_factor:
        halfway = permission is Permission.SECOND_FACTOR or request.endpoint in HALFWAY
        return None if halfway else ask_for_factor()
    if permission is Permission.PUBLIC or may(permission):
        return None
    if current_user.is_authenticated:
        abort(403)
    return ask_to_log_in(permission)


def ask_to_log_in(permission: Permission) -> BaseResponse:
    """Ask for a login before what the visitor wanted: a page is shown afterwards, what was sent is kept meanwhile."""
    turned = turn_to(url_for("accounts.log_in", next=request.full_path.rstrip("?")))
    if turned is not None:
        return turned
    if permission is Permission.SIGNED_IN:
        # It concerned the login itself, which is over: there is nothing to keep.
        return redirect(url_for("accounts.log_in", next=request.form.get("next")), 303)
    return login_page(LoginForm(formdata=None, kept=kept_input.keep()), NotLoggedIn())


def ask_for_factor() -> BaseResponse:
    """Ask for the second factor before what the visitor wanted, with nothing lost."""
    turned = turn_to(url_for("factors.ask", next=request.full_path.rstrip("?")))
    return turned or ask_page(current_account(), None, kept_input.keep(), NotLoggedIn())


def turn_to(target: str) -> BaseResponse | None:
    """The answer that leads a browser or htmx to a page; None for a form that a browser sends, which is kept."""
    by_htmx = bool(request.headers.get("HX-Request"))
    if request.method == "GET":
        if not by_htmx:
            return redirect(target, 303)
        # A redirect would put that page into the middle of this one; htmx follows this header instead.
        return Response(status=401, headers={"HX-Redirect": target})
    if by_htmx:
        # app.js sends the form again as a browser does, and the answer is a page that keeps it.
        return Response(status=401, headers={"HX-Trigger": "login-ended"})
    return None


def tell_login_end(response: Response) -> Response:
    """Let htmx's answers say in how many seconds the login ends, since the page around them says what was."""
    end: queries.LoginEnd | None = g.get("login_end")
    if end is not None and request.headers.get("HX-Request"):
        response.headers["Login-Ends-In"] = f"{seconds_until(end.at)}{' final' if end.final else ''}"
    return response


def init_access(app: Flask) -> None:
    """Load the visitor's account from the login token and put the guard before every view."""
    # Not by its context processor: that one reads the database for every template, error pages included.
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None  # the token itself is random, revocable and expires
    login_manager.user_loader(load_account)
    app.before_request(guard)
    # First of all: the checks of other parts read the form, and with it a file.
    app.before_request_funcs[None].insert(0, expect_upload)
    app.after_request(tell_login_end)
    app.jinja_env.globals.update(
        may=may,
        Permission=Permission,
        current_user=current_user,
        login_ends_at=login_ends_at,
        seconds_until=seconds_until,
    )


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
    login.account.login_token, login.account.lacks_factor = token, queries.lacks_factor(login)
    if not login.account.lacks_factor:
        g.login_end = queries.login_end(login)
    return login.account
