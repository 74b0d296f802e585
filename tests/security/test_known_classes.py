# ruff: noqa: E501  # rows of words
"""One test for each class of fault that was published for Decidim, the platform that is most like this one.

Where a class has its tests elsewhere, docs/security.md names them.
"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from ruhrvote.accounts.models import Account, ColleagueInvitation, Organisation
from ruhrvote.accounts.team.actions import forget_expired_invitations, invite
from ruhrvote.accounts.team.queries import find_invitation
from ruhrvote.db import clock, db, transaction
from ruhrvote.mail.models import Mail
from tests.people import World, make_person, post, visit
from tests.security.everything import ROLES, account_of, make_objects, path_of, plausible, rules
from tests.statements import counted

pytestmark = pytest.mark.alike

MARK = "xq7"
SORTING = (
    "sort",
    "order",
    "order_by",
    "sort_by",
    "direction",
    "dir",
    "by",
    "column",
    "page",
    "per_page",
    "limit",
    "offset",
)
INJECTED = (
    f"title DESC, (SELECT {MARK} FROM account)", f"id; DROP TABLE {MARK}", f"1 {MARK}", f"{MARK}) --", f"-{MARK}", f"{MARK}\" ASC",
)  # fmt: skip
FILTERS = (
    "q[email_start]",
    "filter[password_hash]",
    "email",
    "password_hash__startswith",
    "person",
    "account.email",
    "search[id_in][]",
)


def reads(app: Flask, world: World) -> list[tuple[str, str]]:
    """The address of every route that is read, and a role that may read it."""
    with app.app_context():
        own = make_objects(world).own
    return [
        (path_of(app, rule, own), role)
        for method, rule in rules(app)
        for role in ROLES
        if method == "GET" and "stream" not in str(rule)
    ]


def stable(html: str) -> str:
    """A page without what differs with each request: tokens, the clock, and its own address."""
    html = re.sub(r'name="(csrf_token|key)" value="[^"]*"', "", html)
    html = re.sub(r"\d\d:\d\d(:\d\d)?|data-[a-z-]+=\"[^\"]*\"|\d+ (Sekunden?|Minuten?)", "", html)
    return re.sub(r'(href|action|hx-get|hx-push-url|value)="[^"]*"', "", html)


def test_an_order_that_is_asked_for_never_becomes_sql(app: Flask, world: World) -> None:
    """SQL through ORDER BY (CVE-2026-45376)."""
    visitors = {role: visit(app, account_of(world, role)) for role in ROLES}
    asked = reads(app, world)
    for number, text in enumerate(INJECTED):
        query = dict.fromkeys(SORTING, text)
        for path, role in asked[number :: len(INJECTED)] + [pair for pair in asked if "boards" in pair[0]][:3]:
            with counted(app) as statements:
                response = visitors[role].get(path, query_string=query)
                assert response.status_code < 500, path
            assert not [statement for statement in statements if MARK in statement], path


def test_a_filter_that_nobody_offers_filters_nothing(app: Flask, world: World) -> None:
    """A list that may be filtered by anything tells one letter after the other of a secret (CVE-2023-34090)."""
    with app.app_context():
        first = db.session.scalar(select(Account.email).where(Account.id == world.voter))
    visitor = visit(app, world.consultation_admin, Accept_Language="en")
    for path in ("/organisations", "/mail", "/consultations/round/ideas", "/consultations/round/ideas/1/comments"):
        plain = stable(visitor.get(path).get_data(as_text=True))
        for name in FILTERS:
            for value in (first, "a", "zzz"):
                shown = stable(visitor.get(path, query_string={name: value}).get_data(as_text=True))
                assert shown == plain, f"{path}?{name}={value}"


@pytest.mark.parametrize("who", ["organisation", "person"])
def test_a_name_is_text_in_comments_and_in_the_audit_trail(app: Flask, world: World, who: str) -> None:
    """A script in a user's name ran on comment pages and in the admins' log (CVE-2026-23891, CVE-2024-32034)."""
    name = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    with app.app_context(), transaction() as session:
        if who == "organisation":
            session.execute(update(Organisation).where(Organisation.id == world.firm).values(name=name))
        else:
            session.execute(update(Account).where(Account.id == world.voter).values(person=name))
    with app.app_context():
        make_objects(world)
    shown = 0
    for path, account in (
        ("/consultations/round/ideas/1/comments", None),
        ("/audit-trail", world.consultation_admin),
        ("/team", world.voter),
        (f"/organisations/{world.firm}", world.chamber_admin),
        ("/consultations/round/moderation?show=all", world.consultation_admin),
    ):
        html = visit(app, account).get(path).get_data(as_text=True)
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        shown += "&lt;script&gt;alert" in html
    assert shown >= 3


def test_an_expired_invitation_is_revived_by_nothing(app: Flask, world: World) -> None:
    """A password reset made expired invitations good again (CVE-2023-48220): here every public form is tried."""
    address = "eingeladen@firma.example"
    with app.app_context():
        invite(world.voter, email=address, person="Erst Später")
        secret = re.search(r"#(\S+)", db.session.scalars(select(Mail.text)).one())[1]
        assert find_invitation(secret) is not None, "the control: the secret is the right one"
        with transaction() as session:
            session.execute(update(ColleagueInvitation).values(expires_at=clock() - timedelta(seconds=1)))
    form = plausible(app) | {"email": address, "secret": secret, "password": "ein langes neues Passwort"}
    for method, rule in rules(app):
        if method == "POST" and not rule.arguments:
            post(visit(app), str(rule), form)
    with app.app_context():
        assert find_invitation(secret) is None
        assert db.session.scalar(select(Account.id).where(Account.email == address)) is None
        forget_expired_invitations()
        assert db.session.scalar(select(ColleagueInvitation.id)) is None
        invite(world.voter, email=address, person="Erst Später")
        assert find_invitation(secret) is None, "a new invitation has a new secret, and the old one stays worthless"


def test_a_removed_person_comes_back_by_nothing(app: Flask, world: World) -> None:
    with app.app_context():
        make_person(world.firm)
        email = db.session.scalar(select(Account.email).where(Account.id == world.colleague))
    assert post(visit(app, world.voter), f"/team/colleagues/{world.colleague}/remove").status_code == 303
    form = plausible(app) | {"email": email, "password": "ein langes neues Passwort"}
    for method, rule in rules(app):
        if method == "POST" and not rule.arguments:
            post(visit(app), str(rule), form)
    with app.app_context():
        assert db.session.get_one(Account, world.colleague).removed_at is not None
        assert db.session.get_one(Account, world.colleague).password_hash is None


@pytest.mark.parametrize("page", ["/organisations", "/audit-trail", "/consultations/round/moderation?show=all"])
def test_a_chambers_lists_hold_the_own_members_only(app: Flask, world: World, page: str) -> None:
    """Lists of one organisation showed what belonged to another (CVE-2026-45414, CVE-2026-45330)."""
    with app.app_context():
        make_objects(world)
    text = visit(app, world.chamber_admin).get(page).get_data(as_text=True)
    assert "Fremdling" not in text
    everything = visit(app, world.consultation_admin).get(page).get_data(as_text=True)
    assert "Fremdling" in everything or "audit" in page or "moderation" in page, "the control"


def test_a_link_that_downloads_works_for_its_owner_alone(app: Flask, world: World) -> None:
    """Export links could be used by whoever had them (CVE-2026-45377): no file is to be had by its address alone."""
    with app.app_context():
        own = make_objects(world).own
    public = []
    for method, rule in rules(app):
        if method == "GET" and "stream" not in str(rule):
            with visit(app).get(path_of(app, rule, own)) as response:
                if response.status_code == 200 and "attachment" in response.headers.get("Content-Disposition", ""):
                    public.append(str(rule))
    # Figures that everybody may see may be downloaded by everybody; a list of people or organisations never.
    assert not [rule for rule in public if not re.search(r"/boards|/results|/open-data|/ideas|/embed|/receipt", rule)]
