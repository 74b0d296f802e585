"""The life of a consultation; each public function is one use case and one commit."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ruhrvote.accounts.models import Kind, Membership, Organisation
from ruhrvote.consultations.models import Consultation, ReleasePolicy, RollEntry, Status, Weighting
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.ledger.actions import append, lock_head, start_chain
from ruhrvote.ledger.models import ChainHead, EntryKind


def create_consultation(*, key: str, title_de: str, title_en: str, intro_de: str, intro_en: str, source: str) -> int:
    """Create a draft with an empty chain and return its id."""
    with transaction() as session:
        consultation = Consultation(
            key=key, title_de=title_de, title_en=title_en, intro_de=intro_de, intro_en=intro_en, source=source
        )
        session.add(consultation)
        session.flush()
        start_chain(consultation.id)
        return consultation.id


def set_rules(
    key: str,
    *,
    release_policy: ReleasePolicy,
    weighting: Weighting,
    quorum_percent: int,
    quorum_minimum: int,
    closes_at: datetime | None,
) -> None:
    """Set the rules of a draft; Conflict once it is open, when nobody may change them."""
    with transaction():
        consultation, _ = _locked(key)
        if consultation.status != Status.DRAFT:
            raise Conflict(_l("The consultation is open already; its rules stand."))
        consultation.release_policy = release_policy
        consultation.weighting = weighting
        consultation.quorum_percent = quorum_percent
        consultation.quorum_minimum = quorum_minimum
        consultation.closes_at = closes_at


def open_consultation(key: str, *, ideas: Sequence[str]) -> None:
    """Fix roll, rules and the list of ideas, and open; `ideas` are the ideas' titles in their fixed order.

    Raises Conflict unless it is a draft, Refused with fewer than two ideas, an empty roll or an end in the past.
    """
    with transaction() as session:
        consultation, head = _locked(key)
        if consultation.status != Status.DRAFT:
            raise Conflict(_l("The consultation is open already."))
        if len(ideas) < 2:
            raise Refused(_l("A consultation needs at least two ideas."))
        now = clock()
        if consultation.closes_at is not None and consultation.closes_at <= now:
            raise Refused(_l("The last day lies in the past. Set a later one."))
        roll = _roll_of_everybody(consultation.id)
        if not roll:
            raise Refused(_l("There is no organisation yet that could take part. Create some first."))
        session.add_all(roll)
        consultation.status = Status.OPEN
        consultation.opened_at = now
        append(
            head,
            EntryKind.OPENED,
            {
                "ideas": fingerprint(ideas),
                "roll": {
                    "organisations": len(roll),
                    "groups": dict(Counter(entry.group for entry in roll)),
                    "digest": _roll_digest(roll),
                },
                "rules": consultation.rules,
            },
        )


def add_to_roll(key: str, organisation_id: int) -> None:
    """Let an organisation take part in an open consultation that did not know it at opening."""
    with transaction() as session:
        consultation, head = _locked(key)
        if consultation.status != Status.OPEN:
            raise Conflict(_l("The consultation is not open; its roll stands."))
        if session.get(RollEntry, (consultation.id, organisation_id)) is not None:
            raise Conflict(_l("The organisation takes part already."))
        entry = _roll_entries(consultation.id, [organisation_id])[0]
        session.add(entry)
        append(
            head, EntryKind.ROLL_CHANGED, {"group": entry.group, "organisations": 1, "digest": _roll_digest([entry])}
        )


def close_consultation(key: str) -> None:
    """Close: from this entry on no ballot counts."""
    with transaction():
        consultation, head = _locked(key)
        if consultation.status != Status.OPEN:
            raise Conflict(_l("The consultation is not open."))
        consultation.status = Status.CLOSED
        consultation.closed_at = clock()
        append(head, EntryKind.CLOSED, {})


def publish_consultation(key: str) -> None:
    """Publish the result of a closed consultation."""
    with transaction():
        consultation, head = _locked(key)
        if consultation.status != Status.CLOSED:
            raise Conflict(_l("Only a closed consultation can be published. Close it first."))
        consultation.status = Status.PUBLISHED
        consultation.published_at = clock()
        append(head, EntryKind.PUBLISHED, {})


def set_demo_activity(key: str, on: bool) -> None:
    """Switch the demonstration's own ballots on or off."""
    with transaction() as session:
        consultation = session.scalar(select(Consultation).where(Consultation.key == key))
        if consultation is None:
            raise Unknown(_l("There is no consultation at this address."))
        consultation.demo_activity = on


def fingerprint(ideas: Sequence[str]) -> dict[str, object]:
    """What the ledger keeps of a list of ideas in its fixed order."""
    return {"number": len(ideas), "digest": _digest(ideas)}


def _locked(key: str) -> tuple[Consultation, ChainHead]:
    """The consultation as it is under the lock of its chain."""
    consultation_id = db.session.scalar(select(Consultation.id).where(Consultation.key == key))
    if consultation_id is None:
        raise Unknown(_l("There is no consultation at this address."))
    head = lock_head(consultation_id)
    consultation = db.session.get_one(Consultation, consultation_id, populate_existing=True)
    return consultation, head


def _roll_of_everybody(consultation_id: int) -> list[RollEntry]:
    return _roll_entries(consultation_id, None)


def _roll_entries(consultation_id: int, organisation_ids: list[int] | None) -> list[RollEntry]:
    """Roll entries of the named organisations, or of all, ordered by organisation.

    The group is the organisation's kind. A firm counts in the first of its chambers; chambers of industry and
    commerce come before chambers of crafts.
    """
    organisations = select(Organisation.id, Organisation.kind, Organisation.municipality_id).order_by(Organisation.id)
    memberships = select(Membership.organisation_id, Membership.chamber_id).order_by(Membership.chamber_id.desc())
    if organisation_ids is not None:
        organisations = organisations.where(Organisation.id.in_(organisation_ids))
        memberships = memberships.where(Membership.organisation_id.in_(organisation_ids))
    first_chamber = {organisation: chamber for organisation, chamber in db.session.execute(memberships)}
    return [
        RollEntry(
            consultation_id=consultation_id,
            organisation_id=organisation_id,
            group=kind,
            chamber_id=first_chamber.get(organisation_id),
            municipality_id=organisation_id if kind == Kind.MUNICIPALITY else municipality_id,
        )
        for organisation_id, kind, municipality_id in db.session.execute(organisations)
    ]


def _roll_digest(roll: Iterable[RollEntry]) -> str:
    return _digest(f"{entry.organisation_id} {entry.cell}" for entry in roll)


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
