"""The pictures: what they draw and say, their tables and files, and what is not shown."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from flask import Flask

from ruhrvote.accounts.models import Organisation
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import transaction
from ruhrvote.leaderboards.breakdown import find_breakdown
from ruhrvote.leaderboards.gate import figures
from ruhrvote.review.charts.chart import TITLES
from ruhrvote.review.charts.svg import FIRST_DARK, HEAT
from ruhrvote.services import services
from ruhrvote.threads import Computations
from tests.pages import Page, text_of
from tests.people import visit
from tests.review.opinions import make_region, vote
from tests.rounds import certify_and_publish
from tests.statements import counted

pytestmark = pytest.mark.alike

SVG = "{http://www.w3.org/2000/svg}"
PICTURES = "/consultations/region/review/pictures"


def picture(app: Flask, person: int, name: str) -> Page:
    return visit(app, person, Accept_Language="en").page(f"{PICTURES}/{name}")


def sentence(page: Page) -> str:
    return text_of(page.root.find(".//*[@id='picture-sentence']"))


def cells(page: Page) -> list[list[str]]:
    return [[text_of(cell) for cell in row] for row in page.root.findall(".//*[@class='picture__table']//tbody/tr")]


@pytest.fixture
def open_round(app: Flask) -> int:
    with app.app_context():
        round_, person = make_region()
        vote(round_)
        return person


@pytest.fixture
def in_cohorts(app: Flask) -> int:
    with app.app_context():
        round_, person = make_region(municipalities=10, release_policy=ReleasePolicy.COHORTS)
        vote(round_)
        return person


@pytest.fixture
def result(app: Flask, open_round: int) -> int:
    with app.app_context():
        close_consultation("region")
        certify_and_publish("region")
        return open_round


def test_bars_with_what_is_certain_after_the_close(app: Flask, result: int) -> None:
    page = picture(app, result, "bars")
    assert sentence(page).startswith("Furthest ahead: “Short ")
    assert "Cannot be told apart: " in sentence(page)
    rows = cells(page)
    assert [row[0] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert all(float(row[4]) <= float(row[3]) <= float(row[5]) for row in rows)
    assert "43 of 45 organisations (95.6 %)" in page.text
    assert len(page.root.findall(".//*[@class='p-strong']")) == 2 * 3 * 6, "wide and narrow, each with six intervals"


def test_while_open_no_intervals_and_rounded_scores(app: Flask, open_round: int) -> None:
    page = picture(app, open_round, "bars")
    assert "is computed after the close" in sentence(page)
    assert page.root.find(".//*[@class='p-strong']") is None
    assert len(cells(page)[0]) == 4
    data = visit(app, open_round, Accept_Language="en").get(f"{PICTURES}/bars.csv").text
    scores = [line.split(";")[3] for line in data.splitlines()[1:]]
    assert all(len(score.partition(",")[2]) <= 1 for score in scores)


def test_groups_and_what_to_talk_about(app: Flask, open_round: int) -> None:
    groups = picture(app, open_round, "groups")
    first, last = cells(groups)[0], {row[2]: row for row in cells(groups)}["Short 6"]
    assert float(last[3]) < float(last[4]), "municipalities put idea 6 last, the shops first"
    assert "Furthest apart: " in sentence(groups)
    assert "Municipalities" in sentence(groups)
    assert len(first) == 5
    assert "What to talk about" in picture(app, open_round, "dissent").text
    themes = picture(app, open_round, "themes")
    assert "Municipalities: First theme (" in sentence(themes)


def test_a_live_round_has_no_breakdown_below_the_groups(app: Flask, result: int) -> None:
    page = picture(app, result, "firms?by=sector")
    assert "single ballots can be computed from them" in page.text
    assert page.root.find(".//table") is None
    answer = visit(app, result).get(f"{PICTURES}/firms.csv?by=sector")
    assert "Building" not in answer.text


def test_a_live_round_that_was_opened_before_keeps_its_breakdown(app: Flask, open_round: int) -> None:
    with app.app_context():
        with transaction():
            get_consultation("region").disclosure_rule = 1
        close_consultation("region")
    page = picture(app, open_round, "firms?by=size")
    assert [text_of(head) for head in page.root.findall(".//thead//th")][3:] == ["1-9", "250+"]


def test_firms_by_cells_after_the_close_alone(app: Flask, in_cohorts: int) -> None:
    page = picture(app, in_cohorts, "firms?by=sector")
    assert "After the close" in page.text
    assert page.root.find(".//table") is None
    with app.app_context():
        consultation = get_consultation("region")
        shown = figures(consultation, 6)
        assert shown is not None
        assert find_breakdown(consultation, shown) is None
        close_consultation("region")
    page = picture(app, in_cohorts, "firms?by=sector")
    heads = [text_of(head) for head in page.root.findall(".//thead//th")]
    assert heads[3:] in (["Building"], ["Shops"]), "showing both would leave the three miners"
    assert "2 more cells are not shown" in sentence(page)
    assert "Mining" not in page.text
    size = picture(app, in_cohorts, "firms?by=size")
    assert [text_of(head) for head in size.root.findall(".//thead//th")][3:] == ["1-9", "250+"]
    assert "IHK" in picture(app, in_cohorts, "firms").text


def test_a_firm_that_moves_after_the_opening_changes_no_cell(app: Flask, in_cohorts: int) -> None:
    with app.app_context():
        close_consultation("region")
    before = cells(picture(app, in_cohorts, "firms?by=size"))
    assert before
    with app.app_context():
        with transaction() as session:
            for firm in session.query(Organisation).filter_by(sector="Shops"):
                firm.size_class = "1-9"
        services(app).of(Computations).clear()
    assert cells(picture(app, in_cohorts, "firms?by=size")) == before


@pytest.mark.parametrize("name", list(TITLES))
def test_each_picture_is_three_files(app: Flask, name: str) -> None:
    with app.app_context():
        policy = ReleasePolicy.COHORTS if name == "firms" else ReleasePolicy.IMMEDIATE
        round_, person = make_region(municipalities=10, release_policy=policy)
        vote(round_)
        close_consultation("region")
        certify_and_publish("region")
    visitor = visit(app, person, Accept_Language="de")
    svg = visitor.get(f"{PICTURES}/{name}.svg")
    assert svg.mimetype == "image/svg+xml"
    root = ET.fromstring(svg.text)
    said = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
    assert "50 von 52 Organisationen (96,2 %)" in said
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title") is not None
    assert "style" not in svg.text
    png = visitor.get(f"{PICTURES}/{name}.png")
    assert png.data.startswith(b"\x89PNG")
    assert len(png.data) > 5000
    csv = visitor.get(f"{PICTURES}/{name}.csv")
    assert "nicht repräsentativ" in csv.text.splitlines()[1]
    page = visitor.page(f"{PICTURES}/{name}")
    assert len(csv.text.splitlines()) == 1 + len(cells(page))
    assert f'filename="ruhrvote-region-{name}' in csv.headers["Content-Disposition"]


def test_nothing_before_publication_and_nothing_without_ballots(app: Flask) -> None:
    with app.app_context():
        round_, person = make_region(release_policy=ReleasePolicy.AFTER_CLOSE)
        make_region("silent", firms=3)
        vote(round_)
        close_consultation("region")
    for name in ("bars", "groups", "dissent", "themes", "firms"):
        page = picture(app, person, name)
        assert "Results after publication" in page.text
        assert page.root.find(".//table") is None
        assert visit(app, person).get(f"{PICTURES}/{name}.csv").status_code == 409
    assert "Taken part: " in picture(app, person, "turnout").text
    empty = visit(app, person, Accept_Language="en").page("/consultations/silent/review/pictures/bars")
    assert "No votes yet" in empty.text


def test_an_unknown_picture(app: Flask, open_round: int) -> None:
    visit(app, open_round).page(f"{PICTURES}/pie", 404)
    visit(app, open_round).page(f"{PICTURES}/firms?by=name", 404)


def test_a_page_costs_the_same_with_more_ballots(app: Flask) -> None:
    numbers = []
    for key, firms in (("small", 12), ("large", 24)):
        with app.app_context():
            round_, person = make_region(key, firms=firms)
            vote(round_)
        visitor = visit(app, person)
        visitor.page(f"/consultations/{key}/review")
        paths = ("review", "review/pictures/groups", "review/pictures/firms", "review/compare")
        with counted(app) as statements:
            for path in paths:
                visitor.page(f"/consultations/{key}/{path}")
        numbers.append(len(statements))
    assert numbers[0] == numbers[1]


def test_text_is_readable_on_each_field() -> None:
    for step, colour in enumerate(HEAT):
        text = "#ffffff" if step >= FIRST_DARK else "#111320"
        assert contrast(text, colour) >= 4.5, colour
    light = [luminance(colour) for colour in HEAT]
    assert light == sorted(light, reverse=True), "each is darker than the one before, for whoever sees no colours"


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
