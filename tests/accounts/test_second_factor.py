"""The second factor of staff: nobody gets past it, nobody loses anything by it, and nobody guesses it."""

from __future__ import annotations

from urllib.parse import unquote

import pyotp
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from ruhrvote.accounts.actions import mark_installation, open_login
from ruhrvote.accounts.factors import actions
from ruhrvote.accounts.factors.models import AuthenticatorApp, Passkey, RecoveryCode
from ruhrvote.accounts.factors.secrets import matching_step, new_secret, seal, unseal
from ruhrvote.accounts.models import AttemptCount, Role
from ruhrvote.audit.models import AuditEntry
from ruhrvote.db import db, transaction
from ruhrvote.errors import Conflict
from ruhrvote.mail.models import Mail
from tests.accounts.reviewing import ENGLISH, forget_last_code, let_time_pass, log_in, recovery_codes, set_up_app
from tests.pages import Page, Visitor
from tests.people import World, make_person, post, visit

pytestmark = pytest.mark.alike


class TestFirstLogin:
    def test_a_factor_is_set_up_before_anything_else(self, app: Flask, world: World, rita: int) -> None:
        visitor = visit(app, **ENGLISH)
        moderation = f"/consultations/{world.key}/moderation"
        page = log_in(visitor, moderation)
        assert page.h1 == "Set up your second factor"
        assert page.root.find(".//img[@class='factor-code']").get("src").startswith("data:image/svg+xml")
        assert visitor.get(moderation).location.startswith("/second-factor?next=/consultations")
        key, page = set_up_app(visitor.page(moderation))
        codes = recovery_codes(page)
        assert len(set(codes)) == 8
        saved = unquote(page.link("Save as a text file"))
        assert all(code in saved for code in codes)
        page = page.submit(button="I have kept the codes, go on")
        assert page.path == moderation
        with app.app_context():
            rows = [*db.session.scalars(select(AuthenticatorApp)), *db.session.scalars(select(RecoveryCode))]
            kept = str([vars(row) for row in rows])
        assert key not in kept, "the secret is kept encrypted"
        assert not any(code.replace("-", "") in kept for code in codes), "recovery codes are kept as hashes"

    def test_without_it_no_page_and_no_figure_is_reached(self, app: Flask, world: World, rita: int) -> None:
        visitor = visit(app)
        log_in(visitor)
        for path in ("/", "/login", "/account", "/organisations", f"/consultations/{world.key}/boards/overall"):
            assert visitor.get(path).location.startswith("/second-factor?next="), path
        answer = visitor.get("/account", headers={"HX-Request": "true"})
        assert (answer.status_code, answer.headers["HX-Redirect"][:20]) == (401, "/second-factor?next=")
        assert visitor.get("/language/en").status_code == 303
        assert post(visitor, "/logout").location == "/"
        assert visitor.get("/account").location.startswith("/login")

    def test_what_a_form_sends_is_kept_until_the_factor_is_given(self, app: Flask, world: World, rita: int) -> None:
        visitor = visit(app, **ENGLISH)
        log_in(visitor)
        comments = f"/consultations/{world.key}/ideas/1/comments"
        answer = post(visitor, comments, {"kind": "note", "body": "Nicht verloren"})
        assert answer.status_code == 401
        _, page = set_up_app(Page(visitor, answer))
        page = page.submit(button="I have kept the codes, go on")
        assert page.root.find(".//input[@name='body']").get("value") == "Nicht verloren"

    def test_voters_and_the_demonstration_need_none(self, app: Flask, world: World) -> None:
        assert visit(app, world.voter).get("/account").status_code == 200
        with app.app_context():
            mark_installation(True)
            shown = make_person(world.round.chambers[0], Role.CHAMBER_ADMIN, is_demo=True)
        visitor = visit(app, shown, **ENGLISH)
        assert "need no second factor" in visitor.page("/second-factor/factors").text
        assert post(visitor, "/second-factor/recovery-codes").status_code == 422

    def test_a_demo_account_outside_of_a_demonstration_needs_one(self, app: Flask, world: World) -> None:
        with app.app_context():
            account = make_person(world.round.chambers[0], Role.CHAMBER_ADMIN, is_demo=True)
            token = open_login(account)
        visitor = visit(app)
        with visitor.session_transaction() as session:
            session["_user_id"] = token
        assert visitor.get("/organisations").location.startswith("/second-factor")

    def test_a_wrong_code_sets_up_nothing_and_keeps_the_key(self, app: Flask, world: World, rita: int) -> None:
        page = log_in(visit(app, **ENGLISH))
        key = page.root.find(".//code[@class='factor-key']").text
        for wrong in ("000000", "１２３４５６", "no code"):
            page = page.submit({"code": wrong}, action="/second-factor/app", status=422)
            assert "This code does not fit" in page.text
        assert page.root.find(".//code[@class='factor-key']").text == key


