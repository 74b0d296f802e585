"""How a ballot is written: a weak order (an order with ties) over some of the ideas, two characters per idea.

The first character is the answer: 1 very important, 2 important, 3 less important, 4 not important,
5 no opinion, 0 still open. The second is the tier among the ideas with the same answer: A is the first tier, B the
second and so on; `~` is the tier behind all these, with the ideas that were not put in order. The pairs of characters
are in the order of the ideas' positions: "1A" "1~" "3~" "0~" is written `1A1~3~0~`.

Read as a number, the two characters grow from the best tier to the last, so a ballot can be counted without parsing
it. An idea with answer 0 or 5 is in no tier: it is not judged, which does not mean last.
"""

from __future__ import annotations

import string
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

OPEN, NO_OPINION = 0, 5
JUDGEMENTS = (1, 2, 3, 4)
PLACES = string.ascii_uppercase + string.ascii_lowercase
UNPLACED = "~"
WIDTH = 2
NOT_JUDGED = 255  # the level of an idea in no tier; every other level is smaller
TIERS_PER_ANSWER = len(PLACES) + 1

Levels = npt.NDArray[np.uint8]


def _level_of_code() -> Levels:
    """The level of every pair of characters, indexed by the pair as a big-endian number; NOT_JUDGED for all others."""
    table = np.full(1 << 16, NOT_JUDGED, dtype=np.uint8)
    for answer in JUDGEMENTS:
        for place, letter in enumerate(PLACES + UNPLACED):
            table[ord(str(answer)) << 8 | ord(letter)] = (answer - 1) * TIERS_PER_ANSWER + place
    return table


_LEVEL_OF_CODE = _level_of_code()


def levels(rankings: Sequence[str], ideas: int) -> Levels:
    """The levels of many ballots: shape (ballots, ideas), 8-bit, smaller is better, NOT_JUDGED for no tier.

    Each ranking must be valid (see `check`). Raises ValueError for a ranking that is not of `ideas` ideas.
    """
    text = "".join(rankings).encode("ascii")
    if len(text) != len(rankings) * ideas * WIDTH:
        raise ValueError(f"a ranking of {ideas} ideas has {ideas * WIDTH} characters")
    codes = np.frombuffer(text, dtype=">u2").reshape(len(rankings), ideas)
    return _LEVEL_OF_CODE[codes]


def answers(level: Levels) -> Levels:
    """The answer that belongs to each level, 1 to 4; 0 for NOT_JUDGED. The result has the shape of `level`."""
    return np.where(level == NOT_JUDGED, 0, level // TIERS_PER_ANSWER + 1).astype(np.uint8)


def last_level(answer: int) -> int:
    """The last level that an idea with this answer can have: that of ideas which were not put in order."""
    return answer * TIERS_PER_ANSWER - 1


def check(ranking: str, ideas: int) -> None:
    """Raise ValueError unless `ranking` is a valid, canonical ranking of `ideas` ideas.

    Canonical means that the tiers used with one answer are A, B, C … without gaps, so that one weak order has exactly
    one written form.
    """
    if len(ranking) != ideas * WIDTH:
        raise ValueError(f"a ranking of {ideas} ideas has {ideas * WIDTH} characters, not {len(ranking)}")
    used: dict[str, set[str]] = {str(answer): set() for answer in JUDGEMENTS}
    for position in range(ideas):
        answer, place = ranking[position * WIDTH], ranking[position * WIDTH + 1]
        if answer in (str(OPEN), str(NO_OPINION)):
            if place != UNPLACED:
                raise ValueError(f"idea at position {position} has a place but no judgement")
        elif answer not in used:
            raise ValueError(f"idea at position {position} has the unknown answer {answer!r}")
        elif place == UNPLACED:
            continue
        elif place not in PLACES:
            raise ValueError(f"idea at position {position} has the unknown place {place!r}")
        else:
            used[answer].add(place)
    for answer, places in used.items():
        if places and places != set(PLACES[: len(places)]):
            raise ValueError(f"the places with answer {answer} have a gap")


def judged(ranking: str) -> int:
    """How many ideas a ranking judges, that is puts into a tier."""
    return sum(answer in "1234" for answer in ranking[::WIDTH])
