"""The board report: its content as plain values for templates/review/report.typ, and setting it as PDF or slides."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from ruhrvote.comments.attribution import shown_as
from ruhrvote.comments.models import CommentKind
from ruhrvote.comments.summary import most_agreed_by_theme
from ruhrvote.comments.texts import KINDS
from ruhrvote.consultations.models import Consultation, Weighting
from ruhrvote.files.pdf import typeset_pdf, typeset_pictures
from ruhrvote.files.table import Cell
from ruhrvote.leaderboards.boards import Board, Scope, ScopeKind, make_board
from ruhrvote.leaderboards.breakdown import Dimension
from ruhrvote.leaderboards.names import board_name, participation_sentence, scope_name
from ruhrvote.leaderboards.rows import IdeaRow
from ruhrvote.review.charts.chart import TITLES, Chart, make_chart
from ruhrvote.review.figures import Basis, basis_of, score_text
from ruhrvote.web import language, localised, show_number, show_time

TEMPLATE = "review/report.typ"
SLIDE_DENSITY = 144  # dots per inch: 1,920 × 1,080

TOP = 10  # ideas on the sheet and on a slide
ON_A_SLIDE = 15  # ideas in a chart on a slide
LONG_WORDS = 20  # characters; a longer cell may need a second line
COMMENTS = 3  # comments of each theme


class Form(StrEnum):
    """The forms of a report: one page, slides, or everything."""

    SHEET = "sheet"  # one page of A4
    SLIDES = "slides"  # images of 16:9
    FULL = "full"


def report_of(consultation: Consultation, form: Form) -> dict[str, Any]:
    """The content of a report in this form, in the page's language."""
    basis = basis_of(consultation, with_intervals=True, patient=True)  # waits: a report must be complete
    charts = [chart for chart in _charts(basis) if chart.wide is not None]
    shown = list(_for_slides(charts, basis)) if form is Form.SLIDES else charts
    short = form is not Form.FULL
    return {
        "form": str(form),
        "language": language(),
        "title": localised(consultation, "title"),
        "kind": _("Priorities of the region: %(name)s", name=board_name(consultation)),
        "standing": _standing(basis.board),
        "participation": participation_sentence(basis.board.turnout),
        "counted": _("Counted on the boards: %(number)s ballots.", number=show_number(basis.board.turnout.counted)),
        "summary": [
            {"title": chart.title, "sentence": chart.sentence}
            for chart in charts
            if chart.sentence and not (form is Form.SHEET and chart.name == "turnout")  # its first line says it
        ],
        "method": _method(consultation),
        "words": _words(),
        "overall": _overall(basis.board, TOP if short else None),
        "groups": [] if short else [_turnouts(basis.board)],
        "themes": _themes(consultation),
        "pictures": [_chart(chart, with_table=not short) for chart in shown],
        "chapters": [] if short else list(_chapters(consultation, basis.board)),
    }


def _charts(basis: Basis) -> Iterator[Chart]:
    for name in TITLES:
        yield make_chart(name, basis, Dimension.CHAMBER_TYPE)


def _for_slides(charts: Sequence[Chart], basis: Basis) -> Iterator[Chart]:
    """The charts for slides: with the first ideas only if all would be too small to read; sentences are about all."""
    first = replace(basis, board=replace(basis.board, idea_rows=basis.board.ranked[:ON_A_SLIDE]))
    for chart in charts:
        if chart.wide is None or chart.wide.height < chart.wide.width or not basis.board.ranked[ON_A_SLIDE:]:
            yield chart
            continue
        title = _("%(picture)s: the first %(number)d", picture=chart.title, number=ON_A_SLIDE)
        yield replace(chart, title=title, wide=make_chart(chart.name, first, Dimension.CHAMBER_TYPE).wide)


def _standing(board: Board) -> str:
    """The note on each page before the result is published: interim, as of when, and from how many ballots."""
    consultation = board.consultation
    if consultation.published_at is not None:
        return ""
    return _(
        "Interim standing of %(time)s · participation %(percent)s %%",
        time=show_time(board.as_of, _("d MMMM y, HH:mm")),
        percent=show_number(board.turnout.percent, 1),
    )


def _words() -> dict[str, str]:
    return {
        "summary": _("In short"),
        "method": _("How this was counted"),
        "overall": _("All ideas in order"),
        "themes": _("Themes compared"),
        "pictures": _("Priorities in pictures"),
        "chapters": _("Theme by theme"),
        "appendix": _("All figures"),
        "comments": _("What most organisations agree with"),
        "no_comments": _("No comment has found agreement yet."),
        "turnout": _("Turnout by group"),
        "contents": _("Contents"),
        "page": _("Page"),
    }