class TestCodes:
    @pytest.fixture
    def key(self, app: Flask, rita: int) -> str:
        key, _ = set_up_app(log_in(visit(app)))
        return key

    def test_each_code_of_the_app_is_accepted_once(self, app: Flask, key: str) -> None:
        forget_last_code(app)
        code = pyotp.TOTP(key).now()
        assert log_in(visit(app)).submit({"code": code}, action="/second-factor").path == "/"
        page = log_in(visit(app, **ENGLISH)).submit({"code": code}, action="/second-factor", status=422)
        assert "wrong or was used before" in page.text

    def test_the_code_of_the_set_up_is_not_accepted_again(self, app: Flask, key: str) -> None:
        log_in(visit(app)).submit({"code": pyotp.TOTP(key).now()}, action="/second-factor", status=422)

    def test_each_recovery_code_is_accepted_once_however_it_is_typed(self, app: Flask, rita: int) -> None:
        visitor = visit(app)
        _, page = set_up_app(log_in(visitor))
        code = recovery_codes(page)[3]
        typed = code.lower().replace("-", " ")
        assert log_in(visit(app)).submit({"code": typed}, action="/second-factor").path == "/"
        log_in(visit(app)).submit({"code": code}, action="/second-factor", status=422)
        page = visit_fresh(visitor)
        assert "7 " in page.text
        new = recovery_codes(page.submit(action="/second-factor/recovery-codes"))
        assert len(new) == 8
        old = recovery_codes(page) or [code]
        log_in(visit(app)).submit({"code": old[0]}, action="/second-factor", status=422)
        assert log_in(visit(app)).submit({"code": new[0]}, action="/second-factor").path == "/"

    def test_guessing_waits_longer_and_longer_and_hinders_nobody_else(self, app: Flask, world: World, key: str) -> None:
        page = log_in(visit(app, **ENGLISH))
        wrong = f"{(int(pyotp.TOTP(key).now()) + 1) % 1_000_000:06d}"
        for _ in range(4):
            assert post(page.visitor, "/second-factor", {"code": wrong}).status_code == 422
        with app.app_context(), transaction() as session:  # so long a delay that it cannot pass by chance
            session.execute(update(AttemptCount).values(attempts=10))
        assert post(page.visitor, "/second-factor", {"code": wrong}).status_code == 422
        forget_last_code(app)
        answer = post(page.visitor, "/second-factor", {"code": pyotp.TOTP(key).now()})
        assert answer.status_code == 429, "the right code does not help while one waits"
        assert int(answer.headers["Retry-After"]) > 30
        assert visit(app, world.reviewer).get("/account").status_code == 200

    def test_a_typing_error_costs_no_attempt(self, app: Flask, key: str) -> None:
        page = log_in(visit(app, **ENGLISH))
        for typed in ["12345"] * 6 + ["ABCD-EFGH-JKMN-PQRS"]:
            page = page.submit({"code": typed}, action="/second-factor", status=422)
            assert "check the spelling" in page.text

    def test_the_login_gets_a_new_token(self, app: Flask, rita: int, key: str) -> None:
        forget_last_code(app)
        with app.app_context():
            token = open_login(rita)
            confirmed = actions.confirm(token, pyotp.TOTP(key).now())
            assert confirmed.token not in (None, token)
            with pytest.raises(Conflict):
                actions.confirm(token, "123456")

    @pytest.mark.parametrize(("off", "accepted"), [(-60, False), (-30, True), (0, True), (30, True), (60, False)])
    def test_a_clock_may_be_one_step_off(self, off: int, accepted: bool) -> None:
        secret, now = new_secret(), 1_800_000_015
        code = pyotp.TOTP(secret).at(now + off)
        assert (matching_step(secret, code, now) is not None) == accepted

    def test_a_sealed_secret_opens_for_its_account_only(self, app: Flask) -> None:
        with app.app_context():
            sealed = seal("SECRET", 1)
            assert unseal(sealed, 1) == "SECRET"
            assert unseal(sealed, 2) is None
            assert unseal("forged", 1) is None


