"""Reads for the page of the own access."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from ruhrvote.accounts.models import Account, Login
from ruhrvote.accounts.queries import FRESH, logins_of, token_hash
from ruhrvote.db import clock


class Proof(Enum):
    """What somebody has to show before a way in is changed, so that an unattended screen is not enough."""

    NONE = "none"
    PASSWORD = "password"  # noqa: S105
    NEW_LOGIN = "new login"


@dataclass(frozen=True)
class OwnAccess:
    """What the page shows."""

    account: Account
    logins: Sequence[Login]
    here: str  # the hash of the token of the login that looks at the page
    proof: Proof


def get_own_access(account: Account) -> OwnAccess:
    """The access of somebody who is logged in."""
    here, logins = token_hash(account.login_token), logins_of(account.id)
    fresh = any(login.token_hash == here and login.created_at > clock() - FRESH for login in logins)
    if fresh or account.by_code_only:  # the code alone has let this person in, and nothing is there to be taken over
        proof = Proof.NONE
    else:
        proof = Proof.PASSWORD if account.password_hash else Proof.NEW_LOGIN
    return OwnAccess(account, logins, here, proof)
