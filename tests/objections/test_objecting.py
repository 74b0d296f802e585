"""Whoever could be robbed of a ballot hears of it, and says "that was not us" with one click; two admins decide."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ruhrvote.accounts.actions import create_account
from ruhrvote.accounts.codes.actions import begin_with_code, issue_codes
from ruhrvote.accounts.models import Account, Organisation, Role
from ruhrvote.audit.models import AuditEntry, Event
from ruhrvote.ballots.actions import Voter, cast, withdraw
from ruhrvote.ballots.models import PaperNotice
from ruhrvote.ballots.notices import Link, link_token
from ruhrvote.ballots.queries import find_inclusion, submitted_version
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Objection
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import archive_consultation
from ruhrvote.db import db, transaction
from ruhrvote.errors import Refused
from ruhrvote.ledger.queries import head_of
from ruhrvote.mail.models import Mail
from ruhrvote.mail.texts import Purpose
from ruhrvote.recount import recount_all
from ruhrvote.worker import work_once
from tests.people import World, make_person, make_world, visit
from tests.rounds import PASSWORD, certify_and_publish, date_back_the_close, make_round, submit

OWN, FOREIGN = "1A1B2~3~4~5~", "4~3~2~1A1B5~"
CONTACT = "kontakt@firma.example"
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def week(app: Flask) -> World:
    """A round with a week for objections, and a firm with an address on file."""
    with app.app_context():
        made = make_world(objection_days=7)
        with transaction() as session:
            session.get_one(Organisation, made.firm).contact_email = CONTACT
        return made


def vote(week: World, account_id: int, ranking: str, version: int = 0) -> str:
    voter = Voter(week.round.id, week.firm, account_id)
    return cast(voter, ranking, expected_version=version, idempotency_key=f"{account_id}-{version}").receipt_id


def intruder(week: World) -> int:
    """An account that staff have made for the firm, with a password that they know."""
    return create_account(
        organisation_id=week.firm,
        email="chef@kammer.example",
        person="Der Chef",
        role=Role.VOTER,
        password=PASSWORD,
        by=week.chamber_admin,
    )


def mails(purpose: Purpose = Purpose.BALLOT_SUBMITTED) -> dict[str, Mail]:
    db.session.rollback()
    return {mail.recipient: mail for mail in db.session.scalars(select(Mail).where(Mail.purpose == purpose))}


def address_of(account_id: int) -> str:
    email = db.session.get_one(Account, account_id).email
    assert email is not None
    return email


def link_in(mail: Mail) -> str:
    found = re.search(r"/objections/\S+", mail.text or "")
    assert found is not None
    return found[0]


def counting(week: World) -> int:
    db.session.rollback()
    found = submitted_version(week.round.id, week.firm)
    return found.version if found else 0


def test_a_ballot_that_staff_replace_is_told_and_undone_with_one_click(app: Flask, week: World) -> None:
    with app.app_context():
        vote(week, week.voter, OWN)
        assert mails() == {}, "a first ballot of one's own needs no notice"
        foreign = vote(week, intruder(week), FOREIGN, version=1)
        told = mails()
        assert told.keys() == {CONTACT, address_of(week.voter), address_of(week.colleague)}
        for mail in told.values():
            assert "1A1B" not in (mail.text or "")
        path = link_in(told[CONTACT])
        before = head_of(week.round.id)
    stranger = visit(app, **ENGLISH)
    page = stranger.page(path)
    with app.app_context():
        assert head_of(week.round.id) == before, "opening the link, as scanners do, changes nothing"
        assert counting(week) == 2
    done = page.submit({}, button="Version 2: that was not us")
    assert "contested" in done.text
    with app.app_context():
        assert counting(week) == 1
        inclusion = find_inclusion(foreign)
        assert inclusion is not None
        assert inclusion.contested
        assert not inclusion.counts
        assert mails(Purpose.BALLOT_CONTESTED).keys() == {"chef@kammer.example"}
        assert [found.faults for found in recount_all()] == [()]


def test_a_withdrawal_by_a_colleague_is_told_too_and_staff_cannot_withdraw(app: Flask, week: World) -> None:
    with app.app_context():
        vote(week, week.voter, OWN)
        with pytest.raises(Refused):
            withdraw(Voter(week.round.id, week.firm, intruder(week)), expected_version=1)
        withdraw(Voter(week.round.id, week.firm, week.colleague), expected_version=1)
        assert CONTACT in mails()
        path = link_in(mails()[CONTACT])
    visit(app, **ENGLISH).page(path).submit({}, button="Version 2: that was not us")
    with app.app_context():
        assert counting(week) == 1


def test_a_first_ballot_by_an_account_that_others_made_is_told(app: Flask, week: World) -> None:
    with app.app_context():
        with transaction():
            code = issue_codes(week.round.id, [week.firm])[week.firm]
        used = begin_with_code(code, "de", pin="483920")
        assert used is not None
        vote(week, used.account_id, FOREIGN)
        assert mails().keys() == {CONTACT, address_of(week.voter), address_of(week.colleague)}


def test_who_submitted_gets_no_notice_of_it(app: Flask, week: World) -> None:
    with app.app_context():
        with transaction() as session:
            session.get_one(Account, week.voter).email = CONTACT
        vote(week, week.voter, OWN)
        vote(week, week.voter, FOREIGN, version=1)
        assert mails().keys() == {address_of(week.colleague)}


def test_without_an_address_on_file_a_letter_is_due(app: Flask, week: World) -> None:
    with app.app_context():
        with transaction() as session:
            session.get_one(Organisation, week.firm).contact_email = None
        vote(week, week.voter, OWN)
        assert db.session.scalars(select(PaperNotice)).all() == []
        vote(week, intruder(week), FOREIGN, version=1)
        (notice,) = db.session.scalars(select(PaperNotice)).all()
        assert (notice.organisation_id, notice.version) == (week.firm, 2)


@pytest.mark.parametrize("change", ["forged", "cut", "other organisation"])
def test_a_link_is_for_one_organisation_and_cannot_be_made_up(app: Flask, week: World, change: str) -> None:
    with app.app_context():
        vote(week, week.voter, OWN)
        vote(week, intruder(week), FOREIGN, version=1)
        token = link_token(Link(week.round.id, week.firm, 2))
        if change == "other organisation":
            token = link_token(Link(week.round.id, week.round.firms[1], 2))
        before = head_of(week.round.id)
    token = {"forged": "x" + token, "cut": token[:-3]}.get(change, token)
    visitor = visit(app, **ENGLISH)
    if change == "other organisation":
        page = visitor.page(f"/objections/{token}")
        assert "that was not us" not in page.text, "it shows nothing of another organisation's ballot"
    else:
        visitor.page(f"/objections/{token}", status=404)
    with app.app_context():
        assert head_of(week.round.id) == before


def test_only_who_submitted_it_can_answer(app: Flask, week: World) -> None:
    with app.app_context():
        vote(week, week.voter, OWN)
        vote(week, week.colleague, FOREIGN, version=1)
    page = visit(app, week.voter, **ENGLISH).page("/consultations/round/ballot/objections")
    contested = page.submit({}, button="Version 2: that was not us")
    assert "That was us" not in [*contested.text.split("  ")]
    ballot = visit(app, week.colleague, **ENGLISH).page("/consultations/round/ballot")
    assert "Somebody has objected to your submission" in ballot.text
    answered = ballot.follow("Answer the objection").submit({"version": "2"}, button="That was us")
    assert "Whoever submitted it has answered" in answered.text


def test_two_admins_decide_and_the_settlement_follows_the_period(app: Flask, week: World) -> None:
    with app.app_context():
        vote(week, week.voter, OWN)
        vote(week, intruder(week), FOREIGN, version=1)
        path = link_in(mails()[CONTACT])
        second = make_person(week.round.chambers[0], Role.CONSULTATION_ADMIN)
        close_consultation("round")
    visit(app, **ENGLISH).page(path).submit({}, button="Version 2: that was not us")
    with app.app_context():
        assert counting(week) == 2, "after the close an objection waits for the settlement"
    first = visit(app, week.consultation_admin, **ENGLISH)
    control = first.page("/consultations/round/control")
    assert "1 objection is to be decided" in control.text
    page = control.follow("Decide the objections")
    page = page.submit({}, button="Propose: The objection stands: this version does not count")
    assert "Another consultation admin must confirm it." in page.text
    visit(app, second, **ENGLISH).page("/consultations/round/objections").submit({}, button="Confirm")
    with app.app_context():
        work_once()
        assert not get_consultation("round").is_settled
        date_back_the_close(week.round, timedelta(days=7))
        work_once()
        db.session.rollback()
        assert get_consultation("round").is_settled
        assert counting(week) == 1
        certify_and_publish("round")
        assert [found.faults for found in recount_all()] == [()]
    late = visit(app, **ENGLISH).page(path)
    assert "The time for objections is over" in late.text
    late.submit({}, button="Version 1: that was not us")
    with app.app_context():
        assert counting(week) == 1
        trail = db.session.scalars(select(AuditEntry.event).where(AuditEntry.organisation_id == week.firm)).all()
        assert trail.count(Event.OBJECTION_TOO_LATE) == 1


def test_the_check_page_and_the_archive_know_a_contested_submission(app: Flask, week: World) -> None:
    with app.app_context():
        own = vote(week, week.voter, OWN)
        receipt = vote(week, intruder(week), FOREIGN, version=1)
        path = link_in(mails()[CONTACT])
    visitor = visit(app, **ENGLISH)
    check = visitor.page("/receipts")
    assert "is in the ledger and counts" in check.submit({"receipt": receipt}).text
    visitor.page(path).submit({}, button="Version 2: that was not us")
    assert "the organisation has objected to it" in check.submit({"receipt": receipt}).text
    with app.app_context():
        close_consultation("round")
        date_back_the_close(week.round, timedelta(days=7))
        with transaction() as session:
            session.scalars(select(Objection)).one().upheld = True
        work_once()
        certify_and_publish("round")
        archive_consultation("round")
    assert "two admins have confirmed that" in check.submit({"receipt": receipt}).text
    assert "is in the ledger and counts" in check.submit({"receipt": own}).text


def test_a_demonstration_round_and_another_round_are_left_alone(app: Flask, week: World) -> None:
    with app.app_context():
        other = make_round("other", firms=2)
        submit(other, other.firms[0], OWN)
        submit(other, other.firms[0], FOREIGN, version=1)
        assert mails() == {}, "what no account submitted is told to nobody"
