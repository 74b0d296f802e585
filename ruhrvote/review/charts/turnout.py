"""Turnout over time: how many organisations of each group had a ballot at each hour. Uses no rankings."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from flask_babel import gettext as _
from sqlalchemy import case, extract, func, select

from ruhrvote.accounts.models import Kind
from ruhrvote.ballots.models import BallotVersion
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import db
from ruhrvote.files.table import Cell
from ruhrvote.leaderboards.boards import Turnout
from ruhrvote.leaderboards.current_ballots import counting_rankings
from ruhrvote.leaderboards.scoreboard import kind_of
from ruhrvote.ledger.models import EntryKind, LedgerEntry
from ruhrvote.ledger.queries import entries_of_kinds, head_of
from ruhrvote.review.charts.svg import MUTED, WIDE, Drawing, shortened
from ruhrvote.review.figures import group_name, listed
from ruhrvote.services import services
from ruhrvote.tally.disclosure import parts
from ruhrvote.web import show_number, show_time

Hours = Mapping[tuple[datetime, str], int]  # by hour and kind: first submissions minus withdrawals
KIND_OF = {kind[0]: str(kind) for kind in Kind}  # by its first letter, which a cell begins with
ROWS = 60  # of the table; with more hours, it has only the last hour of each day


@dataclass(frozen=True)
class Course:
    """The course of turnout.

    moments: the opening, and the end of each hour with a submission; received[group][moment]: the ballots until then;
    ended: whether the consultation has closed.
    """

    groups: Sequence[str]
    eligible: Sequence[int]
    moments: Sequence[datetime]
    received: Sequence[Sequence[int]]
    ended: bool

    def percent(self, group: int, moment: int) -> float:
        """The turnout in per cent of a group at a moment, both by index."""
        return 100 * self.received[group][moment] / self.eligible[group] if self.eligible[group] else 0.0


def course_of(consultation: Consultation, turnouts: Mapping[str, Turnout]) -> Course:
    """The figure of a consultation's turnout, by the groups of its boards."""
    hours = _hours(consultation.id)
    moments = sorted({hour for hour, _kind in hours})
    received = []
    for group in turnouts:
        total, line = 0, [0]
        for moment in moments:
            total += sum(hours.get((moment, kind), 0) for kind in parts(group))
            line.append(total)
        received.append(line)
    begin, close = consultation.opened_at or datetime.now(UTC), consultation.closed_at
    ends = [begin, *(moment + timedelta(hours=1) for moment in moments)]
    if close is not None and moments:
        ends[-1] = min(ends[-1], close)
    return Course(
        list(map(group_name, turnouts)),
        [turnout.eligible for turnout in turnouts.values()],
        ends,
        received,
        close is not None,
    )


class _KnownHours(dict[int, tuple[int, Counter[tuple[datetime, str]]]]):
    """For each consultation the last entry read, and what had come in until then."""


def _hours(consultation_id: int) -> Hours:
    """The submissions of each hour; cached in this process, which reads only later ledger entries."""
    kept = services().of(_KnownHours)
    seq, known = kept.get(consultation_id, (0, Counter()))
    last, _hash = head_of(consultation_id)
    if last == seq:
        return known
    hour = [extract(part, LedgerEntry.recorded_at) for part in ("year", "month", "day", "hour")]
    kind = func.substr(BallotVersion.cell, 1, 1)
    rows = db.session.execute(
        select(func.sum(case((LedgerEntry.kind == EntryKind.CAST, 1), else_=-1)), kind, *hour)
        .join(
            BallotVersion,
            (BallotVersion.consultation_id == LedgerEntry.consultation_id) & (BallotVersion.seq == LedgerEntry.seq),
        )
        .where(
            LedgerEntry.consultation_id == consultation_id,
            LedgerEntry.seq > seq,
            LedgerEntry.seq <= last,
            LedgerEntry.kind.in_((EntryKind.CAST, EntryKind.WITHDRAWN)),
        )
        .group_by(kind, *hour)
    ).all()
    known = known.copy()
    for number, letter, year, month, day, hour_ in rows:
        moment = datetime(int(year), int(month), int(day), int(hour_), tzinfo=UTC)
        known[moment, KIND_OF[letter]] += int(number)
    for entry in entries_of_kinds(consultation_id, (EntryKind.CONTESTED, EntryKind.SETTLED), after=seq):
        if entry.seq > last:
            break
        moment = entry.recorded_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        payload = json.loads(entry.payload)
        ballots = {contest["ballot"] for contest in payload.get("contests", [payload])}
        moved = Counter[str]()
        for at, sign in ((entry.seq - 1, -1), (entry.seq, 1)):
            for cell, _ranking in counting_rankings(consultation_id, ballots, at):
                moved[kind_of(cell)] += sign
        known.update({(moment, kind): number for kind, number in moved.items() if number})
    kept[consultation_id] = last, known
    return known


