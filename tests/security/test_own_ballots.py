"""What a ballot says is shown to those who wrote it and whom they let in, and to nobody else with an access.

Each page is fetched twice by a person who must not see it, and between the two the firm's people have answered the
other way round: not a letter may differ. Fetched by the firm's own people it differs, else this would prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from ruhrvote.accounts.access import Permission
from ruhrvote.accounts.actions import create_account, open_login
from ruhrvote.accounts.codes.actions import begin_with_code, issue_codes
from ruhrvote.accounts.models import Account, Identity, Role
from ruhrvote.accounts.own_access.actions import set_password
from ruhrvote.accounts.team.actions import accept_invitation, invite, name_signatory
from ruhrvote.ballots.actions import Voter
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.ballots.queries import submitted_version
from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import CommentKind
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.db import clock, db, transaction
from ruhrvote.drafts.actions import Choice, move_idea, save_answers
from ruhrvote.drafts.models import Draft, DraftChange
from ruhrvote.drafts.order import Move
from ruhrvote.ideas.models import Idea
from ruhrvote.mail.models import Mail
from tests.accounts.colleagues import secrets_in
from tests.accounts.letters import OTHER_PIN, PIN, begin, come_again
from tests.pages import Visitor
from tests.people import World, make_person, make_world, post, visit
from tests.rounds import PASSWORD, certify_and_publish, submit
from tests.security.everything import PLAIN, path_of, rules

ENGLISH = {"Accept_Language": "en"}
ONE_WAY, OTHER_WAY = "1A1B4~3~2~5~", "4A4B1~2~3~1~"
DRAFT_ONE_WAY, DRAFT_OTHER_WAY = "1A1B4~3~2~1~", "4A4B1~2~0~0~"
# What is personal to a login and changes from one look to the next.
PASSING = re.compile(
    r'csrf_token" value="[^"]*"|idempotency_key" value="[^"]*"|csrf-token" content="[^"]*"|nonce="[^"]*"'
    r'|data-seconds="\d+"|\d\d?:\d\d(:\d\d)?'
)
OURS = (Permission.VOTE, Permission.SUBMIT, Permission.COMMENT, Permission.SIGNED_IN)


@pytest.fixture
def firms(app: Flask) -> World:
    """A round whose boards show nothing before the close, so that what differs differs for the firm's own sake."""
    with app.app_context():
        return make_world(release_policy=ReleasePolicy.AFTER_CLOSE, firms=12)


def letter(app: Flask, firms: World) -> str:
    with app.app_context(), transaction():
        return issue_codes(firms.round.id, [firms.firm])[firms.firm]


def write(app: Flask, firms: World, by: int) -> None:
    """The firm's draft with its history, and a ballot in two versions."""
    with app.app_context():
        voter = Voter(firms.round.id, firms.firm, by)
        for version in (0, 1):
            submit(firms.round, firms.firm, ONE_WAY, version=version, by=by)
        save_answers(voter, [Choice(position, answer, 0) for position, answer in enumerate((1, 1, 4, 3, 2, 1))])
        move_idea(voter, 0, "1~", Move.TOP)
        move_idea(voter, 1, "1~", Move.TO, 2)


def turn_round(app: Flask) -> None:
    """Let everything that was written say the opposite."""
    with app.app_context(), transaction() as session:
        session.execute(update(BallotVersion).where(BallotVersion.ranking == ONE_WAY).values(ranking=OTHER_WAY))
        session.execute(update(Draft).where(Draft.ranking == DRAFT_ONE_WAY).values(ranking=DRAFT_OTHER_WAY))
        session.execute(
            update(DraftChange)
            .where(DraftChange.ranking_after.is_not(None))
            .values(ranking_before=DRAFT_OTHER_WAY, ranking_after=DRAFT_OTHER_WAY, position=5 - DraftChange.position)
        )
        session.execute(update(DraftChange).values(before="4~", after="3~", account_id=DraftChange.account_id))


def turn_back(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(BallotVersion).where(BallotVersion.ranking == OTHER_WAY).values(ranking=ONE_WAY))
        session.execute(update(Draft).where(Draft.ranking == DRAFT_OTHER_WAY).values(ranking=DRAFT_ONE_WAY))


def paths(app: Flask, firms: World) -> list[str]:
    """All that only people with an access may fetch, and the start page, which is another one for them."""
    words = {"key": firms.key, "comment_id": 1, "screen": "x"}
    found = ["/"]
    with app.app_context():
        for method, rule in rules(app):
            permission = getattr(app.view_functions[rule.endpoint], "permission", None)
            if method == "GET" and permission in OURS and not rule.arguments - PLAIN.keys() - words.keys():
                found.append(path_of(app, rule, words))
    assert len([path for path in found if "/ballot" in path]) >= 9, "the ballot's pages are among them"
    assert "/account/data.json" in found
    return found