def _method(consultation: Consultation) -> list[str]:
    weights = {
        Weighting.ONE_VOICE: _("Each organisation has one voice."),
        Weighting.EQUAL_GROUPS: _("Each group weighs the same, however many ballots it has."),
    }
    return [
        _(
            "Each organisation puts the ideas in order; what it leaves tied counts as tied. The score of an idea is "
            "the average number, out of 100 comparisons with other ideas, that it wins; a tie counts half. 50 is the "
            "middle."
        ),
        weights[Weighting(consultation.weighting)],
        _(
            "An idea has a rank only if at least %(percent)d per cent of the ballots judge it, and at least "
            "%(minimum)d.",
            percent=consultation.quorum_percent,
            minimum=consultation.quorum_minimum,
        ),
        _(
            "Participation is voluntary: the figures say what those who took part want. They are recorded provably and "
            "can be recounted; they are not representative of all organisations."
        ),
    ]


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> dict[str, Any]:
    """A table with formatted cells and the relative widths of its columns; 0 means as wide as its content."""
    written = [[_written(cell) for cell in row] for row in rows]
    longest = [max((len(row[column]) for row in written), default=0) for column in range(len(header))]
    widest = max(longest, default=0)
    shares = [length if length > LONG_WORDS or length == widest else 0 for length in longest]
    return {"title": title, "header": list(header), "rows": written, "shares": shares}


def _written(cell: Cell) -> str:
    if cell is None:
        return "–"
    return show_number(cell, 1 if isinstance(cell, float) else 0) if isinstance(cell, int | float) else str(cell)


def _overall(board: Board, most: int | None) -> dict[str, Any]:
    rows: list[list[Cell]] = [
        [
            _rank(row),
            localised(row.idea, "short"),
            localised(row.idea.theme, "name"),
            score_text(row.score),
            row.judgements,
        ]
        for row in board.ranked[:most]
    ]
    if most is None:
        rows += [
            [_("too few"), localised(row.idea, "short"), localised(row.idea.theme, "name"), "–", row.judgements]
            for row in board.too_few
        ]
    title = _("All ideas") if most is None else _("The first %(number)d", number=min(most, len(board.ranked)))
    return _table(title, [_("Rank"), _("Idea"), _("Theme"), _("Score"), _("Judgements")], rows)


def _rank(row: IdeaRow) -> str:
    return _("%(rank)d, tied", rank=row.rank) if row.tied else str(row.rank)


def _turnouts(board: Board) -> dict[str, Any]:
    rows: list[list[Cell]] = [
        [scope_name(Scope(ScopeKind.GROUP, group), {}), of.eligible, of.received, of.counted]
        for group, of in board.group_turnouts.items()
    ]
    return _table(_("Turnout by group"), [_("Group"), _("Eligible"), _("Received"), _("Counted")], rows)


def _themes(consultation: Consultation) -> dict[str, Any]:
    board = make_board(consultation, Scope(ScopeKind.THEMES))
    rows: list[list[Cell]] = [
        [
            row.rank or "–",
            localised(row.theme, "name"),
            score_text(row.score),
            localised(row.best.idea, "short") if row.best else "–",
            row.in_top,
        ]
        for row in board.theme_rows
    ]
    header = [_("Rank"), _("Theme"), _("Score"), _("Best idea"), _("In the top 10")]
    return _table(_("Themes compared"), header, rows)


def _chart(chart: Chart, *, with_table: bool) -> dict[str, Any]:
    assert chart.wide is not None
    return {
        "title": chart.title,
        "svg": chart.wide.alone(),
        "sentence": chart.sentence,
        "tall": chart.wide.height > chart.wide.width,
        "table": _table(chart.title, chart.header, chart.rows) if with_table else None,
    }


def _chapters(consultation: Consultation, overall: Board) -> Iterator[dict[str, Any]]:
    """A chapter for each theme: its ideas, and the comments with most agreements."""
    agreed = most_agreed_by_theme(consultation.id, COMMENTS)
    for theme in overall.themes.values():
        board = make_board(consultation, Scope(ScopeKind.THEME, theme.key))
        rows: list[list[Cell]] = [
            [
                row.rank or _("too few"),
                localised(row.idea, "title"),
                row.overall_rank or "–",
                score_text(row.score),
                row.judgements,
            ]
            for row in board.idea_rows
        ]
        header = [_("Rank"), _("Idea"), _("Rank overall"), _("Score"), _("Judgements")]
        yield {
            "name": localised(theme, "name"),
            "table": _table(localised(theme, "name"), header, rows),
            "comments": [
                {
                    "text": comment.text,
                    "about": f"{KINDS[comment.kind or CommentKind.NOTE]} · {localised(comment.idea, 'short')}",
                    "by": shown_as(comment),
                    "agreements": ngettext("%(num)d agrees", "%(num)d agree", comment.agreements),
                }
                for comment in agreed.get(theme.id, [])
            ],
        }


def typeset(report: Mapping[str, Any], name: str) -> bytes:
    """The file of a report made by `report_of`: a PDF, or a ZIP of slides whose names begin with `name`."""
    if report["form"] != Form.SLIDES:
        return typeset_pdf(TEMPLATE, report)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, page in enumerate(typeset_pictures(TEMPLATE, report, dots_per_inch=SLIDE_DENSITY), start=1):
            archive.writestr(f"{name}-{number:02}.png", page)
    return packed.getvalue()
