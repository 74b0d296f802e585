"""Passwords: what guessing costs whoever guesses and nobody else, and how they are kept."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.actions import Attempt, log_in
from ruhrvote.accounts.limits.actions import delay_after
from ruhrvote.accounts.limits.queries import subject
from ruhrvote.accounts.models import Account, AttemptCount
from ruhrvote.accounts.passwords import verify_password
from ruhrvote.db import clock, db, transaction
from tests.accounts.trying import EMAIL, may_vote, try_login
from tests.people import World, post, visit
from tests.rounds import PASSWORD, make_account
from tests.statements import counted

pytestmark = [pytest.mark.alike, pytest.mark.usefixtures("kim")]


def let_the_delay_pass(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(AttemptCount).values(blocked_until=clock() - timedelta(milliseconds=1)))


def have_failed_often(app: Flask) -> None:
    """From here on a failure costs so long a delay that it cannot pass by chance while a test goes on."""
    with app.app_context(), transaction() as session:
        session.execute(update(AttemptCount).values(attempts=10, blocked_until=clock() - timedelta(milliseconds=1)))


class TestGuessing:
    @pytest.mark.parametrize(
        ("failures", "seconds"),
        [(0, 0), (1, 0), (4, 0), (5, 1), (6, 2), (7, 4), (14, 512), (15, 900), (16, 900), (10_000, 900)],
    )
    def test_the_delay_doubles_from_the_fifth_failure_up_to_a_quarter_of_an_hour(
        self, failures: int, seconds: int
    ) -> None:
        assert delay_after(failures) == seconds

    def test_after_the_fifth_failure_one_waits(self, app: Flask, world: World) -> None:
        visitor = visit(app, Accept_Language="en")
        for _ in range(4):
            page = try_login(visitor, "wrong password", status=422)
            assert "E-mail address or password is wrong" in page.text
        have_failed_often(app)
        try_login(visitor, "wrong password", status=422)
        page = try_login(visitor, status=429)
        wait = int(page.response.headers["Retry-After"])
        assert delay_after(11) - 5 <= wait <= delay_after(11)
        assert f"wait {wait} seconds" in page.text
        assert page.root.find(".//input[@name='email']").get("value") == EMAIL, "what was typed is still there"
        assert not page.root.find(".//input[@name='password']").get("value")
        assert not may_vote(visitor, world), "the right password does not help while one waits"
        let_the_delay_pass(app)
        try_login(visitor, "wrong password", status=422)
        page = try_login(visitor, status=429)
        assert int(page.response.headers["Retry-After"]) > delay_after(11)
        let_the_delay_pass(app)
        try_login(visitor)
        assert may_vote(visitor, world)

    def test_success_forgets_the_failures(self, app: Flask, world: World) -> None:
        visitor = visit(app)
        for _ in range(2):
            for _ in range(4):
                try_login(visitor, "wrong password", status=422)
            try_login(visitor)
            post(visitor, "/logout")
        with app.app_context():
            kept = db.session.scalars(select(AttemptCount.subject)).all()
            assert subject("name from address", EMAIL, "127.0.0.1") not in kept

    def test_known_and_unknown_addresses_are_answered_alike(self, app: Flask, world: World) -> None:
        seen: dict[str, list[tuple[int, str]]] = {}
        for email in (EMAIL, "nobody@firma.example"):
            visitor = visit(app)
            seen[email] = []
            for status in (422, 422, 422, 422, 429, 429):
                page = try_login(visitor, "wrong", email, status=status)
                # How many seconds are left depends on how fast the test goes, not on the address.
                seen[email].append((page.response.status_code, re.sub(r"\d+", "", page.text.replace(email, ""))))
                if len(seen[email]) == 3:
                    have_failed_often(app)
            assert delay_after(11) - 5 <= int(page.response.headers["Retry-After"]) <= delay_after(11)
        known, unknown = seen.values()
        assert known == unknown

    def test_an_unknown_address_costs_as_much_work_as_a_known_one(self, world: World, app: Flask) -> None:
        with app.app_context():
            counts = []
            for email in (EMAIL, "nobody@firma.example"):
                with counted(app) as statements:
                    assert log_in(email, "wrong") == Attempt()
                counts.append(len(statements))
            assert counts[0] == counts[1]
            assert not verify_password(None, "nobody has this password")

    def test_the_table_of_failures_names_nobody(self, app: Flask, world: World) -> None:
        with app.app_context():
            log_in(EMAIL, "wrong")
            subjects = db.session.scalars(select(AttemptCount.subject)).all()
            assert len(subjects) == 4
            assert all(re.fullmatch("[0-9a-f]{64}", subject) for subject in subjects)

    def test_attempts_at_the_same_moment_all_count(self, app: Flask, world: World) -> None:
        barrier = Barrier(8)

        def guess(number: int) -> None:
            with app.app_context():
                barrier.wait(10)
                log_in(EMAIL, f"guess {number}")
                db.session.remove()

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(guess, range(8)))
        with app.app_context():
            counts = db.session.scalars(select(AttemptCount.attempts)).all()
            # Those that met the delay were refused without a look at the password, all others are counted.
            assert min(counts) >= 5

    @pytest.mark.parametrize("missing", ["email", "password"])
    def test_an_empty_field_is_said_and_counts_as_no_attempt(self, app: Flask, world: World, missing: str) -> None:
        page = try_login(visit(app), **{"email": EMAIL, "password": PASSWORD, missing: ""}, status=422)
        assert page.root.find(f".//input[@name='{missing}']").get("aria-invalid") == "true"
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(AttemptCount)) == 0


def test_passwords_are_kept_as_argon2id_with_a_salt_each(app: Flask, world: World, product_hashes: None) -> None:
    with app.app_context():
        numbers = [make_account(world.firm, f"{name}@firma.example") for name in ("one", "other")]
        hashes = list(db.session.scalars(select(Account.password_hash).where(Account.id.in_(numbers))))
    assert len(set(hashes)) == 2, "the same password twice, two hashes"
    assert all(kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$") for kept in hashes)


@pytest.mark.parametrize("kept", ["", "none", "$argon2id$v=19$broken", "plain text"])
def test_a_broken_hash_lets_nobody_in(kept: str) -> None:
    assert not verify_password(kept, kept)
