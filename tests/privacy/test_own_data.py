"""What is stored about a person: seen, erased without a trace, and nothing of the result with it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import LargeBinary, String, Text, func, select, update

from ruhrvote.accounts.actions import open_login
from ruhrvote.accounts.models import Account, Organisation, Role
from ruhrvote.accounts.team.actions import invite, remove_colleague
from ruhrvote.ballots.actions import Voter, cast
from ruhrvote.comments.actions import Author, delete_comment, edit_comment, report_comment, write_comment
from ruhrvote.comments.models import CommentKind, ReportReason
from ruhrvote.comments.notifications import choose
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock, db, empty_write_ahead_log, transaction
from ruhrvote.drafts.actions import Choice, save_answers
from ruhrvote.drafts.models import Draft, DraftChange
from ruhrvote.ideas.models import Idea
from ruhrvote.ledger.models import LedgerEntry
from ruhrvote.mail.actions import note_refused
from ruhrvote.mail.models import Mail
from ruhrvote.privacy.actions import erase, forget_what_is_over
from ruhrvote.privacy.names import TABLES
from ruhrvote.privacy.personal_data import DELETED, KEPT, goes_with_the_account, references
from ruhrvote.recount import recount_all
from ruhrvote.search.index import SearchDocument
from ruhrvote.worker import work_once
from tests.pages import Visitor
from tests.people import World, make_person, post, visit
from tests.rounds import certify_and_publish, submit

NAME, ADDRESS = "Xenia Quodlibet", "xenia.quodlibet@firma.example"
WORDS = "Was Xenia Quodlibet hier schreibt, ist lang genug für einen Kommentar."
TALK = re.compile(r'<span class="ranking__meta ranking__talk">.*?</span>', re.DOTALL)
ENGLISH = {"Accept_Language": "en"}


@pytest.fixture
def lived(app: Flask, world: World) -> World:
    """The voter has used everything there is, under a name and an address that stand nowhere else."""
    with app.app_context():
        with transaction() as session:
            session.execute(update(Account).where(Account.id == world.voter).values(person=NAME, email=ADDRESS))
            session.execute(
                update(Organisation).where(Organisation.id == world.firm).values(contact_email=ADDRESS, town="Essen")
            )
        voter = Voter(world.round.id, world.firm, world.voter)
        save_answers(voter, [Choice(0, 1, 0), Choice(1, 2, 0)])
        cast(voter, "1~2~0~0~0~0~", expected_version=0, idempotency_key="key")
        submit(world.round, world.round.firms[1], "2~1~3~0~0~0~")
        idea = db.session.query(Idea).filter_by(number=1).one()
        comment = write_comment(idea.id, Author(world.firm, world.voter), CommentKind.NOTE, WORDS)
        edit_comment(comment, world.firm, WORDS + " Jetzt länger.")
        other = write_comment(idea.id, Author(world.foreign_firm, None), CommentKind.NOTE, "Etwas ganz anderes dazu.")
        report_comment(other, world.voter, ReportReason.OTHER, f"{NAME} meint, das geht nicht.")
        choose(world.voter, replies=True, official=True)
        invite(world.voter, email="neu@firma.example", person="Neu Hier")
        open_login(world.voter)
        with transaction() as session:
            note_refused(ADDRESS, "550")
            town = world.round.municipalities[0]
            session.execute(update(Organisation).where(Organisation.id == town).values(contact_email=ADDRESS.upper()))
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    visitor.page("/login").submit({"email": ADDRESS, "password": "not the password"}, status=422)
    return world


def traces(*words: str) -> list[str]:
    """Where in the whole database one of the words stands, whatever tables there are."""
    found = []
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, LargeBinary):
                kept = [bytes(content or b"") for content in db.session.scalars(select(column))]
                found += [f"{column}: {word}" for word in words if any(word.encode() in content for content in kept)]
            elif isinstance(column.type, (String, Text)) or not hasattr(column.type, "python_type"):
                for word in words:
                    like = select(func.count()).select_from(table).where(column.icontains(word))
                    if db.session.scalar(like):
                        found.append(f"{column}: {word}")
    return found


def of_the_result(app: Flask) -> list[object]:
    """The ledger, the recount and the boards, byte by byte but for the number of comments beside an idea."""
    visitor = app.test_client()
    pages = [
        TALK.sub("", visitor.get(f"/consultations/round/{path}").get_data(as_text=True))
        for path in ("boards/overall", "boards/group-firm", "boards/themes")
    ]
    with app.app_context():
        hashes = db.session.execute(select(LedgerEntry.seq, LedgerEntry.payload, LedgerEntry.hash)).all()
        counted = [(result.key, result.faults, result.snapshot.digest()) for result in recount_all()]
    assert all(not faults for _, faults, _ in counted)
    return [pages, [tuple(row) for row in hashes], counted]


def test_a_person_sees_everything_and_no_secret(app: Flask, lived: World) -> None:
    visitor = visit(app, lived.voter, **ENGLISH)
    page = visitor.page("/privacy").follow("What is stored about you")
    for word in (NAME, ADDRESS, WORDS, "Mails to you", "Your changes of drafts", "neu@firma.example"):
        assert word in page.text
    stored = json.loads(visitor.get("/account/data.json").data)["stored"]
    with app.app_context():
        account = db.session.get_one(Account, lived.voter)
        for table, column in references():
            count = db.session.scalar(select(func.count()).select_from(table).where(column == lived.voter))
            assert len(stored.get(table.name, [])) == count, table.name
        assert stored["account"][0]["email"] == ADDRESS
        assert {"login", "comment", "comment_report", "draft_change", "ballot_version", "mail"} <= stored.keys()
        for rows in stored.values():
            assert not any("hash" in name or "salt" in name for row in rows for name in row)
        assert account.password_hash not in page.html or account.password_hash == "none"
    assert "Kim Muster" not in page.text, "a colleague"


def test_each_table_that_refers_to_an_account_has_a_name_for_people() -> None:
    assert {table.name for table, _column in references()} <= TABLES.keys()


def test_of_somebody_else_one_sees_nothing(app: Flask, lived: World) -> None:
    text = visit(app, lived.colleague).get("/account/data.json").get_data(as_text=True)
    assert NAME not in text
    assert ADDRESS not in text


@pytest.mark.parametrize("comments", ["keep", "delete"])
def test_an_erasure_leaves_no_trace_of_the_person_and_all_of_the_result(
    app: Flask, lived: World, comments: str
) -> None:
    before = of_the_result(app)
    with app.app_context():
        assert len(traces(NAME, ADDRESS)) >= 6, "the control: the search finds what is there"
    visitor = visit(app, lived.voter, **ENGLISH)
    page = visitor.page("/account").follow("What is stored about you")
    page.submit({"comments": comments}, action="/account/data/erase", status=422)
    page.submit({"comments": comments, "sure": "y"}, action="/account/data/erase")
    assert visitor.get("/team").location.startswith("/login"), "logged out"
    assert of_the_result(app) == before
    with app.app_context():
        left = traces(NAME, ADDRESS)
        # A comment that stays says what it says: that is what was chosen.
        assert left == (["comment.text: " + NAME] if comments == "keep" else [])
        for _table, column in references():
            if goes_with_the_account(column):
                assert db.session.scalar(select(func.count()).where(column == lived.voter)) == 0, str(column)
    discussion = app.test_client().get("/consultations/round/ideas/1/comments").get_data(as_text=True)
    assert ("Jetzt länger" in discussion) == (comments == "keep")
    history = visit(app, lived.colleague).page("/consultations/round/ballot/history").text
    assert f"#{lived.voter}" in history
    trail = visit(app, lived.consultation_admin, **ENGLISH).page("/audit-trail?event=account+erased").text
    assert f"#{lived.voter}" in trail


@pytest.mark.once
def test_what_is_erased_is_overwritten_in_the_file(app: Flask, lived: World) -> None:
    with app.app_context():
        name = db.engine.url.database
        if db.engine.dialect.name != "sqlite" or name is None:
            return  # PostgreSQL has its own files

        def on_disk() -> bytes:
            db.session.remove()
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            with open(name, "rb") as file:
                return file.read()

        assert ADDRESS.encode() in on_disk()
        erase(lived.voter, keep_comments=False, by=None)
        assert ADDRESS.encode() not in on_disk()
        assert NAME.encode() not in on_disk()


ONE_OF_MANY = "Zebrastreifen Quarkspeise Yachthafen Xylophon Jodlerfest Wagenheber Vogelnest Ulmenholz Kachelofen"


@pytest.mark.parametrize("way", ["erased", "deleted by its author"])
def test_no_word_of_a_removed_comment_stays_in_the_files(app: Flask, world: World, way: str) -> None:
    """The full-text index too: it keeps what was removed until it is merged. On PostgreSQL the row is gone."""
    words = ONE_OF_MANY.split()
    with app.app_context():
        idea = db.session.query(Idea).filter_by(number=1).one()
        author, others = Author(world.firm, world.voter), [Author(firm, None) for firm in world.round.firms[1:]]
        for number in range(40):
            write_comment(idea.id, others[number % 2], CommentKind.NOTE, f"Dieser {number}. Beitrag bleibt so stehen.")
        comment = write_comment(idea.id, author, CommentKind.NOTE, ONE_OF_MANY)
        for number in range(40):
            write_comment(idea.id, others[number % 2], CommentKind.NOTE, f"Auch der {number}. Beitrag bleibt so.")
        indexed = db.session.scalar(select(SearchDocument.tokens).where(SearchDocument.object_id == comment)) or ""
        tokens = set(indexed.split())
        assert len(tokens) >= len(words)
        file = db.engine.url.database if db.engine.dialect.name == "sqlite" else None

        def found() -> set[str]:
            """The words that stand in the database's file or in its log."""
            if file is None:
                return {word for word in tokens if traces(word)}
            empty_write_ahead_log()
            content = b"".join(Path(file + end).read_bytes() for end in ("", "-wal") if Path(file + end).exists())
            return {word for word in {*tokens, *words} if word.encode() in content}

        assert found() >= tokens, "the control: they can be found"
        if way == "erased":
            erase(world.voter, keep_comments=False, by=None)
        else:
            delete_comment(comment, world.firm)
            work_once(tidy=True)
        assert found() == set()
        assert traces(words[0].lower()) == []
    page = app.test_client().get("/consultations/round/search?q=Beitrag").get_data(as_text=True)
    assert "Beitrag" in page, "the others can still be found"


