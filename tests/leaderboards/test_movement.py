"""What has moved on the boards since midnight."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask

from ruhrvote.accounts.actions import create_organisation
from ruhrvote.accounts.models import Kind
from ruhrvote.consultations.actions import add_to_roll, close_consultation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.leaderboards.boards import OVERALL, make_board
from tests.leaderboards.reading import BOARDS, ENGLISH, numbers, ranking, row
from tests.pages import Visitor, text_of
from tests.people import World, visit
from tests.rounds import make_round, submit

pytestmark = pytest.mark.alike


class TestMovement:
    @pytest.fixture
    def tomorrow(self, app: Flask, world: World) -> Iterator[Visitor]:
        """A visitor on the day after the opening, when one ballot had come in."""
        with app.app_context():
            submit(world.round, world.firm, ranking("1A", "1B", "2", "3"))
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
            yield visit(app, **ENGLISH)

    def test_nothing_is_compared_on_the_day_of_the_opening(self, app: Flask, voted: World) -> None:
        page = visit(app, **ENGLISH).page(f"{BOARDS}/overall")
        assert "midnight" not in page.text
        assert "Movement" not in page.text

    def test_up_down_the_same_and_new_since_midnight(self, app: Flask, world: World, tomorrow: Visitor) -> None:
        said = [row(tomorrow.page(f"{BOARDS}/overall"), number) for number in (1, 2, 3, 4)]
        assert all("same rank as at midnight" in text for text in said)
        with app.app_context():
            for firm in world.round.firms[1:]:
                submit(world.round, firm, ranking("4", "1A", "2", "3", "1B"))
        page = tomorrow.page(f"{BOARDS}/overall")
        assert numbers(page) == [2, 5, 3, 1, 4]
        assert "up 1 rank since midnight" in row(page, 2)
        assert "new on the board since midnight" in row(page, 5)
        assert "same rank as at midnight" in row(page, 3)
        assert "down 3 ranks since midnight" in row(page, 1)
        assert numbers(tomorrow.page(f"{BOARDS}/overall?sort=movement"))[0] == 2
        within = tomorrow.page(f"{BOARDS}/theme-one")
        assert "down 2 ranks since midnight" in row(within, 1), "within the theme it was first and is third"
        assert "same rank as at midnight" in text_of(tomorrow.page(f"{BOARDS}/themes").root.find(".//*[@id='row-one']"))

    def test_a_day_later_it_is_measured_from_the_next_midnight(
        self, app: Flask, world: World, tomorrow: Visitor
    ) -> None:
        tomorrow.page(f"{BOARDS}/overall")
        with app.app_context():
            for firm in world.round.firms[1:]:
                submit(world.round, firm, ranking("4", "1A", "2", "3"))
        assert "up 1 rank" in row(tomorrow.page(f"{BOARDS}/overall"), 2)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
            assert "same rank as at midnight" in row(tomorrow.page(f"{BOARDS}/overall"), 2)

    def test_a_group_that_came_to_the_roll_since_is_new(self, app: Flask) -> None:
        with app.app_context():
            firms = make_round("firms", chambers=0, municipalities=0, firms=2)
            submit(firms, firms.firms[0], ranking("1A", "1B"))
        visitor = visit(app, **ENGLISH)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=1), tick=True):
            visitor.page("/consultations/firms/boards/overall")
            with app.app_context():
                chamber = create_organisation(kind=Kind.CHAMBER, name="Neue Kammer", chamber_ids=[])
                add_to_roll(firms.key, chamber)
                submit(firms, chamber, ranking("1A", "1B"))
            page = visitor.page("/consultations/firms/boards/group-chamber")
        assert "new on the board since midnight" in row(page, 1)

    def test_a_closed_round_does_not_move(self, app: Flask, world: World, tomorrow: Visitor) -> None:
        with app.app_context():
            close_consultation(world.key)
        assert "midnight" not in tomorrow.page(f"{BOARDS}/overall").text

    def test_yesterday_passes_the_same_gate(self, app: Flask) -> None:
        with app.app_context():
            hidden = make_round(release_policy=ReleasePolicy.AFTER_CLOSE)
            submit(hidden, hidden.firms[0], ranking("1A", "1B", "2"))
            with time_machine.travel(datetime.now(UTC) + timedelta(days=1)):
                board = make_board(get_consultation(hidden.key), OVERALL)
        assert not board.moves
        assert not board.idea_rows
