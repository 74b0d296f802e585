"""The ballot's pages: answer theme by theme, put in order, review and submit, receipt."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.models import Account
from ruhrvote.ballots import actions
from ruhrvote.ballots.forms import (
    ANSWER_NAMES,
    ReceiptForm,
    SubmitForm,
    WithdrawForm,
    answer_name,
    level_name,
    read_answers,
    read_choices,
    read_move,
)
from ruhrvote.ballots.order import Move, is_ranking
from ruhrvote.ballots.queries import find_inclusion
from ruhrvote.ballots.receipts import in_fours
from ruhrvote.ballots.workspace import Difference, Workspace, open_workspace
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import get_idea
from ruhrvote.web import back_to, localised, render

blueprint = Blueprint("ballots", __name__)


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """What templates call answers, places and receipts."""
    return {
        "ANSWER_NAMES": ANSWER_NAMES,
        "answer_name": answer_name,
        "level_name": level_name,
        "in_fours": in_fours,
    }


@blueprint.get("/consultations/<key>/ballot")
@allow(Permission.VOTE)
def overview(key: str) -> Response:
    """Where the organisation's ballot stands and what to do next."""
    return make_response(render_template("ballots/overview.html", work=open_workspace(key, current_account())))


@blueprint.get("/consultations/<key>/ballot/themes/<theme_key>")
@allow(Permission.VOTE)
def answer_theme(key: str, theme_key: str) -> Response:
    """The ideas of one theme with their answers."""
    work = open_workspace(key, current_account())
    return _theme_page(work, _theme(work, theme_key))


@blueprint.post("/consultations/<key>/ballot/themes/<theme_key>")
@allow(Permission.VOTE)
def save_theme(key: str, theme_key: str) -> BaseResponse:
    """Save the answers of one theme, or of the one idea that htmx sends."""
    work = open_workspace(key, current_account())
    theme = _theme(work, theme_key)
    given = read_answers(request.form)
    # Who changed the draft before this: saving makes the present person the last one.
    changed_by = work.draft.account if work.draft else None
    try:
        choices = read_choices(request.form, {idea.number: idea.position for idea in work.ideas})
        saved = actions.save_answers(work.voter, choices)
    except Refused as refusal:
        work = open_workspace(key, current_account())
        return _theme_page(work, _theme(work, theme_key), refusal.status, given, problem=str(refusal.message))
    work = open_workspace(key, current_account())
    theme = _theme(work, theme_key)
    if saved.conflicts:
        contested = {work.ideas[choice.position].number for choice in saved.conflicts}
        given = {number: answer for number, answer in given.items() if number in contested}
        return _theme_page(work, theme, 409, given, contested=contested, changed_by=changed_by)
    if request.headers.get("HX-Request"):
        return _theme_page(work, theme)
    following = _following(work, theme)
    if request.form.get("then") == "next" and following is not None:
        return back_to(url_for(".answer_theme", key=key, theme_key=following.key))
    if request.form.get("then") == "next":
        return back_to(url_for(".order", key=key))
    flash(_("Your answers are saved. They count once you submit."))
    return back_to(url_for(".overview", key=key))


def _theme_page(
    work: Workspace,
    theme: Theme,
    status: int = 200,
    given: Mapping[int, int] | None = None,
    contested: set[int] | None = None,
    changed_by: Account | None = None,
    problem: str = "",
) -> Response:
    """The page of a theme; `given` overlays the draft with answers that were sent but not saved."""
    ideas = [idea for idea in work.ideas if idea.theme_id == theme.id]
    number = request.form.get("only", type=int)
    only = next((idea for idea in ideas if idea.number == number), None)
    return render(
        "ballots/theme.html",
        "ballots/_answer_saved.html" if only else "ballots/_answers.html",
        status,
        work=work,
        theme=theme,
        ideas=ideas,
        only=only,
        given=given or {},
        contested=contested or set(),
        changed_by=changed_by,
        problem=problem,
        following=_following(work, theme),
    )


def _theme(work: Workspace, theme_key: str) -> Theme:
    theme = next((theme for theme in work.themes if theme.key == theme_key), None)
    if theme is None:
        raise Unknown(_("There is no theme at this address."))
    return theme


def _following(work: Workspace, theme: Theme) -> Theme | None:
    return next((other for other in work.themes if other.position > theme.position), None)


@blueprint.get("/consultations/<key>/ballot/order")
@allow(Permission.VOTE)
def order(key: str) -> Response:
    """The very important ideas, to be put in order."""
    return _order_page(open_workspace(key, current_account()))


@blueprint.post("/consultations/<key>/ballot/order")
@allow(Permission.VOTE)
def move(key: str) -> BaseResponse:
    """Move one idea."""
    work = open_workspace(key, current_account())
    try:
        wanted = read_move(request.form)
        idea = get_idea(work.consultation.id, wanted.number)
        tier_before = work.top.tier_of(idea.position)
        target = wanted.place
        if wanted.move == Move.TIE:
            target = _somebody_at(work, wanted.place, idea)
        actions.move_idea(work.voter, idea.position, wanted.seen, wanted.move, target)
    except Refused as refusal:
        return _order_page(open_workspace(key, current_account()), refusal.status, problem=str(refusal.message))
    work = open_workspace(key, current_account())
    if request.headers.get("HX-Request"):
        return _order_page(work, said=_told(work, idea, tier_before), moved=idea.number)
    return back_to(url_for(".order", key=key) + f"#idea-{idea.number}")


