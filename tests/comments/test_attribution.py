"""Under what a comment may stand: a label never points at one of few."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import update

from ruhrvote.accounts.models import Kind, Membership, Organisation, Role
from ruhrvote.comments.attribution import label_for
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import db, transaction
from tests.comments.talk import PATH, TEXT, kept, texts, write
from tests.pages import text_of
from tests.people import make_person, post, visit
from tests.rounds import make_round

pytestmark = pytest.mark.alike

Made = Callable[..., tuple[list[int], list[int], list[int]]]


@pytest.fixture
def made(app: Flask) -> Made:
    """A function that makes a round in which so many of the firms sit in the first municipality."""

    def make(*, here: int, firms: int = 12, chambers: int = 2, municipalities: int = 3):
        with app.app_context():
            round_ = make_round(firms=firms, chambers=chambers, municipalities=municipalities, opened=False)
            with transaction() as session:
                place = round_.municipalities[0]
                local = Organisation.id.in_(round_.firms[:here])
                session.execute(update(Organisation).where(local).values(municipality_id=place))
            open_consultation(round_.key)
            return round_.firms, round_.chambers, round_.municipalities

    return make


def label(app: Flask, organisation_id: int) -> str:
    with app.app_context(), app.test_request_context(headers={"Accept-Language": "en"}):
        return str(label_for(1, db.session.get_one(Organisation, organisation_id)))


@pytest.mark.parametrize(
    ("here", "firms", "wanted"),
    [
        (10, 12, "Firm, municipality 1 (round)"),
        (9, 12, "Firm"),
        (3, 9, "Participating organisation"),
        (3, 4, "None"),
    ],
    ids=["ten here", "nine here", "nine firms", "nine in all"],
)
def test_the_narrowest_label_that_fits_ten(app: Flask, made: Made, here: int, firms: int, wanted: str) -> None:
    mine, _, _ = made(here=here, firms=firms)
    assert label(app, mine[0]) == wanted


@pytest.mark.parametrize(
    ("municipalities", "of_chamber", "of_municipality"),
    [(3, "Participating organisation", "Participating organisation"),
     (8, "Chamber or municipality", "Participating organisation"),
     (9, "Chamber or municipality", "Chamber or municipality"),
     (10, "Chamber or municipality", "Municipality")],
)  # fmt: skip
def test_chambers_and_municipalities_are_few(
    app: Flask, made: Made, municipalities: int, of_chamber: str, of_municipality: str
) -> None:
    _, chambers, towns = made(here=0, municipalities=municipalities)
    assert (label(app, chambers[0]), label(app, towns[0])) == (of_chamber, of_municipality)


@pytest.mark.parametrize(("local", "wanted"), [(1, "Firm"), (9, "Firm"), (10, "Firm, municipality 1 (round)")])
def test_a_label_fits_ten_in_the_moderation_of_the_chamber_too(app: Flask, made: Made, local: int, wanted: str) -> None:
    """Its staff know that the author is one of their members: of these, too, the label must fit ten."""
    firms, chambers, _ = made(here=20, firms=40)
    with app.app_context():
        with transaction() as session:
            moved = [*firms[:local], *firms[20:30]]
            session.execute(
                update(Membership).where(Membership.organisation_id.in_(moved)).values(chamber_id=chambers[1])
            )
        author, moderator = make_person(firms[0]), make_person(chambers[1], Role.CHAMBER_ADMIN)
    write(visit(app, author), shown_as="label")
    queue = visit(app, moderator, Accept_Language="en").page("/consultations/round/moderation?show=all")
    shown = [text_of(name) for name in queue.root.iter("b") if name.get("class") == "comment__author"]
    assert shown == [wanted]


def test_among_few_members_of_a_chamber_there_is_no_label(app: Flask, made: Made) -> None:
    firms, chambers, _ = made(here=20, firms=40)
    with app.app_context(), transaction() as session:
        few = Membership.organisation_id.in_(firms[:8])
        session.execute(update(Membership).where(few).values(chamber_id=chambers[1]))
    assert label(app, firms[0]) == "None"
    assert label(app, firms[8]) == "Firm, municipality 1 (round)"


def test_each_comment_is_shown_as_it_was_chosen_and_previewed(app: Flask, made: Made) -> None:
    firms, _, _ = made(here=12)
    with app.app_context():
        person = make_person(firms[0])
    visitor = visit(app, person, Accept_Language="en")
    for choice, shown, not_shown in (
        ("label", "Firm, municipality 1 (round)", "firm 1 (round)"),
        ("name", "firm 1 (round)", "Firm, municipality 1 (round)"),
    ):
        page = visitor.page(PATH).submit({"text": TEXT, "kind": "note", "shown_as": choice}, button="Preview")
        preview = next(part for part in page.root.iter("section") if part.get("class") == "preview")
        assert shown in text_of(preview)
        assert not_shown not in text_of(preview)
        assert not texts(visit(app).page(PATH)) or choice == "name", "a preview publishes nothing"
        page.submit({"text": TEXT}, button="Publish the comment")
        reader = visit(app, Accept_Language="en").page(PATH)
        newest = next(part for part in reader.root.iter("article"))
        assert shown in text_of(newest)
        assert not_shown not in text_of(newest)


def test_a_label_shows_no_time_of_day(app: Flask, made: Made) -> None:
    firms, _, _ = made(here=12)
    with app.app_context():
        person = make_person(firms[0])
    write(visit(app, person), shown_as="label")
    times = [time.get("datetime") for time in visit(app).page(PATH).root.iter("time")]
    assert times
    assert all("T" not in (time or "T") for time in times)


def test_municipalities_are_told_that_the_label_widened_and_may_choose_their_name(app: Flask, made: Made) -> None:
    _, _, towns = made(here=0)
    with app.app_context():
        person = make_person(towns[0])
    page = visit(app, person, Accept_Language="en").page(PATH)
    assert "You may choose your name instead." in page.text
    offered = [text_of(label) for label in page.root.iter("label") if (label.get("for") or "").startswith("shown_as")]
    assert offered == ["municipality 1 (round)", "Participating organisation"]


@pytest.mark.parametrize("kind", list(Kind))
def test_nobody_can_send_a_label_that_was_not_offered(app: Flask, made: Made, kind: Kind) -> None:
    firms, chambers, towns = made(here=2, firms=3, municipalities=2)
    with app.app_context():
        person = make_person({Kind.FIRM: firms, Kind.CHAMBER: chambers, Kind.MUNICIPALITY: towns}[kind][0])
    visitor = visit(app, person)
    for choice in ("label", "official", "place", ""):
        sent = post(visitor, PATH, {"text": TEXT, "kind": "note", "shown_as": choice})
        assert sent.status_code == 422
    assert kept(app) == []
