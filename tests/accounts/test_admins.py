"""Two people are two: how a further consultation admin is made, and with whom nobody confirms."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from ruhrvote.accounts.actions import create_account
from ruhrvote.accounts.admins.actions import accept, confirm_admin, propose_admin
from ruhrvote.accounts.admins.models import AdminProposal
from ruhrvote.accounts.admins.queries import WAITS, confirms_from, two_can_act, why_not
from ruhrvote.accounts.factors.actions import reset_factors
from ruhrvote.accounts.models import Account, Installation, Role
from ruhrvote.accounts.queries import find_account
from ruhrvote.consultations.models import Consultation, Step
from ruhrvote.consultations.proposals import confirm
from ruhrvote.db import clock, db, transaction
from ruhrvote.errors import Refused
from ruhrvote.ledger.queries import entries
from ruhrvote.mail.models import Mail
from ruhrvote.worker import work_once
from tests.accounts.colleagues import ENGLISH, secrets_in
from tests.pages import Page
from tests.people import World, make_person, post, visit
from tests.rounds import PASSWORD

pytestmark = pytest.mark.alike

CONTROL = "/consultations/round"
DORA, EMIL = "dora@kammer.example", "emil@kammer.example"


@pytest.fixture
def second(app: Flask, world: World) -> int:
    """The other of the first two admins; the round has an announced end."""
    with app.app_context():
        with transaction() as session:
            session.query(Consultation).one().closes_at = clock() + timedelta(days=30)
        return make_person(world.round.chambers[1], Role.CONSULTATION_ADMIN)


def proposed(app: Flask, world: World, email: str = DORA, by: int | None = None) -> Page:
    page = visit(app, by or world.consultation_admin, **ENGLISH).page("/admins")
    return page.submit(
        {"person": "Dora Dritte", "email": email, "organisation": str(world.round.chambers[0])}, action="/admins"
    )


def invitation(app: Flask, email: str = DORA) -> tuple[str, str]:
    """Token and code of the mail to somebody who is to become an admin."""
    with app.app_context():
        mail = db.session.scalars(select(Mail).where(Mail.recipient == email, Mail.purpose == "admin_invited")).one()
        return secrets_in(mail)


def made(app: Flask, world: World, second: int, email: str = DORA) -> int:
    """An admin whom the first two have proposed and confirmed, and who has come."""
    with app.app_context():
        propose_admin(
            organisation_id=world.round.chambers[0], email=email, person="Dora Dritte", by=world.consultation_admin
        )
        confirm_admin(db.session.scalars(select(AdminProposal.id)).one(), second)
    token, _code = invitation(app, email)
    with app.app_context():
        return accept(token, person="Dora Dritte", password=PASSWORD, language="en")


def a_week_passes(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Account).values(created_at=clock() - WAITS - timedelta(minutes=1)))


def test_one_admin_does_not_become_two(app: Flask, world: World, second: int) -> None:
    """The attack: make a second admin, set up its factor, then close early, certify and archive alone."""
    visitor = visit(app, world.consultation_admin, **ENGLISH)
    chamber = world.round.chambers[0]
    form = {"person": "Strohmann", "email": EMIL, "role": "consultation_admin", "password": PASSWORD}
    assert "Consultation admin" not in [
        option.text for option in visitor.page(f"/organisations/{chamber}").root.iter("label")
    ]
    assert post(visitor, f"/organisations/{chamber}/accounts", form).status_code == 422
    with app.app_context():
        assert find_account(EMIL) is None
        with pytest.raises(Refused):
            create_account(
                organisation_id=chamber, email=EMIL, person="Strohmann", role=Role.CONSULTATION_ADMIN,
                password=PASSWORD, by=world.consultation_admin,
            )  # fmt: skip
    proposed(app, world, EMIL)
    assert post(visitor, "/admins/confirm", {"proposal": "1"}).status_code == 422
    assert "You have proposed this yourself" in visitor.page("/admins").text
    with app.app_context():
        assert db.session.query(Mail).filter_by(purpose="admin_invited").count() == 0, "nobody is invited"
        assert {mail.recipient for mail in db.session.query(Mail)} >= {db.session.get_one(Account, second).email}, (
            "the others are told"
        )


def test_from_the_proposal_to_the_first_confirmation(app: Flask, world: World, second: int) -> None:
    assert "is proposed. Another consultation admin confirms it" in proposed(app, world).text
    page = visit(app, second, **ENGLISH).page("/admins").submit(button="Confirm Dora Dritte")
    assert "Confirmed and invited" in page.text
    token, code = invitation(app)
    newcomer = visit(app, **ENGLISH)
    page = newcomer.page("/admins/join")
    fields = {"person": "Dora D.", "password": PASSWORD}
    page.submit(fields | {"secret": "0000-0000-0000-0000-0000-0000"}, status=422)
    page = page.submit(fields | {"secret": code})
    assert page.path == "/second-factor/factors", "and a second factor is set up before anything else"
    visit(app, **ENGLISH).page("/admins/join").submit(fields | {"secret": token}, status=422)
    with app.app_context():
        account = find_account(DORA)
        assert account is not None
        assert (account.role, account.person) == (Role.CONSULTATION_ADMIN, "Dora D.")
        assert db.session.query(AdminProposal).count() == 0
        announced = [mail.recipient for mail in db.session.query(Mail) if mail.purpose == "admin_announced"]
        assert len(announced) == 2 + 3, "the first two of the proposal, and with the new one of the joining"
        number = account.id
    assert "new, confirms from" in visit(app, second, **ENGLISH).page("/admins").text
    # Neither of those who made the account ever confirms with it, and for a week nobody does.
    fourth = make_fourth(app, world)
    post(visit(app, fourth), f"{CONTROL}/propose", {"step": "close"})
    status, text = confirms_as_new(app, number)
    assert status == 422
    assert "confirm nothing for seven days" in text
    a_week_passes(app)
    assert confirms_as_new(app, number)[0] == 303
    with app.app_context():
        last = [entry for entry in entries(world.round.id) if entry.kind == "closed"]
        assert json.loads(last[0].payload) == {"by": [fourth, number]}


def make_fourth(app: Flask, world: World) -> int:
    with app.app_context():
        return make_person(world.round.chambers[1], Role.CONSULTATION_ADMIN)


def confirms_as_new(app: Flask, number: int) -> tuple[int, str]:
    """A confirmation by somebody without a passkey of the tests: the action, as the view calls it."""
    with app.test_request_context(headers={"Accept-Language": "en"}):
        try:
            confirm("round", Step.CLOSE_EARLY, number)
        except Refused as refusal:
            return refusal.status, str(refusal.message)
        finally:
            db.session.remove()
        return 303, ""


@pytest.mark.parametrize("maker", ["proposer", "confirmer"])
def test_who_made_an_account_never_confirms_with_it(app: Flask, world: World, second: int, maker: str) -> None:
    third = made(app, world, second)
    a_week_passes(app)
    one = world.consultation_admin if maker == "proposer" else second
    with app.app_context():
        assert why_not(one, third) is not None
        assert why_not(third, one) is not None
        assert why_not(world.consultation_admin, second) is None
    post(visit(app, one), f"{CONTROL}/propose", {"step": "close"})
    status, text = confirms_as_new(app, third)
    assert status == 422
    assert "do not count as two" in text


def test_who_reset_a_factor_does_not_confirm_either(app: Flask, world: World, second: int) -> None:
    with app.app_context():
        assert why_not(world.consultation_admin, second) is None
        reset_factors(second, by=world.consultation_admin)
        for pair in ((world.consultation_admin, second), (second, world.consultation_admin)):
            assert why_not(*pair) is not None
        assert not two_can_act(), "so the command line makes another one"
    page = visit(app, world.consultation_admin, **ENGLISH).page("/admins")
    assert "No two of you may confirm together" in page.text


def test_in_a_demonstration_nobody_waits(app: Flask, world: World, second: int) -> None:
    third = made(app, world, second)
    with app.app_context():
        assert confirms_from(db.session.get_one(Account, third)) is not None
        with transaction() as session:
            session.query(Installation).delete()
            session.add(Installation(id=1, is_demo=True))
        assert confirms_from(db.session.get_one(Account, third)) is None


def test_an_invitation_ends_when_it_is_withdrawn_or_old(app: Flask, world: World, second: int) -> None:
    proposed(app, world)
    post(visit(app, second), "/admins/confirm", {"proposal": "1"})
    token, _code = invitation(app)
    with app.app_context(), transaction() as session:
        session.execute(update(AdminProposal).values(expires_at=clock() - timedelta(seconds=1)))
    fields = {"secret": token, "person": "Dora", "password": PASSWORD}
    assert post(visit(app), "/admins/join", fields).status_code == 422
    with app.app_context():
        work_once(tidy=True)
        assert db.session.query(AdminProposal).count() == 0
    proposed(app, world, EMIL)
    page = visit(app, second, **ENGLISH).page("/admins").submit(button="Withdraw: Dora Dritte")
    assert "is withdrawn" in page.text
    assert post(visit(app, second), "/admins/confirm", {"proposal": "2"}).status_code == 409


def test_names_of_the_proposed_lure_nobody(app: Flask, world: World, second: int) -> None:
    lure = "http://evil.example/x"
    with app.app_context(), transaction() as session:
        session.execute(update(Account).where(Account.id == world.consultation_admin).values(person=lure))
    visitor = visit(app, world.consultation_admin, **ENGLISH)
    chamber = str(world.round.chambers[0])
    assert post(visitor, "/admins", {"person": lure, "email": DORA, "organisation": chamber}).status_code == 303
    post(visit(app, second), "/admins/confirm", {"proposal": "1"})
    with app.app_context():
        own = db.session.get_one(Account, world.consultation_admin).email
        for mail in db.session.query(Mail).filter(Mail.recipient != own):
            assert "evil.example" not in re.sub(r"https?://127\S+", "", mail.text or "") + mail.subject
