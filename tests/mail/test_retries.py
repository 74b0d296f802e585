"""Mails that do not arrive at first: refused, tried again, given up, and what a crash may repeat."""

from __future__ import annotations

import logging
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select

from ruhrvote.db import clock, db
from ruhrvote.mail.actions import MOST_TRIES, _claim, _settle, delay_after, send_again, send_due
from ruhrvote.mail.models import Mail
from ruhrvote.services import services
from tests.live_server import COMMAND, environment, free_port, running
from tests.mail.posting import KIM, make_due, queue_one, the_mail, use
from tests.smtp_server import MailServer, mail_server


class TestRefusals:
    @pytest.mark.parametrize("at", ["recipient_answers", "data_answers"])
    def test_a_refused_mail_is_not_tried_again(self, server: MailServer, at: str) -> None:
        getattr(server, at).append(f"550 5.1.1 <{KIM.upper()}> no such user")
        queue_one()
        send_due()
        mail = the_mail()
        assert (mail.state, mail.tries) == ("failed", 1)
        assert mail.last_error == "550 5.1.1 <k…@firma.example> no such user", "without the person's address"
        make_due()
        send_due()
        assert server.received == []

    def test_sent_again_by_hand(self, server: MailServer) -> None:
        server.recipient_answers.append("550 mailbox unknown")
        queue_one()
        send_due()
        send_again(the_mail().id)
        send_due()
        assert (the_mail().state, len(server.received)) == ("sent", 1)

    def test_one_refusal_does_not_keep_the_others(self, server: MailServer) -> None:
        server.recipient_answers.append("550 mailbox unknown")
        queue_one()
        queue_one("alex@firma.example")
        send_due()
        assert server.recipients == ["alex@firma.example"]

    def test_a_mail_sealed_under_another_key_is_given_up_and_keeps_no_other(
        self, app: Flask, server: MailServer
    ) -> None:
        queue_one()
        app.config["SECRET_KEY"] = "another key of this server, as after its loss"
        queue_one("robin@firma.example")
        send_due()
        assert [mail["To"] for mail in server.received] == ["robin@firma.example"]
        lost = db.session.scalars(select(Mail).order_by(Mail.id)).first()
        assert lost is not None
        assert (lost.state, lost.last_error) == ("failed", "sealed under another key of this server")

    def test_an_address_that_cannot_be_one_is_given_up(self, server: MailServer) -> None:
        queue_one("not an address")
        send_due()
        assert the_mail().state == "failed"

    def test_the_log_names_nobody_and_nothing_secret(
        self, server: MailServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.recipient_answers.append(f"550 <{KIM}> unknown")
        queue_one()
        with caplog.at_level(logging.DEBUG):
            send_due()
        # All but the log of the test's own mail server.
        ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
        assert any("k…@firma.example" in message for message in ours)
        assert not any(KIM in message or "https://x/login" in message for message in ours)


class TestAnotherTime:
    @pytest.mark.parametrize("at", ["recipient_answers", "data_answers"])
    def test_a_mail_that_is_put_off_is_tried_later(self, server: MailServer, at: str) -> None:
        getattr(server, at).append("451 4.7.1 greylisted, come back later")
        queue_one()
        send_due()
        mail = the_mail()
        assert (mail.state, mail.tries) == ("waiting", 1)
        assert "greylisted" in mail.last_error
        assert mail.next_try_at - clock() <= timedelta(minutes=1)
        send_due()
        assert server.received == [], "not before its time"
        make_due()
        send_due()
        assert (the_mail().state, the_mail().tries, the_mail().last_error) == ("sent", 2, "")

    def test_the_wait_grows_up_to_half_a_day(self) -> None:
        minutes = [delay_after(tries) / timedelta(minutes=1) for tries in range(1, MOST_TRIES + 1)]
        assert minutes == [1, 4, 16, 64, 256, 720, 720, 720]

    def test_at_last_it_is_given_up(self, server: MailServer) -> None:
        queue_one()
        for attempt in range(1, MOST_TRIES + 1):
            server.recipient_answers.append("451 busy")
            make_due()
            send_due()
            assert (the_mail().tries, the_mail().state) == (attempt, "failed" if attempt == MOST_TRIES else "waiting")

    def test_a_mail_server_out_of_reach_costs_one_mail_one_attempt(self, app: Flask) -> None:
        use(app, f"smtp://127.0.0.1:{free_port()}")
        for _ in range(3):
            queue_one()
        send_due()
        assert sorted(db.session.scalars(select(Mail.tries))) == [0, 0, 1]

    def test_nothing_is_said_in_the_clear_if_the_connection_is_to_be_encrypted(
        self, app: Flask, server: MailServer
    ) -> None:
        use(app, server.url.replace("smtp:", "smtp+starttls:"))
        queue_one()
        send_due()
        assert server.received == []
        assert (the_mail().state, the_mail().tries) == ("waiting", 1)

    @pytest.mark.parametrize(("password", "state"), [("glueck%2Fauf", "sent"), ("wrong", "waiting")])
    def test_a_password_for_the_mail_server(self, app: Flask, password: str, state: str) -> None:
        with mail_server(password="glueck/auf") as server:
            use(app, server.url.replace("//", f"//ruhrvote:{password}@"))
            queue_one()
            send_due()
        assert the_mail().state == state, "a wrong one is not the mail's fault"


class TestCrash:
    def test_after_the_mail_server_accepted_the_same_mail_comes_again(
        self, app: Flask, server: MailServer, tmp_path: Path
    ) -> None:
        queue_one()
        settings = services(app).settings
        mail_settings = {
            "RUHRVOTE_SMTP_URL": server.url,
            "RUHRVOTE_MAIL_FROM": settings.mail_from,
            "RUHRVOTE_BASE_URL": settings.base_url,
        }
        environ = environment(tmp_path / "worker", settings.database_url, **mail_settings)
        with running([COMMAND, "worker"], environ, tmp_path / "worker.log") as worker:
            # The last thing that happens before it would be told that the mail is accepted.
            server.when_accepted = lambda: worker.send_signal(signal.SIGKILL)
            worker.wait(60)
        assert len(server.received) == 1
        assert (the_mail().state, the_mail().tries) == ("waiting", 1)
        send_due()
        assert len(server.received) == 1, "not before the claim of the dead worker has run out"
        server.when_accepted = lambda: None
        make_due()
        send_due()
        assert the_mail().state == "sent"
        first, second = server.received
        assert first["Message-ID"] == second["Message-ID"]

    def test_a_mail_that_ends_its_worker_each_time_is_given_up(self, server: MailServer) -> None:
        queue_one()
        for _ in range(MOST_TRIES):
            make_due()
            assert _claim(the_mail().id) is not None  # and nobody comes back to settle it
        make_due()
        send_due()
        assert server.received == []
        assert the_mail().state == "failed"

    def test_of_two_workers_at_the_same_moment_one_sends(self, app: Flask, server: MailServer) -> None:
        for number in range(30):
            queue_one(f"person-{number}@firma.example")
        barrier = Barrier(3)

        def work() -> None:
            with app.app_context():
                barrier.wait(10)
                send_due()
                db.session.remove()

        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(work) for _ in range(3)]:
                done.result()
        assert sorted(server.recipients) == sorted(f"person-{number}@firma.example" for number in range(30))

    def test_an_attempt_whose_claim_ran_out_does_not_undo_the_next_one(self, app: Flask, server: MailServer) -> None:
        queue_one()
        slow = _claim(the_mail().id)
        assert slow is not None
        make_due()
        send_due()
        _settle(slow, "451 busy", give_up=True)
        assert the_mail().state == "sent"

    def test_no_connection_to_the_database_is_held_while_talking(self, app: Flask, server: MailServer) -> None:
        held: list[int] = []
        pool = db.engine.pool
        server.when_accepted = lambda: held.append(pool.checkedout())
        queue_one()
        send_due()
        assert held == [0]
