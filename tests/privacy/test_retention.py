"""What is kept for a time is forgotten after it, and not before: each row of the list that the worker carries out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask
from flask_babel import force_locale
from sqlalchemy import func, select

from ruhrvote.accounts.limits.actions import DAY
from ruhrvote.accounts.links.actions import VALID as LINK_VALID
from ruhrvote.accounts.links.models import LinkPurpose, MailedLink
from ruhrvote.accounts.models import AttemptCount, ColleagueInvitation, Login
from ruhrvote.accounts.queries import IDLE
from ruhrvote.accounts.team.actions import VALID as INVITATION_VALID
from ruhrvote.db import Model, clock, db, transaction
from ruhrvote.exports.models import ExportFile
from ruhrvote.exports.queries import KEPT as FILE_KEPT
from ruhrvote.invitations.actions import KEPT as LETTERS_KEPT
from ruhrvote.jobs.models import Job, JobFile, JobPiece, JobState
from ruhrvote.mail.actions import KEPT as MAIL_KEPT
from ruhrvote.mail.models import Mail, MailState, RefusedAddress
from ruhrvote.members.importing import uploads
from ruhrvote.members.importing.job import REPORT_KEPT
from ruhrvote.members.importing.models import UNATTENDED, ImportFault, ImportJob, State
from ruhrvote.privacy.retention import RETENTION, WORKER
from ruhrvote.worker import work_once
from tests.people import WORLD, World

A_MOMENT = timedelta(seconds=50)
ADDRESS = "kim@firma.example"


@dataclass(frozen=True)
class Forgotten:
    """After which time a kind of data goes: `make` enters one of these that began at a moment, `left` counts them."""

    after: timedelta
    make: Callable[[datetime, str], Model | list[Model]]
    left: Callable[[], int]


def rows(table: type[Model]) -> Callable[[], int]:
    return lambda: db.session.scalar(select(func.count()).select_from(table)) or 0


def mail(state: MailState) -> Callable[[datetime, str], Mail]:
    def make(begun: datetime, name: str) -> Mail:
        facts = {"purpose": "login_link", "recipient": ADDRESS, "language": "de", "subject": "S", "text": "T"}
        return Mail(message_id=f"{state}-{name}", state=state, created_at=begun, next_try_at=begun, **facts)

    return make


def mails(state: MailState) -> Callable[[], int]:
    return lambda: db.session.scalar(select(func.count()).select_from(Mail).where(Mail.state == state)) or 0


def import_of(begun: datetime, state: State, name: str) -> ImportJob:
    chamber, *_ = WORLD.round.chambers
    return ImportJob(
        id=len(state) * 100 + len(name),
        chamber_id=chamber,
        account_id=1,
        state=state,
        file_name="f",
        stored_as=f"{state}-{name}",
        ended_at=begun if state == State.DONE else None,
        layout='{"columns": [{"example": "Kim"}]}',
    )


def job(kind: str, subject_id: int, keep_until: datetime) -> Job:
    return Job(kind=kind, subject_id=subject_id, state=JobState.DONE, keep_until=keep_until)


def upload(begun: datetime, name: str) -> list[Model]:
    made = import_of(begun, State.COLUMNS, name)
    uploads.path_of(made.stored_as).touch()
    return [made, job("import", made.id, begun + UNATTENDED)]


def report(begun: datetime, name: str) -> list[Model]:
    made = import_of(begun, State.DONE, name)
    return [
        made,
        job("import", made.id, begun + REPORT_KEPT),
        ImportFault(job_id=made.id, line=1, field="name", reason="missing", found="Kim"),
    ]


def export(begun: datetime, name: str) -> list[Model]:
    number = 1_000 + len(name)
    request = ExportFile(
        id=number,
        account_id=WORLD.consultation_admin,
        consultation_id=WORLD.round.id,
        export="organisations",
        form="csv",
        theme="",
        language="de",
        requested_at=begun,
        expires_at=begun + FILE_KEPT,
    )
    made = job("export", number, begun + FILE_KEPT)
    made.id = number
    content = JobFile(id=number, job_id=number, name="organisations.csv", media_type="text/csv", pieces=1)
    return [request, made, content, JobPiece(file_id=number, number=0, content=b"Kim")]


def exports() -> int:
    assert rows(ExportFile)() == rows(JobFile)() == rows(JobPiece)()
    return rows(ExportFile)()


def examples() -> int:
    kept = select(func.count()).select_from(ImportJob).where(ImportJob.state == State.DONE, ImportJob.layout != "{}")
    assert db.session.scalar(kept) == rows(ImportFault)(), "the first values of the columns go with the report"
    return rows(ImportFault)()


FORGOTTEN = {
    "Open logins": Forgotten(
        IDLE,
        lambda begun, name: Login(token_hash=name, account_id=WORLD.voter, created_at=begun, seen_at=begun),
        rows(Login),
    ),
    "Attempts to log in": Forgotten(
        DAY,
        lambda begun, name: AttemptCount(subject=name, attempts=9, until=begun + DAY, blocked_until=begun),
        rows(AttemptCount),
    ),
    "Links by e-mail": Forgotten(
        LINK_VALID,
        lambda begun, name: MailedLink(
            purpose=LinkPurpose.LOG_IN,
            token_hash=name,
            account_id=WORLD.voter,
            email=ADDRESS,
            expires_at=begun + LINK_VALID,
        ),
        rows(MailedLink),
    ),
    "Invitations of colleagues": Forgotten(
        INVITATION_VALID,
        lambda begun, name: ColleagueInvitation(
            organisation_id=WORLD.firm,
            invited_by=WORLD.voter,
            email=f"{name}@firma.example",
            person="Eva",
            token_hash=name,
            code_hash=name,
            expires_at=begun + INVITATION_VALID,
        ),
        rows(ColleagueInvitation),
    ),
    "Text of a mail": Forgotten(MAIL_KEPT, mail(MailState.FAILED), mails(MailState.FAILED)),
    "Recipient and subject": Forgotten(MAIL_KEPT, mail(MailState.SENT), mails(MailState.SENT)),
    "E-mail addresses that take no mail": Forgotten(
        MAIL_KEPT,
        lambda begun, name: RefusedAddress(address=f"{name}@firma.example", reason="550", noted_at=begun),
        rows(RefusedAddress),
    ),
    "Uploaded files": Forgotten(UNATTENDED, upload, lambda: len(list(uploads.folder().iterdir()))),
    "Rows and report of an import": Forgotten(REPORT_KEPT, report, examples),
    "Files that somebody ordered": Forgotten(FILE_KEPT, export, exports),
}
ELSEWHERE = {
    "Name of a removed account": "tests/privacy/test_own_data.py",
    "Draft of a ballot": "tests/privacy/test_own_data.py",
    "Letters for the print shop": "tests/invitations/test_mailings.py",
}


def test_each_row_of_the_list_is_carried_out_and_not_too_early(app: Flask, world: World) -> None:
    with app.app_context(), force_locale("en"):
        for kept in RETENTION:
            if kept.by is WORKER:
                names = [name for name in (*FORGOTTEN, *ELSEWHERE) if str(kept.what).startswith(name)]
                assert len(names) == 1, f"no test says that this goes: {kept.what}"
        now = clock()
        with transaction() as session:
            for kind in FORGOTTEN.values():
                for begun, name in ((now - kind.after + A_MOMENT, "young"), (now - kind.after - A_MOMENT, "o")):
                    made = kind.make(begun, name)
                    for row in made if isinstance(made, list) else [made]:
                        session.add(row)
                        session.flush()
        assert {name: kind.left() for name, kind in FORGOTTEN.items()} == dict.fromkeys(FORGOTTEN, 2)
        work_once(tidy=True)
        assert {name: kind.left() for name, kind in FORGOTTEN.items()} == dict.fromkeys(FORGOTTEN, 1)


def test_the_list_says_the_periods_of_the_code(app: Flask) -> None:
    with app.app_context(), force_locale("en"):
        said = {str(kept.what): str(kept.until) for kept in RETENTION}
        for start, words in {
            "Open logins": "30 minutes",
            "Links by e-mail": f"{LINK_VALID.seconds // 60} minutes",
            "Invitations of colleagues": f"{INVITATION_VALID.days} days",
            "Rows and report of an import": f"{REPORT_KEPT.days} days",
            "Uploaded files": f"{UNATTENDED.days} day",
            "Letters for the print shop": f"{LETTERS_KEPT.days} days",
        }.items():
            (until,) = [until for what, until in said.items() if what.startswith(start)]
            assert words in until
