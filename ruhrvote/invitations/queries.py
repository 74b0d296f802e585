"""Reads of mailings, of what was sent, and of how far the invited have come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, case, func, not_, select, true
from sqlalchemy.orm import contains_eager, joinedload

from ruhrvote.accounts.access import Reach, reach_of
from ruhrvote.accounts.codes.models import AccessCode
from ruhrvote.accounts.models import Account, Organisation
from ruhrvote.ballots.models import Ballot
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import Page, db, page_of
from ruhrvote.errors import Unknown
from ruhrvote.invitations import audience
from ruhrvote.invitations.models import Channel, LetterFile, Mailing, Occasion, Sending
from ruhrvote.jobs.models import JobFile

PER_PAGE = 20
NO_SUCH = _l("There is no such order in your reach.")
SHOWN = tuple(map(joinedload, (Mailing.account, Mailing.members_of, Mailing.municipality, Mailing.job)))


@dataclass(frozen=True)
class Standing:
    """How many of the organisations in an admin's reach have come how far."""

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


def standing(consultation: Consultation, reach: Reach) -> Standing:
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
        select(func.count(), *sums).select_from(Organisation).where(audience.on_roll(consultation), reach.covers())
    ).one()
    return Standing(*row)


@dataclass(frozen=True)
class Preview:
    """To how many organisations a mailing would go, and how many valid codes would end by it."""

    total: int
    kills: int


def preview(mailing: Mailing, consultation: Consultation) -> Preview:
    """What a mailing, stored or not, would do as things stand now."""
    ends = case((audience.loses_code(mailing), 1), else_=0)
    counted = select(func.count(), func.coalesce(func.sum(ends), 0)).select_from(Organisation)
    return Preview(*db.session.execute(counted.where(audience.recipients(mailing, consultation))).one())


def mailings_of(consultation_id: int, reach: Reach, number: int) -> Page[Mailing]:
    """One page of the mailings in an admin's reach, the newest first."""
    mine = [Mailing.consultation_id == consultation_id, _within(reach)]
    mailings = select(Mailing).where(*mine).options(*SHOWN).order_by(Mailing.id.desc())
    return page_of(mailings, number, PER_PAGE)


def get_mailing(consultation_id: int, mailing_id: int, account: Account) -> Mailing:
    """A mailing in an admin's reach; raises Unknown otherwise."""
    within = _within(reach_of(account))
    mailing = db.session.scalar(
        select(Mailing)
        .where(Mailing.id == mailing_id, Mailing.consultation_id == consultation_id, within)
        .options(*SHOWN)
    )
    if mailing is None:
        raise Unknown(NO_SUCH)
    return mailing


def files_of(mailing_id: int) -> Sequence[LetterFile]:
    """The files of a mailing, the list first, then part by part."""
    mine = select(LetterFile).join(LetterFile.file).where(LetterFile.mailing_id == mailing_id)
    return db.session.scalars(
        mine.options(contains_eager(LetterFile.file)).order_by(LetterFile.part, JobFile.name.desc())
    ).all()


def get_file(mailing_id: int, file_id: int) -> JobFile:
    """A file of a mailing; raises Unknown if it never was there."""
    file = db.session.get(LetterFile, file_id)
    if file is None or file.mailing_id != mailing_id:
        raise Unknown(_l("This file does not exist."))
    return file.file


def place_of(mailing_id: int, file_name: str) -> str:
    """What the pieces of a letter file are sealed for: they open nowhere else."""
    return f"letters {mailing_id}/{file_name}"


@dataclass(frozen=True)
class Overtaken:
    """How many letters of a mailing are no longer valid, and how many recipients have submitted since."""

    revoked: int
    submitted: int


def overtaken(mailing: Mailing) -> Overtaken:
    """What has happened since the letters of a mailing were made."""
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
        .where(Sending.mailing_id == mailing.id)
    ).one()
    return Overtaken(*row)


def _within(reach: Reach) -> ColumnElement[bool]:
    return true() if reach.chamber_id is None else Mailing.members_of_id == reach.chamber_id
