"""Privacy of logs: no complete IP address of a visitor, no e-mail address, no token in a path.

Imports only the standard library and nothing of the application, since the server imports it before gevent patches.
"""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Mapping
from typing import Any

IPV4_KEPT, IPV6_KEPT = 24, 48  # leading bits of an IP address that are logged
ADDRESS = re.compile(
    r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)"
    r"|(?<![\w.:])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?![\w:])"
)
MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@([\w-]+(?:\.[\w-]+)+)")
TOKEN = re.compile(r"(?<=/)[^/]{24,}(?=/|$)")


def shortened(address: str) -> str:
    """An IP address with its last part set to zero: 203.0.113.77 becomes 203.0.113.0; any other text is unchanged."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    kept = IPV4_KEPT if found.version == 4 else IPV6_KEPT
    return str(ipaddress.ip_network(f"{found}/{kept}", strict=False).network_address)


def masked(text: str) -> str:
    """The text of a log line with IP addresses shortened and e-mail addresses masked."""
    text = ADDRESS.sub(lambda found: shortened(found[0]), text)
    return MAIL.sub(lambda found: f"…@{found[1]}", text)


def masked_path(path: str) -> str:
    """A path without possible tokens: each part of 24 characters or more is replaced by an ellipsis."""
    return TOKEN.sub("…", path)


class MaskingFormatter(logging.Formatter):
    """Formats records with another formatter and masks the whole text, tracebacks included."""

    def __init__(self, inner: logging.Formatter | None = None):
        super().__init__()
        self.inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        return masked(self.inner.format(record))


def mask_log(handler: logging.Handler) -> None:
    """Give a handler a MaskingFormatter; idempotent."""
    if not isinstance(handler.formatter, MaskingFormatter):
        handler.setFormatter(MaskingFormatter(handler.formatter))


def access_line(atoms: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a line of the access log, with shortened IP address, without query, referrer and user agent."""
    path = masked_path(str(atoms["U"]))
    request = f"{atoms['m']} {path} {atoms['H']}"
    return {**atoms, "h": shortened(str(atoms["h"])), "U": path, "r": request, "q": "", "f": "-", "a": "-", "u": "-"}