def _order_page(work: Workspace, status: int = 200, problem: str = "", said: str = "", moved: int = 0) -> Response:
    return render(
        "ballots/order.html", "ballots/_order.html", status, work=work, problem=problem, said=said, moved=moved
    )


def _somebody_at(work: Workspace, place: int, idea: Idea) -> int:
    """The position of an idea at a place, for a tie with it."""
    tiers = work.top.tiers
    others = [i for i in tiers[place - 1] if i != idea.position] if 0 < place <= len(tiers) else []
    if not others:
        raise Refused(_("There is no other idea at this place."))
    return others[0]


def _told(work: Workspace, idea: Idea, tier_before: int | None) -> str:
    """One sentence on what a move did, for the status line."""
    tier, name = work.top.tier_of(idea.position), localised(idea, "short")
    if tier is None:
        return _("%(idea)s is no longer in order.", idea=name)
    if tier_before is None:
        return _("%(idea)s now at place %(place)d.", idea=name, place=tier + 1)
    return _("%(idea)s now at place %(place)d, before %(before)d.", idea=name, place=tier + 1, before=tier_before + 1)


@blueprint.get("/consultations/<key>/ballot/review")
@allow(Permission.VOTE)
def review(key: str) -> Response:
    """The whole order before it is submitted."""
    return _review_page(open_workspace(key, current_account()))


@blueprint.post("/consultations/<key>/ballot/submit")
@allow(Permission.VOTE)
def submit(key: str) -> BaseResponse:
    """Submit the order that the voter saw; if it is not the draft any more, show what differs."""
    work, form = open_workspace(key, current_account()), SubmitForm()
    if not form.validate_on_submit():
        problem = next((str(errors[0]) for errors in form.errors.values()), "")
        return _review_page(work, 422, problem=problem)
    seen, expected = form.ranking.data or "", int(form.expected_version.data or 0)
    if work.can_submit and seen != work.ranking and is_ranking(seen, len(work.ideas)):
        problem = _(
            "Somebody from your organisation has changed the order in the meantime. Compare, then submit again."
        )
        return _review_page(work, 409, problem, work.differences(seen, work.ranking))
    try:
        actions.cast(work.voter, seen, expected_version=expected, idempotency_key=form.idempotency_key.data or "")
    except Conflict as conflict:
        work = open_workspace(key, current_account())
        submitted = work.submitted.ranking if work.submitted else ""
        return _review_page(work, 409, str(conflict.message), work.differences(submitted, seen), against_submitted=True)
    except Refused as refusal:
        return _review_page(open_workspace(key, current_account()), refusal.status, str(refusal.message))
    return back_to(url_for(".receipt", key=key))


def _review_page(
    work: Workspace,
    status: int = 200,
    problem: str = "",
    differences: Sequence[Difference] = (),
    against_submitted: bool = False,
) -> Response:
    page = render_template(
        "ballots/review.html",
        work=work,
        form=SubmitForm(formdata=None),
        idempotency_key=secrets.token_hex(16),
        problem=problem,
        differences=differences,
        against_submitted=against_submitted,
    )
    return make_response(page, status)


@blueprint.post("/consultations/<key>/ballot/withdraw")
@allow(Permission.VOTE)
def withdraw(key: str) -> BaseResponse:
    """Withdraw the submission; the draft stays."""
    work, form = open_workspace(key, current_account()), WithdrawForm()
    if not form.validate_on_submit():
        raise Refused(_("The page sent something that cannot be read. Reload it and try again."))
    actions.withdraw(work.voter, expected_version=int(form.expected_version.data or 0))
    flash(_("Your submission is withdrawn. Your draft is still here, and you can submit it again until the close."))
    return back_to(url_for(".overview", key=key))


@blueprint.get("/consultations/<key>/ballot/receipt")
@allow(Permission.VOTE)
def receipt(key: str) -> Response:
    """The receipt of the version that counts."""
    work = open_workspace(key, current_account())
    if work.submitted is None or not work.counts:
        raise Unknown(_("Your organisation has no submission in this consultation. A receipt follows each submission."))
    inclusion = find_inclusion(work.submitted.receipt_id)
    return make_response(render_template("ballots/receipt.html", work=work, inclusion=inclusion))


@blueprint.get("/receipts")
@allow(Permission.PUBLIC)
def receipts() -> Response:
    """The form to check a receipt."""
    return make_response(render_template("ballots/check.html", form=ReceiptForm(), inclusion=None, checked=False))


@blueprint.post("/receipts")
@allow(Permission.PUBLIC)
def check_receipt() -> Response:
    """Say whether a receipt's submission is in the ledger and whether it is the one that counts."""
    form = ReceiptForm()
    valid = form.validate_on_submit()
    inclusion = find_inclusion(form.receipt.data or "") if valid else None
    page = render_template("ballots/check.html", form=form, inclusion=inclusion, checked=valid)
    return make_response(page, 200 if inclusion else 422)
