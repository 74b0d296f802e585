"""Passkeys as the second factor: set up, used, refused and removed."""

from __future__ import annotations

import json

import cbor2
import pytest
from flask import Flask
from sqlalchemy import select
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.factors.passkeys import add_passkey, ask_for_known, ask_for_new, confirm_by_passkey
from ruhrvote.accounts.limits.actions import MOST_CHALLENGES, try_challenge
from ruhrvote.accounts.models import Login
from ruhrvote.db import transaction
from ruhrvote.errors import Conflict, Refused
from tests.accounts.reviewing import ENGLISH
from tests.authenticator import PRESENT, VERIFIED, SoftwarePasskey
from tests.people import World, post, visit

pytestmark = pytest.mark.alike


class TestPasskeys:
    """What a passkey must prove; the browser's side is in tests/browser/test_passkeys.py."""

    @pytest.fixture
    def token(self, app: Flask, world: World) -> str:
        with app.app_context():
            return open_login(world.reviewer)

    def confirm(self, app: Flask, token: str, passkey: SoftwarePasskey) -> str:
        with app.app_context():
            return confirm_by_passkey(token, passkey.sign(ask_for_known(token)))

    def test_the_right_one_confirms(self, app: Flask, world: World, token: str) -> None:
        assert self.confirm(app, token, SoftwarePasskey(world.reviewer))

    @pytest.mark.parametrize(
        "wrong",
        [{"origin": "http://evil.example"}, {"rp_id": "evil.example"}, {"flags": PRESENT}, {"flags": VERIFIED}],
        ids=["another website", "another server's passkey", "user not verified", "user not present"],
    )
    def test_what_proves_too_little_is_refused(
        self, app: Flask, world: World, token: str, wrong: dict[str, object]
    ) -> None:
        with pytest.raises(Refused):
            self.confirm(app, token, SoftwarePasskey(world.reviewer, **wrong))

    def test_somebody_elses_is_refused(self, app: Flask, world: World, token: str) -> None:
        with pytest.raises(Refused):
            self.confirm(app, token, SoftwarePasskey(world.chamber_admin))

    def test_another_key_under_the_same_name_is_refused(self, app: Flask, world: World, token: str) -> None:
        forged = SoftwarePasskey(world.reviewer)
        forged.key = SoftwarePasskey(77).key
        with pytest.raises(Refused):
            self.confirm(app, token, forged)

    def test_an_answer_counts_once(self, app: Flask, world: World, token: str) -> None:
        with app.app_context():
            answer = SoftwarePasskey(world.reviewer).sign(ask_for_known(token))
            new = confirm_by_passkey(token, answer)
            with pytest.raises(Refused):
                confirm_by_passkey(new, answer)

    def test_a_challenge_is_worth_nothing_after_a_wrong_answer(self, app: Flask, world: World, token: str) -> None:
        with app.app_context():
            options = ask_for_known(token)
            with pytest.raises(Refused):
                confirm_by_passkey(token, SoftwarePasskey(77).sign(options))
            with pytest.raises(Refused):
                confirm_by_passkey(token, SoftwarePasskey(world.reviewer).sign(options))

    def test_a_challenge_of_another_login_is_refused(self, app: Flask, world: World, token: str) -> None:
        with app.app_context():
            ask_for_known(token)
            other = open_login(world.reviewer)
            with pytest.raises(Refused):
                confirm_by_passkey(token, SoftwarePasskey(world.reviewer).sign(ask_for_known(other)))

    def test_a_counter_that_goes_back_is_a_copy(self, app: Flask, world: World, token: str) -> None:
        token = self.confirm(app, token, SoftwarePasskey(world.reviewer, counter=7))
        for counter in (7, 6):
            with pytest.raises(Refused):
                self.confirm(app, token, SoftwarePasskey(world.reviewer, counter=counter))
        assert self.confirm(app, token, SoftwarePasskey(world.reviewer, counter=8))

    @pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"id": "x"}', "no json", "[" * 9000])
    def test_nonsense_is_refused(self, app: Flask, world: World, answer: str) -> None:
        visitor = visit(app, world.reviewer)
        for path, fields in (("/second-factor/passkey", {}), ("/second-factor/passkeys", {"name": "N"})):
            post(visitor, "/second-factor/challenge")
            assert post(visitor, path, {"credential": answer, **fields}).status_code == 422

    @pytest.mark.parametrize("public_key", [1, {}, {1: 2, 3: -7, -1: 1}])
    def test_a_key_that_no_device_makes_is_refused(
        self, app: Flask, world: World, token: str, public_key: object
    ) -> None:
        with app.app_context():
            token = confirm_by_passkey(token, SoftwarePasskey(world.reviewer).sign(ask_for_known(token)))
            passkey = SoftwarePasskey(99)
            answer = json.loads(passkey.create(ask_for_new(token)))
            made = cbor2.loads(base64url_to_bytes(answer["response"]["attestationObject"]))
            before_the_key = made["authData"].index(passkey.credential_id) + len(passkey.credential_id)
            made["authData"] = made["authData"][:before_the_key] + cbor2.dumps(public_key)
            answer["response"]["attestationObject"] = bytes_to_base64url(cbor2.dumps(made))
            with pytest.raises(Refused):
                add_passkey(token, json.dumps(answer), "Fremd")

    @pytest.mark.parametrize("path", ["/second-factor/challenge", "/second-factor/passkeys/challenge"])
    def test_a_login_asks_so_often_and_hinders_no_other(self, app: Flask, world: World, path: str) -> None:
        visitor = visit(app, world.reviewer, **ENGLISH)
        with app.app_context(), transaction() as session:
            (login,) = session.scalars(select(Login.token_hash).where(Login.account_id == world.reviewer))
        with app.app_context():
            assert [try_challenge(login) for _ in range(MOST_CHALLENGES)] == [0] * MOST_CHALLENGES
        answer = post(visitor, path)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 600
        assert "Please wait" in answer.text
        assert post(visit(app, world.reviewer), path).status_code == 200

    def test_one_passkey_belongs_to_one_account(self, app: Flask, world: World, token: str) -> None:
        with app.app_context():
            token = confirm_by_passkey(token, SoftwarePasskey(world.reviewer).sign(ask_for_known(token)))
            with pytest.raises(Conflict):
                add_passkey(token, SoftwarePasskey(world.chamber_admin).create(ask_for_new(token)), "Fremd")

    def test_a_browser_is_told_which_passkeys_there_are_and_nothing_about_the_person(
        self, app: Flask, world: World, token: str
    ) -> None:
        with app.app_context():
            options = json.loads(ask_for_known(token))
            assert len(options["allowCredentials"]) == 1
            assert options["userVerification"] == "required"
            made = json.loads(ask_for_new(token))
            assert made["authenticatorSelection"]["userVerification"] == "required"
            assert len(made["excludeCredentials"]) == 1
            assert str(world.reviewer) != made["user"]["id"]
