"""Pages of the control room: the state of a consultation, and each step of its lifecycle by hand."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.admins.queries import why_not
from ruhrvote.accounts.limits.queries import latest_alarm
from ruhrvote.consultations import actions as consultations
from ruhrvote.consultations import pauses, proposals
from ruhrvote.consultations.models import Status, Step
from ruhrvote.consultations.queries import find_proposal, get_consultation
from ruhrvote.consultations.texts import STEPS
from ruhrvote.control import actions
from ruhrvote.control.checklist import checklist
from ruhrvote.control.setup.forms import EndForm, KeyForm, PauseForm, written_local
from ruhrvote.db import clock
from ruhrvote.errors import INVALID, Refused, Unknown
from ruhrvote.ideas.lists import follow_up
from ruhrvote.ideas.queries import number_of_ideas
from ruhrvote.leaderboards.gate import participation
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.ledger.queries import entries_of_kinds
from ruhrvote.objections.queries import numbers_of
from ruhrvote.web import back_to, show_number, show_page

blueprint = Blueprint("control", __name__)

# Names of ledger entries in the control room; ballots and releases are not shown there.
LIFE = {
    EntryKind.OPENED: _l("Opened"),
    EntryKind.PAUSED: _l("On hold"),
    EntryKind.RESUMED: _l("Resumed"),
    EntryKind.EXTENDED: _l("End postponed"),
    EntryKind.TEXTS_CHANGED: _l("Texts of the consultation changed"),
    EntryKind.IDEA_CHANGED: _l("Text of an idea changed"),
    EntryKind.IDEA_RETIRED: _l("Idea withdrawn"),
    EntryKind.CLOSED: _l("Closed"),
    EntryKind.SETTLED: _l("Objections settled"),
    EntryKind.CERTIFIED: _l("Certified"),
    EntryKind.PUBLISHED: _l("Published"),
    EntryKind.ARCHIVED: _l("Archived"),
}


PROPOSED = _l("Proposed. Another consultation admin confirms it here.")


@blueprint.get("/consultations/<key>/control")
@allow(Permission.RUN_CONSULTATION)
def control(key: str) -> Response:
    """Show the state of the consultation and the next step."""
    return _control_page(key)


@blueprint.post("/consultations/<key>/open")
@allow(Permission.RUN_CONSULTATION)
def open_(key: str) -> BaseResponse:
    """Open a draft, which fixes its rules and its roll."""
    return _sure_step(key, actions.open_consultation, _("The consultation is open."))


@blueprint.post("/consultations/<key>/close")
@allow(Permission.RUN_CONSULTATION)
def close(key: str) -> BaseResponse:
    """Close a consultation that has no announced end."""
    return _sure_step(key, consultations.close_consultation, _("The consultation is closed."))


@blueprint.post("/consultations/<key>/publish")
@allow(Permission.RUN_CONSULTATION)
def publish(key: str) -> BaseResponse:
    """Publish the result of a certified consultation."""
    return _sure_step(key, consultations.publish_consultation, _("The result is published."))


@blueprint.post("/consultations/<key>/pause")
@allow(Permission.RUN_CONSULTATION)
def pause(key: str) -> BaseResponse:
    """Pause a consultation, with a reason."""
    form = PauseForm()
    if not form.validate_on_submit():
        return _control_page(key, INVALID, pause_form=form)
    reasons = {"reason_de": form.reason_de.data or "", "reason_en": form.reason_en.data or ""}
    if form.long.data:
        stays = form.keep_end.data
        return _step(
            key, lambda by: proposals.propose(key, Step.PAUSE, by, 0, **reasons, extends=not stays), str(PROPOSED)
        )
    return _step(key, lambda by: pauses.pause_consultation(key, **reasons, by=by), _("The consultation is paused."))


@blueprint.post("/consultations/<key>/resume")
@allow(Permission.RUN_CONSULTATION)
def resume(key: str) -> BaseResponse:
    """End a pause."""
    return _step(key, lambda by: pauses.resume_consultation(key, by=by), _("The consultation goes on."))


@blueprint.post("/consultations/<key>/extend")
@allow(Permission.RUN_CONSULTATION)
def extend(key: str) -> BaseResponse:
    """Postpone the announced end."""
    form = EndForm()
    if not form.validate_on_submit():
        return _control_page(key, INVALID, end_form=form)
    new_end = form.moment
    done = _("The end is postponed. Tell those who have read the former one, for example in a reminder.")
    return _step(key, lambda by: consultations.extend(key, new_end, by=by), done)


@blueprint.post("/consultations/<key>/propose")
@allow(Permission.RUN_CONSULTATION)
def propose(key: str) -> BaseResponse:
    """Propose a step that needs two admins."""
    step, extends = _wanted_step(), "keep_end" not in request.form
    return _step(key, lambda by: proposals.propose(key, step, by, extends=extends), str(PROPOSED))


@blueprint.post("/consultations/<key>/confirm")
@allow(Permission.RUN_CONSULTATION)
def confirm(key: str) -> BaseResponse:
    """Confirm another admin's proposal."""
    step = _wanted_step()
    at_once = {Step.CLOSE_EARLY: _("The consultation is closed."), Step.PAUSE: _("The consultation is paused.")}
    done = at_once.get(step) or _("Confirmed. It is being carried out; reload this page in a moment.")
    return _step(key, lambda by: proposals.confirm(key, step, by), done)


