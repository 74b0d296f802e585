"""How the author of a comment is shown: by the organisation's name, or by a label shared by at least ten.

The narrowest label is tried first: kind and municipality, then the kind, then (for chambers and municipalities, which
are few) both kinds together, then any organisation. A label is used only if at least FEWEST organisations on the roll
have it, so that it does not identify the author (k-anonymity), in every list in which it can be seen: for everybody,
and for the staff of a chamber, who moderate the comments of its members and so know that the author is one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from ruhrvote.accounts.access import EVERYBODY, Reach
from ruhrvote.accounts.models import Kind, Organisation
from ruhrvote.comments.models import Attribution, Comment
from ruhrvote.consultations.models import RollEntry
from ruhrvote.db import db

FEWEST = 10
BODIES = (Kind.CHAMBER, Kind.MUNICIPALITY)


@dataclass(frozen=True)
class Label:
    """A label shown instead of a name; `widened` if a narrower one would fit too few organisations."""

    attribution: Attribution
    kind: str
    place: str
    widened: bool

    def __str__(self) -> str:
        return words(self.attribution, self.kind, self.place)


def label_for(consultation_id: int, organisation: Organisation) -> Label | None:
    """The narrowest label that fits at least ten organisations on the roll, also among the members of each chamber.

    None if the whole roll, or what a chamber of this organisation has on it, is smaller.
    """
    ladder = list(_ladder(organisation))
    lists = [EVERYBODY, *(Reach(chamber.id) for chamber in organisation.chambers)]
    # Counts only up to ten, as the roll may have hundreds of thousands of entries.
    counts = [
        select(func.count())
        .select_from(
            select(RollEntry.organisation_id)
            .where(RollEntry.consultation_id == consultation_id, reach.covers(RollEntry.organisation_id), *conditions)
            .limit(FEWEST)
            .subquery()
        )
        .scalar_subquery()
        for _attribution, _place, conditions in ladder
        for reach in lists
    ]
    found = iter(db.session.execute(select(*counts)).one())
    fewest = [min(islice(found, len(lists))) for _step in ladder]
    for step, (attribution, place, _conditions) in enumerate(ladder):
        if fewest[step] >= FEWEST:
            return Label(attribution, organisation.kind, place, widened=step > 0)
    return None


def _ladder(organisation: Organisation) -> Iterator[tuple[Attribution, str, list[ColumnElement[bool]]]]:
    kind = RollEntry.group == organisation.kind
    if organisation.municipality_id is not None and organisation.municipality is not None:
        here = RollEntry.municipality_id == organisation.municipality_id
        yield Attribution.PLACE, organisation.municipality.name, [kind, here]
    yield Attribution.GROUP, "", [kind]
    if organisation.kind in BODIES:
        yield Attribution.BODIES, "", [RollEntry.group.in_(BODIES)]
    yield Attribution.ANYBODY, "", []


def shown_as(comment: Comment) -> str:
    """The author of a comment as everybody sees it, in the page's language."""
    organisation = comment.organisation
    return organisation.name if comment.is_named else words(comment.attribution, organisation.kind, comment.place)


def words(attribution: str, kind: str, place: str) -> str:
    """A label as it is shown, such as "Firm, Dortmund"."""
    if attribution == Attribution.BODIES:
        return _("Chamber or municipality")
    if attribution == Attribution.ANYBODY:
        return _("Participating organisation")
    name = {Kind.CHAMBER: _("Chamber"), Kind.MUNICIPALITY: _("Municipality"), Kind.FIRM: _("Firm")}[Kind(kind)]
    return f"{name}, {place}" if attribution == Attribution.PLACE else name
