"""Letters with codes, and coming in with a code and a PIN as a person does at the pages."""

from __future__ import annotations

from flask import Flask

from ruhrvote.accounts.codes.actions import issue_codes
from ruhrvote.accounts.typed_codes import in_fours
from ruhrvote.db import transaction
from tests.pages import Page, Visitor
from tests.people import World

PIN, OTHER_PIN = "314159", "271828"


def new_letter(app: Flask, world: World, organisation: int = 0) -> str:
    """The code of a letter to an organisation, by default to a firm in which nobody has an account."""
    organisation = organisation or world.round.firms[1]
    with app.app_context(), transaction():
        return in_fours(issue_codes(world.round.id, [organisation])[organisation])


def enter_code(visitor: Visitor, code: str, status: int = 200, path: str = "/code") -> Page:
    """Type a code; if it is valid, the page for the PIN follows."""
    return visitor.page(path).submit({"code": code}, action="/code", status=status)


def begin(visitor: Visitor, code: str, pin: str = PIN, path: str = "/code") -> Page:
    """Come in with a code and a PIN of one's own choice, anew if somebody else was here before."""
    return enter_code(visitor, code, path=path).submit({"new_pin": pin})


def come_again(visitor: Visitor, code: str, pin: str = PIN, status: int = 200) -> Page:
    """Come in with a code and the PIN that was chosen before."""
    return enter_code(visitor, code).submit({"pin": pin}, status=status)