def everything(visitor: Visitor, paths: list[str]) -> dict[str, str]:
    """What is answered at each address, and to a submission over an older version, which shows differences."""
    answers = {}
    for path in paths:
        response = visitor.get(path, headers=ENGLISH_HEADER)
        answers[path] = PASSING.sub("", f"{response.status} {response.headers.get('Location')} {response.text}")
    stale = {"ranking": "2~2~2~2~2~2~", "expected_version": "1", "idempotency_key": "0" * 32, "entitled": "yes"}
    response = post(visitor, "/consultations/round/ballot/submit", stale)
    answers["a stale submission"] = PASSING.sub("", f"{response.status} {response.text}")
    return answers


ENGLISH_HEADER = {"Accept-Language": "en"}


def differing(app: Flask, firms: World, visitor: Visitor) -> list[str]:
    """The addresses at which this person is told anything that depends on what the firm's people wrote."""
    there = paths(app, firms)
    everything(visitor, there)  # once before, for what changes with the first look
    one = everything(visitor, there)
    turn_round(app)
    other = everything(visitor, there)
    turn_back(app)
    return [path for path in one if one[path] != other[path]]


def by_print_file_after(app: Flask, firms: World) -> Visitor:
    """The chamber's people log in by the code of a letter ordered after the firm has voted."""
    visitor = visit(app, **ENGLISH)
    begin(visitor, letter(app, firms), OTHER_PIN)
    return visitor


def by_staff(app: Flask, firms: World) -> Visitor:
    with app.app_context():
        return visit_new(app, make_person(firms.firm))


def by_staff_as_signatory(app: Flask, firms: World) -> Visitor:
    with app.app_context():
        account = make_person(firms.firm, Role.SIGNATORY)
    return visit(app, account, **ENGLISH)


def by_staff_with_password(app: Flask, firms: World) -> Visitor:
    with app.app_context():
        account = create_account(
            organisation_id=firms.firm, email="neu@kammer.example", person="Neu", role=Role.VOTER, password=PASSWORD
        )
    return visit(app, account, **ENGLISH)


def by_code_and_then_an_identity(app: Flask, firms: World) -> Visitor:
    code = letter(app, firms)
    with app.app_context():
        used = begin_with_code(code, "de", pin=None, anew=True)
        assert used is not None
        with transaction() as session:
            identity = Identity(issuer="x", subject="y", account_id=used.account_id, linked_at=clock())
            session.add(identity)
        return visit_new(app, used.account_id)


def by_code_and_then_a_password(app: Flask, firms: World) -> Visitor:
    by_print_file_after(app, firms)
    with app.app_context():
        latest = db.session.scalars(select(Account).order_by(Account.id.desc())).first()
        assert latest is not None
        account_id = latest.id
        set_password(account_id, PASSWORD, "")
    return visit(app, account_id, **ENGLISH)


def by_invitation_of_an_intruder(app: Flask, firms: World) -> Visitor:
    """Somebody who came by a code lets colleagues in: they see what the intruder sees."""
    with app.app_context():
        intruder = make_person(firms.firm)
        name_signatory(intruder, intruder)
        invite(intruder, email="zweite@kammer.example", person="Zweite")
        mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
        assert mail is not None
        account = accept_invitation(secrets_in(mail)[0], person="Zweite", password=PASSWORD, language="de")
        return visit_new(app, account)


def visit_new(app: Flask, account_id: int) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    visitor.environ_base.update({"HTTP_ACCEPT_LANGUAGE": "en"})
    with visitor.session_transaction() as session:
        session["_user_id"] = open_login(account_id)
    return visitor


INTRUDERS: list[Callable[[Flask, World], Visitor]] = [
    by_print_file_after,
    by_staff,
    by_staff_as_signatory,
    by_staff_with_password,
    by_code_and_then_an_identity,
    by_code_and_then_a_password,
    by_invitation_of_an_intruder,
]


@pytest.mark.parametrize("come_in", INTRUDERS, ids=lambda each: each.__name__)
def test_nothing_of_a_ballot_is_told_to_who_did_not_write_it(
    app: Flask, firms: World, come_in: Callable[[Flask, World], Visitor]
) -> None:
    write(app, firms, firms.voter)
    visitor = come_in(app, firms)
    assert differing(app, firms, visitor) == []
    page = visitor.page("/consultations/round/ballot")
    assert "Your organisation has submitted (version 2, " in page.text
    assert "Kim Muster" not in page.root.find(".//main").itertext().__str__()
    assert "0 of 6 answered" in page.text, "an empty draft"


def test_the_control_the_own_people_see_all_of_it(app: Flask, firms: World) -> None:
    write(app, firms, firms.voter)
    own = differing(app, firms, visit(app, firms.voter, **ENGLISH))
    ballot = "/consultations/round/ballot"
    for path in (ballot, f"{ballot}/review", f"{ballot}/order/2", f"{ballot}/history", f"{ballot}/paper", "/"):
        assert path in own, path
    assert f"{ballot}/themes/one" in own
    assert "/account/data.json" in own
    assert "a stale submission" in own
    assert differing(app, firms, visit(app, firms.colleague, **ENGLISH)), "and whom they let in"


