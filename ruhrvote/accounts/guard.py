"""The guard before each request: loads the account and refuses what the visitor has no permission for."""

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
from ruhrvote.web import MAX_BODY, MAX_FIELDS, check_form

# Endpoints that a login without its second factor may use, beside the pages that ask for it.
WITHOUT_FACTOR = {"accounts.log_out", "start.set_language"}
PIECE = 1_000_000  # bytes that reading an upload may hold in memory
login_manager = LoginManager()


def set_limits() -> None:
    """Set the limits of the route, if it names its own and the visitor may use it; nothing is read yet."""
    view = current_app.view_functions.get(request.endpoint or "")
    most_bytes, most_fields = getattr(view, "most_bytes", MAX_BODY), getattr(view, "most_fields", MAX_FIELDS)
    if (most_bytes, most_fields) == (MAX_BODY, MAX_FIELDS) or request.method != "POST":
        return
    if may(view.permission):  # type: ignore[union-attr]
        request.max_content_length, request.max_form_parts = most_bytes, most_fields
        request.max_form_memory_size = PIECE  # of a file: what is not parsed yet counts for it, too


def guard() -> BaseResponse | None:
    """Refuse a request without the view's permission, and ask for a login or second factor where that helps."""
    if request.endpoint is None:
        return None  # no such page: Flask answers 404
    permission = getattr(current_app.view_functions[request.endpoint], "permission", None)
    if permission is None:
        abort(403)
    if current_user.is_authenticated and current_user.lacks_factor:
        halfway = permission is Permission.SECOND_FACTOR or request.endpoint in WITHOUT_FACTOR
        return None if halfway else ask_for_factor()
    if permission is Permission.PUBLIC or may(permission):
        return None
    if current_user.is_authenticated:
        abort(403)
    return ask_to_log_in(permission)


def ask_to_log_in(permission: Permission) -> BaseResponse:
    """Ask for a login; afterwards the requested page is shown, or the kept input of a form can be sent again."""
    turned = turn_to(url_for("accounts.log_in", next=request.full_path.rstrip("?")))
    if turned is not None:
        return turned
    check_form()
    if permission is Permission.SIGNED_IN:
        # The form was about the login itself, which has ended: there is nothing to keep.
        return redirect(url_for("accounts.log_in", next=request.form.get("next")), 303)
    return login_page(LoginForm(formdata=None, kept=kept_input.keep()), NotLoggedIn())


def ask_for_factor() -> BaseResponse:
    """Ask for the second factor; the input of a form is kept."""
    turned = turn_to(url_for("factors.ask", next=request.full_path.rstrip("?")))
    if turned is not None:
        return turned
    check_form()
    return ask_page(current_account(), None, kept_input.keep(), NotLoggedIn())


def turn_to(target: str) -> BaseResponse | None:
    """The answer that redirects a browser or htmx to a page; None for a browser's form, whose input is kept instead."""
    by_htmx = bool(request.headers.get("HX-Request"))
    if request.method == "GET":
        if not by_htmx:
            return redirect(target, 303)
        # htmx would insert a redirect's page as a fragment; with this header it loads the page instead.
        return Response(status=401, headers={"HX-Redirect": target})
    if by_htmx:
        # app.js then sends the form again without htmx, and the answer is a page that keeps its input.
        return Response(status=401, headers={"HX-Trigger": "login-ended"})
    return None


def tell_login_end(response: Response) -> Response:
    """Add to htmx's answers a header with the seconds until the login ends, since the page around shows an old time."""
    end: queries.LoginEnd | None = g.get("login_end")
    if end is not None and request.headers.get("HX-Request"):
        response.headers["Login-Ends-In"] = f"{seconds_until(end.at)}{' final' if end.final else ''}"
    return response


def init_access(app: Flask) -> None:
    """Set up loading the account from the login's token, and the guard before every request."""
    # Without its context processor, which would read the database for every template, also for error pages.
    login_manager.init_app(app, add_context_processor=False)
    login_manager.session_protection = None  # the token itself is random, revocable and expires
    login_manager.user_loader(load_account)
    # Before all others: they read the form, and what is wrong with a form is told only to who may send it.
    app.before_request_funcs[None][:0] = [set_limits, guard]
    app.after_request(tell_login_end)
    app.jinja_env.globals.update(
        may=may,
        Permission=Permission,
        current_user=current_user,
        login_ends_at=login_ends_at,
        seconds_until=seconds_until,
    )


def load_account(token: str) -> Account | None:
    """The account of an open login, or None; saves the time of its last use at most once a minute."""
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
