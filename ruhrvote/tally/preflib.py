"""Reading preference files in PrefLib's format: .soc, .soi, .toc and .toi.

Lines that start with # are the header: `# NUMBER VOTERS: 45`, `# ALTERNATIVE NAME 1: Memphis`. Every other line is the
number of voters and the order that they cast, best first: `12: 1,{2,3},4`, with ties in braces. The file's extension
says what is allowed: s for strict orders, t for orders with ties; oc for complete, oi for incomplete ones. Source:
N. Mattei and T. Walsh, PrefLib: A library for preferences, Algorithmic Decision Theory, 2013, and PrefLib's page on
its format.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ruhrvote.tally.orders import MOST_CANDIDATES, MOST_VOTERS, NOT_PLACED, Tiers, count_orders
from ruhrvote.tally.tally import Tally

ENDINGS = (".soc", ".soi", ".toc", ".toi")
_NAME = re.compile(r"#\s*ALTERNATIVE NAME\b([^:]*)(:?)(.*)")
_BRACE = re.compile(r"([{}])")
_NUMBER = re.compile(r"#\s*NUMBER (ALTERNATIVES|VOTERS)\s*:(.*)")


_MISSING_NUMBER = "the number of an alternative is missing"


class Malformed(Exception):
    """A file that does not have the format of its extension; the message is `FILE:LINE: what is wrong`."""

    def __init__(self, file: Path, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")


@dataclass(frozen=True)
class Election:
    """The content of a preference file: the candidates' names in the file's order, and the tally of its orders."""

    candidates: tuple[str, ...]
    tally: Tally


def read(file: Path) -> Election:
    """Read a preference file. Raises Malformed for the first wrong line, OSError if the file cannot be read."""
    if file.suffix not in ENDINGS:
        raise Malformed(file, 1, f"the file's name must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    lines = [line.strip() for line in _text(file).split("\n")]
    names = _names(file, lines)
    orders = _Orders(tuple(names), strict=file.suffix[1] == "s", complete=file.suffix[-1] == "c")
    for number, line in enumerate(lines, start=1):
        if line and not line.startswith("#"):
            try:
                orders.add(line)
            except ValueError as error:
                raise Malformed(file, number, str(error)) from None
    _compare_with_header(file, lines, "VOTERS", orders.total, "the orders in the file have {} voters")
    return Election(tuple(names.values()), orders.tally())


def _text(file: Path) -> str:
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Malformed(file, line, f"byte {content[error.start]:#04x} is not UTF-8 text") from None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _names(file: Path, lines: Sequence[str]) -> dict[str, str]:
    """The name of each alternative by its number, in the file's order."""
    names: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        found = _NAME.match(line)
        if found is None:
            continue
        alternative, colon, name = found[1].strip(), found[2], found[3].strip()
        if not colon:
            raise Malformed(file, number, "no name: it stands behind a colon, as in `# ALTERNATIVE NAME 1: Memphis`")
        if not _is_number(alternative):
            raise Malformed(file, number, f"{alternative!r} is not the number of an alternative")
        if alternative in names:
            raise Malformed(file, number, f"alternative {alternative} has a name already")
        names[alternative] = name
    _compare_with_header(file, lines, "ALTERNATIVES", len(names), "{} alternatives have a name")
    if not names:
        raise Malformed(file, 1, "no line like `# ALTERNATIVE NAME 1: Memphis` names an alternative")
    if len(names) > MOST_CANDIDATES:
        raise Malformed(file, 1, f"more than {MOST_CANDIDATES} alternatives")
    return names


def _compare_with_header(file: Path, lines: Sequence[str], what: str, counted: int, finding: str) -> None:
    for number, line in enumerate(lines, start=1):
        found = _NUMBER.match(line)
        if found is None or found[1] != what:
            continue
        promised = found[2].strip()
        if not _is_number(promised):
            raise Malformed(file, number, f"{promised!r} is not a number of {what.lower()}")
        if int(promised) != counted:
            raise Malformed(file, number, f"NUMBER {what} is {promised}, but {finding.format(counted)}")


