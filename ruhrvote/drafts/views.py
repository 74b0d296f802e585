"""Pages of the draft: answering theme by theme, review and submission; `order_views` has those for the order."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, flash, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.models import Account
from ruhrvote.ballots.actions import Voter, cast
from ruhrvote.ballots.queries import is_asked_to_answer
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.drafts import actions
from ruhrvote.drafts.forms import (
    ANSWER_NAMES,
    SubmitForm,
    answer_name,
    level_name,
    read_answers,
    read_choices,
)
from ruhrvote.drafts.order import is_ranking
from ruhrvote.drafts.queries import find_draft, latest_changes
from ruhrvote.drafts.queries import history as changes_of
from ruhrvote.drafts.workspace import Difference, Workspace, open_workspace
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.ideas.models import Theme
from ruhrvote.web import back_to, page_number, render, show_page

blueprint = Blueprint("drafts", __name__)
PER_PAGE = 50  # changes on a page of the history


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """Functions and values for all templates: the names of answers and levels."""
    return {
        "ANSWER_NAMES": ANSWER_NAMES,
        "answer_name": answer_name,
        "level_name": level_name,
    }


@blueprint.get("/consultations/<key>/ballot")
@allow(Permission.VOTE)
def overview(key: str) -> Response:
    """Show the state of the organisation's ballot and the next step."""
    work = open_workspace(key, current_account())
    asked = is_asked_to_answer(work.consultation.id, work.account.id)
    return show_page("drafts/overview.html", work=work, asked_to_answer=asked)


@blueprint.get("/consultations/<key>/ballot/themes/<theme_key>")
@allow(Permission.VOTE)
def answer_theme(key: str, theme_key: str) -> Response:
    """Show the ideas of one theme with their answers."""
    work = open_workspace(key, current_account())
    return _theme_page(work, _theme(work, theme_key))


@blueprint.post("/consultations/<key>/ballot/themes/<theme_key>")
@allow(Permission.VOTE)
def save_theme(key: str, theme_key: str) -> BaseResponse:
    """Save the answers of one theme, or of the one idea that htmx sends."""
    work = open_workspace(key, current_account())
    theme = _theme(work, theme_key)
    given = read_answers(request.form)
    # Read before saving, which makes the present person the one who changed the draft last.
    changed_by = work.draft.account if work.draft else None
    try:
        choices = read_choices(request.form, {idea.number: idea.position for idea in work.ideas})
        if "only" not in request.form:
            # A whole page also sends unchanged answers, which must not conflict with a colleague's changes.
            choices = [choice for choice in choices if choice.answer != choice.seen]
        saved = actions.save_answers(work.voter, choices)
    except Refused as refusal:
        work = open_workspace(key, current_account())
        return _theme_page(work, _theme(work, theme_key), refusal, given)
    work = open_workspace(key, current_account())
    theme = _theme(work, theme_key)
    if saved.conflicts:
        contested = {work.ideas[choice.position].number for choice in saved.conflicts}
        given = {number: answer for number, answer in given.items() if number in contested}
        return _theme_page(work, theme, Conflict(), given, contested=contested, changed_by=changed_by)
    if request.headers.get("HX-Request"):
        return _theme_page(work, theme)
    following, kept = work.theme_after(theme), request.form.get("then", type=int)
    if kept in [idea.number for idea in work.ideas_in(theme)]:
        return back_to(url_for(".answer_theme", key=key, theme_key=theme.key) + f"#idea-{kept}")
    if request.form.get("then") == "next":
        next_theme = following and url_for(".answer_theme", key=key, theme_key=following.key)
        return back_to(next_theme or url_for("order.order", key=key))
    flash(_("Your answers are saved. They count once you submit."))
    return back_to(url_for(".overview", key=key))


def _theme_page(
    work: Workspace,
    theme: Theme,
    refusal: Refused | None = None,
    given: Mapping[int, int] | None = None,
    contested: set[int] | None = None,
    changed_by: Account | None = None,
) -> Response:
    """The page of a theme; `given` are answers that were sent but not saved, shown instead of the draft's."""
    ideas = work.ideas_in(theme)
    number = request.form.get("only", type=int)
    only = next((idea for idea in ideas if idea.number == number), None)
    return render(
        "drafts/theme.html",
        "drafts/_answer_saved.html" if only else "drafts/_answers.html",
        refusal,
        work=work,
        theme=theme,
        ideas=ideas,
        only=only,
        given=given or {},
        contested=contested or set(),
        changed_by=changed_by,
        following=work.theme_after(theme),
        changes=latest_changes(work.consultation.id, work.account),
    )


def _theme(work: Workspace, theme_key: str) -> Theme:
    theme = next((theme for theme in work.themes if theme.key == theme_key), None)
    if theme is None:
        raise Unknown(_("There is no theme at this address."))
    return theme


@blueprint.get("/consultations/<key>/ballot/review")
@allow(Permission.VOTE)
def review(key: str) -> Response:
    """Show the whole order before it is submitted."""
    return _review_page(open_workspace(key, current_account()))


@blueprint.post("/consultations/<key>/ballot/submit")
@allow(Permission.VOTE)
def submit(key: str) -> BaseResponse:
    """Submit the ranking that the page showed; if the draft has changed since, show the differences instead."""
    consultation, account, form = get_consultation(key), current_account(), SubmitForm()
    if not form.validate_on_submit():
        problem = next((str(errors[0]) for errors in form.errors.values()), "")
        return _review_page(open_workspace(key, account), Refused(problem))
    seen, expected = form.ranking.data or "", int(form.expected_version.data or 0)
    draft = find_draft(consultation.id, account)
    if draft is not None and draft.ranking != seen and consultation.is_open:
        work = open_workspace(key, account)
        if work.can_submit and is_ranking(seen, len(work.ideas)):
            problem = _(
                "Somebody from your organisation has changed the order in the meantime. Compare, then submit again."
            )
            return _review_page(work, Conflict(problem), work.differences(seen, work.ranking))
    voter = Voter(consultation.id, account.organisation_id, account.id)
    try:
        drafted = draft.ranking if draft is not None else ""
        cast(
            voter,
            seen,
            expected_version=expected,
            idempotency_key=form.idempotency_key.data or "",
            drafted=drafted,
        )
    except Conflict as conflict:
        work = open_workspace(key, current_account())
        submitted = work.own_version.ranking if work.own_version else ""
        return _review_page(work, conflict, work.differences(submitted, seen), against_submitted=True)
    except Refused as refusal:
        return _review_page(open_workspace(key, current_account()), refusal)
    return back_to(url_for("ballots.receipt", key=key))


def _review_page(
    work: Workspace,
    refusal: Refused | None = None,
    differences: Sequence[Difference] = (),
    against_submitted: bool = False,
) -> Response:
    return show_page(
        "drafts/review.html",
        refusal,
        work=work,
        form=SubmitForm(formdata=None),
        idempotency_key=secrets.token_hex(16),
        differences=differences,
        against_submitted=against_submitted,
    )


@blueprint.get("/consultations/<key>/ballot/history")
@allow(Permission.VOTE)
def history(key: str) -> Response:
    """Show the draft's history: who changed what, and when."""
    work = open_workspace(key, current_account())
    page = changes_of(work.consultation.id, work.account, page_number(), PER_PAGE)
    return show_page("drafts/history.html", work=work, page=page)


@blueprint.get("/consultations/<key>/ballot/paper")
@allow(Permission.VOTE)
def paper(key: str) -> Response:
    """Show the draft in a form to print, for approval inside the organisation."""
    return show_page("drafts/paper.html", work=open_workspace(key, current_account()))
