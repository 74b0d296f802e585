"""Writes of ballots: submitting and withdrawing, each one use case and one commit."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, bindparam, exists, func, select
from sqlalchemy.orm import aliased, joinedload

from ruhrvote.accounts.models import Account
from ruhrvote.accounts.queries import may_read, may_submit, signatory_of
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.ballots.notices import tell_others
from ruhrvote.ballots.receipts import commitment, in_fours, new_receipt_id
from ruhrvote.consultations import cohorts
from ruhrvote.consultations.models import Consultation, ReleasePolicy, RollEntry, Status
from ruhrvote.db import database_now, db, insert, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.ideas.models import Idea
from ruhrvote.ideas.queries import retired_positions
from ruhrvote.ledger.actions import append, lock_head
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.ledger.queries import KINDS
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to
from ruhrvote.services import services
from ruhrvote.tally.weak_order import JUDGEMENTS, WIDTH, check, judged

CLOSED = _l("The consultation is closed. Your last submission before the close counts.")
PAUSED = _l("The consultation is paused. Nothing is lost: you can submit once it goes on.")
RENEWED = _l("The program is being renewed. Nothing is lost: submit again in a few minutes.")
NOT_YOURS = _l(
    "Somebody else has submitted for your organisation. You cannot withdraw that; you can submit your own order."
)
NOT_ON_ROLL = _l("Your organisation is not on the roll of this consultation. Please ask your chamber.")


@dataclass(frozen=True)
class Voter:
    """Who acts on a ballot: the organisation that has it, and the person's account (None in a demonstration)."""

    consultation_id: int
    organisation_id: int
    account_id: int | None


@dataclass(frozen=True)
class _SubmissionState:
    """All that decides about a submission, read in one statement under the lock of the ballot's row.

    current: the version that counts unless it is a withdrawal; known: the version with the same idempotency key, if
    this submission was sent before.
    """

    ballot: Ballot
    consultation: Consultation
    ideas: int
    retired: int
    roll_entry: RollEntry | None
    current: BallotVersion | None
    known: BallotVersion | None

    @property
    def has_ranking(self) -> bool:
        """Whether the organisation has a ballot that counts."""
        return self.current is not None and self.current.ranking != ""


# Built once: building such a statement takes longer than executing it.
_CURRENT, _KNOWN = aliased(BallotVersion), aliased(BallotVersion)
_STATE_QUERY = (
    select(
        Consultation,
        select(func.count(Idea.id)).where(Idea.consultation_id == bindparam("consultation")).scalar_subquery(),
        select(func.count(Idea.retired_at)).where(Idea.consultation_id == bindparam("consultation")).scalar_subquery(),
        RollEntry,
        _CURRENT,
        _KNOWN,
    )
    .outerjoin(
        RollEntry,
        and_(RollEntry.consultation_id == Consultation.id, RollEntry.organisation_id == bindparam("organisation")),
    )
    .outerjoin(_CURRENT, and_(_CURRENT.ballot_id == bindparam("ballot"), _CURRENT.version == bindparam("version")))
    .outerjoin(_KNOWN, and_(_KNOWN.ballot_id == bindparam("ballot"), _KNOWN.idempotency_key == bindparam("key")))
    .where(Consultation.id == bindparam("consultation"))
)
_STILL_OPEN = select(
    Consultation.status,
    Consultation.closes_at,
    database_now(),
    exists().where(
        LedgerEntry.consultation_id == bindparam("consultation"),
        LedgerEntry.seq > bindparam("checked"),
        LedgerEntry.kind.not_in(KINDS),
    ),
).where(Consultation.id == bindparam("consultation"))


class _Checked(dict[int, int]):
    """For each consultation the last entry up to which this process knows all kinds."""


