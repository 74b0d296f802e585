"""The page of the audit trail, for admins within their reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, request
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select

from ruhrvote.accounts.access import Permission, Reach, allow, current_account, reach_of
from ruhrvote.accounts.models import Account, Organisation, Role
from ruhrvote.accounts.texts import CHANGES, ROLES
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.audit.texts import EVENTS
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.texts import STEPS
from ruhrvote.db import Page, db, page_of
from ruhrvote.exports.catalogue import EXPORTS, FORM_NAMES
from ruhrvote.invitations.models import Channel, Occasion
from ruhrvote.invitations.texts import CHANNELS, text_name
from ruhrvote.review.shortlist.texts import STEPS as SHORTLIST_STEPS
from ruhrvote.spot_check.models import ANSWERS
from ruhrvote.web import TIME_ZONE, page_number, render

# Events whose object is a person's account.
ABOUT_PEOPLE = frozenset(
    {
        Event.ACCOUNT_CREATED,
        Event.ACCOUNT_REMOVED,
        Event.ACCOUNT_ERASED,
        Event.SIGNATORY_CHANGED,
        Event.FIRST_PLACE_HANDED_OVER,
    }
)

blueprint = Blueprint("audit_trail", __name__)

PER_PAGE = 50
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
# Names of details that are stored as keys, by the name of the detail.
CALLED: dict[str, Mapping[Any, str | LazyString]] = {
    "step": STEPS | SHORTLIST_STEPS,
    "answer": ANSWERS,
    "export": {key: export.title for key, export in EXPORTS.items()},
    "form": {str(form): name for form, name in FORM_NAMES.items()},
    "channel": CHANNELS,
    "what": CHANGES,
    "factor": CHANGES,
}


@blueprint.get("/audit-trail")
@allow(Permission.MANAGE_ORGANISATIONS)
def show() -> Response:
    """Show who did what, when and on what: everything for consultation admins, the own chamber's for chamber admins."""
    event, since, until = request.args.get("event", ""), _day("since"), _day("until")
    person = request.args.get("person", "").strip()[:100]
    within = (_within(reach_of(current_account())), done_by(person) if person else None)
    page = entries(
        within=[part for part in within if part is not None],
        event=event if event in EVENTS else "",
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)) if until else None,
        number=page_number(),
        size=PER_PAGE,
    )
    return render(
        "control/audit_trail.html",
        "control/_audit_trail.html",
        page=page,
        names=names_in_trail(page.rows),
        about_people=ABOUT_PEOPLE,
        detail=detail,
        events=EVENTS,
        wanted={"event": event, "person": person, "since": since, "until": until},
    )


def detail(name: str, value: object) -> str:
    """The value of one detail of an entry in words."""
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
    """The day in a parameter of the address; None if it is no date, or the first or last year of the calendar."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date.min.year < day.year < date.max.year else None


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), TIME_ZONE).astimezone(UTC) if day else None


def _within(reach: Reach) -> ColumnElement[bool] | None:
    """The entries about organisations within reach; None for all, those about no organisation too."""
    return None if reach.chamber_id is None else reach.covers(AuditEntry.organisation_id)


def done_by(person: str) -> ColumnElement[bool]:
    """The condition for entries of people whose name contains this text."""
    return AuditEntry.account_id.in_(select(Account.id).where(Account.person.icontains(person, autoescape=True)))


def names_in_trail(entries: Sequence[AuditEntry]) -> dict[str, dict[int, str]]:
    """The present names for the ids in these entries: of people, organisations and consultations."""
    concerned = {entry.object_id for entry in entries if entry.event in ABOUT_PEOPLE}
    wanted = (
        ("people", Account.id, Account.person, concerned | {entry.account_id for entry in entries}),
        ("organisations", Organisation.id, Organisation.name, {entry.organisation_id for entry in entries}),
        ("consultations", Consultation.id, Consultation.key, {entry.consultation_id for entry in entries}),
    )
    return {
        kind: {number: name for number, name in db.session.execute(select(key, text).where(key.in_(numbers)))}
        for kind, key, text, numbers in wanted
    }


def entries(
    *,
    within: Sequence[ColumnElement[bool]] = (),
    event: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    number: int = 1,
    size: int = 50,
) -> Page[AuditEntry]:
    """One page of the entries, newest first, and the number of all.

    within: conditions that restrict the entries to what the reader may see; since, until: bounds of the time.
    """
    wanted = list(within)
    if event:
        wanted.append(AuditEntry.event == event)
    if since:
        wanted.append(AuditEntry.recorded_at >= since)
    if until:
        wanted.append(AuditEntry.recorded_at < until)
    return page_of(select(AuditEntry).where(*wanted).order_by(AuditEntry.id.desc()), number, size)
