"""Reads of orders, of what was sent, and of how far the invited have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, case, func, not_, select, true
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db
from ruhrvote.errors import Unknown
from ruhrvote.invitations import audience
from ruhrvote.invitations.models import Channel, FilePiece, Occasion, Order, OrderFile, Sending
from ruhrvote.sealing import unseal

PER_PAGE = 20


@dataclass(frozen=True)
class Standing:
    """How many organisations in an admin's reach stand where."""

    eligible: int
    letter: int  # have a valid code from a letter
    mail: int  # … from a mail
    no_address: int  # can be reached neither by letter nor by mail
    undeliverable: int
    refused: int  # their e-mail address takes nothing
    entered: int
    drafting: int
    submitted: int
    not_begun: int
    uninvited: int  # have no valid code and have not submitted


def standing(consultation: Consultation, chamber_id: int | None) -> Standing:
    """The counts of a consultation, for a chamber's members or for all; one statement."""
    number = consultation.id
    by_letter = audience.can_be_sent(Channel.LETTER, Occasion.INVITATION)
    by_mail = audience.can_be_sent(Channel.MAIL, Occasion.INVITATION)
    conditions: dict[str, ColumnElement[bool]] = {
        "letter": audience.has_valid_code(number, Channel.LETTER),
        "mail": audience.has_valid_code(number, Channel.MAIL),
        "no_address": not_(by_letter | by_mail),
        "undeliverable": audience.UNDELIVERABLE,
        "refused": and_(audience.HAS_EMAIL, audience.EMAIL_REFUSED),
        "entered": audience.entered(number),
        "drafting": audience.draft_not_submitted(number),
        "submitted": audience.ever_submitted(number),
        "not_begun": audience.not_begun(number),
        "uninvited": not_(audience.has_valid_code(number) | audience.ever_submitted(number)),
    }
    sums = [func.coalesce(func.sum(case((condition, 1), else_=0)), 0) for condition in conditions.values()]
    row = db.session.execute(
        select(func.count(), *sums)
        .select_from(Organisation)
        .where(audience.on_roll(consultation), audience.of_chamber(chamber_id))
    ).one()
    return Standing(*row)


@dataclass(frozen=True)
class Preview:
    """To how many an order would go, and how many valid codes would end by it."""

    total: int
    kills: int


def preview(order: Order, consultation: Consultation) -> Preview:
    """What an order, stored or not, would do as things stand now."""
    ends = case((audience.loses_code(order), 1), else_=0)
    counted = select(func.count(), func.coalesce(func.sum(ends), 0)).select_from(Organisation)
    return Preview(*db.session.execute(counted.where(audience.meant(order, consultation))).one())


def orders_of(consultation_id: int, chamber_id: int | None, page: int) -> tuple[Sequence[Order], int]:
    """One page of the orders in an admin's reach, the newest first, and how many there are."""
    mine = [Order.consultation_id == consultation_id, _within(chamber_id)]
    total = db.session.scalar(select(func.count()).select_from(Order).where(*mine)) or 0
    rows = db.session.scalars(
        select(Order)
        .where(*mine)
        .options(joinedload(Order.account), joinedload(Order.members_of), joinedload(Order.municipality))
        .order_by(Order.id.desc())
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return rows, total


def get_order(consultation_id: int, order_id: int, account: Account) -> Order:
    """An order in an admin's reach; raises Unknown otherwise."""
    within = _within(audience.reach_of(account))
    order = db.session.scalar(
        select(Order)
        .where(Order.id == order_id, Order.consultation_id == consultation_id, within)
        .options(joinedload(Order.account), joinedload(Order.members_of), joinedload(Order.municipality))
    )
    if order is None:
        raise Unknown(_l("There is no such order in your reach."))
    return order


def files_of(order_id: int) -> Sequence[OrderFile]:
    """The files of an order, the list first, then part by part."""
    return db.session.scalars(
        select(OrderFile).where(OrderFile.order_id == order_id).order_by(OrderFile.part, OrderFile.name.desc())
    ).all()


def get_file(order_id: int, file_id: int) -> OrderFile:
    """A file of an order; raises Unknown if it never was there."""
    file = db.session.scalar(select(OrderFile).where(OrderFile.id == file_id, OrderFile.order_id == order_id))
    if file is None:
        raise Unknown(_l("This file does not exist."))
    return file


def content_of(file: OrderFile) -> bytes:
    """What is in a file; raises Unknown once it is deleted, Unreadable under another key."""
    pieces = db.session.scalars(
        select(FilePiece.content).where(FilePiece.file_id == file.id).order_by(FilePiece.number)
    ).all()
    if not pieces:
        raise Unknown(_l("This file is deleted."))
    return b"".join(unseal(piece, piece_place(file, number)) for number, piece in enumerate(pieces))


def piece_place(file: OrderFile, number: int) -> str:
    """Where a piece belongs, as its seal says."""
    return f"letters {file.order_id}/{file.name}/{number}"


@dataclass(frozen=True)
class Overtaken:
    """How many letters of an order are void by now, and how many have submitted since."""

    revoked: int
    submitted: int


def overtaken(order: Order) -> Overtaken:
    """What has happened since the letters of an order were made."""
    void = case((AccessCode.revoked_at.is_not(None), 1), else_=0)
    done = case((Ballot.current_version > 0, 1), else_=0)
    row = db.session.execute(
        select(func.coalesce(func.sum(void), 0), func.coalesce(func.sum(done), 0))
        .select_from(Sending)
        .outerjoin(AccessCode, AccessCode.id == Sending.access_code_id)
        .outerjoin(
            Ballot,
            (Ballot.consultation_id == Sending.consultation_id) & (Ballot.organisation_id == Sending.organisation_id),
        )
        .where(Sending.order_id == order.id)
    ).one()
    return Overtaken(*row)


def _within(chamber_id: int | None) -> ColumnElement[bool]:
    return true() if chamber_id is None else Order.members_of_id == chamber_id
