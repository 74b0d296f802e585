"""Writes of a consultation's lifecycle; each public function is one use case and one commit.

`by` is the account that acts; None means the program itself: the worker's clock or the command line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from ruhrvote.accounts.codes.actions import revoke_codes
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import (
    OBJECTION_DAYS,
    Consultation,
    Proposal,
    ReleasePolicy,
    RollEntry,
    Status,
    Weighting,
)
from ruhrvote.consultations.roll import roll_digest, roll_entries
from ruhrvote.consultations.settlement import append_settled, objections_of
from ruhrvote.consultations.versions import (
    TEXTS,
    fingerprint,
    keep_former_texts,
    replace_texts,
    texts_digest,
)
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused, Unknown
from ruhrvote.ledger.actions import append, lock_head, start_chain
from ruhrvote.ledger.models import ChainHead, EntryKind
from ruhrvote.tally.disclosure import RULE, SMALLEST_GROUP, merged

NOT_SETTLED = _l("Objections are still possible or undecided. The result can be certified once they are settled.")


def create_consultation(
    *,
    key: str,
    title_de: str,
    title_en: str,
    intro_de: str = "",
    intro_en: str = "",
    source: str = "",
    by: int | None = None,
) -> int:
    """Create a draft with an empty chain and return its id; raises Conflict if the key is taken."""
    texts = {"title_de": title_de, "title_en": title_en, "intro_de": intro_de, "intro_en": intro_en, "source": source}
    with transaction():
        return add_draft(Consultation(key=key, **texts), by).id


def add_draft(consultation: Consultation, by: int | None) -> Consultation:
    """Add a draft with its empty chain, in the caller's transaction; raises Conflict if its key is taken."""
    if db.session.scalar(select(Consultation.id).where(Consultation.key == consultation.key)) is not None:
        raise Conflict(_l("There is a consultation with this short name already. Choose another."))
    db.session.add(consultation)
    db.session.flush()
    start_chain(consultation.id)
    record(Event.CONSULTATION_CREATED, by=by, consultation_id=consultation.id)
    return consultation


def set_texts(key: str, texts: Mapping[str, str], by: int | None = None) -> None:
    """Set title, introduction and source; after the opening, the former texts stay readable for everybody."""
    with transaction():
        consultation, head = locked(key)
        if consultation.has_closed:
            raise Conflict(_l("The consultation has ended; its texts cannot be changed any more."))
        changed = replace_texts(consultation, None, consultation, {name: texts[name] for name in TEXTS}, by)
        if changed and consultation.status != Status.DRAFT:
            append(head, EntryKind.TEXTS_CHANGED, {"digest": texts_digest(consultation)})
        record(Event.TEXTS_CHANGED, by=by, consultation_id=consultation.id)


def set_rules(
    key: str,
    *,
    release_policy: ReleasePolicy,
    weighting: Weighting,
    quorum_percent: int,
    quorum_minimum: int,
    objection_days: int = OBJECTION_DAYS,
    by: int | None = None,
) -> None:
    """Set the rules of a draft; raises Conflict once it is open, as the rules are fixed then."""
    with transaction():
        consultation, _ = locked(key)
        if consultation.status != Status.DRAFT:
            raise Conflict(_l("The consultation is open already; its rules cannot be changed any more."))
        consultation.release_policy = release_policy
        consultation.weighting = weighting
        consultation.quorum_percent = quorum_percent
        consultation.quorum_minimum = quorum_minimum
        consultation.objection_days = objection_days
        record(Event.RULES_SET, by=by, consultation_id=consultation.id)


def set_dates(key: str, *, opens_at: datetime | None, closes_at: datetime | None, by: int | None = None) -> None:
    """Set when the worker opens and closes a draft, None for by hand. Raises Refused for past or reversed dates."""
    with transaction():
        consultation, _ = locked(key)
        if consultation.status != Status.DRAFT:
            raise Conflict(_l("The consultation is open already; its dates cannot be changed any more."))
        now = clock()
        if opens_at is not None and opens_at <= now:
            raise Refused(_l("The opening lies in the past. Set a later one, or leave it empty and open by hand."))
        if closes_at is not None and closes_at <= max(now, opens_at or now):
            raise Refused(_l("The end must come after the opening and lie in the future. Set a later one."))
        consultation.opens_at, consultation.closes_at = opens_at, closes_at
        record(Event.DATES_SET, by=by, consultation_id=consultation.id)