@blueprint.post("/consultations/<key>/withdraw-proposal")
@allow(Permission.RUN_CONSULTATION)
def withdraw(key: str) -> BaseResponse:
    """Withdraw a proposal."""
    step = _wanted_step()
    return _step(key, lambda by: proposals.withdraw(key, step, by), _("The proposal is withdrawn."))


@blueprint.post("/consultations/<key>/follow-up")
@allow(Permission.RUN_CONSULTATION)
def duplicate(key: str) -> BaseResponse:
    """Create a draft of the next round with texts, rules, themes and ideas of this one."""
    form, earlier = KeyForm(), get_consultation(key, drafts=True)
    if not form.validate_on_submit():
        return _control_page(key, INVALID, key_form=form)
    new = form.key.data or ""
    try:
        follow_up(earlier, key=new, by=current_account().id)
    except Refused as refusal:
        return _control_page(key, refusal, key_form=form)
    flash(_("The next round is a draft now. Check its texts and set its dates."))
    return back_to(url_for("setup.texts", key=new))


def _wanted_step() -> Step:
    try:
        return Step(request.form.get("step", ""))  # one about an objection is refused, as it names none
    except ValueError:
        raise Unknown(_("This step does not exist. Go back to the control room.")) from None


def _sure_step(key: str, action: Callable[..., None], done: str) -> BaseResponse:
    if request.form.get("sure") != "yes":
        return _control_page(key, Refused(_("Please confirm the step by ticking the box above the button.")))
    return _step(key, lambda by: action(key, by=by), done)


def _step(key: str, action: Callable[[int], None], done: str) -> BaseResponse:
    try:
        action(current_account().id)
    except Refused as refusal:
        return _control_page(key, refusal)
    flash(done)
    return back_to(url_for(".control", key=key))


def _control_page(
    key: str,
    refusal: Refused | None = None,
    *,
    pause_form: PauseForm | None = None,
    end_form: EndForm | None = None,
    key_form: KeyForm | None = None,
) -> Response:
    consultation = get_consultation(key, drafts=True)
    draft = consultation.status == Status.DRAFT
    eligible, received = ({}, {}) if draft else participation(consultation, number_of_ideas(consultation.id))
    # It looks at the clock itself, so before we do: else a moment that has passed would seem to be ahead.
    alone_until = pauses.alone_until(consultation) if consultation.is_open else None
    now, proposal = clock(), find_proposal(consultation.id)
    return show_page(
        "control/control.html",
        refusal,
        consultation=consultation,
        eligible=eligible,
        received=received,
        points=checklist(consultation) if draft else [],
        proposal=proposal,
        obstacle=why_not(proposal.proposed_by, current_account().id) if proposal else None,
        early=consultation.runs and consultation.closes_at is not None and consultation.closes_at > now,
        now=now,
        alone_until=alone_until,
        life=entries_of_kinds(consultation.id, LIFE),
        life_names=LIFE,
        certified_sentence=certified_sentence,
        steps=STEPS,
        end_form=end_form or EndForm(formdata=None, new_end=written_local(consultation.closes_at)),
        pause_form=pause_form or PauseForm(formdata=None),
        key_form=key_form or KeyForm(formdata=None),
        objections=numbers_of(consultation),
        alarm=latest_alarm(),
    )


def certified_sentence(entry: LedgerEntry) -> str:
    """A sentence on the findings of the recount that a certification's ledger entry contains."""
    found = json.loads(entry.payload)["recount"]
    return _(
        "%(ballots)s ballots counted again up to entry %(seq)d without a fault, digest %(digest)s",
        ballots=show_number(found["ballots"]),
        seq=found["seq"],
        digest=found["digest"][:16],
    )
