"""Discreet and honest logs: no complete IP address, no e-mail address, no token in a path, no forged line.

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
# What begins a line or moves, colours or hides text on a terminal: controls, separators, marks of direction, and what
# is no character at all.
UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\uffff]"
)


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


def visible(text: str) -> str:
    """The text on one line, with everything that a reader would not see written as an escape."""
    return UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def masked_path(path: str) -> str:
    """A path on one line without possible tokens: of 24 characters or more each part is replaced by an ellipsis."""
    return visible(TOKEN.sub("…", path))


class MaskingFormatter(logging.Formatter):
    """Formats records with another formatter and masks the whole text, tracebacks included.

    What a record says stays on its line; the lines of a traceback, which may hold what somebody has sent, are indented,
    so that none of them looks like a record of its own.
    """

    def __init__(self, inner: logging.Formatter | None = None):
        super().__init__()
        self.inner = inner or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        said = logging.makeLogRecord({**record.__dict__, "msg": visible(record.getMessage()), "args": ()})
        first, *others = self.inner.format(said).split("\n")
        return masked("\n".join([visible(first), *(f"    {visible(line)}" for line in others)]))


def mask_log(handler: logging.Handler) -> None:
    """Give a handler a MaskingFormatter; idempotent."""
    if not isinstance(handler.formatter, MaskingFormatter):
        handler.setFormatter(MaskingFormatter(handler.formatter))


def access_line(atoms: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a line of the access log, with shortened IP address, without query, referrer and user agent."""
    path = masked_path(str(atoms["U"]))
    request = f"{atoms['m']} {path} {atoms['H']}"
    return {**atoms, "h": shortened(str(atoms["h"])), "U": path, "r": request, "q": "", "f": "-", "a": "-", "u": "-"}
