"""Which version counts: the example of the methodology, and what is refused."""

from __future__ import annotations

import pytest

from ruhrvote.tally.versions import Change, Contested, Versions


def test_the_example_of_the_methodology() -> None:
    versions = Versions()
    assert versions.submit(7, 1, ranked=True) == Change(7, 0, 1)
    assert versions.submit(7, 2, ranked=True) == Change(7, 1, 2)
    assert versions.contest(4, Contested(7, 2)) == Change(7, 2, 1)
    assert versions.contest(5, Contested(7, 1)) == Change(7, 1, 0)
    versions.close()
    assert versions.settle(7, {Contested(7, 2)}) == [Change(7, 0, 1)]
    assert versions.void == {Contested(7, 2): (4, None), Contested(7, 1): (5, 7)}
    assert versions.counting(7) == 1


def test_an_objection_after_the_close_waits() -> None:
    versions = Versions()
    versions.submit(7, 1, ranked=True)
    versions.submit(8, 1, ranked=True)
    versions.close()
    assert versions.contest(5, Contested(8, 1)) == Change(8, 1, 1)
    assert versions.contest(6, Contested(7, 1)) == Change(7, 1, 1)
    assert versions.settle(7, {Contested(7, 1)}) == [Change(7, 1, 0), Change(8, 1, 1)]
    assert versions.void == {Contested(7, 1): (7, None)}


def test_a_contested_withdrawal_gives_the_ballot_back() -> None:
    versions = Versions()
    versions.submit(7, 1, ranked=True)
    assert versions.submit(7, 2, ranked=False) == Change(7, 1, 0)
    assert versions.counting(7) == 2
    assert versions.contest(4, Contested(7, 2)) == Change(7, 0, 1)


def test_an_objection_to_nothing_twice_or_too_late_is_refused() -> None:
    versions = Versions()
    versions.submit(7, 1, ranked=True)
    for unknown in (Contested(7, 2), Contested(8, 1)):
        with pytest.raises(ValueError, match="Contested"):
            versions.contest(3, unknown)
    versions.contest(3, Contested(7, 1))
    with pytest.raises(ValueError, match="Contested"):
        versions.contest(4, Contested(7, 1))
    versions.submit(7, 2, ranked=True)
    versions.close()
    versions.settle(7, set())
    with pytest.raises(ValueError, match="Contested"):
        versions.contest(8, Contested(7, 2))
