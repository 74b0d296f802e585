"""The start page of visitors and of each role, the language switch and the demonstration's switch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.wrappers import Response as BaseResponse

from ruhrvote.accounts.access import Permission, allow, current_account, may
from ruhrvote.accounts.limits.queries import latest_alarm
from ruhrvote.accounts.models import Role
from ruhrvote.accounts.queries import is_demo
from ruhrvote.ballots.queries import received_from_members
from ruhrvote.consultations.actions import set_demo_activity
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import (
    consultations,
    current_consultation,
    eligible_members,
    get_consultation,
)
from ruhrvote.drafts.workspace import open_workspace
from ruhrvote.errors import Unknown
from ruhrvote.ideas.models import Idea, Theme
from ruhrvote.ideas.queries import ideas_of, number_of_ideas, themes_of
from ruhrvote.leaderboards.boards import Board, Scope, ScopeKind, make_board
from ruhrvote.leaderboards.gate import participation
from ruhrvote.web import LANGUAGE_COOKIE, LANGUAGES, TIME_ZONE, back_to, cookies_are_secure, own_path, show_page

blueprint = Blueprint("start", __name__)


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """What the frame of a page asks for; questions, not answers, so that an error page reads no database."""
    return {"current_consultation": current_consultation, "is_demo": is_demo, "last_minute": last_minute}


def last_minute(moment: datetime) -> datetime:
    """The last minute before a moment: what closes at midnight is open until 23:59 of its last day.

    Any other hour is said as it was set.
    """
    return moment - timedelta(minutes=1) if moment.astimezone(TIME_ZONE).time() == time() else moment


@dataclass(frozen=True)
class Overview:
    """What the start pages say about a consultation."""

    consultation: Consultation
    board: Board
    ideas: Sequence[Idea]
    themes: Sequence[Theme]


@dataclass(frozen=True)
class Participation:
    """How many of a chamber's members may take part and how many have."""

    consultation: Consultation
    eligible: int
    received: int


@blueprint.get("/")
@allow(Permission.PUBLIC)
def home() -> Response:
    """What to do next, for whoever is looking."""
    if current_user.is_authenticated and current_account().role == Role.CONSULTATION_ADMIN:
        rounds = consultations(drafts=True)
        counts = {round_.id: _counts(round_) for round_ in rounds}
        return show_page("start/admin.html", rounds=rounds, counts=counts, alarm=latest_alarm())
    current = current_consultation()
    overview = _overview(current) if current else None
    if not current_user.is_authenticated:
        return show_page("start/visitor.html", overview=overview, rounds=consultations())
    account = current_account()
    if may(Permission.VOTE):
        work = open_workspace(current.key, account) if current else None
        return show_page("start/voter.html", overview=overview, work=work, rounds=consultations())
    members = [
        Participation(
            c, eligible_members(c.id, account.organisation_id), received_from_members(c.id, account.organisation_id)
        )
        for c in consultations()
    ]
    return show_page("start/chamber.html", overview=overview, members=members)


@blueprint.get("/ballot")
@allow(Permission.VOTE)
def my_ballot() -> BaseResponse:
    """To the ballot of the current consultation, or of the one that a letter was sent for."""
    wanted = request.args.get("consultation", "")
    current = next((c for c in consultations() if str(c.id) == wanted), None) or current_consultation()
    return redirect(url_for("drafts.overview", key=current.key) if current else url_for(".home"), 303)


def _counts(consultation: Consultation) -> tuple[int, int]:
    """How many organisations may take part and how many have."""
    eligible, received = participation(consultation, number_of_ideas(consultation.id))
    return sum(eligible.values()), sum(received.values())


def _overview(consultation: Consultation) -> Overview:
    return Overview(
        consultation=consultation,
        board=make_board(consultation, Scope(ScopeKind.OVERALL)),
        ideas=ideas_of(consultation.id),
        themes=themes_of(consultation.id),
    )


@blueprint.get("/language/<code>")
@allow(Permission.PUBLIC)
def set_language(code: str) -> BaseResponse:
    """Remember the visitor's language in a cookie and return to where they were."""
    response = redirect(own_path(request.args.get("next"), url_for(".home")), 303)
    if code in LANGUAGES:
        secure = cookies_are_secure()
        response.set_cookie(LANGUAGE_COOKIE, code, max_age=31_536_000, secure=secure, httponly=True, samesite="Lax")
    return response


@blueprint.get("/methodology")
@allow(Permission.PUBLIC)
def methodology() -> Response:
    """How ballots become scores, in plain words."""
    return show_page("start/methodology.html")


@blueprint.get("/accessibility")
@allow(Permission.PUBLIC)
def accessibility() -> Response:
    """The statement on accessibility."""
    return show_page("start/accessibility.html")


@blueprint.get("/demo-activity")
@allow(Permission.PUBLIC)
def demo_switch() -> Response:
    """The demonstration's switch on a page of its own, for visitors who have not logged in."""
    if not is_demo():
        raise Unknown(_l("This exists in the demonstration only."))
    back = own_path(request.args.get("next"), url_for(".home"))
    consultation = get_consultation(request.args.get("consultation", ""))
    return show_page("start/demo_switch.html", consultation=consultation, back=back)


@blueprint.post("/demo-activity")
@allow(Permission.PUBLIC)
def demo_activity() -> BaseResponse:
    """Switch the demonstration's own ballots on or off; exists in a demonstration only."""
    if not is_demo():
        raise Unknown(_l("This exists in the demonstration only."))
    set_demo_activity(request.form.get("consultation", ""), request.form.get("on") == "1")
    return back_to(own_path(request.form.get("next"), url_for(".home")))
