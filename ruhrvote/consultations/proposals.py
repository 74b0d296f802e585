"""Writes of steps that need two admins: one proposes, another confirms within a week; each function is one commit."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from ruhrvote.accounts.admins.queries import require_two
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.actions import NOT_SETTLED, end, locked
from ruhrvote.consultations.models import DECISIONS, Consultation, Objection, Proposal, Status, Step
from ruhrvote.consultations.pauses import keep_paused
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Unknown

VALID_FOR = timedelta(days=7)


def propose(
    key: str,
    step: Step,
    by: int,
    object_id: int = 0,
    *,
    reason_de: str = "",
    reason_en: str = "",
    extends: bool = True,
) -> None:
    """Propose a step; raises Conflict if it is not the next one, or if it has a proposal that has not expired.

    object_id: the objection that it decides; then the opposite proposal is replaced. Of a pause: its reason, if it is
    to begin now, and whether the announced end is later by it.
    """
    with transaction() as session:
        consultation, _ = locked(key)
        _require_next(consultation, step, object_id)
        known, now = _find(consultation, step, object_id), clock()
        if known is not None and known.expires_at > now and not known.fault:
            raise Conflict(_l("This has been proposed already. Another admin confirms it in the control room."))
        if object_id:
            session.execute(delete(Proposal).where(Proposal.step.in_(DECISIONS), Proposal.object_id == object_id))
        else:
            steps = (Proposal.consultation_id == consultation.id) & (Proposal.object_id == 0)
            over = (Proposal.expires_at <= now) | (Proposal.fault != "")
            session.execute(delete(Proposal).where(steps, over))
            if session.scalar(select(Proposal.id).where(steps)) is not None:
                raise Conflict(_l("Another step is proposed. Confirm or withdraw that one first."))
        session.add(
            Proposal(
                consultation_id=consultation.id,
                step=step,
                object_id=object_id,
                proposed_by=by,
                proposed_at=now,
                expires_at=now + VALID_FOR,
                reason_de=reason_de,
                reason_en=reason_en,
                extends=extends,
            )
        )
        about = object_id or None
        record(Event.STEP_PROPOSED, by=by, consultation_id=consultation.id, object_id=about, step=str(step))


def confirm(key: str, step: Step, by: int, object_id: int = 0) -> None:
    """Confirm another admin's proposal. Steps that take long are left to the worker; others are done at once.

    Raises Refused unless the two count as two (see `accounts.admins`); Conflict if it was done, withdrawn or
    confirmed, or has expired.
    """
    with transaction() as session:
        consultation, head = locked(key)
        _require_next(consultation, step, object_id)
        proposal = _find(consultation, step, object_id)
        if proposal is None or proposal.confirmed_by is not None:
            raise Conflict(_l("There is nothing to confirm any more. Check the state of the consultation."))
        if proposal.expires_at <= clock():
            raise Conflict(_l("This proposal has expired. Propose the step again."))
        require_two(proposal.proposed_by, by)
        about = object_id or None
        record(Event.STEP_CONFIRMED, by=by, consultation_id=consultation.id, object_id=about, step=str(step))
        if step == Step.CLOSE_EARLY:
            end(consultation, head, by, pair=(proposal.proposed_by, by))
        elif step == Step.PAUSE:
            keep_paused(consultation, head, proposal, (proposal.proposed_by, by))
            session.delete(proposal)
        elif step in DECISIONS:
            objection = session.get_one(Objection, object_id)
            objection.upheld = step == Step.UPHOLD  # takes effect with all others, in the settlement
            session.delete(proposal)
            record(Event.OBJECTION_DECIDED, by=by, consultation_id=consultation.id, object_id=about, step=str(step))
        else:
            proposal.confirmed_by = by


def withdraw(key: str, step: Step, by: int, object_id: int = 0) -> None:
    """Withdraw a proposal, also one of another admin; raises Conflict once it is confirmed."""
    with transaction() as session:
        consultation, _ = locked(key)
        proposal = _find(consultation, step, object_id)
        if proposal is None or (proposal.confirmed_by is not None and not proposal.fault):
            raise Conflict(_l("There is nothing to withdraw any more. Check the state of the consultation."))
        session.delete(proposal)
        record(Event.PROPOSAL_WITHDRAWN, by=by, consultation_id=consultation.id, step=str(step))


def fail(key: str, step: Step, fault: str) -> None:
    """Note why a confirmed step could not be carried out; it can then be proposed again."""
    with transaction():
        consultation, _ = locked(key)
        proposal = _find(consultation, step)
        if proposal is not None:
            proposal.fault = fault[:300]


def _find(consultation: Consultation, step: Step, object_id: int = 0) -> Proposal | None:
    return db.session.scalar(
        select(Proposal)
        .where(Proposal.consultation_id == consultation.id, Proposal.step == step, Proposal.object_id == object_id)
        .execution_options(populate_existing=True)
    )


def _require_next(consultation: Consultation, step: Step, object_id: int = 0) -> None:
    if (step in DECISIONS) != bool(object_id):
        raise Conflict(_l("This step decides an objection. Decide it on the page of the objections."))
    if step in DECISIONS:
        _require_undecided(consultation, object_id)
    if step == Step.CERTIFY and consultation.status != Status.CLOSED:
        raise Conflict(_l("Only a closed consultation can be certified, and only once."))
    if step == Step.CERTIFY and not consultation.is_settled:
        raise Conflict(NOT_SETTLED)
    if step == Step.ARCHIVE and consultation.status != Status.PUBLISHED:
        raise Conflict(_l("Only a published consultation can be archived, and only once."))
    if step == Step.PAUSE and (not consultation.runs or consultation.has_long_pause):
        raise Conflict(_l("Only an open consultation can be paused."))
    if step == Step.CLOSE_EARLY and consultation.has_closed:
        raise Conflict(_l("The consultation is closed already. The control room shows the next step."))
    if step == Step.CLOSE_EARLY and consultation.status == Status.DRAFT:
        raise Conflict(_l("The consultation is not open."))


def _require_undecided(consultation: Consultation, objection_id: int) -> None:
    objection = db.session.get(Objection, objection_id, populate_existing=True)
    if objection is None or objection.consultation_id != consultation.id:
        raise Unknown(_l("There is no objection at this address."))
    if objection.upheld is not None or consultation.settled_at is not None:
        raise Conflict(_l("This objection is decided already."))