def test_every_reference_to_an_account_has_its_fate(app: Flask) -> None:
    with app.app_context():
        undecided = [
            str(column) for _, column in references() if not goes_with_the_account(column) and str(column) not in KEPT
        ]
        known = {str(column) for _, column in references()}
    assert not undecided, f"say in privacy/belongings.py what an erasure does with {undecided}"
    assert known >= DELETED
    assert KEPT.keys() <= known


def test_an_admin_erases_who_asks_for_it_within_reach_only(app: Flask, lived: World) -> None:
    admin = visit(app, lived.chamber_admin, **ENGLISH)
    sure = {"comments": "keep", "sure": "y"}
    with app.app_context():
        foreign = make_person(lived.foreign_firm)
    for organisation, account in (
        (lived.foreign_firm, foreign),
        (lived.firm, foreign),
        (lived.round.chambers[0], lived.consultation_admin),
        (lived.round.chambers[0], lived.reviewer),
        (lived.firm, 999),
    ):
        path = f"/organisations/{organisation}/accounts/{account}/erase"
        assert admin.get(path).status_code == 404, path
        assert post(admin, path, sure).status_code == 404, path
    page = admin.page(f"/organisations/{lived.firm}")
    page = page.follow(f"Erase {NAME}")
    page.submit({"comments": "keep"}, status=422)
    after = page.submit(sure)
    assert "The person is erased." in after.text
    assert NAME not in after.text
    assert post(admin, f"/organisations/{lived.firm}/accounts/{lived.voter}/erase", sure).status_code == 404, "twice"