def miss_opening(key: str) -> None:
    """Delete the opening time of a draft that could not be opened then, and record it in the audit trail."""
    with transaction():
        consultation, _ = locked(key)
        consultation.opens_at = None
        record(Event.OPENING_MISSED, by=None, consultation_id=consultation.id)


def open_consultation(key: str, *, ideas: Sequence[str], by: int | None = None) -> None:
    """Open a draft: fix its roll, its rules and its list of ideas. `ideas` are the titles in their final order.

    Raises Conflict unless it is a draft; Refused with fewer than two ideas, an empty roll or an end in the past.
    """
    with transaction() as session:
        consultation, head = locked(key)
        if consultation.has_closed:
            raise Conflict(_l("The consultation has ended. Duplicate it as the next round instead."))
        if consultation.status != Status.DRAFT:
            raise Conflict(_l("The consultation is open already."))
        if len(ideas) < 2:
            raise Refused(_l("A consultation needs at least two ideas."))
        now = clock()
        if consultation.closes_at is not None and consultation.closes_at <= now:
            raise Refused(_l("The last day lies in the past. Set a later one."))
        roll = roll_entries(consultation.id, None)
        if consultation.release_policy == ReleasePolicy.COHORTS:
            group = merged(Counter(entry.kind for entry in roll), SMALLEST_GROUP)
            for entry in roll:
                entry.group = group[entry.kind]
        if not roll:
            raise Refused(_l("There is no organisation yet that could take part. Create some first."))
        session.add_all(roll)
        consultation.status = Status.OPEN
        consultation.opened_at = now
        consultation.disclosure_rule = RULE
        append(
            head,
            EntryKind.OPENED,
            {
                "ideas": fingerprint(ideas),
                "roll": {
                    "organisations": len(roll),
                    "groups": dict(Counter(entry.group for entry in roll)),
                    "digest": roll_digest(roll),
                },
                "rules": consultation.rules,
            },
        )
        record(Event.CONSULTATION_OPENED, by=by, consultation_id=consultation.id)


def add_to_roll(key: str, organisation_id: int, by: int | None = None) -> None:
    """Add an organisation to the roll of an open consultation after its opening."""
    with transaction() as session:
        consultation, head = locked(key)
        if consultation.status != Status.OPEN:
            raise Conflict(_l("The consultation is not open; its roll cannot be changed."))
        if session.get(RollEntry, (consultation.id, organisation_id)) is not None:
            raise Conflict(_l("The organisation takes part already."))
        entry = roll_entries(consultation.id, [organisation_id])[0]
        like_it = (RollEntry.consultation_id == consultation.id) & (RollEntry.kind == entry.kind)
        entry.group = session.scalar(select(RollEntry.group).where(like_it).limit(1)) or entry.group
        session.add(entry)
        append(head, EntryKind.ROLL_CHANGED, {"group": entry.group, "organisations": 1, "digest": roll_digest([entry])})
        record(Event.ROLL_CHANGED, by=by, organisation_id=organisation_id, consultation_id=consultation.id)


def extend(key: str, closes_at: datetime, by: int | None = None) -> None:
    """Postpone the announced end of a running consultation; closing early needs two admins (see `proposals`).

    Raises Conflict unless it runs and has an announced end in the future; Refused unless the new end is later.
    """
    with transaction():
        consultation, head = locked(key)
        _require_running(consultation)
        if consultation.closes_at is None:
            raise Conflict(_l("No end was announced, so there is none to postpone: it is closed by hand."))
        if consultation.closes_at <= clock():
            raise Conflict(_l("The announced end is over, so no ballot can come any more. Start a next round instead."))
        if closes_at <= consultation.closes_at:
            raise Refused(_l("The new end must be later than the announced one. To close earlier, propose it."))
        keep_former_texts(consultation, None, {"closes_at": consultation.closes_at.isoformat()}, by)
        consultation.closes_at = closes_at
        append(head, EntryKind.EXTENDED, {"closes_at": closes_at.isoformat()})
        record(Event.END_EXTENDED, by=by, consultation_id=consultation.id)


