"""Compares the tally with pref_voting on random profiles; runs in an environment of its own, by bin/oracle.

Profiles have ties and partial orders. pref_voting's "extended strict preference" is our "unranked last", its "strict
preference" our "unranked ignored". The files that it reads are also read from the file, by its own reader.
"""

# ruff: noqa: T201  it speaks on the console

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np
from pref_voting.margin_based_methods import beat_path, beat_path_defeat
from pref_voting.profiles_with_ties import ProfileWithTies
from preflibtools.instances import OrdinalInstance

from ruhrvote.tally import methods, preflib
from ruhrvote.tally.methods import Links, Unranked, pairs
from ruhrvote.tally.scores import first_places
from ruhrvote.tally.tally import Tally

PROFILES = 1000
SEED = 20_261_123

Order = tuple[tuple[int, ...], ...]  # tiers of candidates from 1, best first


def random_order(chance: np.random.Generator, candidates: int) -> Order:
    """An order over some or all candidates, with ties."""
    sequence = 1 + chance.permutation(candidates)
    kept = sequence[: chance.integers(1, candidates + 1)] if chance.random() < 0.6 else sequence
    tiers: list[list[int]] = []
    for candidate in kept:
        if tiers and chance.random() < 0.3:
            tiers[-1].append(int(candidate))
        else:
            tiers.append([int(candidate)])
    return tuple(tuple(sorted(tier)) for tier in tiers)


def write(file: Path, candidates: int, profile: Counter[Order]) -> None:
    """The profile as a .toi file."""
    lines = [f"# FILE NAME: {file.name}", "# DATA TYPE: toi", f"# NUMBER ALTERNATIVES: {candidates}"]
    lines += [f"# NUMBER VOTERS: {profile.total()}", f"# NUMBER UNIQUE ORDERS: {len(profile)}"]
    lines += [f"# ALTERNATIVE NAME {i}: Candidate {i}" for i in range(1, candidates + 1)]
    for order, voters in profile.items():
        tiers = [str(tier[0]) if len(tier) == 1 else "{" + ",".join(map(str, tier)) + "}" for tier in order]
        lines.append(f"{voters}: {','.join(tiers)}")
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def their_profile(file: Path) -> ProfileWithTies:
    """The file as preflibtools reads it."""
    instance = OrdinalInstance(str(file))
    rankings = [{c - 1: tier for tier, tied in enumerate(order) for c in tied} for order in instance.orders]
    voters = [instance.multiplicity[order] for order in instance.orders]
    return ProfileWithTies(rankings, rcounts=voters, candidates=list(range(instance.num_alternatives)))


def differences(tally: Tally, theirs: ProfileWithTies, unranked: Unranked) -> list[str]:
    """The names of the figures that differ."""
    counted = pairs(tally, unranked)
    candidates = range(tally.ideas)
    wrong = []

    def compare(name: str, ours: object, known: object) -> None:
        if ours != known:
            wrong.append(f"{name} ({unranked.value}): {ours} instead of {known}")

    support = [[0 if i == j else theirs.support(i, j) for j in candidates] for i in candidates]
    compare("pairs", counted.preferred.tolist(), support)
    copeland = theirs.copeland_scores()
    compare("Copeland", methods.copeland(counted).tolist(), [copeland[i] for i in candidates])
    halves = theirs.copeland_scores(scores=(1, 0.5, 0))
    compare("Copeland with halves", methods.copeland_half(counted).tolist(), [halves[i] for i in candidates])
    compare("Condorcet winner", methods.condorcet_winner(counted), theirs.condorcet_winner())
    if unranked is Unranked.LAST:
        symmetric = theirs.borda_scores()  # candidates below less candidates above
        borda = [(symmetric[i] + tally.ballots * (tally.ideas - 1)) / 2 for i in candidates]
        compare("Borda", methods.borda(counted).tolist(), borda)
    for links, strength in [(Links.WINNING_VOTES, theirs.support), (Links.MARGINS, theirs.margin)]:
        strengths = methods.schulze_strengths(counted, links)
        winners = methods.schulze_levels(strengths)[0]
        compare(f"Schulze winners by {links.value}", winners, beat_path(theirs, strength_function=strength))
        defeats = {(int(i), int(j)) for i, j in np.argwhere(strengths > strengths.T)}
        known = {(i, j) for i, j in beat_path_defeat(theirs, strength_function=strength).edges}
        compare(f"Schulze defeats by {links.value}", defeats, known)
    return wrong


def main() -> int:
    """Compare all profiles; 1 if any figure differs."""
    began = time.monotonic()
    chance = np.random.default_rng(SEED)
    faults, ties, cycles = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(PROFILES):
            candidates = int(chance.integers(2, 8))
            voters = int(chance.integers(1, 26))
            profile = Counter(random_order(chance, candidates) for _ in range(voters))
            file = Path(folder) / f"profile-{number}.toi"
            write(file, candidates, profile)
            election, theirs = preflib.read(file), their_profile(file)
            wrong = []
            theirs.use_extended_strict_preference()
            wrong += differences(election.tally, theirs, Unranked.LAST)
            theirs.use_strict_preference()
            wrong += differences(election.tally, theirs, Unranked.IGNORED)
            plurality = [sum(n / len(o[0]) for o, n in profile.items() if i in o[0]) for i in range(1, candidates + 1)]
            if not np.allclose(first_places(election.tally), plurality):
                wrong.append("first places")
            strengths = methods.schulze_strengths(pairs(election.tally, Unranked.LAST))
            ties += any(len(level) > 1 for level in methods.schulze_levels(strengths))
            cycles += methods.condorcet_winner(pairs(election.tally, Unranked.LAST)) is None
            for line in wrong:
                print(f"profile {number}: {line}")
            faults += bool(wrong)
    seconds = time.monotonic() - began
    print(
        f"{PROFILES} profiles with ties and partial orders in both readings, {ties} with ties in Schulze's ranking, "
        f"{cycles} without a Condorcet winner: {faults} differ from pref_voting ({seconds:.0f} s)"
    )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
