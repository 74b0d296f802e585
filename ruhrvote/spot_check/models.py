"""Tables of the spot check."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ruhrvote.accounts.models import Organisation
from ruhrvote.db import Model, UtcDateTime


class Answer(StrEnum):
    """What came of asking an organisation."""

    CONFIRMED = "confirmed"
    DENIED = "denied"
    UNREACHED = "unreached"


ANSWERS = {
    Answer.CONFIRMED: _l("The ballot is theirs"),
    Answer.DENIED: _l("The ballot is not theirs"),
    Answer.UNREACHED: _l("Nobody could be reached"),
}


class SpotCheck(Model):
    """The sample of one consultation: drawn by the hash of the ledger's entry `seq` from the ballots counted then."""

    __tablename__ = "spot_check"

    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), primary_key=True)
    seq: Mapped[int]
    seed: Mapped[str] = mapped_column(String(64))
    ballots: Mapped[int]
    drawn_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SampledBallot(Model):
    """A ballot of the sample; the organisation is forgotten with the archive. `answer` is empty before it was asked."""

    __tablename__ = "sampled_ballot"

    ballot_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    consultation_id: Mapped[int] = mapped_column(ForeignKey("consultation.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    answer: Mapped[str] = mapped_column(String(10), default="")
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    organisation: Mapped[Organisation | None] = relationship()
