"""Talking to the mail server; nothing here touches the database."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Self
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from ruhrvote.config import Settings

PATIENCE = 5.0  # seconds for each answer of the mail server
PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


class Rejected(Exception):
    """The mail server will never take this mail; a later attempt is of no use."""


class AddressRefused(Rejected):
    """The mail server knows no such recipient, or takes nothing for it."""


class Postponed(Exception):
    """The mail did not get through this time; the mail server may take it later."""


@dataclass(frozen=True)
class Attempt:
    """One attempt to send a mail, as plain values."""

    id: int  # of the mail
    number: int
    message_id: str
    purpose: str
    recipient: str
    subject: str
    text: str
    unsubscribe: str
    written_at: datetime


class Delivery:
    """A connection to the mail server, made for the first mail and used for those that follow."""

    def __init__(self, settings: Settings):
        self.settings = settings
        self.server: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._hang_up()

    def send(self, attempt: Attempt) -> None:
        """Hand a mail to the mail server; raises Rejected or Postponed with the server's reason."""
        try:
            message = _message(attempt, self.settings.mail_from)
        except (EmailNotValidError, ValueError) as error:
            raise Rejected(f"the address cannot be used: {error}") from error
        try:
            self.server = self.server or _connected(self.settings.smtp_url)
        except (smtplib.SMTPException, OSError) as error:
            raise Postponed(_reason(error)) from error
        try:
            self.server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            refusal = _refusal(code, reason)
            raise (AddressRefused(str(refusal)) if isinstance(refusal, Rejected) else refusal) from error
        except smtplib.SMTPDataError as error:
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (smtplib.SMTPNotSupportedError, ValueError) as error:  # an address that needs SMTPUTF8
            raise Rejected(str(error)) from error
        except (smtplib.SMTPException, OSError) as error:
            # Whatever else goes wrong is between the two servers and says nothing about this mail.
            self._hang_up()
            raise Postponed(_reason(error)) from error

    def _hang_up(self) -> None:
        server, self.server = self.server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


def _connected(smtp_url: str) -> smtplib.SMTP:
    """A connection to a mail server, encrypted and logged in as its address says."""
    url = urlsplit(smtp_url)
    host, port = url.hostname or "", url.port or PORTS[url.scheme]
    trusted = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=trusted)
        if url.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=PATIENCE)
    )
    try:
        if url.scheme == "smtp+starttls":
            server.starttls(context=trusted)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except BaseException:
        server.close()
        raise
    return server


def _message(attempt: Attempt, sender: str) -> EmailMessage:
    """The mail as plain text in UTF-8: nothing is loaded from elsewhere, and each link shows where it leads."""
    name, address = parseaddr(sender)
    recipient = validate_email(attempt.recipient, check_deliverability=False, allow_smtputf8=True)
    message = EmailMessage()
    message["Message-ID"] = attempt.message_id
    message["Date"] = format_datetime(attempt.written_at)
    message["From"] = Address(display_name=name, addr_spec=address)
    # Old mail servers know domains in ASCII only.
    message["To"] = recipient.ascii_email or recipient.normalized
    message["Subject"] = attempt.subject
    message["Auto-Submitted"] = "auto-generated"  # asks for no out-of-office reply
    if attempt.unsubscribe:
        message["List-Unsubscribe"] = f"<{attempt.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(attempt.text, cte="quoted-printable")
    return message


def _refusal(code: int, reason: bytes | str) -> Exception:
    text = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
    return (Rejected if code >= 500 else Postponed)(f"{code} {text}")


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error.decode(errors="replace") if isinstance(error.smtp_error, bytes) else error.smtp_error
        return f"{error.smtp_code} {text}"
    return str(error) or type(error).__name__
