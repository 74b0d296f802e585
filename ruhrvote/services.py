"""What outlives a request: the application's long-lived parts, one set per process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from flask import Flask, current_app

from ruhrvote.config import Settings
from ruhrvote.live.signal import ChangeSignal

Part = TypeVar("Part")
EXTENSION = "ruhrvote"


@dataclass(frozen=True)
class Services:
    """Settings, the signal that a ledger has grown, and what features keep in this process.

    mail_wanted: for a purpose whose mails may lose their reason while they wait, whether the one about an object is
    still to be sent.
    """

    settings: Settings
    signal: ChangeSignal
    mail_wanted: Mapping[str, Callable[[int], bool]]
    _parts: dict[type, object] = field(default_factory=dict)

    def add(self, part: object) -> None:
        """Keep a part that was made elsewhere, to be asked for by its class."""
        self._parts[type(part)] = part

    def of(self, kind: type[Part]) -> Part:
        """The one instance of a class in this process: the one that was added, else made at the first question."""
        found = self._parts.setdefault(kind, kind()) if kind not in self._parts else self._parts[kind]
        assert isinstance(found, kind)
        return found


def services(app: Flask | None = None) -> Services:
    """The long-lived parts of an application, by default of the running one."""
    found = (app or current_app).extensions[EXTENSION]
    assert isinstance(found, Services)
    return found
