"""Who is counted, under which name, and whether the alarm was raised lately."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import select

from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.db import clock, db
from ruhrvote.web import cookies_are_secure

SHOWN_FOR = timedelta(days=1)
DEVICE_COOKIE = "ruhrvote-browser"


@dataclass(frozen=True)
class Client:
    """From where somebody tries: the network address, and the account that has logged in with this browser before."""

    address: str = ""
    known_account: int | None = None
    browser: str = ""


NOWHERE = Client()


def client() -> Client:
    """Where the current request comes from."""
    try:
        account_id, browser = _browsers().loads(request.cookies.get(device_cookie(), ""))
    except (BadData, ValueError):
        account_id, browser = None, ""
    return Client(network(request.remote_addr or ""), account_id, browser)


def device_cookie() -> str:
    """The name of the cookie by which a browser is known that has logged in before."""
    return f"__Host-{DEVICE_COOKIE}" if cookies_are_secure() else DEVICE_COOKIE


def known_browser(account_id: int, browser: str) -> str:
    """What the cookie holds: signed, it lets nobody in and only keeps strangers' failures away from this browser."""
    return str(_browsers().dumps([account_id, browser]))


def network(address: str) -> str:
    """What counts as one address: with IPv6 the 64 bits that one connection has to itself."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""  # a Unix socket has none
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))


def subject(kind: str, *names: object) -> str:
    """The name under which the table counts something: an HMAC under a key of ours."""
    key = f"attempts {current_app.config['SECRET_KEY']}".encode()
    return hmac.new(key, "\n".join([kind, *map(str, names)]).encode(), hashlib.sha256).hexdigest()


def latest_alarm() -> AuditEntry | None:
    """The alarm on mass guessing, if it was raised within the last day."""
    return db.session.scalar(
        select(AuditEntry)
        .where(AuditEntry.event == Event.MASS_GUESSING, AuditEntry.recorded_at > clock() - SHOWN_FOR)
        .order_by(AuditEntry.id.desc())
        .limit(1)
    )


def _browsers() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known-browser")
