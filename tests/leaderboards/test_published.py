"""All that the application shows rests on the sums of the list, and whatever rests on rankings is named there.

Each page, file, picture, answer of the interface, export and report is fetched three times: as the ballots are; after
ballots changed places among those that are in exactly the same sums, which nobody may notice; and after all ballots
were turned round, which exactly the figures on the list show.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from ruhrvote.accounts.models import Organisation
from ruhrvote.ballots.models import Ballot, BallotVersion
from ruhrvote.consultations.actions import close_consultation
from ruhrvote.consultations.models import Consultation, ReleasedBallot, ReleasePolicy, RollEntry
from ruhrvote.consultations.queries import get_consultation, roll_entry
from ruhrvote.db import db, transaction
from ruhrvote.leaderboards.breakdown import Dimension, find_breakdown
from ruhrvote.leaderboards.gate import archive_payload, figures
from ruhrvote.leaderboards.published import FOR_AUDITORS, MADE_OF, RESTS_ON, Sum
from ruhrvote.leaderboards.scoreboard import recount
from tests.leaderboards.outputs import IDEAS, Outputs, differing
from tests.people import World
from tests.rounds import certify_and_publish

pytestmark = pytest.mark.once


def rearrange(world: World, class_of: Callable[[Ballot], object], change: Callable[[list[str]], list[str]]) -> None:
    """Give the ballots of each class other orders, made of their own; None is no class. The voter's own stays."""
    with transaction() as session:
        classes: defaultdict[object, list[BallotVersion]] = defaultdict(list)
        versions = session.query(BallotVersion, Ballot).join(Ballot, Ballot.id == BallotVersion.ballot_id)
        for version, ballot in versions.order_by(BallotVersion.seq):
            if ballot.organisation_id != world.firm and (own := class_of(ballot)) is not None:
                classes[own].append(version)
        for members in classes.values():
            for version, ranking in zip(members, change([member.ranking for member in members]), strict=True):
                version.ranking = ranking


def passed_on(rankings: list[str]) -> list[str]:
    """Each order goes to the next ballot."""
    return [*rankings[1:], *rankings[:1]]


def turned_round(rankings: list[str]) -> list[str]:
    """Each order becomes its reverse, but for what was first, which is no longer judged."""
    return [ranking.translate(str.maketrans("ABCDEF", "FEDCBA")).replace("1F", "5~") for ranking in rankings]


def cohort_of(ballot: Ballot) -> int | None:
    """The entry that released a ballot."""
    found = db.session.get(ReleasedBallot, ballot.id)
    return found.seq if found else None


def every(_: Ballot) -> str:
    return "all"


def shown_cells_of(world: World) -> Callable[[Ballot], object]:
    """A function that says in which sums a ballot is after the close: its group, and the cells that are shown."""
    consultation = get_consultation(world.key)
    shown = figures(consultation, IDEAS)
    assert shown is not None
    computation = find_breakdown(consultation, shown)
    found = computation.result(patient=True) if computation else None
    assert found is not None
    assert {Dimension.SIZE, Dimension.CHAMBER} <= {dimension for dimension, cells in found.shown.items() if cells}
    assert "Mining" not in found.shown[Dimension.SECTOR], "a cell of three is no sum of the list"

    def class_of(ballot: Ballot) -> object:
        entry = roll_entry(consultation.id, ballot.organisation_id)
        assert entry is not None
        chamber = db.session.get(Organisation, entry.chamber_id) if entry.chamber_id else None
        labels = {
            Dimension.SIZE: entry.size_class,
            Dimension.SECTOR: entry.sector,
            Dimension.CHAMBER: chamber.name if chamber else None,
        }
        cells = [label for dimension, label in labels.items() if label in found.shown[dimension]]
        return (shown.pool[entry.group], *cells) if entry.kind == "firm" else shown.pool[entry.group]

    return class_of


@pytest.fixture
def outputs(app: Flask, tmp_path: Path, request: pytest.FixtureRequest) -> Outputs:
    return Outputs(app, tmp_path, request.param)


def under(*policies: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("outputs", policies, indirect=True)


@under(ReleasePolicy.COHORTS)
def test_while_open_all_figures_rest_on_whole_cohorts(app: Flask, outputs: Outputs) -> None:
    first = outputs.fetch()
    with app.app_context():
        rearrange(outputs.world, cohort_of, passed_on)
        rearrange(outputs.world, lambda ballot: None if cohort_of(ballot) else "waits", turned_round)
    assert differing(first, outputs.fetch()) == set(), "who of a cohort said what, and what waits, shows nowhere"
    with app.app_context():
        rearrange(outputs.world, cohort_of, turned_round)
    named = {name for name, sums in RESTS_ON.items() if Sum.COHORT in sums}
    assert differing(first, outputs.fetch()) == named


@under(ReleasePolicy.AFTER_CLOSE)
def test_before_the_publication_no_figure_rests_on_any_ballot(app: Flask, outputs: Outputs) -> None:
    with app.app_context():
        close_consultation(outputs.key)
    first = outputs.fetch()
    with app.app_context():
        rearrange(outputs.world, every, turned_round)
    assert differing(first, outputs.fetch()) == set()


@under(ReleasePolicy.COHORTS, pytest.param(ReleasePolicy.AFTER_CLOSE, marks=pytest.mark.long))
def test_after_the_close_all_figures_rest_on_results_and_shown_cells(app: Flask, outputs: Outputs) -> None:
    with app.app_context():
        close_consultation(outputs.key)
        certify_and_publish(outputs.key)
    first = outputs.fetch()
    with app.app_context():
        kept = archive_of(outputs)
        rearrange(outputs.world, shown_cells_of(outputs.world), passed_on)
        assert archive_of(outputs) == kept
    assert differing(first, outputs.fetch()) == set(), "who of a sum said what shows nowhere"
    with app.app_context():
        rearrange(outputs.world, every, turned_round)
        assert archive_of(outputs) != kept
    named = {name for name, sums in RESTS_ON.items() if sums & {Sum.RESULT, Sum.CELL}}
    assert differing(first, outputs.fetch()) == named | FOR_AUDITORS


def test_what_is_another_output_in_a_different_form_is_told_with_it() -> None:
    assert set(MADE_OF.values()) <= RESTS_ON.keys()
    assert not MADE_OF.keys() & RESTS_ON.keys()


def archive_of(outputs: Outputs) -> dict[str, object]:
    """What the archive would keep now."""
    final = recount(outputs.world.round.id, IDEAS)
    return archive_payload(get_consultation(outputs.key), final)


@under(ReleasePolicy.COHORTS)
def test_a_figure_of_any_other_sum_is_found(app: Flask, outputs: Outputs, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: the interface tells the first answers of the three miners."""
    with app.app_context():
        close_consultation(outputs.key)
        certify_and_publish(outputs.key)

    def with_miners(consultation: Consultation) -> list[tuple[str, str]]:
        mining = (
            db.session.query(BallotVersion.ranking)
            .join(Ballot, Ballot.id == BallotVersion.ballot_id)
            .join(RollEntry, RollEntry.organisation_id == Ballot.organisation_id)
            .filter(RollEntry.sector == "Mining")
        )
        return [("Mining", str(sum(ranking.startswith("1A") for (ranking,) in mining)))]

    monkeypatch.setattr("ruhrvote.exports.open_data.about_rows", with_miners)
    first = outputs.fetch()
    with app.app_context():
        rearrange(outputs.world, shown_cells_of(outputs.world), passed_on)
    assert differing(first, outputs.fetch()) == {"exports.package"}
