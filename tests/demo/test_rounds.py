"""The invented rounds: the same at every build, counted the true way, and different by group."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import func, select

from ruhrvote import demo, seeding
from ruhrvote.accounts.actions import create_organisation, mark_installation
from ruhrvote.accounts.models import Kind, Organisation
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.comments.models import Comment
from ruhrvote.consultations.actions import add_to_roll, close_consultation
from ruhrvote.consultations.models import Consultation, ReleasePolicy, Status
from ruhrvote.consultations.queries import current_consultation, get_consultation
from ruhrvote.db import clock, db
from ruhrvote.demo.electorate import invented_firms
from ruhrvote.demo.script import script
from ruhrvote.ideas.models import Idea
from ruhrvote.leaderboards.boards import Board, Scope, ScopeKind, make_board
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.recount import recount_all
from ruhrvote.tally.weak_order import check, judged
from tests.rounds import count_kinds

pytestmark = pytest.mark.alike

# Of names, rankings and comments, in the order in which they were entered. It changes whenever seed/demo.toml
# or the way of inventing changes; it must never differ between machines, databases or Python versions.
DIGEST = "b60d65280cd69f5c61045e8ad94f1325256036819328107dacdcbd266a37863e"


def digest_of_all() -> str:
    """One value for everything that the demonstration invents."""
    rows = [
        *db.session.execute(select(Organisation.id, Organisation.name, Organisation.sector).order_by(Organisation.id)),
        *db.session.execute(
            select(BallotVersion.consultation_id, BallotVersion.seq, Organisation.name, BallotVersion.ranking)
            .join(Ballot, Ballot.id == BallotVersion.ballot_id)
            .join(Organisation, Organisation.id == Ballot.organisation_id)
            .order_by(BallotVersion.consultation_id, BallotVersion.seq)
        ),
        *db.session.execute(
            select(
                Comment.idea_id, Organisation.name, Comment.text, Comment.attribution, Comment.place, Comment.agreements
            )
            .join(Organisation, Organisation.id == Comment.organisation_id)
            .order_by(Comment.id)
        ),
    ]
    return hashlib.sha256("\n".join(str(tuple(row)) for row in rows).encode()).hexdigest()


def ignore(done: int, total: int) -> None:
    pass


def board(key: str, group: str = "") -> Board:
    scope = Scope(ScopeKind.GROUP, group) if group else Scope(ScopeKind.OVERALL)
    return make_board(get_consultation(key), scope)


def scores(key: str, group: str = "") -> dict[int, float]:
    """Score of each ranked idea by number."""
    return {row.idea.number: row.score for row in board(key, group).idea_rows if row.score is not None}


def test_every_build_invents_the_same(demo_app: Flask) -> None:
    with demo_app.app_context():
        assert digest_of_all() == DIGEST


def test_an_interrupted_build_is_completed_to_the_same(app: Flask) -> None:
    class Interruption(Exception):
        pass

    reports: list[tuple[int, int]] = []

    def interrupt(done: int, total: int) -> None:
        reports.append((done, total))
        if len(reports) in (30, 530):
            raise Interruption

    with app.app_context():
        mark_installation(True)
        seeding.seed_region()
        for _ in range(2):
            with pytest.raises(Interruption):
                demo.build(interrupt)
        demo.build(interrupt)
        assert digest_of_all() == DIGEST
        assert [reports[i] for i in (0, 29, 30, 529, -1)] == [(1, 879), (30, 879), (1, 849), (500, 849), (349, 349)]


def test_a_second_build_changes_nothing_and_reports_nothing(demo_app: Flask) -> None:
    with demo_app.app_context():
        before = db.session.scalar(select(func.count()).select_from(LedgerEntry))
        demo.build(lambda done, total: pytest.fail("there was nothing to do"))
        assert db.session.scalar(select(func.count()).select_from(LedgerEntry)) == before
        assert digest_of_all() == DIGEST


def test_a_build_leaves_alone_what_visitors_did(demo_app: Flask) -> None:
    with demo_app.app_context():
        close_consultation("ruhr-2026")
        demo.build(ignore)
        assert get_consultation("ruhr-2026").status == Status.CLOSED


def test_two_rounds_are_open_and_an_earlier_one_is_published(demo_app: Flask) -> None:
    with demo_app.app_context():
        earlier, second, current = db.session.scalars(select(Consultation).order_by(Consultation.id)).all()
        assert (earlier.key, earlier.status) == ("ruhr-2024", Status.PUBLISHED)
        assert (current.key, current.status) == ("ruhr-2026", Status.OPEN)
        assert current.release_policy == ReleasePolicy.IMMEDIATE
        assert (second.key, second.status) == ("ruhr-eigene-kraft", Status.OPEN)
        assert second.release_policy == ReleasePolicy.COHORTS
        assert current_consultation() == current, "this is where visitors land"
        assert current.closes_at is not None
        assert 30 < (current.closes_at - clock()).days < 60
        for consultation in (earlier, second, current):
            assert "Demo" in consultation.title_de
            assert "Demo" in consultation.title_en
            assert "erfunden" in consultation.intro_de
            assert "invented" in consultation.intro_en
            assert db.session.scalar(select(func.count()).where(Idea.consultation_id == consultation.id)) == 40


def test_not_quite_half_have_voted_in_the_open_round(demo_app: Flask) -> None:
    with demo_app.app_context():
        turnout = board("ruhr-2026").turnout
        assert turnout.eligible == 9 + 53 + 4 + 600
        assert 43 < turnout.percent < 48
        assert turnout.counted == turnout.received
        assert 55 < board("ruhr-2024").turnout.percent < 65


def test_in_the_second_open_round_some_of_each_group_wait(demo_app: Flask) -> None:
    with demo_app.app_context():
        firms, institutions = (board("ruhr-eigene-kraft", group) for group in ("firm", "chamber-municipality"))
        assert (institutions.turnout.received, institutions.turnout.counted, institutions.until_next) == (22, 15, 3)
        assert firms.turnout.received > firms.turnout.counted > 50
        assert board("ruhr-eigene-kraft").until_next == firms.until_next == 2
        assert len(institutions.ranked) > 30


def test_ballots_are_valid_and_of_all_kinds(demo_app: Flask) -> None:
    with demo_app.app_context():
        rankings = [ranking for ranking in db.session.scalars(select(BallotVersion.ranking)) if ranking]
        for ranking in rankings:
            check(ranking, 40)
        numbers = [judged(ranking) for ranking in rankings]
        assert min(numbers) < 7
        assert max(numbers) == 40
        assert sum(15 <= number <= 31 for number in numbers) > len(numbers) / 2
        placed = [sum(place != "~" for place in ranking[1::2]) for ranking in rankings]
        assert sum(3 <= number <= 11 for number in placed) > len(placed) / 2
        assert all(any(answer in ranking[::2] for ranking in rankings) for answer in "012345")
        assert any(max(Counter(ranking[1::2].replace("~", "")).values(), default=0) > 1 for ranking in rankings)


def test_some_ballots_were_replaced_and_two_withdrawn_in_each_round(demo_app: Flask) -> None:
    with demo_app.app_context():
        for key in ("ruhr-2024", "ruhr-2026"):
            kinds = count_kinds(get_consultation(key).id)
            assert kinds[EntryKind.WITHDRAWN] == 2
            assert 20 < kinds[EntryKind.REPLACED] < 40


def test_the_recount_finds_nothing(demo_app: Flask) -> None:
    with demo_app.app_context():
        assert [(counted.key, counted.faults) for counted in recount_all()] == [
            ("ruhr-2026", ()),
            ("ruhr-eigene-kraft", ()),
            ("ruhr-2024", ()),
        ]


def test_scores_are_spread_and_groups_differ(demo_app: Flask) -> None:
    with demo_app.app_context():
        overall = scores("ruhr-2026")
        assert 20 < min(overall.values()) < 35
        assert 65 < max(overall.values()) < 80
        groups = {group: scores("ruhr-2026", group) for group in Kind}
        for one, other in (
            (Kind.FIRM, Kind.MUNICIPALITY),
            (Kind.FIRM, Kind.CHAMBER),
            (Kind.MUNICIPALITY, Kind.CHAMBER),
        ):
            both = sorted(groups[one].keys() & groups[other].keys())
            differences = [abs(groups[one][number] - groups[other][number]) for number in both]
            assert sum(difference > 15 for difference in differences) >= 5, (one, other)
            likeness = np.corrcoef([groups[one][n] for n in both], [groups[other][n] for n in both])[0, 1]
            assert 0.1 < likeness < 0.9, (one, other)
        assert groups[Kind.MUNICIPALITY][28] > groups[Kind.FIRM][28] + 10  # brownfields


def test_there_are_exact_ties_and_ideas_with_too_few_judgements(demo_app: Flask) -> None:
    with demo_app.app_context():
        for key in ("ruhr-2024", "ruhr-2026"):
            assert sum(row.tied for row in board(key).idea_rows) == 2
            assert not board(key).too_few
            assert 1 <= len(board(key, Kind.CHAMBER).too_few) <= 5


def test_comments_come_from_all_groups_and_real_organisations_are_marked_as_examples(demo_app: Flask) -> None:
    with demo_app.app_context():
        everything = db.session.scalars(select(Comment)).all()
        comments = [comment for comment in everything if comment.parent_id is None]
        assert len(comments) == len(script()["comment"]) > 60
        kinds = Counter(comment.organisation.kind for comment in comments)
        assert min(kinds[kind] for kind in Kind) >= 5
        for comment in everything:
            marked = comment.text.endswith("(Beispielkommentar)")
            assert marked == (comment.organisation.kind != Kind.FIRM), comment.text
        open_round = get_consultation("ruhr-2026").id
        discussed = {comment.idea_id for comment in comments}
        ideas = db.session.scalars(select(Idea.id).where(Idea.consultation_id == open_round)).all()
        assert len(discussed.intersection(ideas)) > 30


def test_a_firm_entered_by_hand_is_left_alone(demo_app: Flask) -> None:
    with demo_app.app_context():
        firm = create_organisation(kind=Kind.FIRM, name="Ein Betrieb", chamber_ids=[1])
        add_to_roll("ruhr-2026", firm)
        demo.build(ignore)
        assert firm not in {invented.id for invented in invented_firms()}
        assert db.session.scalar(select(func.count()).where(Ballot.organisation_id == firm)) == 0