def test_the_last_who_can_run_consultations_stays(app: Flask, world: World) -> None:
    visitor = visit(app, world.consultation_admin, **ENGLISH)
    page = visitor.page("/account/data")
    page = page.submit({"comments": "keep", "sure": "y"}, action="/account/data/erase", status=409)
    assert "Nobody else can run consultations" in page.text
    with app.app_context():
        make_person(world.round.chambers[0], Role.CONSULTATION_ADMIN)
    page.submit({"comments": "keep", "sure": "y"}, action="/account/data/erase")
    assert visitor.get("/control").status_code == 404


def test_the_demonstrations_people_stay(demo_app: Flask) -> None:
    with demo_app.app_context():
        somebody = db.session.scalar(select(Account.id).where(Account.is_demo, Account.role == Role.VOTER).limit(1))
    page = visit(demo_app, somebody, **ENGLISH).page("/account/data")
    page.submit({"comments": "keep", "sure": "y"}, action="/account/data/erase", status=409)


def test_the_worker_forgets_drafts_and_names_ninety_days_after_publication(app: Flask, lived: World) -> None:
    with app.app_context():
        remove_colleague(lived.voter, lived.colleague)
        with transaction() as session:
            session.execute(update(Account).where(Account.id == lived.colleague).values(person="Yolanda Fort"))
        close_consultation("round")
        certify_and_publish("round")
        before = [(result.faults, result.snapshot.digest()) for result in recount_all()]

        def age(days: int) -> None:
            moment = clock() - timedelta(days=days)
            with transaction() as session:
                session.execute(update(Consultation).values(published_at=moment))
                session.execute(
                    update(Account).where(Account.removed_at.is_not(None)).values(removed_at=moment - timedelta(days=1))
                )

        age(89)
        work_once(tidy=True)
        assert db.session.scalar(select(func.count()).select_from(DraftChange)) == 2
        age(91)
        work_once(tidy=True)
        for table in (DraftChange, Draft):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0
        assert traces("Yolanda") == []
        assert db.session.get_one(Account, lived.voter).person == NAME, "who is still there keeps the name"
        assert [(result.faults, result.snapshot.digest()) for result in recount_all()] == before


def test_whoever_left_keeps_the_name_while_the_round_goes_on(app: Flask, lived: World) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(
                update(Account)
                .where(Account.id == lived.voter)
                .values(removed_at=clock() - timedelta(days=400), email=None, password_hash=None)
            )
        forget_what_is_over()
        assert db.session.get_one(Account, lived.voter).person == NAME


def test_mails_are_gone_with_the_address_whoever_asked(app: Flask, lived: World) -> None:
    with app.app_context():
        erase(lived.voter, keep_comments=True, by=None)
        assert db.session.scalar(select(func.count()).select_from(Mail).where(Mail.recipient == ADDRESS)) == 0


def test_every_table_that_can_hold_something_about_a_person_has_a_name_to_read() -> None:
    shown = {table.name for table, _ in references()} | {"account", "audit_entry", "mail"}
    assert shown == TABLES.keys()
