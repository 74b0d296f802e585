"""The boards: ranks, ties, quorum, themes, groups and weights, and their pages."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask

from ruhrvote.ballots.actions import withdraw
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import ReleasePolicy, Weighting
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.errors import Unknown
from ruhrvote.leaderboards.boards import Board, Scope, ScopeKind, get_scope, make_board, scopes_of
from ruhrvote.leaderboards.gate import figures, may_be_seen
from tests.leaderboards.reading import ENGLISH, ranking, rows
from tests.pages import parse, text_of
from tests.people import World, visit
from tests.rounds import Round, certify_and_publish, make_round, submit

pytestmark = pytest.mark.alike

OVERALL = Scope(ScopeKind.OVERALL)


def board_of(round_: Round, scope: Scope = OVERALL) -> Board:
    return make_board(get_consultation(round_.key), scope)


def places(board: Board) -> dict[int, int]:
    return {row.idea.number: row.rank for row in board.idea_rows}


def scores(board: Board) -> dict[int, float | None]:
    return {row.idea.number: row.score for row in board.idea_rows}


class TestFigures:
    @pytest.fixture(autouse=True)
    def in_context(self, app: Flask) -> Iterator[None]:
        with app.app_context():
            yield

    def test_one_ballot_in_strict_order(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking("1A", "1B", "2", "3", "4", "5"))
        board = board_of(round_)
        assert scores(board) == {1: 100.0, 2: 75.0, 3: 50.0, 4: 25.0, 5: 0.0, 6: None}
        assert places(board) == {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 0}
        assert [row.idea.number for row in board.too_few] == [6]
        assert [row.tied for row in board.ranked] == [False] * 5

    def test_ties_share_a_rank_and_the_next_is_skipped(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking("1A", "1A", "2", "2", "2", "3"))
        board = board_of(round_)
        assert places(board) == {1: 1, 2: 1, 3: 3, 4: 3, 5: 3, 6: 6}
        assert scores(board)[1] == scores(board)[2] == 90.0
        assert [row.tied for row in board.ranked] == [True] * 5 + [False]

    def test_what_is_not_in_order_is_tied_whatever_the_order_on_the_screen(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking(*"111111"))
        assert set(scores(board_of(round_)).values()) == {50.0}
        assert set(places(board_of(round_)).values()) == {1}

    def test_no_opinion_is_never_last(self) -> None:
        round_ = make_round()
        for firm in round_.firms[:3]:
            submit(round_, firm, ranking("1", "2", "3", "4", "5", "5"))
        for firm in round_.firms[3:5]:
            submit(round_, firm, ranking("2", "5", "5", "5", "1", "5"))
        board = board_of(round_)
        assert scores(board)[5] == 100.0, "few judge it, but those who compare prefer it"
        assert scores(board)[6] is None

    def test_too_few_judgements_are_shown_but_not_ranked_and_still_count_as_opponents(self) -> None:
        round_ = make_round(quorum_minimum=3)
        for firm in round_.firms[:3]:
            submit(round_, firm, ranking("1", "2", "5", "5", "5", "5"))
        submit(round_, round_.firms[3], ranking("4", "5", "1", "5", "5", "5"))
        board = board_of(round_)
        assert places(board) == {1: 1, 2: 2, 3: 0, 4: 0, 5: 0, 6: 0}
        (third,) = [row for row in board.too_few if row.idea.number == 3]
        assert (third.judgements, third.needed, third.score) == (1, 3, None)
        assert scores(board)[1] == 50.0, "it won against 2 and lost against 3"

    def test_the_quorum_grows_with_the_ballots(self) -> None:
        round_ = make_round(quorum_minimum=1)  # and 33 per cent
        for firm in round_.firms[:7]:
            submit(round_, firm, ranking("1", "2", "5", "5", "5", "5"))
        for firm in round_.firms[7:9]:
            submit(round_, firm, ranking("1", "5", "2", "5", "5", "5"))
        assert places(board_of(round_))[3] == 0, "2 of 9 are fewer than 33 per cent"
        submit(round_, round_.firms[9], ranking("1", "5", "2", "2", "5", "5"))
        assert places(board_of(round_))[3] == 0, "3 of 10 too"
        submit(round_, round_.firms[10], ranking("1", "5", "2", "5", "5", "5"))
        assert places(board_of(round_))[3] > 0, "4 of 11 are enough"

    def test_a_theme_is_the_overall_board_filtered(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking("2", "1A", "4", "1B", "3", "5"))
        overall = {row.idea.number: row for row in board_of(round_).idea_rows}
        two = board_of(round_, Scope(ScopeKind.THEME, "two"))
        assert [(row.idea.number, row.rank, row.overall_rank) for row in two.idea_rows] == [(4, 1, 2), (5, 2, 4)]
        assert all(row.score == overall[row.idea.number].score for row in two.idea_rows), "one official score"
        assert all(row.overall_rank == overall[row.idea.number].rank for row in two.idea_rows)

    def test_a_tie_between_themes_is_no_tie_within_one(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking("1A", "2", "3", "1A", "3", "4"))
        rows = board_of(round_, Scope(ScopeKind.THEME, "one")).idea_rows
        assert [(row.rank, row.overall_rank, row.tied) for row in rows] == [(1, 1, False), (2, 3, False), (3, 4, False)]

    def test_themes_compared(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking("1A", "1B", "2", "3", "3", "4"))
        rows = board_of(round_, Scope(ScopeKind.THEMES)).theme_rows
        assert [(row.theme.key, row.rank, row.ideas) for row in rows] == [("one", 1, 3), ("two", 2, 2), ("rest", 0, 1)]
        assert [row.score for row in rows] == [100.0, 25.0, None], "the chapter of leftovers is not ranked"
        assert [row.in_top for row in rows] == [3, 2, 1]
        assert [row.best and row.best.idea.number for row in rows] == [1, 4, 6]

    def test_the_board_of_a_group_counts_that_group_only(self) -> None:
        round_ = make_round()
        for firm in round_.firms[:5]:
            submit(round_, firm, ranking(*"123434"))
        submit(round_, round_.chambers[0], ranking(*"432121"))
        firms, chambers = (board_of(round_, Scope(ScopeKind.GROUP, group)) for group in ("firm", "chamber"))
        assert places(firms)[1] == places(chambers)[4] == 1
        assert (firms.turnout.eligible, firms.turnout.received, firms.turnout.counted) == (12, 5, 5)
        assert (chambers.turnout.eligible, chambers.turnout.received, chambers.turnout.counted) == (2, 1, 1)
        assert board_of(round_, Scope(ScopeKind.GROUP, "municipality")).ranked == []

    def test_one_voice_each_or_the_same_voice_per_group(self) -> None:
        boards = {}
        for weighting in Weighting:
            round_ = make_round(weighting, weighting=weighting)
            for firm in round_.firms[:8]:
                submit(round_, firm, ranking(*"123444"))
            submit(round_, round_.chambers[0], ranking(*"321444"))
            submit(round_, round_.municipalities[0], ranking(*"321444"))
            boards[weighting] = board_of(round_)
        assert places(boards[Weighting.ONE_VOICE])[1] == 1, "eight firms outvote two others"
        assert places(boards[Weighting.EQUAL_GROUPS])[3] == 1, "two groups outvote one"
        assert scores(boards[Weighting.EQUAL_GROUPS])[3] == round(100 * (2 / 3 + 2 / 3 + 3) / 5, 1)
        for board in boards.values():
            assert board.ranked[0].judgements == 10, "judgements are counted without weights"

    def test_equal_groups_without_a_ballot_of_one_group(self) -> None:
        round_ = make_round(weighting=Weighting.EQUAL_GROUPS)
        for firm in round_.firms[:4]:
            submit(round_, firm, ranking(*"123444"))
        submit(round_, round_.chambers[0], ranking(*"213444"))
        assert scores(board_of(round_))[1] == scores(board_of(round_))[2] == 90.0

    def test_turnout_counts_who_may_who_did_and_what_is_counted(self) -> None:
        round_ = make_round()
        submit(round_, round_.firms[0], ranking(*"12"))
        submit(round_, round_.firms[1], ranking(*"12"))
        withdraw(round_.voter(round_.firms[1]), expected_version=1)
        turnout = board_of(round_).turnout
        assert (turnout.eligible, turnout.received, turnout.counted) == (17, 1, 1)
        assert turnout.percent == pytest.approx(100 / 17)
        assert make_board(get_consultation(make_round("new").key), OVERALL).turnout.percent == 0

    def test_the_menu_of_boards(self) -> None:
        round_ = make_round()
        consultation = get_consultation(round_.key)
        names = [str(scope) for scope in scopes_of(consultation)]
        assert names == [
            *("overall", "themes", "theme-one", "theme-two", "theme-rest"),
            *("group-chamber", "group-municipality", "group-firm"),
        ]
        assert [str(get_scope(name, consultation)) for name in names] == names
        with pytest.raises(Unknown):
            get_scope("theme-nothing", consultation)

    @pytest.mark.parametrize(
        ("policy", "status", "seen"),
        [
            (ReleasePolicy.IMMEDIATE, "draft", False),
            (ReleasePolicy.IMMEDIATE, "open", True),
            (ReleasePolicy.IMMEDIATE, "closed", True),
            (ReleasePolicy.IMMEDIATE, "published", True),
            (ReleasePolicy.AFTER_CLOSE, "draft", False),
            (ReleasePolicy.AFTER_CLOSE, "open", False),
            (ReleasePolicy.AFTER_CLOSE, "closed", False),
            (ReleasePolicy.AFTER_CLOSE, "published", True),
        ],
    )
    def test_what_may_be_seen_when(self, policy: ReleasePolicy, status: str, seen: bool) -> None:
        round_ = make_round(municipalities=0, firms=1, release_policy=policy, opened=status != "draft")
        for step, done_in in ((close_consultation, "closed published"), (certify_and_publish, "published")):
            if status in done_in:
                step(round_.key)
        consultation = get_consultation(round_.key, drafts=True)
        assert may_be_seen(consultation) == seen
        assert (figures(consultation, round_.ideas) is not None) == seen


class TestPages:
    def test_every_board_has_a_page_that_the_menu_leads_to(self, app: Flask, world: World) -> None:
        with app.app_context():
            submit(world.round, world.firm, ranking("1A", "1B", "2", "3", "4", "5"))
        page = visit(app, **ENGLISH).page("/consultations/round/boards")
        assert page.path == "/consultations/round/boards/overall"
        names = ["All ideas", "Themes compared", "First theme", "Second theme", "The rest"]
        for name in [*names, "Chambers", "Municipalities", "Firms"]:
            assert page.follow(name).h1 == name
        chosen = page.submit({"board": "theme-two"})
        assert chosen.path == "/consultations/round/boards/theme-two"

    def test_the_board_as_a_visitor_reads_it(self, app: Flask, world: World) -> None:
        with app.app_context():
            submit(world.round, world.firm, ranking("1A", "1B", "2", "2", "4", "5"))
        page = visit(app, **ENGLISH).page("/consultations/round/boards/overall")
        assert [re.findall(r"^\d+(?: tied)? Short \d", row)[0] for row in rows(page)] == [
            "1 Short 1",
            "2 Short 2",
            "3 tied Short 3",
            "3 tied Short 4",
            "5 Short 5",
        ]
        assert "100.0" in rows(page)[0]
        assert "Short 6 0 of 1 needed" in text_of(page.root.find(".//*[@id='board-too-few']"))
        assert "1 of 7 organisations (14.3 %)" in page.text
        assert "voluntary" in page.text
        assert "Interim standing" in page.text
        german = visit(app, Accept_Language="de").page("/consultations/round/boards/overall")
        assert "100,0" in rows(german)[0]
        assert "1 von 7 Organisationen (14,3 %)" in german.text
        assert "Zwischenstand" in german.text

    def test_the_board_of_a_theme_shows_the_overall_rank_beside(self, app: Flask, world: World) -> None:
        with app.app_context():
            submit(world.round, world.firm, ranking("2", "1A", "4", "1B", "3", "5"))
        page = visit(app, **ENGLISH).page("/consultations/round/boards/theme-two")
        assert ["rank 2 overall" in rows(page)[0], "rank 4 overall" in rows(page)[1]] == [True, True]

    def test_after_publication_it_is_called_the_result(self, app: Flask, world: World) -> None:
        with app.app_context():
            submit(world.round, world.firm, ranking(*"12"))
            close_consultation(world.key)
            certify_and_publish(world.key)
        page = visit(app, **ENGLISH).page("/consultations/round/boards/overall")
        assert "Interim standing" not in page.text
        assert page.root.find(".//*[@sse-connect]") is None, "nothing moves any more"

    def test_a_board_without_a_ballot_says_so(self, app: Flask, world: World) -> None:
        for scope in ("overall", "themes", "theme-one", "group-firm"):
            page = visit(app, **ENGLISH).page(f"/consultations/round/boards/{scope}")
            assert "Nothing is counted here yet" in page.text
            assert not rows(page)

    def test_htmx_gets_the_board_alone(self, app: Flask, world: World) -> None:
        response = visit(app).get("/consultations/round/boards/overall", headers={"HX-Request": "true"})
        root, _ = parse(response.get_data(as_text=True), fragment=True)
        assert [child.get("id") for child in root] == ["board"]
        assert "HX-Request" in response.vary
        restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
        assert visit(app).page("/consultations/round/boards/overall", headers=restored).h1

    @pytest.mark.parametrize("path", ["nothing/boards/overall", "round/boards/nothing", "round/boards/nothing/stream"])
    def test_a_board_that_does_not_exist(self, app: Flask, world: World, path: str) -> None:
        assert visit(app).get(f"/consultations/{path}").status_code == 404
