"""The stream of a board: the board now, after each change, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice

import pytest
from flask import Flask

from ruhrvote.leaderboards.stream import STREAM_FOR_AT_MOST
from ruhrvote.services import services
from tests.leaderboards.reading import ranking
from tests.pages import parse
from tests.people import World, visit
from tests.rounds import submit


class TestStream:
    def listen(self, app: Flask, path: str) -> Iterator[str]:
        """What the stream sends, with the reading of the real signal behind it."""
        response = visit(app).get(path)
        assert response.mimetype == "text/event-stream"
        with response:
            yield from (chunk.decode() for chunk in response.response)

    def test_the_board_now_and_after_each_change(self, app: Flask, world: World) -> None:
        stream = self.listen(app, "/consultations/round/boards/overall/stream")
        assert next(stream) == "retry: 2000\n\n"
        first = next(stream)
        assert first.startswith("event: board\ndata: <div")
        assert first.endswith("\n\n")
        assert 'id="row-1"' not in first
        with app.app_context():
            submit(world.round, world.firm, ranking(*"12"))
        second = next(stream)
        assert 'id="row-1" data-rank="1"' in second
        root, faults = parse(
            "\n".join(line.removeprefix("data: ") for line in second.splitlines()[1:]).strip(), fragment=True
        )
        assert len(root) == 1
        assert not faults
        stream.close()

    def test_it_ends_by_itself_and_the_browser_comes_back(
        self, app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from ruhrvote.leaderboards import stream

        assert STREAM_FOR_AT_MOST >= 60
        monkeypatch.setattr(stream, "STREAM_FOR_AT_MOST", 0.6)
        *_, last = self.listen(app, "/consultations/round/boards/overall/stream")
        assert last == "event: end\ndata: \n\n"

    def test_nothing_watches_the_database_of_an_application_that_has_ended(self, app: Flask, world: World) -> None:
        stream = self.listen(app, "/consultations/round/boards/overall/stream")
        next(stream), next(stream)
        assert [thread.name for thread in threading.enumerate()].count("change-signal") == 1
        services(app).signal.stop()
        assert [thread.name for thread in threading.enumerate()].count("change-signal") == 0
        stream.close()

    def test_it_speaks_the_language_of_the_page(self, app: Flask, world: World) -> None:
        for language, word in (("de", "Organisationen"), ("en", "organisations")):
            visitor = visit(app, Accept_Language=language)
            with visitor.get("/consultations/round/boards/overall/stream") as response:
                board = list(islice((chunk.decode() for chunk in response.response), 2))[1]
            assert f" {word} (" in board
