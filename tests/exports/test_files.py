"""Files that take long: made by the worker, for one person, for one download, for a day."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import joinedload

from ruhrvote.accounts.models import Account, Kind, Membership, Organisation, Role
from ruhrvote.audit.models import Event
from ruhrvote.control.audit_trail_views import entries
from ruhrvote.db import clock, db, transaction
from ruhrvote.exports.actions import EXPORTS, MOST_FILES, SLOWEST_DOWNLOAD
from ruhrvote.exports.models import ExportFile, FileState
from ruhrvote.exports.views import MADE_AT_ONCE
from ruhrvote.jobs.models import Job, JobFile, JobPiece
from ruhrvote.worker import forget_jobs
from tests.exports.getting import ENGLISH, PATH, press, rows_of
from tests.jobs.running import do_jobs, let_claims_run_out
from tests.pages import Page, Visitor, text_of
from tests.people import World, post, visit

FIRMS = MADE_AT_ONCE


@pytest.fixture
def many(app: Flask, world: World) -> World:
    """More firms in one chamber than are written at once."""
    firms = [{"id": 100 + n, "kind": Kind.FIRM, "name": f"Firma {n}"} for n in range(FIRMS)]
    own = world.round.chambers[0]
    with app.app_context(), transaction() as session:
        session.execute(insert(Organisation), firms)
        session.execute(insert(Membership), [{"organisation_id": firm["id"], "chamber_id": own} for firm in firms])
    return world


def order(visitor: Visitor, form: str = "csv") -> Page:
    response = press(visitor, "organisations", form)
    assert response.status_code == 303
    return visitor.page(PATH)


def file_path(number: int = 1) -> str:
    return f"{PATH}/files/{number}"


def make(app: Flask) -> bool:
    with app.app_context():
        return do_jobs(EXPORTS)


def state(app: Flask) -> ExportFile:
    with app.app_context():
        newest = select(ExportFile).order_by(ExportFile.id.desc()).limit(1)
        return db.session.scalars(newest.options(joinedload(ExportFile.job), joinedload(ExportFile.file))).one()


def parts(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(JobPiece)) or 0


def set_job(app: Flask, **values: object) -> None:
    with app.app_context(), transaction() as session:
        session.execute(update(Job).values(**values))


def forget(app: Flask) -> None:
    with app.app_context():
        forget_jobs(10)


def moment(app: Flask, hours: float) -> datetime:
    with app.app_context():
        return clock() + timedelta(hours=hours)


def test_ordered_made_and_downloaded_once(app: Flask, many: World) -> None:
    visitor = visit(app, many.chamber_admin, **ENGLISH)
    page = order(visitor)
    assert "The file is being made." in page.text
    assert f"Waits for its turn: {FIRMS + 5:,} rows." in page.text
    section = page.root.find(".//*[@id='files']")
    assert section.get("hx-trigger") == "every 2s"
    assert make(app)
    fragment = visitor.get(f"{PATH}/files", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert "hx-trigger" not in fragment
    page = visitor.page(PATH)
    assert f"Ready: {FIRMS + 5:,} rows" in page.text
    answer = page.submit(button="Download").response
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ruhrvote-round-organisations.csv"'
    assert answer.content_length == len(answer.data)
    rows = rows_of(answer.data)
    assert [row["Name"] for row in rows][-FIRMS:] == [f"Firma {n}" for n in range(FIRMS)]
    assert "Was downloaded. Order it again" in visitor.page(PATH).text
    again = post(visitor, file_path())
    assert again.status_code == 410
    assert "This file was downloaded already; each can be downloaded once. Order it again" in Page(visitor, again).text


def test_it_is_for_one_person_alone(app: Flask, many: World) -> None:
    order(visit(app, many.consultation_admin))
    make(app)
    other = visit(app, many.chamber_admin, **ENGLISH)
    assert "Organisations, CSV" not in text_of(other.page(PATH).root.find(".//*[@id='files']"))
    answer = post(other, file_path())
    assert answer.status_code == 404
    assert "There is no such file for you, or it has expired." in Page(other, answer).text
    assert state(app).state == FileState.READY, "and it is still there for whom it was made"


def test_whoever_may_no_longer_have_it_does_not_get_it(app: Flask, many: World) -> None:
    order(visit(app, many.chamber_admin))
    make(app)
    with app.app_context(), transaction() as session:
        session.get_one(Account, many.chamber_admin).role = Role.REVIEWER
    assert post(visit(app, many.chamber_admin), file_path()).status_code == 404


def test_nothing_that_follows_links_uses_it_up(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin)
    order(visitor)
    make(app)
    assert visitor.get(file_path()).status_code == 405
    assert visitor.head(file_path()).status_code == 405
    assert post(visitor, file_path()).status_code == 200


def test_before_it_is_ready_there_is_nothing_to_download(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin)
    order(visitor)
    assert post(visitor, file_path()).status_code == 404


def test_it_expires_and_is_deleted(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin)
    order(visitor)
    make(app)
    assert timedelta(hours=23, minutes=59) < state(app).expires_at - moment(app, 0) <= timedelta(hours=24)
    with app.app_context(), transaction() as session:
        session.execute(update(ExportFile).values(expires_at=moment(app, -0.1)))
    assert post(visitor, file_path()).status_code == 404
    set_job(app, keep_until=moment(app, -0.1))
    with app.app_context():
        forget_jobs(10)
        for table in (ExportFile, Job, JobFile):
            assert db.session.scalar(select(func.count()).select_from(table)) == 0
    assert parts(app) == 0


def test_the_content_is_deleted_after_the_download(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin)
    order(visitor)
    make(app)
    post(visitor, file_path()).get_data()
    forget(app)
    assert parts(app) > 0, "a slow download goes on"
    due = state(app).job
    assert due is not None
    assert due.keep_until is not None
    assert due.keep_until <= moment(app, SLOWEST_DOWNLOAD / timedelta(hours=1))
    set_job(app, keep_until=moment(app, -0.1))
    forget(app)
    assert parts(app) == 0
    assert post(visitor, file_path()).status_code == 410


def test_two_clicks_are_one_file_and_there_is_a_limit(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin, **ENGLISH)
    order(visitor)
    order(visitor)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(ExportFile)) == 1
    for _ in range(MOST_FILES):
        make(app)
        response = press(visitor, "organisations", "csv")
    assert response.status_code == 409
    assert "You have five files already." in Page(visitor, response).text


def test_how_far_it_is_can_be_seen(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin, **ENGLISH)
    order(visitor)
    set_job(app, total=1000, done=250, state="running", claimed_until=moment(app, 1))
    page = visitor.page(PATH)
    assert "250 of 1,000 rows are written." in page.text
    assert page.root.find(".//progress").get("value") == "25"


def test_a_worker_that_dies_leaves_it_to_the_next(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin)
    order(visitor, "json")
    with app.app_context(), transaction() as session:
        session.add(JobFile(id=1, job_id=1, name="organisations.json", media_type="application/json", pieces=1))
        session.flush()
        session.add(JobPiece(file_id=1, number=0, content=b"half of it"))
    set_job(app, state="running", claim="of the dead", tries=1, claimed_until=moment(app, 0.01))
    assert not make(app), "its claim still holds"
    with app.app_context():
        let_claims_run_out()
    assert make(app)
    assert len(json.loads(post(visitor, file_path()).data)["rows"]) == FIRMS + 7


def test_what_fails_three_times_is_given_up(app: Flask, many: World) -> None:
    visitor = visit(app, many.consultation_admin, **ENGLISH)
    order(visitor)
    set_job(app, tries=3, claimed_until=moment(app, -0.01))
    assert make(app)
    assert "Could not be made. Order it again" in visitor.page(PATH).text
    assert not make(app)


def test_order_and_download_are_in_the_audit_trail(app: Flask, many: World) -> None:
    visitor = visit(app, many.chamber_admin)
    order(visitor)
    make(app)
    post(visitor, file_path()).get_data()
    with app.app_context():
        for event in (Event.EXPORT_ORDERED, Event.EXPORT_DOWNLOADED):
            page = entries(event=event)
            (entry,), total = page.rows, page.total
            assert (total, entry.account_id, entry.object_id) == (1, many.chamber_admin, 1)
            assert entry.values == {"export": "organisations", "form": "csv"}