def test_who_had_the_print_file_first_does_not_read_what_the_firm_writes_later(app: Flask, firms: World) -> None:
    code = letter(app, firms)
    intruder = visit(app, **ENGLISH)
    begin(intruder, code, OTHER_PIN)
    firm = visit(app, **ENGLISH)
    begin(firm, code, PIN)
    with app.app_context():
        own = db.session.scalars(select(Account.id).order_by(Account.id.desc())).first()
        assert own is not None
    write(app, firms, own)
    assert differing(app, firms, intruder) == []
    again = visit(app, **ENGLISH)
    come_again(again, code, OTHER_PIN)
    assert differing(app, firms, again) == []
    back = visit(app, **ENGLISH)
    come_again(back, code, PIN)
    assert differing(app, firms, back), "with the PIN the person who wrote it reads it again"


def test_nothing_after_the_publication_either(app: Flask, firms: World) -> None:
    write(app, firms, firms.voter)
    with app.app_context():
        for firm in firms.round.firms[1:]:
            submit(firms.round, firm, ONE_WAY)
    stranger = by_print_file_after(app, firms)
    with app.app_context():
        close_consultation(firms.key)
        certify_and_publish(firms.key)
    page = stranger.page("/consultations/round/ballot/feedback")
    own = visit(app, firms.voter, **ENGLISH).page("/consultations/round/ballot/feedback")
    assert own.h1 == "Your order and the result"
    assert page.h1 == "The result, idea by idea"
    assert "Its order is shown to those who submitted it." in page.text
    assert {cell.text for cell in page.root.iter("td") if cell.get("class") == "ranking__rank"} == {"–"}
    for path in ("", "/review", "/paper", "/order", "/themes/one", "/history"):
        text = stranger.page(f"/consultations/round/ballot{path}").text
        assert "1 of 6 answered" not in text
        assert "6 of 6 answered" not in text
    assert stranger.get("/consultations/round/ballot/receipt").status_code == 404


def test_a_stranger_replaces_and_does_not_withdraw(app: Flask, firms: World) -> None:
    write(app, firms, firms.voter)
    stranger = by_print_file_after(app, firms)
    response = post(stranger, "/consultations/round/ballot/withdraw", {"expected_version": "2"})
    assert response.status_code == 422
    assert "You cannot withdraw that" in response.text
    stranger.page("/consultations/round/ballot/themes/one").submit({"answer-1": "3", "answer-2": "4"}, button="next")
    page = stranger.page("/consultations/round/ballot/review").submit(
        {"entitled": "yes"}, button="Submit and replace version 2"
    )
    assert page.path == "/consultations/round/ballot/receipt"
    with app.app_context():
        latest = submitted_version(firms.round.id, firms.firm)
        assert latest is not None
        assert (latest.version, latest.ranking) == (3, "3~4~0~0~0~0~")
    page = visit(app, firms.voter, **ENGLISH).page("/consultations/round/ballot")
    assert "Your organisation has submitted (version 3, " in page.text
    assert page.visitor.get("/consultations/round/ballot/receipt").status_code == 404


def test_an_invitation_to_an_address_is_not_taken_over(app: Flask, firms: World) -> None:
    """Two circles of a firm invite the same colleague: each mail leads to its own."""
    with app.app_context():
        invite(firms.voter, email="eva@firma.example", person="Eva")
        mail = db.session.scalars(select(Mail).order_by(Mail.id.desc())).first()
        assert mail is not None
        token = secrets_in(mail)[0]
        invite(make_person(firms.firm), email="eva@firma.example", person="Eva")
        account = accept_invitation(token, person="Eva", password=PASSWORD, language="de")
        people = [db.session.get_one(Account, each) for each in (account, firms.voter)]
        assert people[0].circle == people[1].circle


def test_an_address_set_later_leaves_the_circle_as_it_is(app: Flask, firms: World) -> None:
    code = letter(app, firms)
    visitor = visit(app, **ENGLISH)
    begin(visitor, code, PIN)
    with app.app_context():
        account = db.session.scalars(select(Account).order_by(Account.id.desc())).first()
        assert account is not None
        account_id, circle = account.id, account.circle
    write(app, firms, account_id)
    with app.app_context(), transaction() as session:
        session.get_one(Account, account_id).email = "ich@firma.example"
    assert differing(app, firms, visit(app, account_id, **ENGLISH))
    with app.app_context():
        assert db.session.get_one(Account, account_id).circle == circle


def test_whose_comment_it_was_is_not_told(app: Flask, firms: World) -> None:
    with app.app_context():
        idea = db.session.scalars(select(Idea.id).where(Idea.number == 1)).one()
        write_comment(idea, Author(firms.firm, firms.voter), CommentKind.NOTE, "Das haben wir noch nie gebraucht.")
    own = visit(app, firms.voter, **ENGLISH).page("/consultations/round/my-comments")
    assert "noch nie gebraucht" in own.text
    stranger = by_print_file_after(app, firms)
    assert "noch nie gebraucht" not in stranger.page("/consultations/round/my-comments").text