def close_consultation(key: str, by: int | None = None) -> None:
    """Close: no submission after this ledger entry counts, and access codes are revoked.

    Raises Refused for one person before the announced end: that needs two admins (see `proposals`).
    """
    with transaction():
        consultation, head = locked(key)
        _require_running(consultation)
        # While a long pause goes on, the end moves with it.
        ahead = consultation.closes_at is not None and (consultation.pause_extends or consultation.closes_at > clock())
        if by is not None and ahead:
            raise Refused(_l("Its end was announced. To close it earlier, propose it; another admin confirms."))
        end(consultation, head, by)


Pair = tuple[int, int]  # the numbers of the accounts of who proposed a step and who confirmed it


def in_pair(pair: Pair | None) -> dict[str, object]:
    """What an entry of the ledger says of the two who took its step: the numbers of their accounts."""
    return {"by": list(pair)} if pair else {}


def end(consultation: Consultation, head: ChainHead, by: int | None, *, pair: Pair | None = None) -> None:
    """Close a running consultation, in the caller's transaction and under the lock of its chain."""
    _require_running(consultation)
    consultation.status = Status.CLOSED
    consultation.closed_at = now = clock()
    consultation.paused_until, consultation.pause_extends = None, False
    no_decision = (Proposal.consultation_id == consultation.id) & (Proposal.object_id == 0)
    db.session.execute(delete(Proposal).where(no_decision))
    append(head, EntryKind.CLOSED, in_pair(pair), now)
    if consultation.objection_days == 0 and not objections_of(consultation.id):
        append_settled(consultation, head, [])
    revoke_codes(consultation.id)
    record(Event.CONSULTATION_CLOSED, by=by, consultation_id=consultation.id)


def _require_running(consultation: Consultation) -> None:
    if consultation.has_closed:
        raise Conflict(_l("The consultation is closed already. The control room shows the next step."))
    if consultation.status == Status.DRAFT:
        raise Conflict(_l("The consultation is not open."))


def certify_consultation(
    key: str, recount: Mapping[str, object], by: int | None = None, *, pair: Pair | None = None
) -> None:
    """Certify a closed consultation; the ledger entry keeps the findings of the recount.

    recount["seq"] is the last entry that the recount covers. Raises Conflict if entries were appended since.
    """
    with transaction():
        consultation, head = locked(key)
        if consultation.status != Status.CLOSED:
            raise Conflict(_l("Only a closed consultation can be certified, and only once."))
        if not consultation.is_settled:
            raise Conflict(NOT_SETTLED)
        if recount["seq"] != head.seq:
            raise Conflict(_l("Something was entered during the recount. Propose the certification again."))
        consultation.status = Status.CERTIFIED
        consultation.certified_at = clock()
        db.session.execute(delete(Proposal).where(Proposal.consultation_id == consultation.id))
        append(head, EntryKind.CERTIFIED, {"recount": recount, **in_pair(pair)})
        record(Event.RESULT_CERTIFIED, by=by, consultation_id=consultation.id)


def publish_consultation(key: str, by: int | None = None) -> None:
    """Publish the result of a certified consultation; raises Conflict for any other."""
    with transaction():
        consultation, head = locked(key)
        if consultation.has_result:
            raise Conflict(_l("The result is published already."))
        if consultation.status != Status.CERTIFIED:
            raise Conflict(_l("Only a certified result can be published. Have it certified first."))
        consultation.status = Status.PUBLISHED
        consultation.published_at = clock()
        append(head, EntryKind.PUBLISHED, {})
        record(Event.RESULT_PUBLISHED, by=by, consultation_id=consultation.id)


def set_demo_activity(key: str, on: bool) -> None:
    """Switch the demonstration's own ballots on or off."""
    with transaction() as session:
        consultation = session.scalar(select(Consultation).where(Consultation.key == key))
        if consultation is None:
            raise Unknown(_l("There is no consultation at this address."))
        consultation.demo_activity = on


def locked(key: str) -> tuple[Consultation, ChainHead]:
    """The consultation, read under the lock of its chain, and the chain's head; part of the caller's transaction."""
    consultation_id = db.session.scalar(select(Consultation.id).where(Consultation.key == key))
    if consultation_id is None:
        raise Unknown(_l("There is no consultation at this address."))
    head = lock_head(consultation_id)
    consultation = db.session.get_one(Consultation, consultation_id, populate_existing=True)
    return consultation, head
