"""A real mail server on the loopback that keeps what it accepts and answers as a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.live_server import free_port

OK = "250 OK"


class MailServer:
    """What arrived; `recipient_answers` are given to RCPT, `data_answers` to DATA, one after the other, then OK."""

    def __init__(self, wants_login: bool = False) -> None:
        self.wants_login = wants_login
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.recipient_answers: list[str] = []
        self.data_answers: list[str] = []
        self.when_accepted: Callable[[], None] = lambda: None
        self.connections = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    # The names that aiosmtpd looks for.
    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, responses: list[str]) -> list[str]:  # noqa: N802
        self.connections += 1
        session.host_name = name
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self.wants_login and not session.authenticated:
            return "530 log in first"
        answer = self.recipient_answers.pop(0) if self.recipient_answers else OK
        if answer == OK:
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        answer = self.data_answers.pop(0) if self.data_answers else OK
        if answer == OK:
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
            self.recipients += envelope.rcpt_tos
            self.when_accepted()
        return answer


@contextmanager
def mail_server(password: str = "") -> Iterator[MailServer]:
    """A mail server that listens during the block; with a password it wants the user "ruhrvote" and that one."""
    server = MailServer(wants_login=bool(password))

    def authenticate(smtp: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login, given.password) == (b"ruhrvote", password.encode())
        return AuthResult(success=right, handled=False)

    controller = Controller(
        server, hostname="127.0.0.1", port=server.port, authenticator=authenticate, auth_require_tls=False
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
