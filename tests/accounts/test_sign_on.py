"""Logging in by an OpenID Connect provider: a real one, in a process of its own, well-behaved and not."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.codes.actions import issue_codes
from ruhrvote.accounts.models import Account, Identity, Login
from ruhrvote.accounts.queries import identities_of
from ruhrvote.accounts.sign_on.actions import link, unlink
from ruhrvote.accounts.typed_codes import in_fours
from ruhrvote.app import create_app
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.leaderboards.stream import BoardStreams
from ruhrvote.mail.models import Mail
from ruhrvote.services import services
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, plan, provider_process
from tests.pages import Page, Visitor
from tests.people import WORLD, World, post, visit

pytestmark = pytest.mark.alike

ENGLISH = {"Accept_Language": "en"}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    with provider_process() as address:
        yield address


@pytest.fixture
def site(app: Flask, world: World, issuer: str, tmp_path: Path) -> Iterator[Flask]:
    """The application, with the provider in its settings."""
    plan(issuer)
    provider = {"oidc_issuer": issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    site = create_app(replace(services(app).settings, oidc_name="Chamber ID", **provider))
    site.testing = True
    site.test_client_class = Visitor
    yield site
    services(site).of(BoardStreams).stop()
    with site.app_context():
        db.session.remove()
        db.engine.dispose()


class Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


def at_provider(location: str) -> str:
    """Go where the site sends the browser, and return where the provider sends it back to: path and query."""
    try:
        build_opener(Stay).open(location, timeout=10).close()
    except HTTPError as answer:
        answer.close()
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"
    raise AssertionError("the provider did not send the browser back")


def sign_on(visitor: Visitor, path: str = "/sign-on", status: int = 200) -> Page:
    return visitor.page(at_provider(visitor.get(path).location), status)


def new_code(site: Flask, organisation: int) -> str:
    with site.app_context(), transaction():
        return in_fours(issue_codes(WORLD.round.id, [organisation])[organisation])


def count(site: Flask, table: type[Identity | Account]) -> int:
    with site.app_context():
        return db.session.scalar(select(func.count()).select_from(table)) or 0


def test_the_login_page_offers_it_only_where_it_is_set_up(app: Flask, world: World, site: Flask) -> None:
    assert visit(site, **ENGLISH).page("/login?next=/team").link("Log in with Chamber ID") == "/sign-on?next=/team"
    assert "/sign-on" not in visit(app).page("/login").html


def test_the_first_time_by_code_then_without(site: Flask, world: World) -> None:
    code = new_code(site, world.firm)
    page = sign_on(visit(site, **ENGLISH))
    assert page.h1 == "Link your login"
    assert "anna@firma.example" in page.text
    page = page.submit({"code": "ABCD"}, action="/sign-on/link", status=422)
    page = page.submit({"code": code}, action="/sign-on/link")
    assert page.path == f"/consultations/{world.key}/ballot"
    again = sign_on(visit(site), "/sign-on?next=/team")
    assert again.path == "/team"
    assert count(site, Identity) == 1
    post(visit(site), "/code", {"code": code})
    assert "not valid" in visit(site, **ENGLISH).page("/code").submit({"code": code}, action="/code", status=422).text


def test_somebody_logged_in_links_by_one_press(site: Flask, world: World) -> None:
    visitor = visit(site, world.voter, **ENGLISH)
    page = visitor.page("/account").follow("Link or remove a login with Chamber ID")
    assert "Nothing is linked yet" in page.text
    page = sign_on(visitor).submit(button="Link with this access")
    assert "Linked. From now on" in page.text
    assert "firm 1 (round)" in sign_on(visit(site), "/sign-on?next=/account").text
    page = visitor.page("/sign-on/identities").submit(
        action=f"/sign-on/identities/{identity_of(site, world.voter)}/remove"
    )
    assert "The link is removed." in page.text
    assert sign_on(visit(site)).path == "/sign-on/link"


def identity_of(site: Flask, account: int) -> int:
    with site.app_context():
        return identities_of(account)[0].id


def test_staff_still_give_their_second_factor(site: Flask, world: World, issuer: str) -> None:
    with site.app_context():
        link(world.reviewer, issuer, "anna")
    visitor = visit(site)
    assert sign_on(visitor).path == "/second-factor"
    assert visitor.get("/account").status_code == 303


def test_who_it_is_follows_from_issuer_and_subject_alone(site: Flask, world: World, issuer: str) -> None:
    with site.app_context():
        link(world.voter, issuer, "anna")
        link(world.colleague, "https://other.example", "berta")
        email = db.session.get_one(Account, world.colleague).email
    plan(issuer, claims={"sub": "berta", "email": email})
    assert sign_on(visit(site)).path == "/sign-on/link", "another issuer's berta, or an address, is nobody here"
    plan(issuer, claims={"email": "new@address.example"})
    assert sign_on(visit(site), "/sign-on?next=/team").path == "/team"


def test_an_identity_is_linked_once_and_the_last_way_in_stays(site: Flask, world: World, issuer: str) -> None:
    with site.app_context():
        link(world.voter, issuer, "anna")
        for account in (world.voter, world.colleague):
            with pytest.raises(Conflict):
                link(account, issuer, "anna")
        with transaction() as session:
            account = session.get_one(Account, world.voter)
            account.email = account.password_hash = None
        with pytest.raises(Conflict):
            unlink(world.voter, identities_of(world.voter)[0].id)


def test_who_has_only_an_identity_is_not_let_in_by_code_alone(site: Flask, world: World) -> None:
    visitor = visit(site, **ENGLISH)
    sign_on(visitor)
    visitor.page("/sign-on/link").submit({"code": new_code(site, world.firm)}, action="/sign-on/link")
    page = visitor.page("/account")
    assert "code from your letter" not in page.text
    with site.app_context(), transaction() as session:
        session.execute(update(Login).values(created_at=clock() - timedelta(hours=1)))
    page = visitor.page("/account")
    assert "log out and log in again first" in page.text, "an unattended screen is not enough"
    page.submit({"password": "several plain words 7"}, action="/account/password", status=422)


def test_the_owner_is_told_by_mail_of_a_new_identity(site: Flask, world: World) -> None:
    sign_on(visit(site, world.voter, **ENGLISH)).submit(button="Link with this access")
    with site.app_context():
        mail = db.session.scalars(select(Mail)).one()
        assert mail.recipient == db.session.get_one(Account, world.voter).email
        assert "another service" in mail.text or "anderen Dienst" in mail.text


class TestJoining:
    @pytest.fixture
    def invited(self, site: Flask, world: World) -> str:
        """The code in an invitation of a colleague."""
        visit(site, world.voter).page("/team").submit({"person": "Eva Neu", "email": "eva@firma.example"})
        with site.app_context():
            text = db.session.scalars(select(Mail)).one().text
        return re.findall(r"^(?:\w{4}-){5}\w{4}$", text, re.MULTILINE)[0]

    def test_by_the_provider_without_a_password(self, site: Flask, world: World, invited: str) -> None:
        visitor = visit(site, **ENGLISH)
        page = visitor.page("/join").submit({"secret": invited})
        page = sign_on(visitor, page.link("Join with Chamber ID"))
        assert "Kim Muster has invited you to firm 1 (round)" in page.text
        page = page.submit(button="Join and begin")
        assert page.path == f"/consultations/{world.key}/ballot"
        with site.app_context():
            eva = db.session.scalars(select(Account).where(Account.email == "eva@firma.example")).one()
            assert (eva.organisation_id, eva.person, eva.password_hash) == (world.firm, "Eva Neu", None)
        assert sign_on(visit(site), "/sign-on?next=/team").path == "/team"
        assert "unknown" in visit(site, **ENGLISH).page("/join").submit({"secret": invited}, status=422).text

    def test_nobody_joins_without_an_invitation_shown_here_and_now(
        self, site: Flask, world: World, invited: str
    ) -> None:
        stranger = visit(site, **ENGLISH)
        assert "Join and begin" not in sign_on(stranger).text
        assert post(stranger, "/sign-on/link", {"join": "yes"}).status_code == 422
        later = visit(site, **ENGLISH)
        later.page("/join").submit({"secret": invited})
        with later.session_transaction() as session:
            session["joining"][1] -= 1000
            session.modified = True
        assert "Join and begin" not in sign_on(later).text
        people = count(site, Account)
        assert post(later, "/sign-on/link", {"join": "yes"}).status_code == 422
        assert count(site, Account) == people


HOSTILE = {
    "another nonce": {"claims": {"nonce": "planted"}},
    "no nonce": {"claims": {"nonce": None}},
    "for somebody else": {"claims": {"aud": "another-client"}},
    "for somebody else, handed on": {"claims": {"aud": "another-client", "azp": CLIENT_ID}},
    "expired": {"claims": {"exp": int(time.time()) - 3600}},
    "of another issuer": {"claims": {"iss": "https://other.example"}},
    "without a subject": {"claims": {"sub": ""}},
    "unsigned": {"signed_by": "nobody"},
    "signed by a stranger": {"signed_by": "a stranger"},
    "another state": {"state": "planted"},
    "denied": {"error": "access_denied"},
    "failed": {"error": "server_error"},
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_does_not_prove_who_is_there_is_refused(site: Flask, world: World, issuer: str, what: str) -> None:
    with site.app_context():
        link(world.voter, issuer, "anna")
    plan(issuer, **HOSTILE[what])
    visitor = visit(site, **ENGLISH)
    page = sign_on(visitor, "/sign-on?next=/team", status=422)
    said = "was cancelled" if what == "denied" else "did not work"
    assert f"The login with Chamber ID {said}" in page.text
    assert page.root.find(".//input[@name='next']").get("value") == "/team", "where one wanted to go is kept"
    assert visitor.get("/team").location.startswith("/login")


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(site: Flask, world: World, issuer: str) -> None:
    with site.app_context():
        link(world.voter, issuer, "anna")
    victim, visitor = visit(site), visit(site)
    back = at_provider(visitor.get("/sign-on").location)
    victim.page(back, 422)
    assert victim.get("/team").status_code == 303
    assert visitor.get(back).status_code == 303
    assert visitor.get("/team").status_code == 200
    fresh = visit(site)
    fresh.get("/sign-on")
    assert fresh.get(back).status_code == 422


def test_a_provider_that_calls_itself_otherwise_is_not_asked(site: Flask, world: World, issuer: str) -> None:
    plan(issuer, calls_itself="https://other.example")
    assert visit(site).get("/sign-on").status_code == 422
    plan(issuer)
    assert visit(site).get("/sign-on").location.startswith(issuer)


def test_a_provider_that_is_away_is_said(app: Flask, world: World) -> None:
    provider = {"oidc_issuer": "http://127.0.0.1:1", "oidc_client_id": "a", "oidc_client_secret": "b"}
    site = create_app(replace(services(app).settings, oidc_name="Chamber ID", **provider))
    site.test_client_class = Visitor
    assert "did not work" in visit(site, **ENGLISH).page("/sign-on", 422).text
    services(site).of(BoardStreams).stop()
    with site.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example"])
def test_never_off_the_site(site: Flask, world: World, issuer: str, target: str) -> None:
    with site.app_context():
        link(world.voter, issuer, "anna")
    assert sign_on(visit(site), f"/sign-on?next={target}").path == "/"
