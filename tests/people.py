"""People of all roles, logged in without the cost of a password, and their requests."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from ruhrvote.accounts.actions import create_organisation, log_out, open_login
from ruhrvote.accounts.factors.passkeys import add_passkey, ask_for_known, ask_for_new, confirm_by_passkey
from ruhrvote.accounts.models import Account, Kind, Role
from ruhrvote.accounts.queries import TEAM, accounts_of, find_login, lacks_factor, team_of
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import db, transaction
from ruhrvote.services import EXTENSION, services
from tests.authenticator import SoftwarePasskey
from tests.pages import Visitor
from tests.rounds import Round, make_round

RAW_TOKEN = "0" * 40


def change_settings(app: Flask, **settings: Any) -> None:
    """Set a running application as an operator would."""
    known = services(app)
    app.extensions[EXTENSION] = replace(known, settings=replace(known.settings, **settings))


def make_person(
    organisation_id: int, role: Role = Role.VOTER, *, is_demo: bool = False, colleague_of: int | None = None
) -> int:
    """An account that nobody can log in to by password; staff have a passkey, which `visit` uses.

    colleague_of: whose circle the person has joined.
    """
    with transaction() as session:
        # Random, as a number would be given twice: the small round may come from another process.
        email = f"person-{uuid4().hex}@{role}.example".replace("_", "-")
        account = Account(
            organisation_id=organisation_id,
            email=email,
            person="Kim Muster",
            role=role,
            password_hash="none",
            is_demo=is_demo,
        )
        if colleague_of is not None:
            account.circle = circle_of(colleague_of)
        session.add(account)
        session.flush()
        account_id = account.id
    if role not in TEAM and not is_demo:
        token = open_login(account_id)
        first = add_passkey(token, passkey_of(account_id).create(ask_for_new(token)), "Test")
        assert first is not None
        log_out(first.token)
    return account_id


def circle_of(account_id: int) -> int:
    """The circle that an account is in."""
    return db.session.get_one(Account, account_id).circle


def team_in(organisation_id: int) -> list[Account]:
    """The people of the oldest circle in an organisation, the first of them first."""
    return team_of(accounts_of(organisation_id)[0].circle)


def logged_in(account_id: int) -> str:
    """The token of a new login, with the second factor that staff give by their passkey."""
    token = open_login(account_id)
    login = find_login(token)
    if login is None or not lacks_factor(login):
        return token
    return confirm_by_passkey(token, passkey_of(account_id).sign(ask_for_known(token)))


def passkey_of(account_id: int) -> SoftwarePasskey:
    """The passkey of somebody of the staff, on the website that this application says it is."""
    base_url = services().settings.base_url
    return SoftwarePasskey(account_id, origin=base_url, rp_id=urlsplit(base_url).hostname or "")


def visit(app: Flask, account_id: int | None = None, **headers: str) -> Visitor:
    """A visitor, logged in as this account; call it outside of any application context."""
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    visitor.environ_base.update({f"HTTP_{name.upper()}": value for name, value in headers.items()})
    if account_id is not None:
        with app.app_context():
            token = logged_in(account_id)
        with visitor.session_transaction() as session:
            session["_user_id"] = token
    return visitor


def post(visitor: FlaskClient, path: str, data: Any = None, **kwargs: Any) -> TestResponse:
    """POST what no page of ours would send, with a valid CSRF token."""
    with visitor.session_transaction() as session:
        session["csrf_token"] = RAW_TOKEN
    key = visitor.application.config["SECRET_KEY"]
    token = URLSafeTimedSerializer(key, salt="wtf-csrf-token").dumps(RAW_TOKEN)
    return visitor.post(path, data={**(data or {}), "csrf_token": token}, **kwargs)


@dataclass(frozen=True)
class World:
    """A round and one person of each role; `foreign_firm` is a member of the other chamber only."""

    round: Round
    voter: int
    colleague: int
    reviewer: int
    chamber_admin: int
    consultation_admin: int
    foreign_firm: int

    @property
    def key(self) -> str:
        return self.round.key

    @property
    def firm(self) -> int:
        """The organisation of the voter and the colleague."""
        return self.round.firms[0]


def make_world(**rules: Any) -> World:
    """A small round with people, made inside an application context."""
    opened = rules.pop("opened", True)
    round_ = make_round(**{"municipalities": 1, "firms": 3, **rules}, opened=False)
    foreign = create_organisation(kind=Kind.FIRM, name="Fremde Firma", chamber_ids=[round_.chambers[1]])
    world = World(
        round=round_,
        voter=(voter := make_person(round_.firms[0])),
        colleague=make_person(round_.firms[0], colleague_of=voter),
        reviewer=make_person(round_.chambers[0], Role.REVIEWER),
        chamber_admin=make_person(round_.chambers[0], Role.CHAMBER_ADMIN),
        consultation_admin=make_person(round_.chambers[0], Role.CONSULTATION_ADMIN),
        foreign_firm=foreign,
    )
    if opened:
        open_consultation(round_.key)
    return world


# What make_world makes first in an empty database.
WORLD = World(
    round=Round("round", 1, ideas=6, chambers=[1, 2], municipalities=[3], firms=[4, 5, 6]),
    voter=1,
    colleague=2,
    reviewer=3,
    chamber_admin=4,
    consultation_admin=5,
    foreign_firm=7,
)


def fill_world() -> None:
    """The round and the people of WORLD."""
    assert make_world() == WORLD
