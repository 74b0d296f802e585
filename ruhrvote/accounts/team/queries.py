"""Reads of a team and its invitations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.models import Account, ColleagueInvitation, Role
from ruhrvote.accounts.queries import TEAM, team_of, token_hash
from ruhrvote.accounts.typed_codes import read_long_code
from ruhrvote.db import database_now, db


@dataclass(frozen=True)
class Team:
    """The data of the team's page; the first of the members manages the team."""

    members: Sequence[Account]
    invitations: Sequence[ColleagueInvitation]

    @property
    def first(self) -> Account:
        """The account that manages the team: invites, removes, names the signatory, and hands over this place."""
        return self.members[0]

    @property
    def signatory(self) -> Account | None:
        """The account that alone may submit, or None if everybody may."""
        return next((member for member in self.members if member.role == Role.SIGNATORY), None)


def get_team(circle: int) -> Team:
    """The people of a circle with its open invitations."""
    invitations = db.session.scalars(
        select(ColleagueInvitation)
        .where(ColleagueInvitation.circle == circle, ColleagueInvitation.expires_at > database_now())
        .order_by(ColleagueInvitation.id)
    ).all()
    return Team(team_of(circle), invitations)


def invited_by_staff(organisation_id: int) -> Sequence[ColleagueInvitation]:
    """The open invitations to an organisation's first people, which its chamber sent."""
    return db.session.scalars(
        select(ColleagueInvitation)
        .join(ColleagueInvitation.inviter)
        .where(
            ColleagueInvitation.organisation_id == organisation_id,
            ColleagueInvitation.expires_at > database_now(),
            Account.role.not_in(TEAM),
        )
        .order_by(ColleagueInvitation.id)
    ).all()


def find_invitation(secret: str) -> ColleagueInvitation | None:
    """The open invitation with this token or code, or None."""
    return db.session.scalar(
        select(ColleagueInvitation)
        .where(
            or_(
                ColleagueInvitation.token_hash == token_hash(secret.strip()),
                ColleagueInvitation.code_hash == token_hash(read_long_code(secret)),
            ),
            ColleagueInvitation.expires_at > database_now(),
        )
        .options(joinedload(ColleagueInvitation.organisation), joinedload(ColleagueInvitation.inviter))
    )
