"""`ruhrvote tally`: its options, and how it fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ruhrvote import cli

PARTIAL = """\
# ALTERNATIVE NAME 1: A
# ALTERNATIVE NAME 2: B
# ALTERNATIVE NAME 3: C
2: {1,2}
3: 3
4: 1,3
"""


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["ruhrvote", "tally", *arguments])
    try:
        cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return 0


@pytest.fixture
def partial(tmp_path: Path) -> str:
    (tmp_path / "partial.toi").write_text(PARTIAL, encoding="utf-8")
    return str(tmp_path / "partial.toi")


def test_the_readings_of_unranked(monkeypatch, capsys, partial: str) -> None:
    borda = {}
    for options in ([], ["--unranked", "last"], ["--unranked", "ignore"]):
        assert run(monkeypatch, partial, "--json", *options) == 0
        borda[tuple(options)] = json.loads(capsys.readouterr().out)["borda"]
    assert borda[()] == borda["--unranked", "last"] == [12.5, 4.5, 10]
    assert borda["--unranked", "ignore"] == [5, 1, 0]


def test_the_strengths_of_schulze(monkeypatch, capsys, partial: str) -> None:
    strengths = {}
    for options in ([], ["--schulze", "winning-votes"], ["--schulze", "margins"]):
        assert run(monkeypatch, partial, "--json", *options) == 0
        strengths[tuple(options)] = json.loads(capsys.readouterr().out)["schulze_strengths"]
    assert strengths[()] == strengths["--schulze", "winning-votes"] == [[0, 6, 6], [0, 0, 0], [0, 7, 0]]
    assert strengths["--schulze", "margins"] == [[0, 4, 3], [0, 0, 0], [0, 5, 0]]


def test_the_keys_of_the_json(monkeypatch, capsys, partial: str) -> None:
    assert run(monkeypatch, partial, "--json") == 0
    keys = """candidates voters first_preferences pairwise pairwise_unranked_ignored borda mean_normalised_score
        copeland copeland_half schulze_winner schulze_ranking schulze_strengths condorcet_winner"""
    assert list(json.loads(capsys.readouterr().out)) == keys.split()


def test_without_json_it_is_a_table(monkeypatch, capsys, partial: str) -> None:
    assert run(monkeypatch, partial) == 0
    assert capsys.readouterr().out.splitlines()[4:6] == [
        "rank  candidate  first  Borda    mean  wins-losses",
        "   1  A              5   12.5  0.6944           +2",
    ]


def test_a_malformed_file_is_one_line_and_code_2(monkeypatch, capsys, tmp_path: Path) -> None:
    file = tmp_path / "broken.toi"
    file.write_text(PARTIAL.replace("3: 3", "3: 7"), encoding="utf-8")
    assert run(monkeypatch, str(file), "--json") == 2
    assert capsys.readouterr() == ("", f"{file}:5: '7' is not the number of a named alternative\n")


def test_a_file_that_is_not_there_and_an_unknown_option(monkeypatch, capsys, tmp_path: Path, partial: str) -> None:
    missing = tmp_path / "nothing.soc"
    assert run(monkeypatch, str(missing)) == 2
    assert capsys.readouterr().err == f"ruhrvote: {missing} cannot be read: No such file or directory\n"
    assert run(monkeypatch, partial, "--unranked", "first") == 2
    assert capsys.readouterr().err.startswith("ruhrvote: Invalid value for '--unranked'")