def cast(
    voter: Voter, ranking: str, *, expected_version: int, idempotency_key: str, drafted: str = ""
) -> BallotVersion:
    """Submit a ranking as the organisation's ballot: add a version with its ledger entry and receipt, all or nothing.

    expected_version: the version that counted when the page was shown, 0 for none. The same idempotency key with the
    same ranking returns the version that it made before. Raises Conflict if the consultation is not open, if another
    version was submitted since, or for the same key with another ranking; Refused if the organisation is not on the
    roll, the ranking is not valid, or another person is the organisation's signatory. The receipt is also mailed.

    drafted: the organisation's draft. Of a withdrawn idea a ballot says what the draft or the current version says: an
    answer that was given while it was asked stays, and no other can be added.
    """
    with transaction():
        account = _signatory(voter)
        found = _lock_and_read(voter, idempotency_key)
        if found.known is not None:
            if found.known.ranking != ranking:
                raise Conflict(_l("This page has been used for another submission. Check your order and submit again."))
            return found.known
        _require_open(found.consultation)
        if found.ballot.counting_version != expected_version:
            raise Conflict(
                _l("Somebody from your organisation has submitted meanwhile. Compare both before you submit again.")
            )
        _check_ranking(ranking, found.ideas)
        if found.retired:
            # A refusal must not tell what somebody else's ballot says.
            readable = account is None or found.current is None or may_read(account, found.current.account)
            before = found.current.ranking if found.current and readable else ""
            _check_retired(voter, ranking, (drafted, before))
        kind = EntryKind.REPLACED if found.has_ranking else EntryKind.CAST
        return _append_version(voter, account, found, ranking, kind, idempotency_key)


def withdraw(voter: Voter, *, expected_version: int) -> None:
    """Withdraw the organisation's ballot: it does not count until another version is submitted.

    Raises Conflict if the consultation is not open, if another version was submitted since, or if there is nothing to
    withdraw; Refused if another person is the signatory, or if people of another circle have submitted.
    """
    with transaction():
        account, key = _signatory(voter), secrets.token_hex(16)
        found = _lock_and_read(voter, key)
        _require_open(found.consultation)
        if found.ballot.counting_version != expected_version or not found.has_ranking:
            raise Conflict(_l("There is no submission to withdraw any more. Reload the page."))
        if account is not None and found.current is not None and not may_read(account, found.current.account):
            raise Refused(NOT_YOURS)
        _append_version(voter, account, found, "", EntryKind.WITHDRAWN, key)


def require_open(voter: Voter) -> None:
    """Raise Conflict unless the consultation is open; submitting checks it again, under the chain's lock."""
    _require_open(db.session.get_one(Consultation, voter.consultation_id))


def _require_open(consultation: Consultation) -> None:
    if consultation.status != Status.OPEN:
        raise Conflict(PAUSED if consultation.status == Status.PAUSED else CLOSED)


def _signatory(voter: Voter) -> Account | None:
    """The account that submits; raises Refused if the organisation has named another person as its signatory."""
    if voter.account_id is None:
        return None
    account = db.session.get_one(Account, voter.account_id, options=[joinedload(Account.organisation)])
    if may_submit(account):
        return account
    signatory = signatory_of(account.circle)
    person = signatory.person if signatory else "–"
    raise Refused(_l("Only %(person)s submits for your organisation. Your draft is saved.", person=person))


def _locked_ballot(voter: Voter) -> Ballot:
    """The row of the organisation's ballot, created if missing and locked: the first lock of every submission."""
    own = {"consultation_id": voter.consultation_id, "organisation_id": voter.organisation_id}
    new = insert(Ballot).values(current_version=0, counting_version=0, **own)
    made = new.on_conflict_do_nothing(index_elements=list(own))
    ballot = db.session.scalar(made.returning(Ballot))
    return ballot or db.session.scalars(select(Ballot).filter_by(**own).with_for_update()).one()


def _lock_and_read(voter: Voter, idempotency_key: str) -> _SubmissionState:
    """Lock the ballot's row, then read all that decides about the submission."""
    ballot = _locked_ballot(voter)
    meets = {
        "consultation": voter.consultation_id,
        "organisation": voter.organisation_id,
        "ballot": ballot.id,
        "version": ballot.counting_version,
        "key": idempotency_key,
    }
    return _SubmissionState(ballot, *db.session.execute(_STATE_QUERY, meets).one())


