"""What may be seen when: nothing of a draft, and under `after_close` no figure before publication."""

from __future__ import annotations

from itertools import islice

import pytest
from flask import Flask

from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from tests.leaderboards.reading import ENGLISH, ranking, rows
from tests.pages import text_of
from tests.people import World, make_world, post, visit
from tests.rounds import certify_and_publish, submit

pytestmark = pytest.mark.alike

WORDS_OF_FIGURES = ("Kurz 1", "Short 1", "100,0", "100.0")


class TestGate:
    """Under `after_close`, nothing computed from ballots leaves the system before publication."""

    @pytest.fixture
    def hidden(self, app: Flask) -> World:
        with app.app_context():
            made = make_world(release_policy=ReleasePolicy.AFTER_CLOSE)
            for organisation in (*made.round.firms, *made.round.chambers):
                submit(made.round, organisation, ranking("1A", "1B", "2", "3", "4", "4"))
            return made

    def figures_seen(self, app: Flask, hidden: World) -> dict[str, bool]:
        """For each way out of the system, whether a rank, a score or the leading idea is to be seen there."""
        seen = {}
        for role in ("nobody", "voter", "reviewer", "chamber_admin", "consultation_admin"):
            visitor = visit(app, getattr(hidden, role, None))
            seen[f"start page of {role}"] = any(word in visitor.page("/").text for word in WORDS_OF_FIGURES)
            for scope in ("overall", "themes", "theme-one", "group-firm")[: 4 if role == "nobody" else 1]:
                page = visitor.page(f"/consultations/round/boards/{scope}")
                seen[f"board {scope} of {role}"] = bool(rows(page)) or "Score" in text_of(page.root.find(".//main"))
                fragment = visitor.get(f"/consultations/round/boards/{scope}", headers={"HX-Request": "true"})
                seen[f"fragment {scope} of {role}"] = "data-rank" in fragment.get_data(as_text=True)
        for scope in ("overall", "group-firm"):
            with visit(app).get(f"/consultations/round/boards/{scope}/stream") as response:
                board = list(islice((chunk.decode() for chunk in response.response), 2))[1]
            seen[f"stream {scope}"] = "data-rank" in board
        admin = visit(app, hidden.consultation_admin)
        ways = {form: {"export": "results", "form": form} for form in ("csv", "xlsx", "json")}
        ways["themes"] = {"export": "themes", "form": "csv"}
        answers = {name: post(admin, "/consultations/round/exports", asked) for name, asked in ways.items()}
        answers["open data"] = visit(app).get("/consultations/round/open-data.zip")
        answers["API: result"] = visit(app).get("/api/v1/consultations/round/results")
        for name, response in answers.items():
            seen[name] = response.status_code == 200
            assert response.status_code in (200, 409)
        for scope in ("overall", "themes", "theme-one", "group-firm"):
            board = visit(app).get(f"/api/v1/consultations/round/boards/{scope}").get_json()
            seen[f"API: {scope}"] = any(row["score"] is not None for row in board["ideas"] + board["themes"])
        return seen

    def test_nothing_before_publication_and_everything_after(self, app: Flask, hidden: World) -> None:
        assert not [way for way, seen in self.figures_seen(app, hidden).items() if seen], "while it is open"
        with app.app_context():
            close_consultation(hidden.key)
        assert not [way for way, seen in self.figures_seen(app, hidden).items() if seen], "while it is closed"
        with app.app_context():
            certify_and_publish(hidden.key)
        unseen = [way for way, seen in self.figures_seen(app, hidden).items() if not seen]
        # An admin's start page is about running consultations and shows no board.
        assert unseen == ["start page of consultation_admin"]

    def test_how_many_came_in_is_no_secret(self, app: Flask, hidden: World) -> None:
        page = visit(app, **ENGLISH).page("/consultations/round/boards/overall")
        assert "5 of 7 organisations" in page.text
        assert "shown once the result is published" in page.text
        assert "counted on this board" not in page.text


def test_a_draft_is_invisible_to_everybody_but_the_consultation_admin(app: Flask) -> None:
    with app.app_context():
        world = make_world(opened=False)
    paths = [
        "",
        "/ideas",
        "/ideas/1",
        "/ideas/1/comments",
        "/boards/overall",
        "/boards/overall/stream",
        "/open-data.zip",
    ]
    for role in (None, world.voter, world.reviewer, world.chamber_admin):
        visitor = visit(app, role)
        for path in paths[:-1]:
            assert visitor.get(f"/consultations/round{path}").status_code == 404, path
        assert "Runde round" not in visitor.page("/").text
    admin = visit(app, world.consultation_admin)
    expected = [200, 200, 200, 404, 404, 404, 404]
    assert [admin.get(f"/consultations/round{path}").status_code for path in paths] == expected
    assert "Runde round" in admin.page("/").text
    assert post(visit(app, world.voter), "/consultations/round/ballot/themes/one", {}).status_code == 404
    comment = {"text": "Ein Kommentar, der lang genug ist."}
    assert post(visit(app, world.voter), "/consultations/round/ideas/1/comments", comment).status_code == 404