def draw(figure: Course, width: int = WIDE) -> Drawing:
    """Draw a step line for each group, in per cent of the eligible; time runs to the right."""
    wide = width == WIDE
    height, left, right, bottom = (340, 50, 74, 34) if wide else (300, 38, 60, 34)
    top = 44 if wide else 30 + 22 * len(figure.groups)
    description = _("Lines over time: the turnout of each group in per cent of those who may take part.")
    made = Drawing(f"turnout-{width}", width, height, _("Turnout over time"), description)
    last = len(figure.moments) - 1
    highest = max(figure.percent(group, last) for group in range(len(figure.groups)))
    step = next(step for step in (1, 2, 5, 10, 20) if highest / step <= 5)
    most = step * max(1, ceil(highest / step))
    begin, end = (
        figure.moments[0].timestamp(),
        max(figure.moments[-1].timestamp(), figure.moments[0].timestamp() + 60),
    )
    across, down = (width - left - right) / (end - begin), (height - top - bottom) / most
    for percent in range(0, most + 1, step):
        y = height - bottom - percent * down
        made.line(left, y, width - right, y)
        made.text(left - 6, y + 4, f"{percent} %", size=12, anchor="end", colour=MUTED)
    for moment, anchor in ((figure.moments[0], "start"), (figure.moments[-1], "end"))[: 1 + (last > 0)]:
        x = left if anchor == "start" else width - right
        made.text(x, height - 12, show_time(moment, _("d MMM, HH:mm")), size=12, anchor=anchor, colour=MUTED)
    ends: list[tuple[float, str]] = []
    for group, name in enumerate(figure.groups):
        key = (left + group * 200, 16) if wide else (10, 14 + 22 * group)
        made.marker(group, key[0] + 6, key[1] - 1)
        made.text(key[0] + 18, key[1] + 4, shortened(name, 180 if wide else 300))
        corners: list[tuple[float, float]] = []
        for number, moment in enumerate(figure.moments):
            at = left + (moment.timestamp() - begin) * across
            corners += [(at, corners[-1][1])] if corners else []
            corners.append((at, height - bottom - figure.percent(group, number) * down))
        corners.append((width - right, corners[-1][1]))
        made.course(group, corners)
        made.marker(group, *corners[-1])
        ends.append((corners[-1][1], f"{show_number(figure.percent(group, last), 1)} %"))
    below = float(height)
    for end_y, words in sorted(ends, reverse=True):  # from the bottom up, so that no two labels overlap
        below = min(end_y + 5, below - 16)
        made.text(width - right + 10, below, words, size=13)
    return made


def table(figure: Course) -> tuple[Sequence[str], Sequence[Sequence[Cell]]]:
    """The data of the chart as a table: header and rows; with more than ROWS hours, the last of each day."""
    header = [_("Until")]
    for name, eligible in zip(figure.groups, figure.eligible, strict=True):
        header.append(_("%(group)s (of %(eligible)s)", group=name, eligible=show_number(eligible)))
    numbers = range(len(figure.moments))
    if len(numbers) > ROWS:
        days = {figure.moments[number].date(): number for number in numbers}
        numbers = sorted(days.values())  # type: ignore[assignment]
    return header, [
        [show_time(figure.moments[number], _("d MMMM y, HH:mm")), *(line[number] for line in figure.received)]
        for number in numbers
    ]


def sentence(figure: Course) -> str:
    """The main statement of the chart in words."""
    last = len(figure.moments) - 1
    said = [
        _(
            "%(group)s: %(received)s of %(eligible)s (%(percent)s %%)",
            group=name,
            received=show_number(figure.received[group][last]),
            eligible=show_number(figure.eligible[group]),
            percent=show_number(figure.percent(group, last), 1),
        )
        for group, name in enumerate(figure.groups)
    ]
    if not said:
        return ""
    groups = listed(said)
    return (
        _("Taken part: %(groups)s.", groups=groups)
        if figure.ended
        else _("Taken part so far: %(groups)s.", groups=groups)
    )
