"""Writes that need several features: opening, certifying and archiving a consultation."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, insert, update

from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.ballots.models import Ballot, BallotVersion, KeptReceipt, PaperNotice
from ruhrvote.ballots.queries import RECEIPT_COLUMNS, receipt_columns_of
from ruhrvote.consultations import actions as consultations
from ruhrvote.consultations import proposals
from ruhrvote.consultations.actions import Pair, in_pair, locked
from ruhrvote.consultations.models import Objection, Proposal, ReleasedBallot, Status, Step, WaitingBallot
from ruhrvote.consultations.queries import confirmed_steps, get_consultation
from ruhrvote.control.checklist import first_missing
from ruhrvote.db import clock, transaction
from ruhrvote.drafts.models import Draft, DraftChange
from ruhrvote.errors import Conflict, Refused
from ruhrvote.ideas.queries import number_of_ideas, titles_of
from ruhrvote.leaderboards.gate import archive_payload, published
from ruhrvote.leaderboards.scoreboard import recount
from ruhrvote.leaderboards.verification import recount_one
from ruhrvote.ledger.actions import append
from ruhrvote.ledger.models import EntryKind
from ruhrvote.spot_check.models import SampledBallot


def open_consultation(key: str, by: int | None = None) -> None:
    """Open a draft with its present ideas; raises Refused while a required point of the checklist is not done."""
    consultation = get_consultation(key, drafts=True)
    missing = first_missing(consultation) if consultation.status == Status.DRAFT else None
    if missing is not None:
        raise Refused(missing)
    consultations.open_consultation(key, ideas=titles_of(consultation.id), by=by)


def certify_consultation(key: str, by: int | None = None, *, pair: Pair | None = None) -> None:
    """Recount a closed consultation and certify it with the findings; raises Refused if the recount finds a fault.

    It takes as long as a recount, so it is called by the worker, not by a web page.
    """
    consultation = get_consultation(key, drafts=True)
    if consultation.status != Status.CLOSED:
        raise Conflict(_l("Only a closed consultation can be certified, and only once."))
    if not consultation.is_settled:
        raise Conflict(consultations.NOT_SETTLED)
    found = recount_one(key)
    if found.faults:
        raise Refused(_l("The recount found a fault: %(fault)s", fault=found.faults[0]))
    # Of what is shown: from a digest of single groups, the few ballots of a pooled one could be found by trying.
    digest = published(get_consultation(key, drafts=True), found.snapshot).digest()
    proof = {"seq": found.snapshot.seq, "ballots": found.ballots, "digest": digest, "faults": 0}
    consultations.certify_consultation(key, proof, by=by, pair=pair)


def carry_out_confirmed() -> None:
    """Carry out confirmed proposals to certify or archive; if one is refused, the control room shows the reason."""
    for key, step, pair in confirmed_steps():
        try:
            {Step.CERTIFY: certify_consultation, Step.ARCHIVE: archive_consultation}[step](key, by=pair[1], pair=pair)
        except Refused as refusal:
            with force_locale("en"):  # the worker has no visitor's language, and faults are technical
                proposals.fail(key, step, str(refusal.message))


def archive_consultation(key: str, by: int | None = None, *, pair: Pair | None = None) -> None:
    """Archive: keep the published tallies in the ledger, delete rankings, salts, drafts and the link to organisations.

    Later recounts start from this ledger entry. Receipts can still be checked. Archiving cannot be undone.
    """
    consultation = get_consultation(key, drafts=True)
    if consultation.status != Status.PUBLISHED:
        raise Conflict(_l("Only a published consultation can be archived, and only once."))
    final = recount(consultation.id, number_of_ideas(consultation.id))
    payload = archive_payload(consultation, final)
    with transaction() as session:
        consultation, head = locked(key)
        if consultation.status != Status.PUBLISHED:
            raise Conflict(_l("Only a published consultation can be archived, and only once."))
        if final.seq != head.seq:
            raise Conflict(_l("Something was entered meanwhile. Try again."))
        own = BallotVersion.consultation_id == consultation.id
        session.execute(delete(DraftChange).where(DraftChange.consultation_id == consultation.id))
        session.execute(delete(Draft).where(Draft.consultation_id == consultation.id))
        session.execute(delete(ReleasedBallot).where(ReleasedBallot.consultation_id == consultation.id))
        session.execute(delete(WaitingBallot).where(WaitingBallot.consultation_id == consultation.id))
        session.execute(insert(KeptReceipt).from_select(RECEIPT_COLUMNS, receipt_columns_of(own)))
        sampled = SampledBallot.consultation_id == consultation.id
        session.execute(update(SampledBallot).where(sampled).values(organisation_id=None))
        session.execute(delete(PaperNotice).where(PaperNotice.consultation_id == consultation.id))
        session.execute(delete(Objection).where(Objection.consultation_id == consultation.id))
        session.execute(delete(BallotVersion).where(own))
        session.execute(delete(Ballot).where(Ballot.consultation_id == consultation.id))
        session.execute(delete(Proposal).where(Proposal.consultation_id == consultation.id))
        consultation.status, consultation.archived_at = Status.ARCHIVED, clock()
        append(head, EntryKind.ARCHIVED, {**payload, **in_pair(pair)})
        record(Event.CONSULTATION_ARCHIVED, by=by, consultation_id=consultation.id)
