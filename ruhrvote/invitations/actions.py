"""Writes of orders: place, download, hand over, discard, forget; one public function, one use case, one commit."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select, update

from ruhrvote.accounts.codes.actions import revoke_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.audit.actions import record
from ruhrvote.audit.models import Event
from ruhrvote.consultations.models import Consultation, Status
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict, Refused
from ruhrvote.invitations.models import (
    UNFINISHED,
    Channel,
    FilePiece,
    Occasion,
    Order,
    OrderFile,
    OrderState,
    Sending,
)
from ruhrvote.invitations.queries import content_of, preview
from ruhrvote.mail.actions import queue
from ruhrvote.mail.texts import Purpose, link_to

KEPT = timedelta(days=30)  # files that nobody confirms as handed over
WARNED = timedelta(days=23)
NOT_NOW = _l("Nothing can be sent for this consultation now: mails need it to be open, letters not closed.")


def may_send(consultation: Consultation, channel: Channel, occasion: Occasion) -> bool:
    """Whether letters or mails may go out: letters from the draft on, since printing takes time; mails once open."""
    early = channel == Channel.LETTER and occasion == Occasion.INVITATION
    return consultation.is_open or (early and consultation.status == Status.DRAFT)


def place_order(order: Order, consultation: Consultation, confirmed: int, by: int) -> int:
    """Order letters or mails and return the order's number; the worker makes them.

    Refused if nobody is meant, Conflict unless exactly so many valid codes end by it as were confirmed.
    """
    if not may_send(consultation, Channel(order.channel), Occasion(order.occasion)):
        raise Conflict(NOT_NOW)
    expected = preview(order, consultation)
    if not expected.total:
        raise Refused(_l("Nobody is meant by this. Change the choice."))
    if expected.kills != confirmed:
        raise Conflict(_l("The number of valid codes that would end is another one now. Look at it and confirm it."))
    with transaction() as session:
        order.kills, order.ordered_by, order.ordered_at = confirmed, by, clock()
        session.add(order)
        session.flush()
        record(
            Event.INVITATIONS_ORDERED,
            by=by,
            organisation_id=order.members_of_id,
            consultation_id=order.consultation_id,
            object_id=order.id,
            number=expected.total,
            codes_ended=confirmed,
        )
        return order.id


def download(order: Order, file: OrderFile, by: int) -> bytes:
    """The content of a file, noting who fetched it and when."""
    content = content_of(file)
    file_id, name = file.id, file.name
    with transaction() as session:
        session.execute(update(OrderFile).where(OrderFile.id == file_id).values(downloaded_at=clock()))
        record(
            Event.LETTERS_DOWNLOADED,
            by=by,
            organisation_id=order.members_of_id,
            consultation_id=order.consultation_id,
            object_id=order.id,
            file=name,
        )
    return content


def hand_over(order_id: int, by: int) -> None:
    """Confirm that the print shop has the letters: their files are deleted at once."""
    with transaction():
        order = _locked(order_id)
        if order.channel != Channel.LETTER or order.state != OrderState.READY:
            raise Conflict(_l("These letters are not waiting to be handed over."))
        delete_files(order.id)
        order.state, order.ended_at = OrderState.HANDED_OVER, clock()
        _record(Event.LETTERS_HANDED_OVER, order, by, letters=order.total)


def discard(order_id: int, by: int | None) -> int:
    """Take an order back: its letters' codes end and its files are deleted; returns how many codes ended.

    Mails that the outbox has been given stay there.
    """
    with transaction() as session:
        order = _locked(order_id)
        letters = order.channel == Channel.LETTER
        if order.state not in (*UNFINISHED, *((OrderState.READY,) if letters else ())):
            raise Conflict(_l("This order cannot be taken back any more."))
        ended = 0
        mine = select(Sending.organisation_id).join(AccessCode, AccessCode.id == Sending.access_code_id)
        if letters:
            valid = mine.where(Sending.order_id == order.id, AccessCode.revoked_at.is_(None))
            ended = revoke_codes(order.consultation_id, session.scalars(valid).all())
        made = [] if letters else [Sending.made_at.is_(None)]
        session.execute(delete(Sending).where(Sending.order_id == order.id, *made))
        delete_files(order.id)
        order.state, order.ended_at = OrderState.DISCARDED, clock()
        _record(Event.INVITATIONS_DISCARDED, order, by, codes_ended=ended)
        return ended


def tidy() -> None:
    """Warn of files that nobody confirms as handed over, and delete them after 30 days.

    Letters of which nobody fetched a file cannot have been printed: their codes end too.
    """
    now = clock()
    ready = (Order.state == OrderState.READY) & (Order.channel == Channel.LETTER)
    old = db.session.scalars(select(Order.id).where(ready, Order.ready_at < now - KEPT)).all()
    soon = ready & (Order.ready_at < now - WARNED) & Order.warned_at.is_(None)
    forgotten = db.session.scalars(select(Order.id).where(soon)).all()
    fetched = set(
        db.session.scalars(
            select(OrderFile.order_id).where(OrderFile.order_id.in_(old), OrderFile.downloaded_at.is_not(None))
        )
    )
    for order_id in old:
        _expire(order_id) if order_id in fetched else discard(order_id, None)
    for order_id in forgotten:
        if order_id not in old:
            _warn(order_id)


def _expire(order_id: int) -> None:
    with transaction():
        order = _locked(order_id)
        if order.state != OrderState.READY:
            return
        delete_files(order.id)
        order.state, order.ended_at = OrderState.EXPIRED, clock()
        _record(Event.LETTERS_EXPIRED, order, None, letters=order.total)


def _warn(order_id: int) -> None:
    with transaction():
        order = _locked(order_id)
        if order.state != OrderState.READY or order.warned_at is not None or order.ready_at is None:
            return
        order.warned_at = clock()
        person = order.account
        if person.email:
            queue(
                Purpose.LETTERS_FORGOTTEN,
                person.email,
                person.language,
                person=person.person,
                letters=order.total,
                until=order.ready_at + KEPT,
                link=link_to("invitations.order", key=order.consultation.key, order_id=order.id),
            )


def _locked(order_id: int) -> Order:
    return db.session.get_one(Order, order_id, with_for_update=True)


def delete_files(order_id: int) -> None:
    """The contents go; what the files were stays, for the order's page."""
    of_order = select(OrderFile.id).where(OrderFile.order_id == order_id)
    db.session.execute(delete(FilePiece).where(FilePiece.file_id.in_(of_order)))


def _record(event: Event, order: Order, by: int | None, **details: int) -> None:
    record(
        event,
        by=by,
        organisation_id=order.members_of_id,
        consultation_id=order.consultation_id,
        object_id=order.id,
        **details,
    )
