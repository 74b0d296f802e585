"""What is reported about a preference file: every figure, and the table."""

from __future__ import annotations

from pathlib import Path

import pytest

from ruhrvote.tally.election_report import figures, table
from ruhrvote.tally.methods import Links, Unranked
from ruhrvote.tally.preflib import Election, read

TENNESSEE = """\
# NUMBER ALTERNATIVES: 4
# NUMBER VOTERS: 100
# ALTERNATIVE NAME 1: Memphis
# ALTERNATIVE NAME 2: Nashville
# ALTERNATIVE NAME 3: Chattanooga
# ALTERNATIVE NAME 4: Knoxville
42: 1,2,3,4
26: 2,3,4,1
15: 3,4,2,1
17: 4,3,2,1
"""
THREE = """\
# ALTERNATIVE NAME 1: A
# ALTERNATIVE NAME 2: B
# ALTERNATIVE NAME 3: C
"""


@pytest.fixture
def tennessee(tmp_path: Path) -> Election:
    return written(tmp_path / "tennessee.soc", TENNESSEE)


@pytest.fixture
def partial(tmp_path: Path) -> Election:
    """Nine ballots: A = B twice, C thrice, A > C four times."""
    return written(tmp_path / "partial.toi", THREE + "2: {1,2}\n3: 3\n4: 1,3\n")


def written(file: Path, content: str) -> Election:
    file.write_text(content, encoding="utf-8")
    return read(file)


def test_every_figure(tennessee: Election) -> None:
    pairwise = [[0, 42, 42, 42], [58, 0, 68, 68], [58, 32, 0, 83], [58, 32, 17, 0]]
    assert figures(tennessee, Unranked.LAST, Links.WINNING_VOTES) == {
        "candidates": ["Memphis", "Nashville", "Chattanooga", "Knoxville"],
        "voters": 100,
        "first_preferences": {"split": [42, 26, 15, 17], "sole": [42, 26, 15, 17]},
        "pairwise": pairwise,
        "pairwise_unranked_ignored": pairwise,
        "borda": [126, 194, 173, 107],
        "mean_normalised_score": [126 / 300, 194 / 300, 173 / 300, 107 / 300],
        "copeland": [-3, 3, 1, -1],
        "copeland_half": [0, 3, 2, 1],
        "schulze_winner": ["Nashville"],
        "schulze_ranking": [["Nashville"], ["Chattanooga"], ["Knoxville"], ["Memphis"]],
        "schulze_strengths": [[0, 0, 0, 0], [58, 0, 68, 68], [58, 0, 0, 83], [58, 0, 0, 0]],
        "condorcet_winner": "Nashville",
    }


def test_both_readings_of_unranked(partial: Election) -> None:
    last = figures(partial, Unranked.LAST, Links.WINNING_VOTES)
    assert last["first_preferences"] == {"split": [5, 1, 3], "sole": [4, 0, 3]}
    assert last["pairwise"] == [[0, 4, 6], [0, 0, 2], [3, 7, 0]]
    assert last["pairwise_unranked_ignored"] == [[0, 0, 4], [0, 0, 0], [0, 0, 0]]
    assert last["borda"] == [12.5, 4.5, 10]
    assert last["mean_normalised_score"] == [12.5 / 18, 4.5 / 18, 10 / 18]
    assert last["copeland"] == [2, -2, 0]
    assert last["condorcet_winner"] == "A"
    assert last["schulze_ranking"] == [["A"], ["C"], ["B"]]
    ignored = figures(partial, Unranked.IGNORED, Links.WINNING_VOTES)
    same = ["candidates", "voters", "first_preferences", "pairwise", "pairwise_unranked_ignored"]
    assert [ignored[key] for key in same] == [last[key] for key in same]
    assert ignored["borda"] == [5, 1, 0]
    assert ignored["mean_normalised_score"] == [5 / 18, 1 / 18, 0]
    assert ignored["copeland"] == [1, 0, -1]
    assert ignored["copeland_half"] == [1.5, 1, 0.5]
    assert ignored["condorcet_winner"] is None
    assert ignored["schulze_winner"] == ["A", "B"]
    assert ignored["schulze_ranking"] == [["A", "B"], ["C"]]
    assert ignored["schulze_strengths"] == [[0, 0, 4], [0, 0, 0], [0, 0, 0]]


def test_margins_are_an_option(tennessee: Election) -> None:
    strengths = figures(tennessee, Unranked.LAST, Links.MARGINS)["schulze_strengths"]
    assert strengths == [[0, 0, 0, 0], [16, 0, 36, 36], [16, 0, 0, 66], [16, 0, 0, 0]]


def test_what_cannot_be_computed_is_none(tmp_path: Path) -> None:
    nobody = written(tmp_path / "nobody.soi", THREE)
    known = figures(nobody, Unranked.LAST, Links.WINNING_VOTES)
    assert known["mean_normalised_score"] == [None, None, None]
    assert known["voters"] == 0
    row = table(nobody, Unranked.LAST, Links.WINNING_VOTES).splitlines()[5]
    assert row == "   1  A              0      0     -           +0"


def test_the_table(tennessee: Election, partial: Election) -> None:
    assert (
        table(tennessee, Unranked.LAST, Links.WINNING_VOTES)
        == """\
Voters: 100
Unranked candidates are tied last; the rank is Schulze's, by winning votes.
Condorcet winner: Nashville

rank  candidate    first  Borda    mean  wins-losses
   1  Nashville       26    194  0.6467           +3
   2  Chattanooga     15    173  0.5767           +1
   3  Knoxville       17    107  0.3567           -1
   4  Memphis         42    126  0.4200           -3"""
    )
    assert (
        table(partial, Unranked.IGNORED, Links.MARGINS)
        == """\
Voters: 9
Unranked candidates are ignored; the rank is Schulze's, by margins.
Condorcet winner: none

rank  candidate  first  Borda    mean  wins-losses
   1  A              5      5  0.2778           +1
   1  B              1      1  0.0556           +0
   3  C              3      0  0.0000           -1"""
    )


def test_the_table_ranks_by_the_strengths_asked_for(tmp_path: Path) -> None:
    # A beats B by 5:4, B beats C by 3:0, C beats A by 4:2.
    election = written(tmp_path / "cycle.soi", THREE + "5: 1,2\n4: 2,1\n3: 2,3\n4: 3,1\n2: 1,3\n")

    def ranked(links: Links) -> list[str]:
        return [row.split()[1] for row in table(election, Unranked.IGNORED, links).splitlines()[5:]]

    assert ranked(Links.WINNING_VOTES) == ["C", "A", "B"]
    assert ranked(Links.MARGINS) == ["B", "C", "A"]


def test_the_table_shows_halves_and_thirds(tmp_path: Path) -> None:
    election = written(tmp_path / "thirds.toc", THREE + "1: {1,2,3}\n1: 1,{2,3}\n")
    assert table(election, Unranked.LAST, Links.WINNING_VOTES).splitlines()[5:] == [
        "   1  A           1.33      3  0.7500           +2",
        "   2  B           0.33    1.5  0.3750           -1",
        "   2  C           0.33    1.5  0.3750           -1",
    ]
