"""A reviewer at the pages of the second factor."""

from __future__ import annotations

from datetime import timedelta

import pyotp
from flask import Flask
from sqlalchemy import select, update

from ruhrvote.accounts.factors.models import AuthenticatorApp
from ruhrvote.accounts.models import Login
from ruhrvote.db import transaction
from tests.pages import Page, Visitor
from tests.rounds import PASSWORD

EMAIL = "rita@kammer.example"


ENGLISH = {"Accept_Language": "en"}


def log_in(visitor: Visitor, path: str = "/login") -> Page:
    return visitor.page(path).submit({"email": EMAIL, "password": PASSWORD})


def set_up_app(page: Page) -> tuple[str, Page]:
    """Set up an app from what the page shows; returns its secret and the page with the recovery codes."""
    key = "".join(page.root.find(".//code[@class='factor-key']").text.split())
    return key, page.submit({"code": pyotp.TOTP(key).now()}, action="/second-factor/app")


def recovery_codes(page: Page) -> list[str]:
    return [code.text for code in page.root.findall(".//ol[@class='recovery-codes']//code")]


def forget_last_code(app: Flask) -> None:
    """Pretend that the time step of the last code is over."""
    with app.app_context(), transaction() as session:
        session.execute(update(AuthenticatorApp).values(last_step=0))


def let_time_pass(app: Flask, minutes: int) -> None:
    with app.app_context(), transaction() as session:
        for login in session.scalars(select(Login).where(Login.confirmed_at.is_not(None))):
            login.confirmed_at = login.confirmed_at - timedelta(minutes=minutes)
