"""Reading PrefLib's files: every form that is right, and what is said about every form that is wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruhrvote.tally import orders
from ruhrvote.tally.orders import NOT_PLACED, count_orders
from ruhrvote.tally.preflib import Malformed, read
from ruhrvote.tally.tally import Tally
from tests.tally.profiles import levels_of, tally_of
from tests.tally.profiles import orders as ballots_over
from tests.tally.slow_counter import Order

HEADER = """\
# FILE NAME: example
# NUMBER ALTERNATIVES: 4
# ALTERNATIVE NAME 1: Memphis
# ALTERNATIVE NAME 2: Nashville: the capital
# ALTERNATIVE NAME 3: Chattanooga
# ALTERNATIVE NAME 4: Knoxville
"""
FIRST = 7  # the line after the header


def same(one: Tally, other: Tally) -> bool:
    """Equal but for the answers, which a preference file does not hold."""
    names = ["ballots", "placed", "compared", "above", "first", "position"]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def written(folder: Path, content: str, ending: str = "toi") -> Path:
    file = folder / f"example.{ending}"
    file.write_text(content, encoding="utf-8")
    return file


def test_orders_with_ties_and_without_all(tmp_path: Path) -> None:
    election = read(written(tmp_path, HEADER + "2: 1,{2,3},4\n1: 3\n3: {1,4},2\n2: {1,2},{3,4}\n1: {2},1\n"))
    assert election.candidates == ("Memphis", "Nashville: the capital", "Chattanooga", "Knoxville")
    orders: list[Order] = [
        *[[{0}, {1, 2}, {3}]] * 2,
        [{2}],
        *[[{0, 3}, {1}]] * 3,
        *[[{0, 1}, {2, 3}]] * 2,
        [{1}, {0}],
    ]
    assert same(election.tally, tally_of(orders, 4))


@pytest.mark.parametrize(
    ("ending", "order"), [("soc", "4,1,2,3"), ("soi", "4,1"), ("toc", "{4,1},2,3"), ("toi", "{4,1},2")]
)
def test_every_kind_of_file(tmp_path: Path, ending: str, order: str) -> None:
    assert read(written(tmp_path, f"{HEADER}5: {order}\n", ending)).tally.ballots == 5


def test_what_is_left_to_the_writer(tmp_path: Path) -> None:
    plain = written(tmp_path, HEADER + "# NUMBER VOTERS: 5\n2: 1,{2,3},4\n3: 4\n")
    loose = tmp_path / "loose.toi"
    content = "\n  #  NUMBER VOTERS : 5\n\n 2 :  1 , { 2 ,\t3 } , 4  \n# a remark\n1:4\n2:\t4\n\n"
    loose.write_bytes(b"\xef\xbb\xbf" + (HEADER + content).replace("\n", "\r\n").encode())
    assert read(loose).candidates == read(plain).candidates
    assert same(read(loose).tally, read(plain).tally)


def test_spaces_and_tabs_around_numbers_mean_nothing(tmp_path: Path) -> None:
    for order in ("1:1,2,{3,4}", "1: 1, 2, {3, 4}", "1:1,\t2,{3,\t4}", "1:\t1 ,2\t,\t{ 3,4 }"):
        tally = read(written(tmp_path, f"{HEADER}{order}\n")).tally
        assert same(tally, tally_of([[{0}, {1}, {2, 3}]], 4))


def test_the_files_order_counts_not_the_numbers(tmp_path: Path) -> None:
    election = read(written(tmp_path, "# ALTERNATIVE NAME 9: Nine\n# ALTERNATIVE NAME 2:Two\n1: 2,9\n"))
    assert election.candidates == ("Nine", "Two")
    assert election.tally.above.tolist() == [[0, 0], [1, 0]]


def test_a_file_without_orders(tmp_path: Path) -> None:
    assert read(written(tmp_path, HEADER)).tally.ballots == 0


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("4", "neither a line that starts with # nor an order like `12: 1,{2,3},4`"),
        ("1,2,3,4", "neither a line that starts with #"),
        ("x: 1,2,3,4", "neither a line that starts with #"),
        ("-1: 1,2,3,4", "neither a line that starts with #"),
        ("²: 1,2,3,4", "neither a line that starts with #"),
        (": 1,2,3,4", "neither a line that starts with #"),
        ("0: 1,2,3,4", "an order that nobody cast"),
        (f"{2**40 + 1}: 1,2,3,4", "more than 1099511627776 voters"),
        ("1: 1,2,5,4", "'5' is not the number of a named alternative"),
        ("1: 1,2,x,4", "'x' is not the number of a named alternative"),
        ("1: 1: 2,3", "'1: 2' is not the number of a named alternative"),
        ("1: 1,2 3,4", "'2 3' is not the number of a named alternative"),
        ("1: 1,02,3,4", "'02' is not the number of a named alternative"),
        ("1: 1,2,2,4", "alternative 2 stands twice in one order"),
        ("1: 1,{2,3},3", "alternative 3 stands twice in one order"),
        ("1:", "the number of an alternative is missing"),
        ("1: 1,,2", "the number of an alternative is missing"),
        ("1: 1,,2,", "the number of an alternative is missing"),
        ("1: 1,{}", "the number of an alternative is missing"),
        ("1: 1,{2,}", "the number of an alternative is missing"),
        ("1: ,{1,2}", "the number of an alternative is missing"),
        ("1: {1,2},", "the number of an alternative is missing"),
        ("1: {1,2},,{3,4}", "the number of an alternative is missing"),
        ("1: {1,2", "the braces { } of a tie do not match"),
        ("1: 1,2}", "the braces { } of a tie do not match"),
        ("1: }1,2{", "the braces { } of a tie do not match"),
        ("1: {1,{2,3}}", "the braces { } of a tie do not match"),
        ("1: {1,2}3", "a comma is missing beside a tie"),
        ("1: 3{1,2}", "a comma is missing beside a tie"),
        ("1: {1,2}{3,4}", "a comma is missing beside a tie"),
        ("1: {1,2},3{4}", "a comma is missing beside a tie"),
        ("1: {1,2}3,{4}", "a comma is missing beside a tie"),
        ("# NUMBER VOTERS: 3", "NUMBER VOTERS is 3, but the orders in the file have 1 voters"),
        ("# NUMBER VOTERS: many", "'many' is not a number of voters"),
        ("# NUMBER ALTERNATIVES: 5", "NUMBER ALTERNATIVES is 5, but 4 alternatives have a name"),
        ("# ALTERNATIVE NAME 4: Knoxville", "alternative 4 has a name already"),
        ("# ALTERNATIVE NAME 5 Bristol", "no name: it stands behind a colon, as in `# ALTERNATIVE NAME 1: Memphis`"),
        ("# ALTERNATIVE NAME 5 6: Bristol", "'5 6' is not the number of an alternative"),
        ("# ALTERNATIVE NAME: Bristol", "'' is not the number of an alternative"),
        ("# ALTERNATIVE NAME IV: Knoxville", "'IV' is not the number of an alternative"),
    ],
)
def test_what_is_wrong_and_where(tmp_path: Path, line: str, reason: str) -> None:
    file = written(tmp_path, f"{HEADER}{line}\n1: 1,2,3,4\n")
    with pytest.raises(Malformed) as raised:
        read(file)
    assert str(raised.value).startswith(f"{file}:{FIRST}: {reason}")


@pytest.mark.parametrize(
    ("ending", "order", "reason"),
    [
        ("soc", "1,2,{3,4}", "a tie, but the file's name promises strict orders"),
        ("soi", "{1,2}", "a tie, but the file's name promises strict orders"),
        ("soc", "1,2,4", "alternative 3 is missing, but the file's name promises complete orders"),
        ("toc", "{1,2,4}", "alternative 3 is missing, but the file's name promises complete orders"),
    ],
)
def test_what_the_name_of_the_file_promises(tmp_path: Path, ending: str, order: str, reason: str) -> None:
    file = written(tmp_path, f"{HEADER}1: 1,2,3,4\n1: {order}\n", ending)
    with pytest.raises(Malformed) as raised:
        read(file)
    assert str(raised.value) == f"{file}:{FIRST + 1}: {reason}"


def test_files_that_cannot_be_read_at_all(tmp_path: Path) -> None:
    def reason(file: Path) -> str:
        with pytest.raises(Malformed) as raised:
            read(file)
        return str(raised.value).removeprefix(f"{file}:")

    assert reason(written(tmp_path, HEADER, "csv")) == "1: the file's name must end in .soc, .soi, .toc or .toi"
    assert (
        reason(written(tmp_path, "", "soc")) == "1: no line like `# ALTERNATIVE NAME 1: Memphis` names an alternative"
    )
    latin = tmp_path / "latin.soc"
    latin.write_bytes(HEADER.encode() + b"# TITLE: M\xfcnster\n")
    assert reason(latin) == f"{FIRST}: byte 0xfc is not UTF-8 text"
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing.soc")


def test_too_many_alternatives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ruhrvote.tally.preflib.MOST_CANDIDATES", 4)
    assert len(read(written(tmp_path, HEADER)).candidates) == 4
    monkeypatch.setattr("ruhrvote.tally.preflib.MOST_CANDIDATES", 3)
    with pytest.raises(Malformed, match=r"example\.toi:1: more than 3 alternatives$"):
        read(written(tmp_path, HEADER))


def test_as_many_voters_as_can_be_counted_exactly(tmp_path: Path) -> None:
    half = 2**39
    election = read(written(tmp_path, f"{HEADER}{half}: 1,2\n{half}: 2,1\n"))
    assert election.tally.ballots == 2**40
    assert election.tally.above[0, 1] == half
    with pytest.raises(Malformed, match="more than 1099511627776 voters"):
        read(written(tmp_path, f"{HEADER}{half}: 1,2\n{half + 1}: 2,1\n"))


def test_three_hundred_candidates(tmp_path: Path) -> None:
    names = "".join(f"# ALTERNATIVE NAME {i}: {i}\n" for i in range(1, 301))
    order = ",".join(str(i) for i in range(300, 0, -1))
    tally = read(written(tmp_path, f"{names}7: {order}\n", "soc")).tally
    assert np.array_equal(tally.above, 7 * np.tril(np.ones((300, 300), dtype=int), -1))
    assert tally.first[299].tolist() == [0, 7] + [0] * 299
    assert tally.position[0].tolist() == [0] * 299 + [7]


@given(st.lists(st.tuples(ballots_over(5), st.integers(1, 9)), max_size=9))
def test_distinct_orders_are_counted_like_the_ballots_they_stand_for(given_orders: list[tuple[Order, int]]) -> None:
    tiers = levels_of([order for order, _ in given_orders], 5).astype(np.uint16)
    tiers[tiers == 255] = NOT_PLACED
    counted = count_orders(tiers, np.array([number for _, number in given_orders], dtype=np.int64))
    assert same(counted, tally_of([order for order, number in given_orders for _ in range(number)], 5))
    assert not counted.answered.any()


def test_orders_are_counted_in_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    tiers = np.array([[0, 1, 2], [2, 1, 0], [1, 0, NOT_PLACED], [0, 0, 0], [0, 1, 2]], dtype=np.uint16)
    voters = np.array([5, 4, 3, 2, 1])
    whole = count_orders(tiers, voters)
    monkeypatch.setattr(orders, "CHUNK", 2)
    assert count_orders(tiers, voters) == whole
    assert whole.ballots == 15
    assert whole.above.tolist() == [[0, 6, 6], [7, 0, 6], [4, 4, 0]]
