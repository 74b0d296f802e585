"""The stream of a board: the board now, after each change, and how it ends."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import pytest
from flask import Flask, request

from ruhrvote.leaderboards import cache
from ruhrvote.leaderboards.cache import RENDER_AT_MOST_EVERY, BoardCache
from ruhrvote.leaderboards.rows import Sort
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
        # On a busy machine the first board may come again, with the time of its second rendering.
        second = next(event for event in stream if 'data-seq="1"' not in event)
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

    def test_all_orders_of_a_board_share_one_stream(self, app: Flask, world: World) -> None:
        """Whoever asked for many orders had each of them rendered anew at every ballot."""
        rendered: list[str] = []
        app.before_request_funcs[None].append(lambda: rendered.append(request.full_path))
        orders = ["", *(f"?sort={sort}" for sort in Sort), "?sort=forged", "?x=1"]
        streams = [self.listen(app, f"/consultations/round/boards/overall/stream{order}") for order in orders]
        try:
            first = {list(islice(stream, 2))[1] for stream in streams}
            assert len(first) == 1
            rendered.clear()
            with app.app_context():
                submit(world.round, world.firm, ranking(*"12"))
            second = {next(stream) for stream in streams}
            assert len(second) == 1
            assert 'data-title="' in second.pop(), "by it a page puts the rows in its own order"
            assert rendered == ["/consultations/round/boards/overall?"]
        finally:
            for stream in streams:
                stream.close()


@pytest.mark.parametrize("alone", [True, False])
def test_who_has_waited_for_a_board_takes_what_was_made_meanwhile(
    app: Flask, world: World, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long a rendering takes: eight who ask at once cost one, not eight one after the other."""
    monkeypatch.setattr(cache, "KEEP_FOR", 60.0)  # on a busy machine the last of them asks late
    rendered: list[str] = []

    def render_slowly() -> None:
        rendered.append(request.path)
        time.sleep(2 * RENDER_AT_MOST_EVERY)

    app.before_request_funcs[None].append(render_slowly)
    boards, ready = BoardCache(app, services(app).signal), threading.Barrier(8)

    def ask(_: int) -> str:
        ready.wait(10)
        board = boards.current("/consultations/round/boards/overall", "de", alone)
        return board.etag if board else ""

    with ThreadPoolExecutor(8) as pool:
        tags = set(pool.map(ask, range(8)))
    assert len(tags) == 1
    assert len(rendered) == 1
