"""Pages of the draft on which the ideas with one answer are put in order."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.drafts import actions
from ruhrvote.drafts.forms import UndoForm, read_move
from ruhrvote.drafts.models import DraftChange
from ruhrvote.drafts.order import VERY_IMPORTANT, Block, Move, block
from ruhrvote.drafts.queries import find_undoable
from ruhrvote.drafts.workspace import Workspace, open_workspace
from ruhrvote.errors import UNREADABLE, Refused, Unknown
from ruhrvote.ideas.models import Idea
from ruhrvote.ideas.queries import get_idea
from ruhrvote.tally.weak_order import JUDGEMENTS
from ruhrvote.web import back_to, localised, render

blueprint = Blueprint("order", __name__)


@blueprint.get("/consultations/<key>/ballot/order", defaults={"answer": VERY_IMPORTANT})
@blueprint.get("/consultations/<key>/ballot/order/<int:answer>")
@allow(Permission.VOTE)
def order(key: str, answer: int) -> Response:
    """Show the ideas with one answer (by default the very important ones) to put them in order."""
    return _order_page(open_workspace(key, current_account()), answer)


@blueprint.post("/consultations/<key>/ballot/order", defaults={"answer": VERY_IMPORTANT})
@blueprint.post("/consultations/<key>/ballot/order/<int:answer>")
@allow(Permission.VOTE)
def move(key: str, answer: int) -> BaseResponse:
    """Move one idea."""
    _require_judgement(answer)
    work = open_workspace(key, current_account())
    try:
        wanted = read_move(request.form)
        idea = get_idea(work.consultation.id, wanted.number)
        tier_before = block(work.ranking, answer).tier_of(idea.position)
        target = wanted.place
        if wanted.move == Move.TIE:
            target = _somebody_at(block(work.ranking, answer), wanted.place, idea)
        actions.move_idea(work.voter, idea.position, wanted.seen, wanted.move, target)
    except Refused as refusal:
        work = open_workspace(key, current_account())
        return _order_page(work, answer, refusal)
    return _moved(key, answer, idea, tier_before)


@blueprint.post("/consultations/<key>/ballot/order/<int:answer>/undo")
@allow(Permission.VOTE)
def undo(key: str, answer: int) -> BaseResponse:
    """Undo the person's last move."""
    work, form = open_workspace(key, current_account()), UndoForm()
    if not form.validate_on_submit():
        raise Refused(UNREADABLE)
    before, offered = block(work.ranking, answer), int(form.change.data or 0)
    if not offered:  # the button works also when it says that there is nothing to undo
        if request.headers.get("HX-Request"):
            return _order_page(work, answer, said=_("Nothing to undo"))
        return back_to(url_for(".order", key=key, answer=answer))
    try:
        change = actions.undo_move(work.voter, answer, offered)
    except Refused as refusal:
        work = open_workspace(key, current_account())
        return _order_page(work, answer, refusal)
    idea = work.ideas[change.position]
    return _moved(key, answer, idea, before.tier_of(idea.position))


def _moved(key: str, answer: int, idea: Idea, tier_before: int | None) -> BaseResponse:
    """The answer to a move: for htmx the order with a status message, else a redirect to the idea."""
    if not request.headers.get("HX-Request"):
        return back_to(url_for(".order", key=key, answer=answer) + f"#idea-{idea.number}")
    work = open_workspace(key, current_account())
    said = _told(block(work.ranking, answer).tier_of(idea.position), tier_before, localised(idea, "short"))
    return _order_page(work, answer, said=said, moved=idea.number)


def _order_page(
    work: Workspace, answer: int, refusal: Refused | None = None, said: str = "", moved: int = 0
) -> Response:
    _require_judgement(answer)
    return render(
        "drafts/order.html",
        "drafts/_order.html",
        refusal,
        work=work,
        group=work.group(answer),
        undoable=_undoable(work, answer),
        said=said,
        moved=moved,
    )


def _require_judgement(answer: int) -> None:
    """Raise Unknown for an answer whose ideas cannot be put in order."""
    if answer not in JUDGEMENTS:
        raise Unknown(_("There is no such answer whose ideas could be put in order."))


def _undoable(work: Workspace, answer: int) -> DraftChange | None:
    """The person's last move if it can be undone, else None."""
    change = find_undoable(work.voter, answer)
    still = change is not None and block(change.ranking_after or "", answer).tiers == block(work.ranking, answer).tiers
    return change if still else None


def _somebody_at(here: Block, place: int, idea: Idea) -> int:
    """The position of another idea that is at this place, to tie `idea` with it."""
    others = [i for i in here.tiers[place - 1] if i != idea.position] if 0 < place <= len(here.tiers) else []
    if not others:
        raise Refused(_("There is no other idea at this place."))
    return others[0]


def _told(tier: int | None, tier_before: int | None, name: str) -> str:
    """The status message after a move: the idea's place now and before."""
    if tier is None:
        return _("%(idea)s is no longer in order.", idea=name)
    if tier_before is None:
        return _("%(idea)s now at place %(place)d.", idea=name, place=tier + 1)
    return _("%(idea)s now at place %(place)d, before %(before)d.", idea=name, place=tier + 1, before=tier_before + 1)
