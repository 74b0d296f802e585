"""The overview: participation, completeness of the ballots, and pending work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ruhrvote.accounts.access import reach_of
from ruhrvote.accounts.models import Account
from ruhrvote.ballots.queries import received_from_members
from ruhrvote.comments.moderation import waiting_for
from ruhrvote.comments.queries import open_questions
from ruhrvote.consultations.models import Consultation, ReleasePolicy
from ruhrvote.consultations.queries import eligible_members, waiting_by_group
from ruhrvote.drafts.queries import begun_by_group
from ruhrvote.leaderboards.gate import rounded
from ruhrvote.mail.queries import count_states
from ruhrvote.review.figures import Basis
from ruhrvote.tally.disclosure import until_due


@dataclass(frozen=True)
class Quality:
    """The completeness of a group's counted ballots: judged ideas per ballot (mean), and in per cent of all ideas."""

    ballots: int
    judged: float
    percent: float


@dataclass(frozen=True)
class Backlog:
    """How many first ballots of a group wait for their release, and how many are missing until the next cohort."""

    waiting: int
    missing: int


@dataclass(frozen=True)
class Overview:
    """The data of the chambers' overview.

    members: eligible and received of the own chamber's members, None without a chamber; begun: by group, organisations
    with a draft and without a ballot that counts; mail: the number of mails by state.
    """

    basis: Basis
    members: tuple[int, int] | None
    quality: Mapping[str, Quality]
    begun: Mapping[str, int]
    questions: int
    own_questions: int
    to_moderate: int
    mail: Mapping[str, int]
    backlog: Mapping[str, Backlog]


def make_overview(basis: Basis, account: Account) -> Overview:
    """The overview of a consultation for one account; about the own members it has counts only."""
    consultation, own = basis.consultation, account.organisation_id
    return Overview(
        basis=basis,
        members=None if reach_of(account).chamber_id is None else _members(consultation, own),
        quality=_quality(basis),
        begun=begun_by_group(consultation.id),
        questions=open_questions(consultation.id, None).total,
        own_questions=open_questions(consultation.id, own).total,
        to_moderate=waiting_for(consultation.id, account),
        mail=count_states(),
        backlog=_backlog(consultation, list(basis.board.group_turnouts)),
    )


def _members(consultation: Consultation, chamber_id: int) -> tuple[int, int]:
    return eligible_members(consultation.id, chamber_id), received_from_members(consultation.id, chamber_id)


def _quality(basis: Basis) -> dict[str, Quality]:
    """The completeness by group, of the ballots that the gate lets through."""
    if basis.shown is None:
        return {}
    result = {}
    for name in basis.group_rows:
        tally = basis.shown.groups[name]
        judged = int(tally.placed.sum()) / tally.ballots
        of_all = 100 * judged / len(basis.ideas)
        result[name] = Quality(
            tally.ballots, rounded(basis.consultation, judged), rounded(basis.consultation, of_all, 0)
        )
    return result


def _backlog(consultation: Consultation, groups: Sequence[str]) -> dict[str, Backlog]:
    if consultation.release_policy != ReleasePolicy.COHORTS or not consultation.is_open:
        return {}
    waiting = waiting_by_group(consultation.id)
    return {name: Backlog(waiting.get(name, 0), until_due(waiting.get(name, 0))) for name in groups}