def visit_fresh(visitor: Visitor) -> Page:
    return visitor.page("/second-factor/factors")


class TestChanging:
    def test_a_factor_given_long_ago_is_asked_for_again(self, app: Flask, world: World) -> None:
        visitor = visit(app, world.reviewer, **ENGLISH)
        assert visitor.get("/second-factor/factors").status_code == 200
        let_time_pass(app, 11)
        assert visitor.page("/second-factor/factors").h1 == "Your second factor"
        assert post(visitor, "/second-factor/recovery-codes").status_code == 401
        assert post(visitor, "/second-factor/app", {"code": "123456"}).status_code == 401
        assert post(visitor, "/second-factor/passkeys/challenge").status_code == 403
        assert visitor.get(f"/consultations/{world.key}/moderation").status_code == 200, "all else goes on"

    def test_the_last_factor_stays(self, app: Flask, world: World) -> None:
        visitor = visit(app, world.reviewer, **ENGLISH)
        page = visitor.page("/second-factor/factors")
        assert "Remove the passkey" not in page.html
        with app.app_context():
            passkey = db.session.scalar(select(Passkey.id).where(Passkey.account_id == world.reviewer))
        answer = post(visitor, f"/second-factor/passkeys/{passkey}/remove")
        assert answer.status_code == 409
        _, page = set_up_app(visitor.page("/second-factor/factors"))
        page = page.submit(action=f"/second-factor/passkeys/{passkey}/remove")
        assert "The passkey is removed." in page.text
        assert post(visitor, "/second-factor/app/remove").status_code == 409
        with app.app_context():
            events = list(db.session.scalars(select(AuditEntry.event).order_by(AuditEntry.id.desc()).limit(2)))
            told = db.session.scalar(select(func.count()).select_from(Mail))
        assert events == ["second factor removed", "second factor added"]
        assert told == 2, "the owner is told of each change"

    def test_nobody_removes_somebody_elses(self, app: Flask, world: World) -> None:
        with app.app_context():
            passkey = db.session.scalar(select(Passkey.id).where(Passkey.account_id == world.chamber_admin))
        post(visit(app, world.reviewer), f"/second-factor/passkeys/{passkey}/remove")
        with app.app_context():
            assert db.session.get(Passkey, passkey) is not None

    def test_an_admin_resets_what_somebody_has_lost(self, app: Flask, world: World) -> None:
        chamber = world.round.chambers[0]
        theirs = visit(app, world.reviewer)
        admin = visit(app, world.consultation_admin, **ENGLISH)
        path = f"/organisations/{chamber}/accounts/{world.reviewer}/second-factor"
        page = admin.page(f"/organisations/{chamber}").submit(action=path)
        assert "sets up a new second factor" in page.text
        assert theirs.get("/account").location.startswith("/login"), "all logins end"
        with app.app_context():
            token = open_login(world.reviewer)
            assert db.session.scalar(select(AuditEntry.event).order_by(AuditEntry.id.desc())) == "second factors reset"
        with theirs.session_transaction() as session:
            session["_user_id"] = token
        assert theirs.page("/").path == "/second-factor/factors"

    def test_nobody_resets_their_own(self, app: Flask, world: World) -> None:
        path = f"/organisations/{world.round.chambers[0]}/accounts/{world.consultation_admin}/second-factor"
        assert post(visit(app, world.consultation_admin), path).status_code == 409
