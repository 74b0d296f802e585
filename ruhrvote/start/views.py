"""Pages: start page, methodology, accessibility; the language switch and the demonstration's switch."""

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
from ruhrvote.web import (
    LANGUAGE_COOKIE,
    LANGUAGES,
    TIME_ZONE,
    back_to,
    cookies_are_secure,
    own_path,
    show_page,
)

blueprint = Blueprint("start", __name__)


@blueprint.app_context_processor
def words() -> dict[str, object]:
    """Functions for the layout of all pages; functions, so that error pages do not read the database."""
    return {"current_consultation": current_consultation, "is_demo": is_demo, "last_minute": last_minute}


def last_minute(moment: datetime) -> datetime:
    """The end of a consultation as pages show it: for midnight, 23:59 of the day before; any other time unchanged."""
    return moment - timedelta(minutes=1) if moment.astimezone(TIME_ZONE).time() == time() else moment


@dataclass(frozen=True)
class Overview:
    """The data about a consultation on the start pages."""

    consultation: Consultation
    board: Board
    ideas: Sequence[Idea]
    themes: Sequence[Theme]


@dataclass(frozen=True)
class Participation:
    """How many of a chamber's members may take part, and how many have a ballot."""

    consultation: Consultation
    eligible: int
    received: int


@blueprint.get("/")
@allow(Permission.PUBLIC)
def home() -> Response:
    """Show the start page of the visitor's role."""
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
    """Redirect to the ballot of the current consultation, or of that for which a letter's code was sent."""
    wanted = request.args.get("consultation", "")
    current = next((c for c in consultations() if str(c.id) == wanted), None) or current_consultation()
    return redirect(url_for("drafts.overview", key=current.key) if current else url_for(".home"), 303)


def _counts(consultation: Consultation) -> tuple[int, int]:
    """How many organisations may take part, and how many have a ballot."""
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
    """Save the visitor's language in a cookie and redirect to the page before."""
    response = redirect(own_path(request.args.get("next"), url_for(".home")), 303)
    if code in LANGUAGES:
        secure = cookies_are_secure()
        response.set_cookie(LANGUAGE_COOKIE, code, max_age=31_536_000, secure=secure, httponly=True, samesite="Lax")
    return response


@blueprint.get("/methodology")
@allow(Permission.PUBLIC)
def methodology() -> Response:
    """Show how ballots become scores, in plain words."""
    return show_page("start/methodology.html")


@blueprint.get("/accessibility")
@allow(Permission.PUBLIC)
def accessibility() -> Response:
    """Show the accessibility statement."""
    return show_page("start/accessibility.html")


@blueprint.get("/demo-activity")
@allow(Permission.PUBLIC)
def demo_switch() -> Response:
    """Show the demonstration's switch on a page of its own, for visitors without a login."""
    if not is_demo():
        raise Unknown(_l("This exists in the demonstration only."))
    back = own_path(request.args.get("next"), url_for(".home"))
    consultation = get_consultation(request.args.get("consultation", ""))
    return show_page("start/demo_switch.html", consultation=consultation, back=back)


@blueprint.post("/demo-activity")
@allow(Permission.PUBLIC)
def demo_activity() -> BaseResponse:
    """Switch the demonstration's own ballots on or off; 404 unless this is a demonstration."""
    if not is_demo():
        raise Unknown(_l("This exists in the demonstration only."))
    set_demo_activity(request.form.get("consultation", ""), request.form.get("on") == "1")
    return back_to(own_path(request.form.get("next"), url_for(".home")))