def _check_ranking(ranking: str, ideas: int) -> None:
    try:
        check(ranking, ideas)
    except ValueError as error:
        raise Refused(_l("This is not a valid order of the ideas. Reload the page and check your order.")) from error
    if judged(ranking) < 2:
        raise Refused(_l("Judge at least two ideas before you submit."))


def _check_retired(voter: Voter, ranking: str, before: Sequence[str]) -> None:
    """Refuse a judgement of a withdrawn idea that no ranking of before has."""
    for position in retired_positions(voter.consultation_id):
        place = position * WIDTH
        said_before = {text[place : place + 1] for text in before}
        if ranking[place] in map(str, JUDGEMENTS) and ranking[place] not in said_before:
            raise Refused(_l("An idea has been withdrawn; nobody is asked about it any more. Reload the page."))


def _append_version(
    voter: Voter, account: Account | None, found: _SubmissionState, ranking: str, kind: EntryKind, idempotency_key: str
) -> BallotVersion:
    if found.roll_entry is None:
        raise Refused(NOT_ON_ROLL)
    ballot, cell = found.ballot, found.roll_entry.cell
    version, salt, receipt_id = ballot.current_version + 1, secrets.token_hex(32), new_receipt_id()
    committed = commitment(
        consultation_id=voter.consultation_id,
        receipt_id=receipt_id,
        version=version,
        cell=cell,
        salt=salt,
        ranking=ranking,
    )
    if account is not None:
        if ranking:
            _mail_receipt(account, version, receipt_id)
        tell_others(account, found.consultation, version, ranked=bool(ranking), replaces=ballot.current_version > 0)
    # From here on all other submissions wait: do only what needs the lock of the chain.
    head = lock_head(voter.consultation_id)
    # A separate statement after the lock was taken, so that it sees what the previous holder of the lock committed.
    checked = services().of(_Checked)
    meets = {"consultation": voter.consultation_id, "checked": checked.get(voter.consultation_id, 0)}
    status, closes_at, now, unknown = db.session.execute(_STILL_OPEN, meets).one()
    if unknown:  # a later program has written what this process cannot count: it must not write on top of it
        raise Conflict(RENEWED)
    checked[voter.consultation_id] = head.seq
    if status != Status.OPEN or (closes_at and now >= closes_at):
        raise Conflict(PAUSED if status == Status.PAUSED else CLOSED)
    entry = append(
        head, kind, {"ballot": ballot.id, "commitment": committed, "receipt": receipt_id, "version": version}, now
    )
    submission = BallotVersion(
        ballot_id=ballot.id,
        version=version,
        consultation_id=voter.consultation_id,
        seq=entry.seq,
        cell=cell,
        ranking=ranking,
        salt=salt,
        receipt_id=receipt_id,
        commitment=committed,
        idempotency_key=idempotency_key,
        received_at=entry.recorded_at,
        account_id=voter.account_id,
    )
    ballot.current_version = ballot.counting_version = version
    db.session.add(submission)
    if found.consultation.release_policy == ReleasePolicy.COHORTS:
        match kind:
            case EntryKind.CAST:
                cohorts.ballot_cast(head, found.roll_entry.group, ballot.id, version, first=version == 1)
            case EntryKind.REPLACED:
                cohorts.ballot_replaced(ballot.id, version)
            case _:
                cohorts.ballot_withdrawn(ballot.id)
    return submission


def _mail_receipt(account: Account, version: int, receipt_id: str) -> None:
    """Queue the mail with the receipt, in the same transaction, so that it is not sent if the submission fails.

    A person who logged in with a letter's code may have no e-mail address: then only the page shows the receipt.
    """
    if account.email is None:
        return
    queue(
        Purpose.RECEIPT,
        account.email,
        account.language,
        person=account.person,
        organisation=account.organisation.name,
        version=version,
        number=in_fours(receipt_id),
        link=link_to("ballots.receipts"),
    )
