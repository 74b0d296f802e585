"""A round of firms with chambers, sectors and sizes, in which groups disagree."""

from __future__ import annotations

from typing import Any

from ruhrvote.accounts.models import Organisation, Role
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import transaction
from tests.people import make_person
from tests.rounds import Round, make_round, submit

BUILDERS, SHOPS = "1A1B2A2B3A3B", "3B3A2B2A1B1A"  # one order and its reverse
MIDDLE = "1B1A2A2B3A3B"


def make_region(key: str = "region", firms: int = 40, municipalities: int = 3, **rules: Any) -> tuple[Round, int]:
    """A round of builders, shops and three miners, small and large, and a reviewer of its first chamber."""
    round_ = make_round(key, firms=firms, chambers=2, municipalities=municipalities, opened=False, **rules)
    with transaction() as session:
        session.get_one(Organisation, round_.chambers[0]).name = f"IHK {key}"
        for number, firm in enumerate(round_.firms):
            found = session.get_one(Organisation, firm)
            found.sector = "Mining" if number < 3 else "Building" if number % 2 else "Shops"
            found.size_class = "1-9" if number % 4 < 2 else "250+"
    open_consultation(round_.key)
    return round_, make_person(round_.chambers[0], Role.REVIEWER)


def vote(round_: Round) -> None:
    """All firms by their sector, and the municipalities."""
    for number, firm in enumerate(round_.firms):
        submit(round_, firm, BUILDERS if number % 2 else SHOPS if number % 3 else MIDDLE)
    for place in round_.municipalities:
        submit(round_, place, BUILDERS)
