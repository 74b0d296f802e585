"""Forms of the draft's pages: answers, moves, undo and submission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField
from wtforms.validators import InputRequired, Length, Regexp

from ruhrvote.drafts.actions import Choice
from ruhrvote.drafts.order import ANSWERS, Move
from ruhrvote.errors import UNREADABLE, Refused
from ruhrvote.tally.weak_order import NO_OPINION, OPEN, PLACES, UNPLACED

ANSWER_NAMES: dict[int, LazyString] = {
    1: _l("very important"),
    2: _l("important"),
    3: _l("less important"),
    4: _l("not important"),
    NO_OPINION: _l("no opinion"),
}
OPEN_NAME = _l("still open")


def answer_name(answer: int) -> LazyString:
    """The name of an answer, or of OPEN."""
    return OPEN_NAME if answer == OPEN else ANSWER_NAMES[answer]


def level_name(level: str) -> str:
    """The level of an idea (two characters of a ranking) in words: its answer, and its place if it has one."""
    answer, place = answer_name(int(level[0])), level[1]
    if place == UNPLACED:
        return str(answer)
    return _("%(answer)s, place %(place)d", answer=answer, place=PLACES.index(place) + 1)


def read_choices(form: MultiDict[str, str], position_of: Mapping[int, int]) -> list[Choice]:
    """The choices that a page sends as `answer-17=2` with `seen-17=0`, where 17 is the idea's number.

    `position_of` maps numbers to positions. Raises Refused for an unknown or repeated idea, or an unknown answer.
    """
    choices = []
    for name in form:
        if not name.startswith("answer-"):
            continue
        number, values = _whole_number(name.removeprefix("answer-")), form.getlist(name)
        if number not in position_of:
            raise Refused(_l("One of the answers is for an idea that does not exist. Reload the page."))
        if len(values) > 1:
            raise Refused(_l("An idea was answered twice. Choose one answer for each idea."))
        answer, seen = _whole_number(values[0]), _whole_number(form.get(f"seen-{number}", "0"))
        if answer not in ANSWERS:
            raise Refused(_l("One of the answers does not exist. Reload the page."))
        choices.append(Choice(position_of[number], answer, seen))
    return choices


def read_answers(form: MultiDict[str, str]) -> dict[int, int]:
    """The valid answers that a page sent, by the idea's number, to show them again after an error."""
    given = {}
    for name in form:
        number, value = name.removeprefix("answer-"), form[name]
        readable = name.startswith("answer-") and _is_whole_number(number) and _is_whole_number(value)
        if readable and int(value) in ANSWERS:
            given[int(number)] = int(value)
    return given


@dataclass(frozen=True)
class RequestedMove:
    """A move that a page asks for: the idea, its level on the page, the move, and for TO and TIE the place."""

    number: int
    seen: str
    move: Move
    place: int


def read_move(form: MultiDict[str, str]) -> RequestedMove:
    """The move that a page asks for; raises Refused if the form cannot be read."""
    try:
        move = Move(form.get("move", ""))
    except ValueError as error:
        raise Refused(UNREADABLE) from error
    return RequestedMove(
        number=_whole_number(form.get("number", "")),
        seen=form.get("seen", ""),
        move=move,
        place=_whole_number(form.get("place", "1")),
    )


def _whole_number(text: str) -> int:
    if not _is_whole_number(text):
        raise Refused(UNREADABLE)
    return int(text)


def _is_whole_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= 6


class SubmitForm(FlaskForm):
    """The submission: the ranking, the version that it follows, and the confirmation that the person is entitled."""

    ranking = HiddenField(validators=[InputRequired(UNREADABLE), Length(max=20_000)])
    expected_version = HiddenField(validators=[Regexp(r"^\d{1,6}$", message=UNREADABLE)])
    idempotency_key = HiddenField(validators=[Regexp(r"^[0-9a-f]{32}$", message=UNREADABLE)])
    entitled = BooleanField(validators=[InputRequired(_l("Please confirm that you are entitled to submit."))])


class UndoForm(FlaskForm):
    """The move to undo."""

    change = HiddenField(validators=[Regexp(r"^\d{1,9}$", message=UNREADABLE)])
