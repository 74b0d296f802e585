"""Reporting, hiding with a reason, restoring, approval before publication; all of it in the audit trail."""

from __future__ import annotations

import json

import pytest
from flask import Flask
from sqlalchemy import select

from ruhrvote.audit.models import AuditEntry
from ruhrvote.comments.models import Attribution, CommentKind
from ruhrvote.db import db
from tests.comments.talk import PATH, TEXT, say, texts, write
from tests.people import World, post, visit

pytestmark = pytest.mark.alike

QUEUE = "/consultations/round/moderation"


@pytest.fixture
def comment(app: Flask, world: World) -> int:
    return say(app, world.firm, account_id=world.voter)


def trail(app: Flask) -> list[tuple[str, int | None, int | None]]:
    with app.app_context():
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        return [(e.event, e.account_id, e.object_id) for e in entries if "comment" in e.event or "discuss" in e.event]


def report(app: Flask, account: int, comment: int, note: str = "Das geht zu weit.") -> None:
    page = visit(app, account).page(f"{PATH}/{comment}?form=report")
    page.submit({f"report-{comment}-reason": "insult", f"report-{comment}-note": note})


def test_what_is_reported_is_hidden_with_a_reason_and_restored(app: Flask, world: World, comment: int) -> None:
    reviewer = visit(app, world.reviewer, Accept_Language="en")
    assert "There is nothing to decide." in reviewer.page(QUEUE).text
    report(app, world.consultation_admin, comment)
    assert "1 comment to decide on" in reviewer.page("/").text
    queue = reviewer.page(QUEUE)
    assert "Das geht zu weit." in queue.text
    case = reviewer.page(f"{QUEUE}/{comment}")
    assert case.submit({"reason": "kurz"}, status=422)
    case.submit({"reason": "Bitte ohne Namen von Personen."})
    assert texts(visit(app).page(PATH)) == []
    assert visit(app).get(f"{PATH}/{comment}").status_code == 404
    for page in (PATH, "/consultations/round/my-comments"):
        own = visit(app, world.colleague, Accept_Language="en").page(page)
        assert "Bitte ohne Namen von Personen." in own.text, "its authors read why"
        assert texts(own) == [TEXT]
    assert "Bitte ohne Namen" not in visit(app, world.reviewer).page(PATH).text
    assert "There is nothing to decide." in reviewer.page(QUEUE).text
    reviewer.page(f"{QUEUE}/{comment}").submit(button="Restore the comment")
    assert texts(visit(app).page(PATH)) == [TEXT]
    assert trail(app) == [
        ("comment hidden", world.reviewer, comment),
        ("comment restored", world.reviewer, comment),
    ]
    with app.app_context():
        details = db.session.scalars(select(AuditEntry.details)).all()
        assert not any("Namen" in text for text in details), "the trail keeps no text that somebody wrote"
        assert json.loads(details[-1])["idea"] == 1
    assert "Comment hidden" in visit(app, world.chamber_admin, Accept_Language="en").page("/audit-trail").text


def test_a_report_can_be_settled_without_hiding(app: Flask, world: World, comment: int) -> None:
    report(app, world.reviewer, comment)
    report(app, world.reviewer, comment, "Noch einmal dasselbe.")
    admin = visit(app, world.consultation_admin, Accept_Language="en")
    page = admin.page(f"{QUEUE}/{comment}")
    assert "Noch einmal" not in page.text, "a second report by the same person is none"
    page.submit(button="Leave it as it is")
    assert "There is nothing to decide." in admin.page(QUEUE).text
    assert texts(visit(app).page(PATH)) == [TEXT]
    assert trail(app) == [("comment kept", world.consultation_admin, comment)]


def test_where_approval_comes_first_others_see_nothing_before(app: Flask, world: World) -> None:
    admin = visit(app, world.consultation_admin, Accept_Language="en")
    admin.page(QUEUE).submit(button="Approve first")
    author = visit(app, world.voter, Accept_Language="en")
    page = write(author)
    assert "Others see it as soon as it is approved." in page.text
    assert texts(page) == [TEXT]
    for other in (visit(app), visit(app, world.reviewer)):
        assert texts(other.page(PATH)) == []
        assert TEXT not in other.page("/consultations/round/search?q=Express").text
    admin.page(QUEUE).follow("Decide (firm 1 (round), 1)").submit(button="Approve the comment")
    assert texts(visit(app).page(PATH)) == [TEXT]
    assert TEXT.split()[0] in visit(app).page("/consultations/round/search?q=Express").text
    number = trail(app)[-1][2]
    author.page(f"{PATH}/{number}?form=edit").submit({f"edit-{number}-text": "Nachträglich ganz anders."})
    assert texts(visit(app).page(PATH)) == [], "a changed text waits again"
    assert [event for event, *_ in trail(app)] == ["discussion rules set", "comment approved"]


def test_a_chamber_moderates_its_members_and_nobody_elses(app: Flask, world: World, comment: int) -> None:
    foreign = say(app, world.foreign_firm, "Ein Kommentar aus dem anderen Bezirk.")
    for account, sees in ((world.reviewer, 1), (world.chamber_admin, 1), (world.consultation_admin, 2)):
        visitor = visit(app, account)
        assert len(texts(visitor.page(f"{QUEUE}?show=all"))) == sees
        wanted = 200 if sees == 2 else 404
        assert visitor.get(f"{QUEUE}/{foreign}").status_code == wanted
        if wanted == 404:
            assert post(visitor, f"{QUEUE}/{foreign}/hide", {"reason": "Gefällt mir nicht."}).status_code == 404
    assert len(texts(visit(app).page(PATH))) == 2


def test_nobody_learns_who_stands_behind_a_label(app: Flask, world: World) -> None:
    number = say(app, world.firm, account_id=world.voter, attribution=Attribution.ANYBODY)
    admin = visit(app, world.consultation_admin)
    post(admin, f"{QUEUE}/{number}/hide", {"reason": "Ein Grund, der genügt."})
    for page in (f"{QUEUE}?show=hidden", f"{QUEUE}/{number}", "/audit-trail?event=comment+hidden"):
        assert "firm 1 (round)" not in admin.page(page).text


def test_filters_of_the_queue(app: Flask, world: World, comment: int) -> None:
    other = say(app, world.firm, "Zur zweiten Idee etwas gesagt.", CommentKind.SUPPORT, idea=2)
    admin = visit(app, world.consultation_admin)
    post(admin, f"{QUEUE}/{other}/hide", {"reason": "Ein Grund, der genügt."})
    for query, wanted in {
        "show=hidden": ["Zur zweiten Idee etwas gesagt."],
        "show=hidden&idea=1": [],
        "show=all&idea=1": [TEXT],
        "show=waiting": [],
        "show=nonsense&idea=x": [],
    }.items():
        assert texts(admin.page(f"{QUEUE}?{query}")) == wanted, query


def test_two_moderators_do_not_undo_each_other(app: Flask, world: World, comment: int) -> None:
    first, second = visit(app, world.reviewer), visit(app, world.consultation_admin)
    page = second.page(f"{QUEUE}/{comment}")
    assert post(first, f"{QUEUE}/{comment}/hide", {"reason": "Ein Grund, der genügt."}).status_code == 303
    page.submit({"reason": "Ein anderer Grund dafür."}, status=409)
