"""Reads of rate limits: the client of a request, the subjects of counts, and the latest alarm."""

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
    """The source of an attempt: its network address, and the account that logged in with this browser before."""

    address: str = ""
    known_account: int | None = None
    browser: str = ""


UNKNOWN_CLIENT = Client()


def client() -> Client:
    """The client of the current request."""
    try:
        account_id, browser = _browsers().loads(request.cookies.get(device_cookie(), ""))
    except (BadData, ValueError):
        account_id, browser = None, ""
    return Client(network(request.remote_addr or ""), account_id, browser)


def device_cookie() -> str:
    """The name of the cookie that marks a browser with which somebody has logged in before."""
    return f"__Host-{DEVICE_COOKIE}" if cookies_are_secure() else DEVICE_COOKIE


def known_browser(account_id: int, browser: str) -> str:
    """The signed value of this cookie. It does not log in; it only exempts the browser from strangers' failures."""
    return str(_browsers().dumps([account_id, browser]))


def network(address: str) -> str:
    """The network that counts as one address: an IPv4 address, or the /64 network of an IPv6 address."""
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
    """The pseudonym of a counted subject in the table: an HMAC with the server's key."""
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
