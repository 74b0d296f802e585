"""A database for the benchmarks of streams: firms whose people are logged in and have a draft to submit."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import insert

from bench.ballots import IDEAS, invent
from ruhrvote.accounts.actions import mark_installation
from ruhrvote.accounts.models import Account, Kind, Login, Membership, Organisation, Role
from ruhrvote.accounts.queries import token_hash
from ruhrvote.app import create_app
from ruhrvote.config import Settings
from ruhrvote.consultations.actions import create_consultation, set_rules
from ruhrvote.consultations.models import ReleasePolicy, Weighting
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import db, transaction
from ruhrvote.drafts.models import Draft
from ruhrvote.ideas.lists import add_list
from ruhrvote.seeding import migrate_database, read_ideas
from ruhrvote.tally.weak_order import NOT_JUDGED
from ruhrvote.web import SESSION_COOKIE

KEY = "bench"
SECRET_KEY = "only for benchmarks" * 3
BOARD = f"/consultations/{KEY}/boards/overall"


@dataclass(frozen=True)
class Voter:
    """A firm with a logged-in person, and the values that the browser sends to submit the draft."""

    organisation_id: int
    account_id: int
    cookie: str
    csrf_token: str
    ranking: str


def settings_for(folder: Path, url: str = "") -> Settings:
    """The settings of a benchmark's server: SQLite in this folder, or the database at this address."""
    address = url or f"sqlite:///{folder / 'bench.sqlite3'}"
    return Settings(data_dir=folder, database_url=address, secret_key=SECRET_KEY)


def make_electorate(folder: Path, number: int, url: str = "") -> list[Voter]:
    """Create the tables, one open consultation with 40 ideas and so many firms; return its voters."""
    app = create_app(settings_for(folder, url))
    with app.app_context():
        migrate_database()
        mark_installation(False)
        seed = read_ideas()
        texts = {f"{name}_{language}": "Benchmark" for name in ("title", "intro") for language in ("de", "en")}
        consultation_id = create_consultation(key=KEY, source="-", **texts)
        add_list(consultation_id, seed["theme"], seed["idea"][:IDEAS])
        set_rules(
            KEY,
            release_policy=ReleasePolicy.IMMEDIATE,
            weighting=Weighting.ONE_VOICE,
            quorum_percent=33,
            quorum_minimum=1,
        )
        _add_firms(number)
        open_consultation(KEY)
        voters = _log_in(app, number, consultation_id)
        db.session.remove()
        db.engine.dispose()
    (folder / "voters.json").write_text(json.dumps([asdict(voter) for voter in voters]))
    return voters


def read_voters(folder: Path) -> list[Voter]:
    """The voters that `make_electorate` saved in this folder."""
    return [Voter(**each) for each in json.loads((folder / "voters.json").read_text())]


def _add_firms(number: int) -> None:
    chamber = {"id": 1, "kind": Kind.CHAMBER, "name": "Chamber"}
    firms = [{"id": 10 + i, "kind": Kind.FIRM, "name": f"Firm {i}"} for i in range(number)]
    with transaction() as session:
        session.execute(insert(Organisation), [chamber, *firms])
        session.execute(insert(Membership), [{"organisation_id": firm["id"], "chamber_id": 1} for firm in firms])


def _log_in(app: Flask, number: int, consultation_id: int) -> list[Voter]:
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    csrf_token = str(URLSafeTimedSerializer(SECRET_KEY, salt="wtf-csrf-token").dumps("token of a benchmark"))
    now = datetime.now(UTC)
    # A ballot that judges fewer than two ideas cannot be submitted.
    ballots = invent(number + number // 10 + 10)
    rankings = [
        ranking
        for ranking, judged in zip(ballots.rankings(), (ballots.levels != NOT_JUDGED).sum(axis=1), strict=True)
        if judged >= 2
    ][:number]
    accounts, logins, drafts, voters = [], [], [], []
    for i, ranking in enumerate(rankings):
        account, organisation, token = 10 + i, 10 + i, f"token {i}"
        accounts.append(
            {
                "id": account,
                "organisation_id": organisation,
                "email": f"{i}@bench.example",
                "person": f"Person {i}",
                "role": Role.VOTER,
                "password_hash": "none",
                "circle": account,
            }
        )
        logins.append({"token_hash": token_hash(token), "account_id": account, "created_at": now, "seen_at": now})
        drafts.append(
            {
                "consultation_id": consultation_id,
                "organisation_id": organisation,
                "circle": account,
                "ranking": ranking,
                "changed_at": now,
                "account_id": account,
            }
        )
        cookie = signer.dumps({"_user_id": token, "_fresh": True, "csrf_token": "token of a benchmark"})
        voters.append(Voter(organisation, account, f"{SESSION_COOKIE}={cookie}", csrf_token, ranking))
    with transaction() as session:
        session.execute(insert(Account), accounts)
        session.execute(insert(Login), logins)
        session.execute(insert(Draft), drafts)
    return voters
