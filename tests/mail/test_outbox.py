"""The outbox: a mail leaves if its change was committed, arrives once, and is tried again when it has to be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.actions import mark_installation
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.mail.actions import KEPT, queue, send_due
from ruhrvote.mail.delivery import Delivery
from ruhrvote.mail.models import Mail, masked
from ruhrvote.mail.texts import Purpose
from ruhrvote.services import services
from ruhrvote.worker import work_once
from tests.mail.posting import KIM, queue_one, the_mail
from tests.smtp_server import MailServer
from tests.statements import counted


def test_a_mail_arrives_as_plain_text_in_the_language_of_its_reader(server: MailServer) -> None:
    queue_one(language="de")
    queue_one(language="en")
    with transaction():
        queue(
            Purpose.ACCESS_CHANGED, KIM, "de", person="Kim Jäger", what="password", address="", link="https://x/login"
        )
    send_due()
    german, english, changed = server.received
    assert german["From"] == "RuhrVote <vote@ruhr.example>"
    assert german["To"] == KIM
    assert german["Subject"] == "Einladung: Projektideen ordnen"
    assert changed["Subject"] == "Ihr Passwort wurde geändert"
    assert german.get_content_type() == "text/plain"
    assert "Alex Größer wollte Sie einladen" in german.get_content()
    assert "https://x/login" in german.get_content().splitlines()
    assert "Alex Größer wanted to invite you" in english.get_content()
    assert german["Message-ID"] != english["Message-ID"]
    assert german["Message-ID"].endswith("@vote.ruhr.example>")
    assert server.connections == 1, "one connection for all"


def test_a_mail_that_was_sent_keeps_no_text(server: MailServer) -> None:
    queue_one()
    assert "https://x/login" in the_mail().text
    send_due()
    mail = the_mail()
    assert (mail.state, mail.text, mail.last_error) == ("sent", "", "")
    assert mail.sent_at is not None
    send_due()
    assert len(server.received) == 1


def test_nothing_is_sent_of_a_change_that_did_not_happen(server: MailServer) -> None:
    def change() -> None:
        with transaction():
            queue(Purpose.ADDRESS_IN_USE, KIM, "de", person="", inviter="", organisation="", link="")
            raise Conflict("refused after all")

    with pytest.raises(Conflict):
        change()
    send_due()
    assert server.received == []
    assert db.session.scalar(select(func.count()).select_from(Mail)) == 0


def test_a_name_cannot_add_a_header(server: MailServer) -> None:
    name = "Firma\r\nBcc: everybody@ruhr.example\n\nText"
    with transaction():
        queue(
            Purpose.RECEIPT, KIM, "de", person="Kim Jäger", organisation=name, version=1, number="1", link="https://x"
        )
    send_due()
    assert server.recipients == [KIM]
    assert server.received[0]["Bcc"] is None


def test_old_mail_servers_get_a_domain_in_ascii(server: MailServer) -> None:
    queue_one("info@bäckerei-ruß.de")
    send_due()
    assert server.recipients[0].isascii()
    assert server.recipients[0].startswith("info@xn--")


def test_without_a_mail_server_everything_waits(app: Flask) -> None:
    queue_one()
    work_once(tidy=True)
    assert (the_mail().state, the_mail().tries) == ("waiting", 0)


def test_no_mail_leaves_a_demonstration(server: MailServer) -> None:
    mark_installation(True)
    queue_one()
    work_once()
    assert server.received == []
    assert the_mail().state == "waiting"


def test_the_worker_sends_and_asks_once_when_there_is_nothing_to_send(app: Flask, server: MailServer) -> None:
    mark_installation(False)
    queue_one()
    work_once()
    assert len(server.received) == 1
    with counted(app) as statements:
        send_due()
    assert len(statements) == 1


def test_what_is_three_months_old_is_forgotten_however_much_it_is(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ruhrvote.db.DELETED_AT_ONCE", 2)
    for number in range(5):
        queue_one(f"old-{number}@firma.example")
    with transaction() as session:
        session.execute(update(Mail).values(created_at=clock() - KEPT - timedelta(minutes=1)))
    queue_one()
    work_once(tidy=True)
    assert the_mail().recipient == KIM


def test_what_is_three_months_old_is_forgotten(server: MailServer) -> None:
    queue_one()
    queue_one("old@firma.example")
    with transaction() as session:
        old = Mail.recipient == "old@firma.example"
        session.execute(update(Mail).where(old).values(created_at=clock() - KEPT - timedelta(minutes=1)))
    work_once(tidy=True)
    assert the_mail().recipient == KIM


@pytest.mark.parametrize(
    ("address", "shown"),
    [(KIM, "k…@firma.example"), ("a@b.example", "a…@b.example"), ("not an address", "…@not an address")],
)
def test_an_address_is_masked(address: str, shown: str) -> None:
    assert masked(address) == shown


def test_a_delivery_that_never_connected_ends_quietly(app: Flask) -> None:
    with Delivery(services(app).settings) as delivery:
        assert delivery.server is None
