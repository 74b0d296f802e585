"""Checking a receipt, by anybody who has its number."""

from __future__ import annotations

import pytest
from flask import Flask

from ruhrvote.ballots.queries import submitted_version
from tests.drafts.desk import BALLOT, ENGLISH
from tests.pages import Visitor, text_of
from tests.people import World, visit
from tests.rounds import submit

pytestmark = pytest.mark.alike


class TestCheckingAReceipt:
    def check(self, app: Flask, number: str, status: int = 200) -> str:
        page = visit(app, **ENGLISH).page("/receipts").submit({"receipt": number}, status=status)
        return text_of(page.root.find(".//*[@id='answer']")) or text_of(page.root.find(".//*[@id='problems']"))

    def test_counts_replaced_withdrawn(self, app: Flask, world: World, voter: Visitor) -> None:
        with app.app_context():
            first = submit(world.round, world.firm, "4~2~5~0~0~0~", by=world.colleague).receipt_id
        assert "is in the ledger and counts" in self.check(app, first)
        with app.app_context():
            second = submit(world.round, world.firm, "3~2~5~0~0~0~", version=1, by=world.colleague).receipt_id
        assert "was replaced by version 2" in self.check(app, first)
        assert "is in the ledger and counts" in self.check(app, second)
        voter.page(BALLOT).submit(button="Withdraw version 2")
        assert "has been withdrawn" in self.check(app, second)
        with app.app_context():
            withdrawal = submitted_version(world.round.id, world.firm)
            assert withdrawal is not None
            assert "counts" not in self.check(app, withdrawal.receipt_id).split(".")[0]

    @pytest.mark.parametrize("how", ["lower", "hyphens", "fours", "around"])
    def test_however_it_is_typed(self, app: Flask, world: World, how: str) -> None:
        with app.app_context():
            number = submit(world.round, world.firm, "4~2~5~0~0~0~").receipt_id
        typed = {
            "lower": number.lower(),
            "hyphens": "-".join(number[i : i + 4] for i in range(0, 26, 4)),
            "fours": " ".join(number[i : i + 4] for i in range(0, 26, 4)),
            "around": f"  {number}\t",
        }
        assert "is in the ledger and counts" in self.check(app, typed[how])

    @pytest.mark.parametrize("number", ["A" * 26, "1", "ä" * 26, "%", "' OR 1=1 --"])
    def test_unknown(self, app: Flask, world: World, number: str) -> None:
        assert "No submission has this number" in self.check(app, number, 422)

    @pytest.mark.parametrize("number", ["", "A" * 61])
    def test_no_number(self, app: Flask, world: World, number: str) -> None:
        assert "Please check what you entered" in self.check(app, number, 422)

    def test_says_nothing_of_who_and_what(self, app: Flask, world: World) -> None:
        with app.app_context():
            number = submit(world.round, world.firm, "1~2~5~0~0~0~").receipt_id
        page = visit(app, **ENGLISH).page("/receipts").submit({"receipt": number})
        for word in ("firm 1", "Kim Muster", "Short", "important", "1~2~"):
            assert word not in text_of(page.root.find(".//main")), word
