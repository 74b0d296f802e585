"""Published elections with known results."""

from __future__ import annotations

import numpy as np

from ruhrvote.tally import methods
from ruhrvote.tally.methods import Links, Pairs, Unranked, pairs
from ruhrvote.tally.scores import first_places, scores
from tests.tally.profiles import election, order_of, tally_of


def counted(ideas: int, **votes: int) -> Pairs:
    return pairs(tally_of(election(**votes), ideas), Unranked.LAST)


def named(levels: list[list[int]]) -> str:
    return ">".join("=".join("ABCDEFGHI"[idea] for idea in level) for level in levels)


def schulze(given: Pairs, links: Links = Links.WINNING_VOTES) -> str:
    return named(methods.schulze_levels(methods.schulze_strengths(given, links)))


def test_the_capital_of_tennessee() -> None:
    # Memphis, Nashville, Chattanooga, Knoxville: the Condorcet winner has few first places.
    tally = tally_of(election(ABCD=42, BCDA=26, CDBA=15, DCBA=17), 4)
    given = pairs(tally, Unranked.LAST)
    assert given.preferred.tolist() == [[0, 42, 42, 42], [58, 0, 68, 68], [58, 32, 0, 83], [58, 32, 17, 0]]
    assert first_places(tally).tolist() == [42, 26, 15, 17]
    assert methods.borda(given).tolist() == [126, 194, 173, 107]
    assert scores(tally).tolist() == [42.0, 64.666666667, 57.666666667, 35.666666667]
    assert methods.condorcet_winner(given) == 1
    assert methods.copeland(given).tolist() == [-3, 3, 1, -1]
    assert schulze(given) == schulze(given, Links.MARGINS) == "B>C>D>A"


def test_schulze_with_45_voters() -> None:
    # The example with five candidates in Schulze's papers.
    given = counted(5, ACBED=5, ADECB=5, BEDAC=8, CABED=3, CAEBD=7, CBADE=2, DCEBA=7, EBADC=8)
    assert given.preferred.tolist() == [
        [0, 20, 26, 30, 22],
        [25, 0, 16, 33, 18],
        [19, 29, 0, 17, 24],
        [15, 12, 28, 0, 14],
        [23, 27, 21, 31, 0],
    ]
    assert methods.schulze_strengths(given).tolist() == [
        [0, 28, 28, 30, 24],
        [25, 0, 28, 33, 24],
        [25, 29, 0, 29, 24],
        [25, 28, 28, 0, 24],
        [25, 28, 28, 31, 0],
    ]
    assert methods.condorcet_winner(given) is None
    assert schulze(given) == schulze(given, Links.MARGINS) == "E>A>C>B>D"


def test_schulze_2011_example_1() -> None:
    # 21 voters, four candidates; the winner is d, the ranking d > a > c > b.
    given = counted(4, ACDB=8, BADC=2, CDBA=4, DBAC=4, DCBA=3)
    assert given.preferred.tolist() == [[0, 8, 14, 10], [13, 0, 6, 2], [7, 15, 0, 12], [11, 19, 9, 0]]
    assert methods.schulze_strengths(given).tolist() == [
        [0, 14, 14, 12],
        [13, 0, 13, 12],
        [13, 15, 0, 12],
        [13, 19, 13, 0],
    ]
    assert schulze(given) == "D>A>C>B"


def test_borda_1784() -> None:
    # 21 voters: A has most first places, yet both others beat A; Borda's order of merit puts C first.
    tally = tally_of(election(ABC=1, ACB=7, BCA=7, CBA=6), 3)
    given = pairs(tally, Unranked.LAST)
    assert first_places(tally).tolist() == [8, 7, 6]
    assert methods.borda(given).tolist() == [16, 21, 26]  # with Borda's own 1, 2, 3 points: 37, 42, 47
    assert given.preferred[1, 0] == given.preferred[2, 0] == 13
    assert methods.condorcet_winner(given) == 2


def test_condorcet_1785_with_60_voters() -> None:
    # A cycle: A beats B 33:27, B beats C 42:18, C beats A 35:25.
    given = counted(3, ABC=23, BAC=2, BCA=17, CAB=10, CBA=8)
    assert given.preferred.tolist() == [[0, 33, 25], [27, 0, 42], [35, 18, 0]]
    assert methods.condorcet_winner(given) is None
    assert methods.copeland(given).tolist() == [0, 0, 0]
    assert methods.borda(given).tolist() == [58, 69, 53]
    assert schulze(given) == "B>C>A"  # Condorcet drops the weakest of the three propositions, A before B


def test_condorcet_1785_against_borda_with_81_voters() -> None:
    # A beats everyone, yet Borda elects B.
    given = counted(3, ABC=30, ACB=1, BAC=29, BCA=10, CAB=10, CBA=1)
    assert methods.condorcet_winner(given) == 0
    assert methods.borda(given).tolist() == [101, 109, 33]
    assert schulze(given) == "A>B>C"


def test_ties_and_unranked_candidates_by_hand() -> None:
    # The worked example of the methodology: A > B = C; B > A, C and D left out; A = B > C > D.
    tally = tally_of([order_of("A>B=C"), order_of("B>A"), order_of("A=B>C>D")], 4)
    last, ignored = pairs(tally, Unranked.LAST), pairs(tally, Unranked.IGNORED)
    assert last.preferred.tolist() == [[0, 1, 3, 3], [1, 0, 2, 3], [0, 0, 0, 2], [0, 0, 0, 0]]
    assert ignored.preferred.tolist() == [[0, 1, 2, 1], [1, 0, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]]
    assert methods.borda(last).tolist() == [7.5, 7.0, 3.0, 0.5]
    assert methods.borda(ignored).tolist() == [4.5, 4.0, 1.5, 0.0]
    assert np.round(methods.mean_normalised_score(last, 3), 4).tolist() == [0.8333, 0.7778, 0.3333, 0.0556]
    assert methods.copeland(last).tolist() == [2, 2, -1, -3]
    assert methods.copeland_half(last).tolist() == [2.5, 2.5, 1.0, 0.0]
    assert methods.condorcet_winner(last) is None
    assert methods.schulze_strengths(last).tolist() == [[0, 0, 3, 3], [0, 0, 2, 3], [0, 0, 0, 2], [0, 0, 0, 0]]
    assert schulze(last) == "A=B>C>D"
