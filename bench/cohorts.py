"""What cohorts of all firms, and cohorts of each chamber, cost in waiting ballots and in hidden cells of breakdowns.

    .venv/bin/python bench/cohorts.py

Firms of an invented region (six chambers of industry and commerce, three of crafts, 53 towns and districts, 22 sectors)
come in at random, or chamber after chamber but for one in ten. Printed: how many of the ballots received are on no
board before the close, on average over the time (`waiting`), and how many cells of ten ballots and more are shown.
"""

from __future__ import annotations

import random
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from ruhrvote.tally.disclosure import COHORT, WAITING, merged
from ruhrvote.tally.suppression import FEWEST, Kind, shown_cells

CHAMBERS = {
    "IHK 1": 20,
    "IHK 2": 18,
    "IHK 3": 14,
    "IHK 4": 12,
    "IHK 5": 10,
    "IHK 6": 7,
    "HWK 1": 9,
    "HWK 2": 6,
    "HWK 3": 4,
}
SIZES = {"1-9": 80, "10-49": 14, "50-249": 5, "250+": 1}
SECTORS = {f"sector {number}": 22 - number for number in range(22)}
DIMENSIONS = ("kind of chamber", "size", "chamber", "sector", "district")
ROUNDS = [(600, 0.1), (600, 0.3), (600, 0.5), (400_000, 0.02), (400_000, 0.1)]


def some_firm(chance: random.Random) -> Kind:
    """A firm's cell in each breakdown; a chamber has six towns of its own."""
    chamber = chance.choices(list(CHAMBERS), list(CHAMBERS.values()))[0]
    size = chance.choices(list(SIZES), list(SIZES.values()))[0]
    sector = chance.choices(list(SECTORS), list(SECTORS.values()))[0]
    town = f"town {list(CHAMBERS).index(chamber) % 9 * 6 + min(int(chance.expovariate(0.5)), 5)}"
    return chamber[:3], size, chamber, sector, town


def released(queue: Sequence[Kind], group_of: Callable[[Kind], str]) -> tuple[list[list[Kind]], float]:
    """The cohorts of these ballots, and the share that waits, on average over all moments at which one comes in."""
    waiting: defaultdict[str, list[Kind]] = defaultdict(list)
    cohorts: list[list[Kind]] = []
    shares = 0.0
    for number, kind in enumerate(queue, start=1):
        own = waiting[group_of(kind)]
        own.append(kind)
        if len(own) >= WAITING:
            cohorts.append(own[:COHORT])
            del own[:COHORT]
        shares += 1 - len(cohorts) * COHORT / number
    return cohorts, shares / len(queue)


def main() -> None:
    """Print a table."""
    head = f"{'firms':>7} {'ballots':>7}  {'order':<10} {'cohorts of':<10} {'waiting':>8} {'at close':>8}"
    print(f"{head}  cells shown of those of ten")
    for firms, turnout in ROUNDS:
        for order in ("random", "by chamber"):
            chance = random.Random(1)
            roll = [some_firm(chance) for _ in range(firms)]
            queue = chance.sample(roll, round(firms * turnout))
            if order == "by chamber":
                queue.sort(key=lambda kind: str(kind[2]) if chance.random() < 0.9 else chance.choice(list(CHAMBERS)))
            # Names of chambers have no dash, since merged groups are named after their parts.
            chamber = merged(Counter(str(kind[2]) for kind in roll), 2 * WAITING)
            rules: dict[str, Callable[[Kind], str]] = {
                "(after)": lambda _: "",
                "all firms": lambda _: "firm",
                "a chamber": lambda kind, chamber=chamber: chamber[str(kind[2])],  # type: ignore[misc]
            }
            for name, group_of in rules.items():
                cohorts, waiting = ([], 1.0) if name == "(after)" else released(queue, group_of)
                began = time.perf_counter()
                shown = shown_cells(Counter(queue), cohorts)
                took = time.perf_counter() - began
                large = [sum(n >= FEWEST for n in Counter(kind[i] for kind in queue).values()) for i in range(5)]
                cells = ", ".join(f"{d} {len(s)}/{n}" for d, s, n in zip(DIMENSIONS, shown, large, strict=True))
                left = len(queue) - COHORT * len(cohorts)
                figures = f"{firms:>7} {len(queue):>7}  {order:<10} {name:<10} {waiting:>7.1%} {left:>8}"
                print(f"{figures}  {cells} ({took:.1f} s)")


if __name__ == "__main__":
    main()
