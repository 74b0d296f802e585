"""Invented opinions: a ranking made of an organisation's traits and pseudo-random noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from ruhrvote.accounts.models import Kind, Organisation
from ruhrvote.demo.chance import noise, share
from ruhrvote.demo.electorate import CRAFTS
from ruhrvote.demo.script import numbered, script
from ruhrvote.tally.weak_order import NO_OPINION, OPEN, PLACES, UNPLACED

# The least appeal of an idea for each answer; below the last it is "not important".
ANSWER_FROM = ((1, 0.85), (2, 0.0), (3, -0.95))
NOT_IMPORTANT = 4
LASTING_VIEW = 0.75  # standard deviation of an organisation's lasting view of an idea
VIEW_OF_THE_ROUND = 0.45  # of its change from round to round
SECOND_THOUGHTS = 0.35  # of its change from one submission to the next


@dataclass(frozen=True)
class Voice:
    """Those properties of an organisation on which its opinions depend."""

    name: str
    traits: tuple[str, ...]


def voice_of(organisation: Organisation) -> Voice:
    """The name and traits of an organisation."""
    traits = [organisation.kind]
    if organisation.kind == Kind.FIRM:
        crafts = any(chamber.name in CRAFTS for chamber in organisation.chambers)
        traits += ["crafts" if crafts else "trade"]
        traits += [f"sector:{organisation.sector}", f"size:{organisation.size_class}"]
        place = organisation.municipality.name if organisation.municipality else ""
    else:
        place = organisation.name
    if organisation.kind == Kind.CHAMBER:
        traits += ["crafts" if organisation.name in CRAFTS else "trade"]
    if organisation.kind == Kind.MUNICIPALITY and organisation.district:
        traits += ["district"]
    return Voice(organisation.name, (*traits, f"place:{place}"))


def ranking(voice: Voice, numbers: Sequence[int], round_key: str, version: int = 1) -> str:
    """A plausible, valid ranking (see `tally.weak_order`) of the ideas with these numbers, in this order."""
    twins = {follower: leader for leader, follower in script()["opinions"]["twins"].get(round_key, ())}
    appeal = {number: _appeal(voice, number, round_key, version) for number in numbers if number not in twins}
    order = sorted(_judged(voice, appeal, round_key, version), key=lambda number: (-appeal[number], number))
    levels = {number: f"{_unjudged_answer(voice, number, round_key)}{UNPLACED}" for number in appeal}
    levels |= _levels(voice, order, appeal, round_key, version)
    return "".join(levels[twins.get(number, number)] for number in numbers)


def _appeal(voice: Voice, number: int, round_key: str, version: int) -> float:
    traits = ("all", *voice.traits, f"round:{round_key}")
    own = LASTING_VIEW * noise("view", voice.name, number)
    own += VIEW_OF_THE_ROUND * noise("day", round_key, voice.name, number)
    if version > 1:
        own += SECOND_THOUGHTS * noise("again", round_key, voice.name, number, version)
    common = fsum(numbered("opinion", trait).get(number, 0.0) for trait in traits)  # sum() differs by Python version
    return common + own * numbered("opinions", "divided").get(number, 1.0)


def _judged(voice: Voice, appeal: dict[int, float], round_key: str, version: int) -> list[int]:
    """The ideas that the organisation judges: those with the strongest appeal, positive or negative."""
    diligence = share("diligence", round_key, voice.name)
    if "firm" not in voice.traits:
        diligence = 0.12 + 0.88 * diligence
    if diligence < 0.12:
        wanted = 5
    elif diligence < 0.70:
        wanted = 15 + int(16 * share("judged", round_key, voice.name, version))
    else:
        wanted = len(appeal) - int(3 * share("left", round_key, voice.name))
    attention = {
        number: abs(value - 0.1) + (0.3 if value > 0 else 0.0) + 0.7 * share("attention", round_key, voice.name, number)
        for number, value in appeal.items()
    }
    return sorted(attention, key=lambda number: (-attention[number], number))[: max(wanted, 2)]


def _unjudged_answer(voice: Voice, number: int, round_key: str) -> int:
    return NO_OPINION if share("no opinion", round_key, voice.name, number) < 0.35 else OPEN


def _levels(
    voice: Voice, order: Sequence[int], appeal: dict[int, float], round_key: str, version: int
) -> dict[int, str]:
    """Answer and tier of each judged idea; most organisations put three to ten very important ideas in order."""
    answers = {number: _answer(appeal[number]) for number in order}
    orders = share("orders", round_key, voice.name) < 0.85
    limit = 3 + int(8 * share("places", round_key, voice.name)) if orders else 0
    levels = {}
    placed, place = 0, -1
    for number in order:
        if answers[number] == 1 and placed < limit:
            tied = place >= 0 and share("tie", round_key, voice.name, number, version) < 0.15
            place += not tied
            placed += 1
            levels[number] = f"1{PLACES[place]}"
        else:
            levels[number] = f"{answers[number]}{UNPLACED}"
    return levels


def _answer(appeal: float) -> int:
    return next((answer for answer, least in ANSWER_FROM if appeal >= least), NOT_IMPORTANT)
