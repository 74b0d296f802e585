"""The checklist before the opening: required and advised points, each with the page on which it is done."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from ruhrvote.accounts.models import Account, Role
from ruhrvote.consultations.models import Consultation
from ruhrvote.consultations.queries import kinds_of_organisations
from ruhrvote.db import clock, db
from ruhrvote.ideas.queries import ideas_of, themes_of

ADMINS_NEEDED = 2


@dataclass(frozen=True)
class Point:
    """A point of the checklist; `must` if it is required; `endpoint` is that of the page on which it is done."""

    done: bool
    must: bool
    text: LazyString
    advice: LazyString
    endpoint: str


def checklist(consultation: Consultation) -> list[Point]:
    """All points of a draft's checklist, in the order of the set-up."""
    ideas, roll = ideas_of(consultation.id), kinds_of_organisations()
    texts = (consultation.title_de, consultation.title_en, consultation.intro_de, consultation.intro_en)
    filled = {idea.theme_id for idea in ideas}
    translated = bool(ideas) and all(idea.title_en and idea.short_en and idea.goal_en for idea in ideas)
    ends = consultation.closes_at
    return [
        Point(
            all(texts),
            True,
            _l("Title and introduction in both languages"),
            _l("Title and introduction must be there in German and in English."),
            "setup.texts",
        ),
        Point(
            len(ideas) >= 2,
            True,
            _l("At least two ideas"),
            _l("A consultation needs at least two ideas."),
            "setup_ideas.show",
        ),
        Point(
            bool(ideas) and all(theme.id in filled for theme in themes_of(consultation.id)),
            True,
            _l("Ideas in every theme"),
            _l("Nobody could judge a theme without ideas. Give each theme ideas or remove it."),
            "setup_ideas.show",
        ),
        Point(
            translated,
            False,
            _l("All ideas in English too"),
            _l("Where the English text is missing, English pages show the German one."),
            "setup_ideas.show",
        ),
        Point(
            bool(roll),
            True,
            _l("Organisations that may take part"),
            _l("There is no organisation yet that could take part. Create some first."),
            "members.organisations",
        ),
        Point(
            ends is None or ends > clock(),
            True,
            _l("The end does not lie in the past"),
            _l("The last day lies in the past. Set a later one."),
            "setup.dates",
        ),
        Point(
            ends is not None,
            False,
            _l("An end is announced"),
            _l("Without an end nobody knows how much time there is, and somebody must close it by hand."),
            "setup.dates",
        ),
        Point(
            _admins() >= ADMINS_NEEDED,
            False,
            _l("Two consultation admins"),
            _l("Closing early and certifying the result need two admins who may confirm together."),
            "admins.show",
        ),
    ]


def first_missing(consultation: Consultation) -> LazyString | None:
    """The advice of the first required point that is not done; None if the draft can open."""
    return next((point.advice for point in checklist(consultation) if point.must and not point.done), None)


def _admins() -> int:
    of_role = (Account.role == Role.CONSULTATION_ADMIN) & Account.removed_at.is_(None)
    return db.session.scalar(select(func.count()).select_from(Account).where(of_role)) or 0
