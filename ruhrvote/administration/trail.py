"""The page of the audit trail, for admins in their reach."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.accounts.models import Role
from ruhrvote.accounts.own_access.forms import CHANGES
from ruhrvote.administration import lifecycle
from ruhrvote.administration.forms import ROLES
from ruhrvote.administration.invitations.letterhead.views import CHANNELS, text_name
from ruhrvote.administration.invitations.models import Channel, Occasion
from ruhrvote.administration.queries import ABOUT_PEOPLE, done_by, names_in_trail, trail_within_reach
from ruhrvote.audit.models import Event
from ruhrvote.audit.queries import entries
from ruhrvote.exports.forms import EXPORTS, FORM_NAMES
from ruhrvote.review.shortlist.forms import STEPS as SHORTLIST_STEPS
from ruhrvote.web import TIME_ZONE, page_number, render

blueprint = Blueprint("trail", __name__)

PER_PAGE = 50
EVENTS: dict[str, LazyString] = {
    Event.ORGANISATION_CREATED: _l("Organisation created"),
    Event.ACCOUNT_CREATED: _l("Account created"),
    Event.ACCOUNT_REMOVED: _l("Account removed"),
    Event.ACCOUNT_ERASED: _l("Account erased"),
    Event.COLLEAGUE_INVITED: _l("Colleague invited"),
    Event.SIGNATORY_CHANGED: _l("Signatory named or taken back"),
    Event.FIRST_PLACE_HANDED_OVER: _l("Team handed over"),
    Event.FACTOR_ADDED: _l("Second factor added"),
    Event.FACTOR_REMOVED: _l("Second factor removed"),
    Event.FACTORS_RESET: _l("Second factor reset"),
    Event.RECOVERY_CODES_MADE: _l("Recovery codes made"),
    Event.RECOVERY_CODE_USED: _l("Recovery code used"),
    Event.IDENTITY_LINKED: _l("Login of another service linked"),
    Event.IDENTITY_REMOVED: _l("Login of another service removed"),
    Event.ROLL_CHANGED: _l("Organisation added to the roll"),
    Event.RULES_SET: _l("Rules set"),
    Event.CONSULTATION_OPENED: _l("Consultation opened"),
    Event.CONSULTATION_CLOSED: _l("Consultation closed"),
    Event.RESULT_PUBLISHED: _l("Result published"),
    Event.CONSULTATION_CREATED: _l("Consultation created"),
    Event.TEXTS_CHANGED: _l("Texts of the consultation changed"),
    Event.DATES_SET: _l("Dates set"),
    Event.END_EXTENDED: _l("End postponed"),
    Event.OPENING_MISSED: _l("Opening by the clock failed"),
    Event.IDEAS_CHANGED: _l("Ideas changed"),
    Event.IDEA_RETIRED: _l("Idea withdrawn"),
    Event.CONSULTATION_PAUSED: _l("Consultation paused"),
    Event.CONSULTATION_RESUMED: _l("Consultation resumed"),
    Event.STEP_PROPOSED: _l("Step proposed"),
    Event.STEP_CONFIRMED: _l("Step confirmed"),
    Event.PROPOSAL_WITHDRAWN: _l("Proposal withdrawn"),
    Event.RESULT_CERTIFIED: _l("Result certified"),
    Event.CONSULTATION_ARCHIVED: _l("Consultation archived"),
    Event.NOTE_CHANGED: _l("Note on an idea changed"),
    Event.COMMENT_HIDDEN: _l("Comment hidden"),
    Event.COMMENT_RESTORED: _l("Comment restored"),
    Event.COMMENT_APPROVED: _l("Comment approved"),
    Event.COMMENT_KEPT: _l("Reported comment kept"),
    Event.DISCUSSION_RULES_SET: _l("Approval of comments switched"),
    Event.INVITATIONS_ORDERED: _l("Letters or mails ordered"),
    Event.INVITATIONS_DISCARDED: _l("Order of letters or mails taken back"),
    Event.LETTERS_DOWNLOADED: _l("Letters downloaded"),
    Event.LETTERS_HANDED_OVER: _l("Letters handed over to the print shop"),
    Event.LETTERS_EXPIRED: _l("Letters deleted that nobody had handed over"),
    Event.LETTER_REISSUED: _l("Letter issued at the help desk"),
    Event.MAIL_REISSUED: _l("Invitation mailed by the help desk"),
    Event.MARKED_UNDELIVERABLE: _l("Address marked as undeliverable"),
    Event.ADDRESS_CHANGED: _l("Address changed"),
    Event.LETTERHEAD_CHANGED: _l("Letterhead changed"),
    Event.CHAMBER_TEXT_CHANGED: _l("Text of letters or mails changed"),
    Event.EXPORT_ORDERED: _l("Export ordered"),
    Event.EXPORT_DOWNLOADED: _l("Export downloaded"),
    Event.SHORTLIST_CHANGED: _l("Shortlist changed"),
    Event.CODE_USED: _l("Access code used for the first time"),
    Event.ACCESS_CHANGED: _l("Own access changed"),
    Event.MASS_GUESSING: _l("Alarm: passwords or codes are being guessed"),
    Event.ORGANISATION_CHANGED: _l("Organisation changed"),
    Event.MEMBERS_IMPORTED: _l("Members imported"),
    Event.MEMBERSHIPS_ENDED: _l("Memberships ended"),
    Event.ORGANISATIONS_UNITED: _l("Two organisations became one"),
    Event.DOUBLE_AGREED: _l("Two organisations called the same"),
    Event.DOUBLE_KEPT: _l("Two organisations called different"),
}
COUNTED = {
    "added": _l("added"),
    "changed": _l("changed"),
    "gone": _l("gone"),
    "ended": _l("ended"),
    "number": _l("organisations meant"),
    "codes_ended": _l("codes ended"),
    "letters": _l("letters"),
    "ideas": _l("ideas"),
}
# What a detail that is kept as a key is called on the pages, by the detail's name.
CALLED: dict[str, Mapping[Any, str | LazyString]] = {
    "step": lifecycle.STEPS | SHORTLIST_STEPS,
    "export": {key: export.title for key, export in EXPORTS.items()},
    "form": {str(form): name for form, name in FORM_NAMES.items()},
    "channel": CHANNELS,
    "what": CHANGES,
    "factor": CHANGES,
}


@blueprint.get("/audit-trail")
@allow(Permission.MANAGE_ORGANISATIONS)
def show() -> Response:
    """Who did what, when and on what: all of it for a consultation admin, the own chamber's for a chamber admin."""
    account, page = current_account(), page_number()
    event, since, until = request.args.get("event", ""), _day("since"), _day("until")
    person = request.args.get("person", "").strip()[:100]
    found, total = entries(
        within=[
            part for part in (trail_within_reach(account), done_by(person) if person else None) if part is not None
        ],
        event=event if event in EVENTS else "",
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)) if until else None,
        page=page,
        per_page=PER_PAGE,
    )
    return render(
        "administration/trail.html",
        "administration/_trail.html",
        entries=found,
        names=names_in_trail(found),
        about_people=ABOUT_PEOPLE,
        detail=detail,
        events=EVENTS,
        wanted={"event": event, "person": person, "since": since, "until": until},
        total=total,
        page=page,
        pages=max(1, -(-total // PER_PAGE)),
    )


def detail(name: str, value: object) -> str:
    """One detail of an entry in words."""
    words: object = value
    match name:
        case "role" if value in ROLES:
            words = str(ROLES[Role(str(value))]).split(":")[0]
        case _ if name in CALLED and value in CALLED[name]:
            words = CALLED[name][str(value)]
        case "text":
            channel, occasion, language = str(value).split("/")
            words = text_name(Channel(channel), Occasion(occasion), language)
        case "idea":
            words = _("idea %(number)s", number=value)
        case _ if name in COUNTED:
            words = f"{COUNTED[name]}: {value}"
        case "approve_first":
            words = _("comments wait for approval") if value else _("comments are published at once")
        case "published":
            words = _("published") if value else _("not published")
        case "removed":
            words = _("removed")
        case "attempts":
            words = _("%(number)s failed attempts within ten minutes", number=value)
    return str(words)


def _day(name: str) -> date | None:
    """A day that the address names; anything else is no filter, nor is a day at the end of all calendars."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date.min.year < day.year < date.max.year else None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), TIME_ZONE).astimezone(UTC) if day else None
