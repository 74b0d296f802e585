"""Small consultations for tests, made with the product's own actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, text

from ruhrvote.accounts.actions import create_account, create_organisation
from ruhrvote.accounts.models import Account, Kind, Membership, Role
from ruhrvote.ballots.actions import Voter, cast
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.actions import create_consultation, publish_consultation, set_dates, set_rules
from ruhrvote.consultations.models import Consultation, ReleasePolicy, RollEntry, Weighting
from ruhrvote.control.actions import certify_consultation, open_consultation
from ruhrvote.db import db, transaction
from ruhrvote.ideas.lists import add_list
from ruhrvote.ledger.chain import GENESIS, entry_hash
from ruhrvote.ledger.models import ChainHead, EntryKind, LedgerEntry

PASSWORD = "a password for tests"


@dataclass(frozen=True)
class Round:
    """A consultation and the ids of the organisations that may take part."""

    key: str
    id: int
    ideas: int
    chambers: list[int]
    municipalities: list[int]
    firms: list[int]

    def voter(self, organisation_id: int, account_id: int | None = None) -> Voter:
        return Voter(self.id, organisation_id, account_id)


def make_round(
    key: str = "round",
    *,
    ideas: int = 6,
    chambers: int = 2,
    municipalities: int = 3,
    firms: int = 12,
    release_policy: ReleasePolicy = ReleasePolicy.IMMEDIATE,
    weighting: Weighting = Weighting.ONE_VOICE,
    quorum_minimum: int = 1,
    objection_days: int = 0,
    closes_at: datetime | None = None,
    opened: bool = True,
) -> Round:
    """A round with two themes of ideas, of which the last idea alone is in a theme that is not ranked."""
    texts = {
        "title_de": f"Runde {key}",
        "title_en": f"Round {key}",
        "intro_de": "Worum es geht.",
        "intro_en": "What for.",
    }
    consultation_id = create_consultation(key=key, source="Quelle", **texts)
    themes = [
        {"key": "one", "name_de": "Erstes Feld", "name_en": "First theme"},
        {"key": "two", "name_de": "Zweites Feld", "name_en": "Second theme"},
        {"key": "rest", "name_de": "Weiteres", "name_en": "The rest", "ranked": False},
    ]
    add_list(consultation_id, themes, [idea(number, ideas) for number in range(1, ideas + 1)])
    made: dict[Kind, list[int]] = {Kind.CHAMBER: [], Kind.MUNICIPALITY: [], Kind.FIRM: []}
    for kind, number in ((Kind.CHAMBER, chambers), (Kind.MUNICIPALITY, municipalities), (Kind.FIRM, firms)):
        for i in range(number):
            own = made[Kind.CHAMBER][:1] if kind != Kind.CHAMBER else []
            made[kind].append(create_organisation(kind=kind, name=f"{kind} {i + 1} ({key})", chamber_ids=own))
    if not chambers:  # a firm without a chamber stands on no roll: the first one stands in for it
        with transaction() as session:
            session.add_all(Membership(organisation_id=firm, chamber_id=made[Kind.FIRM][0]) for firm in made[Kind.FIRM])
    set_rules(
        key,
        release_policy=release_policy,
        weighting=weighting,
        quorum_percent=33,
        quorum_minimum=quorum_minimum,
        objection_days=objection_days,
    )
    if closes_at is not None:
        set_dates(key, opens_at=None, closes_at=closes_at)
    if opened:
        open_consultation(key)
    return Round(key, consultation_id, ideas, made[Kind.CHAMBER], made[Kind.MUNICIPALITY], made[Kind.FIRM])


def idea(number: int, ideas: int) -> dict[str, object]:
    """An idea with every text that a page shows."""
    theme = "rest" if number == ideas else "one" if number <= ideas // 2 else "two"
    return {"number": number, "theme": theme, "page": 3} | {
        f"{field}_{language}": f"{word} {number}"
        for language, words in (("de", ("Titel", "Kurz", "Ziel", "Grund")), ("en", ("Title", "Short", "Goal", "Why")))
        for field, word in zip(("title", "short", "goal", "background"), words, strict=True)
    }


def submit(
    round_: Round, organisation_id: int, ranking: str, version: int = 0, key: str = "", by: int | None = None
) -> BallotVersion:
    """Cast a ballot on top of a version, as an account of the organisation if `by` says so."""
    idempotency_key = key or f"{organisation_id}-{version}"
    return cast(round_.voter(organisation_id, by), ranking, expected_version=version, idempotency_key=idempotency_key)


def certify_and_publish(key: str) -> None:
    """What follows the close: the recount is certified, the result published."""
    certify_consultation(key)
    publish_consultation(key)


def date_back_the_close(round_: Round, by: timedelta) -> None:
    """As if the consultation had been closed so much earlier: nobody waits a week for the period of objections.

    The chain is written anew, so that it stays sound.
    """
    db.session.rollback()
    with transaction() as session:
        for name in ("no_update", "no_delete", "append_only"):
            on = "" if db.engine.dialect.name == "sqlite" else " ON ledger_entry"
            session.execute(text(f"DROP TRIGGER IF EXISTS ledger_entry_{name}{on}"))
        rows = session.scalars(
            select(LedgerEntry).where(LedgerEntry.consultation_id == round_.id).order_by(LedgerEntry.seq)
        ).all()
        for row in rows:  # out of the way of the constraint on the hash before
            row.previous_hash = f"old {row.seq}"
        session.flush()
        before = GENESIS
        for row in rows:
            if row.kind == EntryKind.CLOSED:
                row.recorded_at -= by
            row.previous_hash = before
            row.hash = before = entry_hash(before, row.consultation_id, row.seq, row.kind, row.recorded_at, row.payload)
        session.get_one(ChainHead, round_.id).hash = before
        consultation = session.get_one(Consultation, round_.id)
        assert consultation.closed_at is not None
        consultation.closed_at -= by


def make_account(organisation_id: int, email: str, role: Role = Role.VOTER, *, colleague_of: int | None = None) -> int:
    """An account whose password is PASSWORD; colleague_of: whose circle it has joined."""
    account_id = create_account(
        organisation_id=organisation_id, email=email, person="Kim Muster", role=role, password=PASSWORD
    )
    if colleague_of is not None:
        with transaction() as session:
            circle = session.get_one(Account, colleague_of).circle
            session.get_one(Account, account_id).circle = circle
    return account_id


def eligible_by_group(consultation_id: int) -> dict[str, int]:
    """How many organisations of each group may take part."""
    rows = db.session.execute(
        select(RollEntry.group, func.count())
        .where(RollEntry.consultation_id == consultation_id)
        .group_by(RollEntry.group)
    )
    return {group: count for group, count in rows}


def received_by_group(consultation_id: int) -> dict[str, int]:
    """How many organisations of each group have a ballot that is not withdrawn."""
    rows = db.session.execute(
        select(RollEntry.group, func.count())
        .join(Ballot, Ballot.organisation_id == RollEntry.organisation_id)
        .join(BallotVersion, BallotVersion.ballot_id == Ballot.id)
        .where(
            RollEntry.consultation_id == consultation_id,
            Ballot.consultation_id == consultation_id,
            BallotVersion.version == Ballot.counting_version,
            BallotVersion.ranking != "",
        )
        .group_by(RollEntry.group)
    )
    return {group: count for group, count in rows}


def count_kinds(consultation_id: int) -> dict[str, int]:
    """How many entries of each kind a chain holds."""
    rows = db.session.execute(
        select(LedgerEntry.kind, func.count())
        .where(LedgerEntry.consultation_id == consultation_id)
        .group_by(LedgerEntry.kind)
    )
    return {kind: count for kind, count in rows}