class _Orders:
    """The orders read so far, as flat arrays: the position and the tier of each placed candidate."""

    def __init__(self, numbers: Sequence[str], strict: bool, complete: bool) -> None:
        self.position = {number: position for position, number in enumerate(numbers)}
        self.strict, self.complete = strict, complete
        self.total = 0
        self.voters, self.lengths = array("q"), array("q")
        self.candidates, self.tiers = array("H"), array("H")

    def add(self, line: str) -> None:
        """Read one order; raises ValueError with what is wrong about it."""
        voters, colon, order = line.partition(":")
        voters = voters.strip()
        if not colon or not _is_number(voters):
            raise ValueError("neither a line that starts with # nor an order like `12: 1,{2,3},4`")
        if int(voters) == 0:
            raise ValueError("an order that nobody cast")
        words, tiers = _tiers(order) if "{" in order or "}" in order else _strict(order)
        if len(set(words)) < len(words):
            twice = next(word for word in words if words.count(word) > 1)
            raise ValueError(f"alternative {twice} stands twice in one order" if twice else _MISSING_NUMBER)
        try:
            self.candidates.extend(map(self.position.__getitem__, words))
        except KeyError as error:
            word = error.args[0]
            raise ValueError(
                f"{word!r} is not the number of a named alternative" if word else _MISSING_NUMBER
            ) from None
        if self.complete and len(words) < len(self.position):
            missing = next(number for number in self.position if number not in words)
            raise ValueError(f"alternative {missing} is missing, but the file's name promises complete orders")
        if self.strict and tiers[-1] < len(words) - 1:
            raise ValueError("a tie, but the file's name promises strict orders")
        self.total += int(voters)
        if self.total > MOST_VOTERS:
            raise ValueError(f"more than {MOST_VOTERS} voters")
        self.voters.append(int(voters))
        self.lengths.append(len(words))
        self.tiers.extend(tiers)

    def tally(self) -> Tally:
        """The tally of all orders read."""
        tiers: Tiers = np.full((len(self.lengths), len(self.position)), NOT_PLACED, dtype=np.uint16)
        rows = np.repeat(np.arange(len(self.lengths)), np.array(self.lengths, dtype=np.int64))
        tiers[rows, np.array(self.candidates, dtype=np.uint16)] = np.array(self.tiers, dtype=np.uint16)
        return count_orders(tiers, np.array(self.voters, dtype=np.int64))


def _words(order: str) -> list[str]:
    words = order.split(",")
    return [word.strip() for word in words] if " " in order or "\t" in order else words


def _strict(order: str) -> tuple[list[str], Sequence[int]]:
    """The words of an order without ties, each in a tier of its own."""
    words = _words(order.strip())
    return words, range(len(words))


def _tiers(order: str) -> tuple[list[str], Sequence[int]]:
    """The words of an order with braces, and the tier of each. Raises ValueError for braces that do not match."""
    parts = _BRACE.split(order)  # outside, brace, inside, brace, outside, brace, …, outside
    if parts[1::2] != ["{", "}"] * (len(parts) // 4):
        raise ValueError("the braces { } of a tie do not match")
    words: list[str] = []
    tiers: list[int] = []
    last = len(parts) - 1
    for index in range(0, len(parts), 2):
        part = parts[index].strip()
        tier = tiers[-1] + 1 if tiers else 0
        if index % 4:  # inside braces: all words are one tier
            found = _words(part)
            tiers.extend([tier] * len(found))
        else:  # outside braces: each word is a tier of its own; commas separate it from the braces beside it
            found = _outside(part, after_brace=index > 0, before_brace=index < last)
            tiers.extend(range(tier, tier + len(found)))
        words.extend(found)
    return words, tiers


def _outside(part: str, after_brace: bool, before_brace: bool) -> list[str]:
    """The words of the part of an order between two ties, or between a tie and an end."""
    if not part and after_brace != before_brace:  # the order begins or ends with this tie
        return []
    if (after_brace and not part.startswith(",")) or (before_brace and not part.endswith(",")):
        raise ValueError("a comma is missing beside a tie")
    if part == "," and after_brace and before_brace:
        return []
    return _words(part[after_brace : len(part) - before_brace])
