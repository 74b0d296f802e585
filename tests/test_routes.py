"""Every route: who may use it, what protects it, and which headers its answer carries."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.accounts.models import Account, Role
from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.db import db
from ruhrvote.ideas.models import Idea
from tests.pages import Visitor
from tests.people import World, post, visit

# What each role gets. "login": sent to the login page; a POST comes with a valid token and an empty form,
# so 422, 404 and 409 mean that the view itself was reached.
TABLE = """
                                                  anonymous voter reviewer chamber_admin consultation_admin
GET  /                                                  200   200      200           200                200
GET  /accessibility                                     200   200      200           200                200
GET  /privacy                                           200   200      200           200                200
GET  /account/data                                    login   200      200           200                200
GET  /account/data.json                               login   200      200           200                200
POST /account/data/erase                              login   422      422           422                422
GET  /organisations/4/accounts/1/erase                login   403      403           200                200
POST /organisations/4/accounts/1/erase                login   403      403           422                422
GET  /methodology                                       200   200      200           200                200
GET  /login                                             200   200      200           200                200
POST /login                                             422   422      422           422                422
POST /login/demo                                        404   404      404           404                404
GET  /login/link                                        200   200      200           200                200
POST /login/link                                        422   422      422           422                422
GET  /login/link/sent                                   200   200      200           200                200
GET  /login/by-link                                     200   200      200           200                200
POST /login/by-link                                     422   422      422           422                422
GET  /code                                              200   200      200           200                200
POST /code                                              422   422      422           422                422
GET  /account                                         login   200      200           200                200
POST /account/details                                 login   422      422           422                422
POST /account/address                                 login   422      422           422                422
POST /account/password                                login   422      422           422                422
POST /account/password/remove                         login   303      303           303                303
GET  /account/confirm                                   200   200      200           200                200
POST /account/confirm                                   422   422      422           422                422
POST /account/logins/end                              login   303      303           303                303
POST /account/logins/end-all                          login   303      303           303                303
POST /login/extend                                    login   303      303           303                303
GET  /first-admin                                       404   404      404           404                404
POST /first-admin                                       404   404      404           404                404
GET  /second-factor                                   login   403      200           200                200
POST /second-factor                                   login   403      422           422                422
POST /second-factor/passkey                           login   403      422           422                422
POST /second-factor/challenge                         login   403      200           200                200
GET  /second-factor/factors                           login   403      200           200                200
POST /second-factor/app                               login   403      422           422                422
POST /second-factor/app/remove                        login   403      303           303                303
POST /second-factor/passkeys                          login   403      422           422                422
POST /second-factor/passkeys/challenge                login   403      200           200                200
POST /second-factor/passkeys/99/remove                login   403      303           303                303
POST /second-factor/recovery-codes                    login   403      200           200                200
POST /second-factor/go-on                             login   403      303           303                303
GET  /sign-on                                           404   404      404           404                404
GET  /sign-on/return                                    404   404      404           404                404
GET  /sign-on/link                                      404   404      404           404                404
POST /sign-on/link                                      404   404      404           404                404
GET  /sign-on/identities                              login   404      404           404                404
POST /sign-on/identities/1/remove                     login   404      404           404                404
GET  /join                                              200   200      200           200                200
POST /join                                              422   422      422           422                422
POST /join/account                                      422   422      422           422                422
GET  /team                                            login   200      403           403                403
POST /team/invitations                                login   422      403           403                403
POST /team/invitations/1/revoke                       login   303      403           403                403
POST /team/colleagues/1/remove                        login   409      403           403                403
POST /team/colleagues/1/first                         login   409      403           403                403
POST /team/signatory                                  login   422      403           403                403
GET  /ballot                                          login   303      403           403                403
GET  /mail                                            login   403      403           403                200
POST /mail/1/again                                    login   403      403           403                409
POST /mail/1/returned                                 login   403      403           403                409
GET  /demo-activity                                     404   404      404           404                404
POST /demo-activity                                     404   404      404           404                404
GET  /language/en                                       303   303      303           303                303
GET  /receipts                                          200   200      200           200                200
POST /receipts                                          422   422      422           422                422
GET  /consultations/round                               200   200      200           200                200
GET  /consultations/round/ideas                         200   200      200           200                200
GET  /consultations/round/ideas/1                       200   200      200           200                200
GET  /consultations/round/ideas/1/comments              200   200      200           200                200
POST /consultations/round/ideas/1/comments            login   422      422           403                403
GET  /consultations/round/ideas/1/comments/1            200   200      200           200                200
POST /consultations/round/ideas/1/comments/1/reply    login   422      422           403                403
POST /consultations/round/ideas/1/comments/1/edit     login   422      422           403                403
POST /consultations/round/ideas/1/comments/1/agree    login   409      303           403                403
POST /consultations/round/ideas/1/comments/1/report   login   422      422           422                422
POST /consultations/round/ideas/1/comments/1/delete   login   303      404           403                403
GET  /consultations/round/search                        200   200      200           200                200
GET  /consultations/round/my-comments                 login   200      200           403                403
GET  /consultations/round/questions                   login   403      200           403                403
GET  /consultations/round/moderation                  login   403      200           200                200
POST /consultations/round/moderation/rules            login   403      403           403                303
GET  /consultations/round/moderation/1                login   403      200           200                200
POST /consultations/round/moderation/1/hide           login   403      422           422                422
POST /consultations/round/moderation/1/publish        login   403      409           409                409
POST /consultations/round/moderation/1/keep           login   403      303           303                303
GET  /notices                                         login   200      200           403                403
POST /notices                                         login   303      303           403                403
GET  /notices/unsubscribe/forged                        404   404      404           404                404
POST /notices/unsubscribe/forged                        404   404      404           404                404
GET  /consultations/round/ideas/1/note                login   403      403           403                200
POST /consultations/round/ideas/1/note                login   403      403           403                303
GET  /consultations/round/boards                        303   303      303           303                303
GET  /consultations/round/boards/overall                200   200      200           200                200
GET  /consultations/round/boards/overall/stream         200   200      200           200                200
GET  /consultations/round/boards/theme-one/direct       200   200      200           200                200
GET  /consultations/round/boards/overall/screen         200   200      200           200                200
GET  /consultations/round/boards/overall/embed          200   200      200           200                200
GET  /consultations/round/code.svg                      200   200      200           200                200
GET  /embed/round/overall                               200   200      200           200                200
GET  /consultations/round/exports                     login   403      200           200                200
POST /consultations/round/exports                     login   403      422           422                422
GET  /consultations/round/exports/files               login   403      200           200                200
POST /consultations/round/exports/files/1             login   403      404           404                404
GET  /consultations/round/open-data.zip                 409   409      409           409                409
GET  /api/v1/openapi.json                               200   200      200           200                200
GET  /api/v1/consultations                              200   200      200           200                200
GET  /api/v1/consultations/round                        200   200      200           200                200
GET  /api/v1/consultations/round/ideas                  200   200      200           200                200
GET  /api/v1/consultations/round/boards                 200   200      200           200                200
GET  /api/v1/consultations/round/boards/overall         200   200      200           200                200
GET  /api/v1/consultations/round/turnout                200   200      200           200                200
GET  /api/v1/consultations/round/ledger                 200   200      200           200                200
GET  /api/v1/consultations/round/results                409   409      409           409                409
GET  /consultations/round/review                      login   403      200           200                200
GET  /consultations/round/review/pictures             login   403      303           303                303
GET  /consultations/round/review/pictures/bars        login   403      200           200                200
GET  /consultations/round/review/pictures/bars.csv    login   403      409           409                409
GET  /consultations/round/review/compare              login   403      200           200                200
GET  /consultations/round/ballot                      login   200      403           403                403
GET  /consultations/round/ballot/themes/one           login   200      403           403                403
POST /consultations/round/ballot/themes/one           login   303      403           403                403
GET  /consultations/round/ballot/order                login   200      403           403                403
POST /consultations/round/ballot/order                login   422      403           403                403
GET  /consultations/round/ballot/order/2              login   200      403           403                403
POST /consultations/round/ballot/order/2              login   422      403           403                403
POST /consultations/round/ballot/order/2/undo         login   422      403           403                403
GET  /consultations/round/ballot/history              login   200      403           403                403
GET  /consultations/round/ballot/paper                login   200      403           403                403
GET  /consultations/round/ballot/review               login   200      403           403                403
POST /consultations/round/ballot/submit               login   422      403           403                403
POST /consultations/round/ballot/withdraw             login   422      403           403                403
GET  /consultations/round/ballot/receipt              login   404      403           403                403
GET  /consultations/round/report                      login   403      200           200                200
GET  /consultations/round/shortlist                   login   403      200           200                200
POST /consultations/round/shortlist                   login   403      422           422                422
POST /consultations/round/shortlist/1                 login   403      404           404                404
POST /consultations/round/shortlist/1/remove          login   403      404           404                404
GET  /consultations/round/outcome                       200   200      200           200                200
GET  /consultations/round/ballot/feedback             login   409      403           403                403
GET  /audit-trail                                     login   403      403           200                200
GET  /letterhead                                      login   403      403           200                200
POST /letterhead                                      login   403      403           422                422
GET  /letterhead/texts/letter-invitation-de           login   403      403           200                200
POST /letterhead/texts/letter-invitation-de           login   403      403           422                422
GET  /consultations/round/proof.pdf                   login   403      403           200                200
GET  /consultations/round/invitations                 login   403      403           200                200
GET  /consultations/round/invitations/order           login   403      403           200                200
POST /consultations/round/invitations/order           login   403      403           422                422
GET  /consultations/round/invitations/1               login   403      403           404                404
POST /consultations/round/invitations/1/files/1       login   403      403           404                404
POST /consultations/round/invitations/1/handed-over   login   403      403           404                404
POST /consultations/round/invitations/1/discard       login   403      403           404                404
GET  /consultations/round/help-desk                   login   403      403           200                200
GET  /consultations/round/help-desk/4                 login   403      403           200                200
POST /consultations/round/help-desk/4/letter          login   403      403           422                422
POST /consultations/round/help-desk/4/mail            login   403      403           422                422
POST /consultations/round/help-desk/4/undeliverable   login   403      403           303                303
POST /consultations/round/help-desk/4/address         login   403      403           422                422
GET  /organisations                                   login   403      403           200                200
GET  /organisations/new                               login   403      403           200                200
POST /organisations/new                               login   403      403           422                422
GET  /organisations/1                                 login   403      403           200                200
POST /organisations/1/accounts                        login   403      403           422                422
POST /organisations/1/accounts/1/second-factor        login   403      403           403                404
POST /organisations/1/roll                            login   403      403           403                404
GET  /organisations/1/edit                              login   403      403           200                200
POST /organisations/1/edit                              login   403      403           422                422
GET  /organisations/import                              login   403      403           200                200
POST /organisations/import                              login   403      403           422                422
GET  /organisations/import/template.csv                 login   403      403           200                200
GET  /organisations/import/1                            login   403      403           404                404
POST /organisations/import/1/check                      login   403      403           404                404
POST /organisations/import/1/columns                    login   403      403           404                404
POST /organisations/import/1/apply                      login   403      403           404                404
POST /organisations/import/1/abandon                    login   403      403           404                404
POST /organisations/import/1/gone                       login   403      403           404                404
GET  /organisations/import/1/faults.csv                 login   403      403           404                404
GET  /organisations/import/1/gone.csv                   login   403      403           404                404
GET  /organisations/doubles                             login   403      403           200                200
POST /organisations/doubles/1/2                         login   403      403           422                422
GET  /consultations/round/control                     login   403      403           403                200
GET  /consultations/new                               login   403      403           403                200
POST /consultations/new                               login   403      403           403                422
GET  /consultations/round/setup/texts                 login   403      403           403                200
POST /consultations/round/setup/texts                 login   403      403           403                422
GET  /consultations/round/setup/rules                 login   403      403           403                200
POST /consultations/round/setup/rules                 login   403      403           403                422
GET  /consultations/round/setup/groups                login   403      403           403                200
GET  /consultations/round/setup/dates                 login   403      403           403                200
POST /consultations/round/setup/dates                 login   403      403           403                409
GET  /consultations/round/setup/preview               login   403      403           403                200
GET  /consultations/round/setup/ideas                 login   403      403           403                200
POST /consultations/round/setup/ideas/source          login   403      403           403                404
GET  /consultations/round/setup/ideas/template.csv    login   403      403           403                200
POST /consultations/round/setup/ideas/upload          login   403      403           403                422
POST /consultations/round/setup/ideas/enter           login   403      403           403                422
GET  /consultations/round/setup/ideas/new             login   403      403           403                200
POST /consultations/round/setup/ideas/new             login   403      403           403                422
GET  /consultations/round/setup/ideas/1               login   403      403           403                200
POST /consultations/round/setup/ideas/1               login   403      403           403                422
POST /consultations/round/setup/ideas/1/place         login   403      403           403                422
POST /consultations/round/setup/themes                login   403      403           403                422
GET  /consultations/round/setup/themes/one            login   403      403           403                200
POST /consultations/round/setup/themes/one            login   403      403           403                422
POST /consultations/round/setup/themes/one/place      login   403      403           403                422
POST /consultations/round/pause                       login   403      403           403                422
POST /consultations/round/resume                      login   403      403           403                409
POST /consultations/round/propose                     login   403      403           403                404
POST /consultations/round/extend                      login   403      403           403                422
POST /consultations/round/confirm                     login   403      403           403                404
POST /consultations/round/withdraw-proposal           login   403      403           403                404
POST /consultations/round/follow-up                   login   403      403           403                422
POST /consultations/round/open                        login   403      403           403                422
POST /consultations/round/close                       login   403      403           403                422
POST /consultations/round/publish                     login   403      403           403                422
POST /logout                                          login   303      303           303                303
"""
END_THE_LOGIN = ("/account/logins/end-all", "/logout")
ROLES, *ROWS = (line.split() for line in TABLE.strip().splitlines())


@pytest.fixture
def world(app: Flask, world: World) -> World:
    with app.app_context():
        idea = db.session.query(Idea).filter_by(number=1).one()
        write_comment(idea.id, Author(world.firm, None), CommentKind.NOTE, "Ein Kommentar des Unternehmens.")
        return world


def rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) & {"GET", "POST", "PUT", "PATCH", "DELETE"}:
            yield method, rule


def rule_of(app: Flask, method: str, path: str) -> Rule:
    found, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    assert isinstance(found, Rule)
    return found


def test_every_view_names_its_permission(app: Flask) -> None:
    unguarded = [
        f"{view.__module__}.{view.__name__}"
        for endpoint, view in app.view_functions.items()
        if endpoint != "static" and not isinstance(getattr(view, "permission", None), Permission)
    ]
    assert not unguarded, f"no @allow(...) on {', '.join(unguarded)}"


@pytest.mark.parametrize("role", [None, Role.CONSULTATION_ADMIN])
def test_a_view_without_permission_is_refused_to_everybody(app: Flask, world: World, role: Role | None) -> None:
    app.add_url_rule("/forgotten", "forgotten", lambda: "what nobody may see")
    app.add_url_rule("/open", "open", allow(Permission.PUBLIC)(lambda: "<h1>x</h1>"))
    visitor = visit(app, world.consultation_admin if role else None)
    response = visitor.get("/forgotten")
    assert response.status_code == 403
    assert b"nobody may see" not in response.data
    assert visitor.get("/forgotten", headers={"HX-Request": "true"}).status_code == 403
    # The control: the same view with a permission is let through, so it is the guard that refuses.
    assert FlaskVisitor(app).get("/open").status_code == 200


class FlaskVisitor(Visitor):
    """A visitor who does not look at the page."""

    def open(self, *args, **kwargs):
        return super(Visitor, self).open(*args, **kwargs)


def test_the_table_names_every_route_and_no_other(app: Flask) -> None:
    listed = [(method, rule_of(app, method, path)) for method, path, *_ in ROWS]
    actual = [(method, rule) for method, rule in rules(app) if rule.endpoint != "static"]
    assert {(method, str(rule)) for method, rule in listed} == {(method, str(rule)) for method, rule in actual}
    assert len(listed) == len(actual)


@pytest.mark.parametrize("number", range(len(ROLES)), ids=ROLES)
def test_who_may_do_what(app: Flask, world: World, number: int) -> None:
    visitor = visit(app, None if number == 0 else getattr(world, ROLES[number]))
    wrong = []
    for method, path, *wanted in ROWS:
        with post(visitor, path) if method == "POST" else visitor.get(path) as response:
            # A page is asked for again after the login; what was sent is kept in the login page itself.
            to_login = response.status_code == 401 or (
                response.status_code == 303 and response.location.startswith("/login")
            )
            got = "login" if to_login else str(response.status_code)
            if got != wanted[number]:
                wrong.append(f"{method} {path}: {got} instead of {wanted[number]}")
        if path in END_THE_LOGIN:
            visitor = visit(app, None if number == 0 else getattr(world, ROLES[number]))
    assert not wrong, "\n".join(wrong)


def test_htmx_is_told_that_a_login_is_needed_instead_of_being_redirected(app: Flask, world: World) -> None:
    visitor = visit(app)
    for method, path, anonymous, *_ in ROWS:
        if anonymous == "login":
            headers = {"HX-Request": "true"}
            response = post(visitor, path, headers=headers) if method == "POST" else visitor.get(path, headers=headers)
            assert response.status_code == 401, path
            if method == "GET":
                assert response.headers["HX-Redirect"].startswith("/login")
            else:
                assert response.headers["HX-Trigger"] == "login-ended"
                assert "HX-Redirect" not in response.headers, "that would lose what was sent"
            assert response.data == b""


def test_after_the_login_one_is_where_one_wanted_to_be(app: Flask, world: World) -> None:
    location = visit(app).get("/organisations?q=IHK&page=2").location
    assert location == "/login?next=/organisations?q%3DIHK%26page%3D2"
    # A POST is not repeated by itself: tests/accounts/test_session_end.py has what becomes of it.
    response = post(visit(app), "/organisations/new")
    assert (response.status_code, response.location) == (401, None)


@pytest.mark.parametrize("token", ["", "0" * 40, "IjAwMDAwIg.aaaaaa.forged"])
def test_no_post_without_its_token(app: Flask, world: World, token: str) -> None:
    for account in (None, world.consultation_admin, world.voter):
        visitor = visit(app, account)
        for method, path, *_ in ROWS:
            # A mail program unsubscribes without a page of ours; its address carries what allows it.
            if method == "POST" and not path.startswith("/notices/unsubscribe/"):
                data = {"csrf_token": token} if token else {}
                assert visitor.post(path, data=data).status_code == 400, path
    with app.app_context():
        assert db.session.query(Account).count() == 5


def test_the_token_of_one_visitor_is_worth_nothing_to_another(app: Flask, world: World) -> None:
    one, other = visit(app, world.voter), visit(app, world.colleague)
    token = one.page("/receipts").root.find(".//input[@name='csrf_token']").get("value")
    assert other.page("/receipts").response.status_code == 200
    assert other.post("/logout", data={"csrf_token": token}).status_code == 400
