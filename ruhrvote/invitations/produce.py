"""What the worker makes of an order, part by part.

A part's letters are set on paper outside of any transaction. Then one transaction makes their codes valid and stores
the files: a code that is on paper is valid, and a crash in between leaves neither. No part holds the write lock for
longer than its own rows take.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, insert, literal, null, select, update
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.codes.actions import enter_codes
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Organisation
from ruhrvote.accounts.typed_codes import new_code
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.invitations.actions import delete_files, may_send
from ruhrvote.invitations.audience import meant
from ruhrvote.invitations.letter import CSV, PDF, letter_to, merge_table, parts_list, sheet_of
from ruhrvote.invitations.letter_pdf import TooLong, set_letters
from ruhrvote.invitations.mails import queue_mails
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
from ruhrvote.invitations.queries import files_of, piece_place, preview
from ruhrvote.sealing import seal

PIECE = 256 * 1024  # bytes
MAILS = 200  # in one transaction


def produce_next() -> None:
    """Take the oldest unfinished order one step further; a single statement if there is none."""
    order = db.session.scalar(
        select(Order)
        .where(Order.state.in_(UNFINISHED))
        .options(joinedload(Order.consultation), joinedload(Order.sender))
        .order_by(Order.id)
        .limit(1)
    )
    if order is None:
        return
    if order.state == OrderState.WAITING:
        _choose(order.id)
    elif order.channel == Channel.MAIL:
        _mail_part(order.id)
    elif order.done < order.total:
        _print_part(order)
    else:
        _finish(order)


def _choose(order_id: int) -> None:
    """Fix who gets something and in which order, unless more codes would end than was confirmed."""
    with transaction() as session:
        order, consultation = _locked(order_id)
        if order.state != OrderState.WAITING:
            return
        if preview(order, consultation).kills > order.kills or not _may_go_on(order, consultation):
            _refuse(order)
            return
        by_postcode = (Organisation.postcode, Organisation.town, Organisation.street, Organisation.name)
        place = func.row_number().over(order_by=(*by_postcode, Organisation.id))
        chosen = select(
            literal(order.id),
            literal(order.consultation_id),
            Organisation.id,
            literal(order.channel),
            literal(order.occasion),
            place,
            null(),
            null(),
        ).where(meant(order, consultation))
        columns = (
            "order_id", "consultation_id", "organisation_id", "channel", "occasion", "position", "access_code_id",
            "made_at",
        )  # fmt: skip
        session.execute(insert(Sending).from_select(columns, chosen))
        mine = select(func.count()).select_from(Sending).where(Sending.order_id == order.id)
        order.total, order.state = session.scalar(mine) or 0, OrderState.PRODUCING


def _print_part(order: Order) -> None:
    """Set the next part on paper, then make its codes valid and store its files."""
    order_id, start, consultation = order.id, order.done, order.consultation
    part = start // order.split + 1
    rows = _rows(order, order.split)
    still = _still_meant(order, consultation, rows)
    going = [organisation for _, organisation in rows if organisation.id in still]
    codes = {organisation.id: new_code() for organisation in going}
    made: list[tuple[OrderFile, list[bytes]]] = []
    if going:
        write = letter_to(order.sender, consultation, Occasion(order.occasion))
        letters = [write(organisation, codes[organisation.id]) for organisation in going]
        sheet = sheet_of(order.sender)
        table = merge_table(order, going, codes, sheet.page)
        ends = {"first_postcode": going[0].postcode or "", "last_postcode": going[-1].postcode or ""}
        db.session.rollback()  # no connection is held while the letters are set
        try:
            printed = set_letters(sheet, letters)
        except TooLong:
            _give_up(order_id)
            return
        for name, media_type, content in (
            (f"letters-{order_id}-{part:03d}.pdf", PDF, printed),
            (f"letters-{order_id}-{part:03d}.csv", CSV, table.encode()),
        ):
            file = OrderFile(
                order_id=order_id,
                name=name,
                media_type=media_type,
                part=part,
                letters=len(going),
                size=len(content),
                **ends,
            )
            made.append((file, _sealed(file, content)))
    with transaction() as session:
        order, consultation = _locked(order_id)
        if order.state != OrderState.PRODUCING or order.done != start:
            return  # taken back meanwhile, or another worker was faster
        if not _may_go_on(order, consultation):
            _refuse(order)
            return
        if _still_meant(order, consultation, rows) != still:
            return  # somebody has submitted or was sent a letter meanwhile: the part is made anew
        enter_codes(order.consultation_id, codes)
        _note_made(order, [sending_id for sending_id, organisation in rows if organisation.id in still])
        gone = [sending_id for sending_id, organisation in rows if organisation.id not in still]
        session.execute(delete(Sending).where(Sending.id.in_(gone)))
        for file, pieces in made:
            _store(file, pieces)
        order.done = min(start + order.split, order.total)


def _finish(order: Order) -> None:
    """Add the list of the parts, and offer the letters."""
    files = [file for file in files_of(order.id) if file.media_type == PDF]
    content = parts_list(order, files)
    file = OrderFile(
        order_id=order.id,
        name=f"letters-{order.id}-list.pdf",
        media_type=PDF,
        part=0,
        letters=sum(file.letters for file in files),
        first_postcode=files[0].first_postcode if files else "",
        last_postcode=files[-1].last_postcode if files else "",
        size=len(content),
    )
    pieces, order_id = _sealed(file, content), order.id
    with transaction():
        order, _ignored = _locked(order_id)
        if order.state != OrderState.PRODUCING:
            return
        if file.letters:
            _store(file, pieces)
        order.total = order.done = file.letters
        order.state, order.ready_at = OrderState.READY, clock()


def _mail_part(order_id: int) -> None:
    """Give the outbox the next mails, with their codes, in one transaction."""
    with transaction() as session:
        order, consultation = _locked(order_id)
        if order.state != OrderState.PRODUCING:
            return
        if not _may_go_on(order, consultation):
            _refuse(order)
            return
        rows = _rows(order, MAILS)
        still = _still_meant(order, consultation, rows)
        going = [(sending_id, organisation) for sending_id, organisation in rows if organisation.id in still]
        queue_mails(order.sender, consultation, Occasion(order.occasion), going)
        _note_made(order, [sending_id for sending_id, _organisation in going])
        gone = [sending_id for sending_id, organisation in rows if organisation.id not in still]
        session.execute(delete(Sending).where(Sending.id.in_(gone)))
        order.done = min(order.done + MAILS, order.total)
        if order.done == order.total:
            order.state, order.ready_at = OrderState.READY, clock()


def _locked(order_id: int) -> tuple[Order, Consultation]:
    """The order and its consultation as they are now; closing waits until this transaction is over."""
    order = db.session.get_one(Order, order_id, with_for_update=True)
    shared = {"read": True}
    return order, db.session.get_one(Consultation, order.consultation_id, with_for_update=shared)


def _refuse(order: Order) -> None:
    """End an order that cannot go on: it would end too many codes, the consultation is over, its text is too long."""
    delete_files(order.id)
    order.state, order.ended_at = OrderState.REFUSED, clock()


def _give_up(order_id: int) -> None:
    with transaction():
        order, _consultation = _locked(order_id)
        if order.state == OrderState.PRODUCING:
            _refuse(order)


def _may_go_on(order: Order, consultation: Consultation) -> bool:
    return may_send(consultation, Channel(order.channel), Occasion(order.occasion))


def _rows(order: Order, number: int) -> Sequence[tuple[int, Organisation]]:
    """The next sendings with their organisations, by postcode."""
    next_ones = Sending.position.between(order.done + 1, order.done + number)
    rows = db.session.execute(
        select(Sending.id, Organisation)
        .join(Organisation, Organisation.id == Sending.organisation_id)
        .where(Sending.order_id == order.id, next_ones)
        .order_by(Sending.position)
    )
    return [(sending_id, organisation) for sending_id, organisation in rows]


def _still_meant(order: Order, consultation: Consultation, rows: Sequence[tuple[int, Organisation]]) -> set[int]:
    ids = [organisation.id for _, organisation in rows]
    return set(db.session.scalars(select(Organisation.id).where(Organisation.id.in_(ids), meant(order, consultation))))


def _note_made(order: Order, sending_ids: Sequence[int]) -> None:
    """Note which code is in each letter or mail, and when it was made."""
    if not sending_ids:
        return
    code = (
        select(AccessCode.id)
        .where(
            AccessCode.consultation_id == Sending.consultation_id,
            AccessCode.organisation_id == Sending.organisation_id,
            AccessCode.revoked_at.is_(None),
        )
        .scalar_subquery()
    )
    values: dict[str, Any] = {"made_at": clock()}
    if order.channel == Channel.LETTER:
        values["access_code_id"] = code
    db.session.execute(
        update(Sending).where(Sending.id.in_(sending_ids)).values(**values).execution_options(synchronize_session=False)
    )


def _sealed(file: OrderFile, content: bytes) -> list[bytes]:
    starts = range(0, len(content), PIECE)
    return [seal(content[start : start + PIECE], piece_place(file, n)) for n, start in enumerate(starts)]


def _store(file: OrderFile, pieces: Sequence[bytes]) -> None:
    db.session.add(file)
    db.session.flush()
    rows = [{"file_id": file.id, "number": number, "content": piece} for number, piece in enumerate(pieces)]
    db.session.execute(insert(FilePiece), rows)
