"""The migrations make the tables that the models describe, and every step can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Select, delete, func, inspect, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from ruhrvote.accounts.links.models import LinkRequest
from ruhrvote.accounts.models import Account, Membership, Organisation
from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import Attribution, Comment, CommentKind
from ruhrvote.config import ROOT
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import clock, db, transaction
from ruhrvote.exports.models import ExportFile
from ruhrvote.ideas.models import Idea
from ruhrvote.invitations.models import LetterFile, Mailing
from ruhrvote.jobs.actions import add_file, enqueue, sealed_pieces
from ruhrvote.jobs.models import Job, JobFile, JobPiece
from ruhrvote.ledger.models import LedgerEntry
from ruhrvote.members.importing.models import ImportJob
from ruhrvote.prepared import newest_revision
from ruhrvote.recount import recount_all
from ruhrvote.seeding import database_is_current
from ruhrvote.worker import take_lease
from tests.rounds import make_round, submit

MIGRATIONS = str(ROOT / "migrations")
# From the first to the newest: each step names the one before it.
STEPS = [script.revision for script in ScriptDirectory(MIGRATIONS).walk_revisions()][::-1]


@pytest.fixture(autouse=True)
def migrated(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def go_to(step: str) -> None:
    """Migrate to a step, wherever the database stands."""
    db.session.remove()
    current = standing()
    if current is not None and (step == "base" or STEPS.index(step) < STEPS.index(current)):
        downgrade(directory=MIGRATIONS, revision=step)
    else:
        upgrade(directory=MIGRATIONS, revision=step)


def standing() -> str | None:
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences_from_the_models() -> list[object]:
    by_hand = "search_index"  # the search index is not of the models: it is another thing on each database
    options = {"compare_type": True, "include_name": lambda name, *_: not (name or "").startswith(by_hand)}
    with db.engine.connect() as connection:
        compared = MigrationContext.configure(connection, opts=options)
        return [*compare_metadata(compared, db.metadatas[None])]


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_there_is_one_line_of_steps() -> None:
    assert ScriptDirectory(MIGRATIONS).get_heads() == STEPS[-1:] == [newest_revision()]


def test_the_newest_step_is_what_the_models_say() -> None:
    assert database_is_current()
    assert differences_from_the_models() == []


def test_the_comparison_would_notice_a_difference() -> None:
    # The control: what the test above rests on does see a missing table and a column too many.
    with transaction() as session:
        session.execute(text("DROP TABLE worker_lease"))
        session.execute(text("ALTER TABLE comment ADD COLUMN surplus INTEGER"))
    assert {difference[0] for difference in differences_from_the_models()} == {"add_table", "remove_column"}


def test_every_step_down_and_up_again() -> None:
    complete = tables()
    for step in [*STEPS[-2::-1], "base"]:
        go_to(step)
        assert standing() == (None if step == "base" else step)
        assert not database_is_current()
    assert tables() == set(), "the first step takes back all that it made"
    for step in STEPS:
        go_to(step)
        assert standing() == step
    assert tables() == complete
    assert differences_from_the_models() == []


def test_data_survives_a_step_down_and_up() -> None:
    round_ = make_round()
    submit(round_, round_.firms[0], "1A1B2~5~0~4~")
    go_to(STEPS[0])
    go_to(STEPS[-1])
    assert db.session.scalar(select(func.count()).select_from(Organisation)) == 17
    assert [result.faults for result in recount_all()] == [()]


def test_rounds_opened_before_keep_the_rule_of_what_is_shown() -> None:
    make_round("new")
    go_to("0020")
    go_to(STEPS[-1])
    assert get_consultation("new").disclosure_rule == 2, "the ledger says so"
    with transaction():
        get_consultation("new").disclosure_rule = 1
    assert [result.faults for result in recount_all()] == [("the rules were changed after the opening",)]


def test_labels_of_old_comments_are_widened_where_a_chamber_has_few_such_members() -> None:
    round_ = make_round(firms=24, chambers=2, opened=False)
    here, alone = round_.firms[:20], round_.firms[0]
    with transaction() as session:
        session.execute(
            update(Organisation).where(Organisation.id.in_(here)).values(municipality_id=round_.municipalities[0])
        )
        moved = Membership.organisation_id.in_([alone, *round_.firms[12:]])
        session.execute(update(Membership).where(moved).values(chamber_id=round_.chambers[1]))
    open_consultation(round_.key)
    idea = db.session.scalars(select(Idea.id)).first()
    assert idea is not None
    for firm in (alone, round_.firms[1]):
        write_comment(
            idea, Author(firm, None, Attribution.PLACE, "Dortmund"), CommentKind.NOTE, f"Ein Wort von {firm}."
        )
    go_to("0021")
    go_to(STEPS[-1])
    labels = db.session.execute(select(Comment.attribution, Comment.place).order_by(Comment.id)).all()
    assert [tuple(label) for label in labels] == [("group", ""), ("place", "Dortmund")]


def test_a_round_has_the_period_for_objections_that_its_ledger_names() -> None:
    round_ = make_round(objection_days=0)
    close_consultation(round_.key)
    settled = get_consultation(round_.key).settled_at
    go_to("0020")
    go_to(STEPS[-1])
    consultation = get_consultation(round_.key)
    assert (consultation.objection_days, consultation.settled_at) == (0, settled)
    assert [result.faults for result in recount_all()] == [()]


def test_the_ledger_is_append_only_after_going_down_and_up() -> None:
    go_to("base")
    go_to(STEPS[-1])
    make_round()
    for statement in ("UPDATE ledger_entry SET kind = 'cast'", "DELETE FROM ledger_entry"):
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.execute(text(statement))
    if db.engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
            session.execute(text("TRUNCATE ledger_entry"))
    assert db.session.scalar(select(func.count()).select_from(LedgerEntry)) == 1


def test_the_worker_finds_its_table() -> None:
    assert take_lease("worker")


def test_an_interrupted_migration_leaves_nothing_behind() -> None:
    go_to("base")
    with transaction() as session:
        session.execute(text("CREATE TABLE comment (id INTEGER)"))  # in the way of the last table of the first step
    with pytest.raises((OperationalError, ProgrammingError)):
        go_to(STEPS[-1])
    assert tables() == {"comment"}, "all or nothing"
    with transaction() as session:
        session.execute(text("DROP TABLE comment"))
    go_to(STEPS[-1])
    assert differences_from_the_models() == []


def work_of_all_kinds(chamber: int) -> None:
    """A mailing and an export with their files, and of each kind something that waits."""
    now = clock()
    with transaction() as session:
        person = Account(organisation_id=chamber, email="kim@firma.example", person="Kim", role="chamber_admin")
        session.add(person)
        session.flush()
        common = {"consultation_id": 1, "occasion": "invitation", "sender_id": chamber, "ordered_by": person.id}
        for number, state in enumerate(("ready", "producing", "handed_over"), start=1):
            ready_at = None if state == "producing" else now
            session.add(Mailing(channel="letter", state=state, ordered_at=now, ready_at=ready_at, **common))
            session.flush()
            enqueue("mailing", number, total=7, keep_until=now + timedelta(days=23) if state == "ready" else None)
        for number, _state in enumerate(("ready", "waiting", "failed", "taken"), start=1):
            asked = {"export": "organisations", "form": "csv", "theme": "", "language": "de"}
            until = now + timedelta(hours=number)
            file = ExportFile(account_id=person.id, consultation_id=1, requested_at=now, expires_at=until, **asked)
            session.add(file)
            session.flush()
            enqueue("export", number, total=10 * number, keep_until=until)
        session.add(ImportJob(chamber_id=chamber, account_id=person.id, state="columns", file_name="a", stored_as="b"))
        session.add(ImportJob(chamber_id=chamber, account_id=person.id, state="checking", file_name="c", stored_as="d"))
        session.flush()
        enqueue("import", 1, total=100)
        enqueue("import", 2, total=100)
        session.add(LinkRequest(email="kim@firma.example", language="de", requested_at=now))
        session.flush()
        enqueue("link", 1)
    with transaction() as session:
        for job in session.scalars(select(Job)):
            match (job.kind, job.subject_id):
                case ("mailing", 1 | 3) | ("export", 1 | 4) | ("import", 1):
                    job.state, job.done = "done", job.total if job.kind != "import" else 0
                case ("export", 3):
                    job.state = "failed"
            if job.kind == "mailing":
                content = b"a letter" * 70_000
                pieces = sealed_pieces(content, f"letters {job.subject_id}/a.pdf")
                file = add_file(job.id, "a.pdf", "application/pdf", len(content), pieces)
                letters = {"part": 1, "letters": 7, "first_postcode": "44135", "last_postcode": "58095"}
                session.add(LetterFile(file_id=file.id, mailing_id=job.subject_id, **letters))
            elif job.kind == "export" and job.state == "done":
                file = add_file(job.id, "organisations", "application/octet-stream", 6, [b"Kim", b"Uwe"])
                file.downloaded_at = now if job.subject_id == 4 else None
        session.execute(delete(JobPiece).where(JobPiece.file_id.in_(of_mailing(3))))  # it is handed over


def of_mailing(number: int) -> Select[tuple[int]]:
    return select(LetterFile.file_id).where(LetterFile.mailing_id == number)


def everything_of_jobs() -> dict[str, object]:
    """What pages and the worker know of jobs and their files, by what they are about and not by their numbers."""
    db.session.rollback()
    jobs = {(job.kind, job.subject_id): job for job in db.session.scalars(select(Job))}
    files = {
        (job.kind, job.subject_id): (
            [(file.name, file.size, file.pieces, file.downloaded_at is not None) for file in files_of(job)],
            [
                (piece.number, piece.content)
                for file in files_of(job)
                for piece in db.session.scalars(
                    select(JobPiece).where(JobPiece.file_id == file.id).order_by(JobPiece.number)
                )
            ],
        )
        for job in jobs.values()
    }
    letters = select(LetterFile.mailing_id, LetterFile.part, LetterFile.letters, LetterFile.first_postcode)
    return {
        "jobs": {key: (job.state, job.done, job.total) for key, job in jobs.items()},
        "files": files,
        "letters": sorted(tuple(row) for row in db.session.execute(letters)),
        "mailings": [
            (one.id, one.state, one.total) for one in db.session.scalars(select(Mailing).order_by(Mailing.id))
        ],
        "exports": [(one.id, one.state) for one in db.session.scalars(select(ExportFile).order_by(ExportFile.id))],
    }


def files_of(job: Job) -> list[JobFile]:
    return list(db.session.scalars(select(JobFile).where(JobFile.job_id == job.id).order_by(JobFile.id)))


def test_jobs_and_their_files_survive_a_step_down_and_up() -> None:
    round_ = make_round()
    work_of_all_kinds(round_.chambers[0])
    before = everything_of_jobs()
    go_to("0019")
    with db.engine.connect() as connection:
        old = connection.execute(text("SELECT count(*), sum(length(content)) FROM invitation_file_piece")).one()
        states = connection.execute(text("SELECT state FROM export_file ORDER BY id")).scalars().all()
    assert old[0] == 2 * 3
    assert old[1] > 2 * 560_000
    assert states == ["ready", "ordered", "failed", "taken"]
    go_to(STEPS[-1])
    assert everything_of_jobs() == before
    assert differences_from_the_models() == []
    kept = {(job.kind, job.subject_id): job.keep_until for job in db.session.scalars(select(Job))}
    ready_at = db.session.get_one(Mailing, 1).ready_at
    assert ready_at is not None
    assert kept["mailing", 1] == pytest.approx(ready_at + timedelta(days=23), abs=timedelta(seconds=1))
    assert kept["export", 1] == db.session.get_one(ExportFile, 1).expires_at
    assert kept["mailing", 2] is kept["mailing", 3] is kept["link", 1] is kept["import", 2] is None
    assert kept["import", 1] is not None
    assert timedelta(hours=23) < kept["import", 1] - clock() <= timedelta(days=1)
    with transaction():  # numbers go on behind those that were carried over
        enqueue("link", 2)
