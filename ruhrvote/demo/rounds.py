"""Building the demonstration: the electorate, an earlier published round and two open ones.

Every step is idempotent: a second build changes nothing, and an interrupted one is completed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from ruhrvote.accounts.models import Account, Kind, Organisation, Role
from ruhrvote.ballots.actions import Voter, cast, withdraw
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.actions import (
    close_consultation,
    create_consultation,
    publish_consultation,
    set_dates,
    set_rules,
)
from ruhrvote.consultations.models import Consultation, ReleasePolicy, Status, Weighting
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import certify_consultation, open_consultation
from ruhrvote.db import clock, db
from ruhrvote.demo.chance import share
from ruhrvote.demo.discussion import discuss
from ruhrvote.demo.electorate import enter_firms, enter_people, invented_firms
from ruhrvote.demo.opinions import Voice, ranking, voice_of
from ruhrvote.demo.script import script
from ruhrvote.drafts.actions import Choice, move_idea, save_answers
from ruhrvote.drafts.order import Move, level_at
from ruhrvote.drafts.queries import find_draft
from ruhrvote.ideas.lists import add_list, read_ideas
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.web import TIME_ZONE

OPEN_FOR = timedelta(weeks=6)
SOURCE = "#40Ruhrideen"
QUORUM_PERCENT = 33
QUORUM_MINIMUM = 4  # less than the usual 10: on the board of the nine chambers no idea would ever be ranked
REPLACED = 0.08  # the share of ballots that are submitted a second time
WITHDRAWN = 2  # ballots in each round


@dataclass(frozen=True)
class Submission:
    """One planned submission or withdrawal: the organisation and the number of its version."""

    organisation_id: int
    voice: Voice
    version: int
    withdrawn: bool = False


def build(progress: Callable[[int, int], None]) -> None:
    """Invent the electorate, a published and two open rounds with ballots and comments.

    progress: called after each ballot with how many are done, and how many there are.
    """
    enter_firms()
    enter_people()
    rounds = script()["round"]
    for plan in rounds:
        _prepare(plan)
    missing = [_missing(plan) for plan in rounds]
    total, done = sum(map(len, missing)), 0
    for plan, submissions in zip(rounds, missing, strict=True):
        if submissions:
            discuss(plan["key"], {kind: _electorate(kind) for kind in Kind})
            _draft(plan["key"])
        for _ in _vote(plan["key"], submissions):
            done += 1
            progress(done, total)
        _finish(plan)


def _prepare(plan: dict[str, Any]) -> None:
    """Create and open a round, unless that is done already."""
    key = plan["key"]
    consultation_id = db.session.scalar(select(Consultation.id).where(Consultation.key == key))
    if consultation_id is None:
        texts = {name: plan[name] for name in ("title_de", "title_en", "intro_de", "intro_en")}
        consultation_id = create_consultation(key=key, source=SOURCE, **texts)
    if not ideas_of(consultation_id):
        seed = read_ideas()
        add_list(consultation_id, seed["theme"], seed["idea"])
    if get_consultation(key, drafts=True).status == Status.DRAFT:
        set_rules(
            key,
            release_policy=ReleasePolicy(plan["release_policy"]),
            weighting=Weighting(plan["weighting"]),
            quorum_percent=QUORUM_PERCENT,
            quorum_minimum=QUORUM_MINIMUM,
            objection_days=0,  # its people do not exist
        )
        set_dates(key, opens_at=None, closes_at=_end() if plan["open"] else None)
        open_consultation(key)


def _end() -> datetime:
    """The end of an open round: midnight in the region, OPEN_FOR from now."""
    day = (clock() + OPEN_FOR).astimezone(TIME_ZONE).date()
    return datetime.combine(day, time(), TIME_ZONE).astimezone(UTC)


def _missing(plan: dict[str, Any]) -> list[Submission]:
    """The planned submissions that are still to be made; none once the round is closed."""
    consultation = get_consultation(plan["key"])
    if not consultation.is_open:
        return []
    versions = {
        organisation: version
        for organisation, version in db.session.execute(
            select(Ballot.organisation_id, Ballot.current_version).where(Ballot.consultation_id == consultation.id)
        )
    }
    return [step for step in _planned(plan) if versions.get(step.organisation_id, 0) < step.version]


def _planned(plan: dict[str, Any]) -> Iterator[Submission]:
    """All planned submissions of a round in order: the first ones, then some replaced, then a few withdrawn."""
    key = plan["key"]
    voters = sorted(
        (organisation for kind in Kind for organisation in _turnout(plan, kind)),
        key=lambda organisation: share("when", key, organisation.name),
    )
    voices = [(organisation, voice_of(organisation)) for organisation in voters]
    yield from (Submission(organisation.id, voice, 1) for organisation, voice in voices)
    firms = [pair for pair in voices if pair[0].kind == Kind.FIRM]
    by_doubt = sorted(firms, key=lambda pair: share("doubt", key, pair[0].name))
    for organisation, voice in by_doubt[: round(REPLACED * len(voices))]:
        yield Submission(organisation.id, voice, 2)
    for organisation, voice in by_doubt[-WITHDRAWN:]:
        yield Submission(organisation.id, voice, 2, withdrawn=True)


def _turnout(plan: dict[str, Any], kind: Kind) -> Sequence[Organisation]:
    """The organisations of a kind that take part; larger firms more often than small ones."""
    organisations = [organisation for organisation in _electorate(kind) if organisation.name not in plan["later"]]
    number = round(plan["turnout"][kind] / 100 * len(_electorate(kind)))
    zeal = {"10-49": 0.9, "50-249": 0.75, "250+": 0.6}
    return sorted(
        organisations,
        key=lambda organisation: (
            share("turnout", plan["key"], organisation.name) * zeal.get(organisation.size_class or "", 1.0)
        ),
    )[:number]


def _electorate(kind: Kind) -> Sequence[Organisation]:
    """The organisations of a kind whose ballots are invented; no firm that somebody entered by hand."""
    if kind == Kind.FIRM:
        return invented_firms()
    return db.session.scalars(
        select(Organisation).where(Organisation.kind == kind, Organisation.key.is_not(None)).order_by(Organisation.id)
    ).all()


def _vote(key: str, submissions: Sequence[Submission]) -> Iterator[Submission]:
    """Make these submissions through the same actions as a visitor, each in its own commit; yield each when done."""
    if not submissions:
        return
    consultation_id = get_consultation(key).id
    numbers = [idea.number for idea in ideas_of(consultation_id)]
    people = _voters()
    for step in submissions:
        voter = Voter(consultation_id, step.organisation_id, people.get(step.organisation_id))
        if step.withdrawn:
            withdraw(voter, expected_version=step.version - 1)
        else:
            cast(
                voter,
                ranking(step.voice, numbers, key, step.version),
                expected_version=step.version - 1,
                idempotency_key=f"demo-{step.version}",
            )
        yield step


def _voters() -> dict[int, int]:
    """For each organisation with a demo login, the account that votes for it."""
    rows = db.session.execute(
        select(Account.organisation_id, Account.id)
        .where(Account.is_demo, Account.role == Role.VOTER)
        .order_by(Account.id.desc())
    )
    return {organisation: account for organisation, account in rows}


def _draft(key: str) -> None:
    """Prepare a draft for the municipality of the demo logins."""
    plan = script()["draft"]
    consultation_id = get_consultation(key).id
    account = db.session.scalars(select(Account).where(Account.email == plan["person"])).one()
    if plan["round"] != key or find_draft(consultation_id, account) is not None:
        return
    voter = Voter(consultation_id, account.organisation_id, account.id)
    position = {idea.number: idea.position for idea in ideas_of(consultation_id)}
    choices = [Choice(position[int(number)], answer, seen=0) for number, answer in plan["answers"].items()]
    draft = save_answers(voter, choices).ranking
    for place, number in enumerate(plan["order"], start=1):
        draft = move_idea(voter, position[number], level_at(draft, position[number]), Move.TO, place)


def _finish(plan: dict[str, Any]) -> None:
    """Close, certify and publish a round that is over."""
    if plan["open"]:
        return
    if get_consultation(plan["key"]).status == Status.OPEN:
        close_consultation(plan["key"])
    if get_consultation(plan["key"]).status == Status.CLOSED:
        certify_consultation(plan["key"])
    if get_consultation(plan["key"]).status == Status.CERTIFIED:
        publish_consultation(plan["key"])
