"""Tables of figures computed from ballots: the boards as the pages show them, and turnout."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ruhrvote.ballots.queries import received_from_members
from ruhrvote.consultations.models import Consultation, Weighting
from ruhrvote.consultations.queries import eligible_members
from ruhrvote.errors import Conflict
from ruhrvote.exports.tables.scope import Asked
from ruhrvote.files.table import Column, Format, Row, Table
from ruhrvote.leaderboards.boards import Board, Scope, ScopeKind, Turnout, make_board
from ruhrvote.leaderboards.intervals import Interval
from ruhrvote.leaderboards.names import GROUPS, board_name, participation_sentence, scope_name
from ruhrvote.leaderboards.rows import IdeaRow
from ruhrvote.web import localised

BOARD = Column("board", _l("Address of the board"), about=_l("As in the address of its page, such as group-firm."))
RANK = Column("rank", _l("Rank"), Format.WHOLE, _l("Among the ideas of this board; empty while too few judge it."))
TIED = Column("tied", _l("Tied"), Format.FLAG, _l("Whether another one has the same rank."))
SCORE = Column(
    "score",
    _l("Score"),
    Format.SCORE,
    _l("Out of 100 comparisons with others, the average number that are won; a tie counts half."),
)
PLAUSIBLE = _l(
    "After the close: where it is in 95 of 100 draws of the same ballots by chance; no margin of error for the region."
)
BEFORE = Column(
    "rank_before",
    _l("Rank at midnight"),
    Format.WHOLE,
    _l("While open: when the day of these figures began; empty if there was none."),
)
IDEA_COLUMNS = (
    BOARD,
    Column("board_name", _l("Board")),
    RANK,
    TIED,
    Column("number", _l("Number"), Format.WHOLE, _l("The number of the idea in the list.")),
    Column("idea", _l("Idea")),
    Column("theme", _l("Theme")),
    SCORE,
    Column("judgements", _l("Judgements"), Format.WHOLE, _l("Ballots of this board that judge the idea.")),
    Column("needed", _l("Judgements needed"), Format.WHOLE, _l("So many judgements an idea needs to be ranked.")),
    Column("first_places", _l("First places"), Format.EXACT, _l("Ideas that are tied first share a ballot.")),
    Column("overall_rank", _l("Rank over all ideas"), Format.WHOLE),
    BEFORE,
    Column("score_low", _l("Score, plausible from"), Format.SCORE, PLAUSIBLE),
    Column("score_high", _l("Score, plausible to"), Format.SCORE, PLAUSIBLE),
    Column("rank_best", _l("Rank over all ideas, plausible from"), Format.WHOLE, PLAUSIBLE),
    Column("rank_worst", _l("Rank over all ideas, plausible to"), Format.WHOLE, PLAUSIBLE),
)
PARTICIPATION = (
    Column("eligible", _l("Eligible"), Format.WHOLE, _l("Organisations that may take part.")),
    Column("received", _l("Received"), Format.WHOLE, _l("Ballots that came in.")),
    Column("counted", _l("Counted"), Format.WHOLE, _l("Ballots that the figures rest on.")),
)
STATE = (
    Column("as_of", _l("State of"), Format.MOMENT),
    Column("kind", _l("Kind of figures")),
    Column("participation", _l("Participation")),
)
THEME_COLUMNS = (
    RANK,
    TIED,
    Column("theme", _l("Theme")),
    SCORE,
    Column("ideas", _l("Ideas"), Format.WHOLE),
    Column("best_idea", _l("Best idea"), about=_l("The idea of this theme with the best overall rank.")),
    Column("best_overall_rank", _l("Rank of the best idea"), Format.WHOLE),
    Column("in_top_10", _l("Ideas in the overall top 10"), Format.WHOLE),
    BEFORE,
    *PARTICIPATION,
    *STATE,
)
TURNOUT_COLUMNS = (
    Column("group", _l("Group")),
    PARTICIPATION[0],
    PARTICIPATION[1],
    Column("percent", _l("Turnout in per cent"), Format.SCORE),
    Column("counted", _l("Counted"), Format.WHOLE, _l("Ballots that the boards rest on; empty while none is shown.")),
    Column("share", _l("Share of the votes in per cent"), Format.SCORE, _l("After the weights of the groups.")),
    Column("as_of", _l("State of"), Format.MOMENT),
)


def board_table(board: Board) -> Table:
    """The ideas of one board, for where turnout and state stand beside it."""
    rows = [_idea_row(board, board.scope, board.turnout, row)[: len(IDEA_COLUMNS)] for row in board.idea_rows]
    return Table("board", _l("Board"), IDEA_COLUMNS, rows, len(rows))


def results_table(asked: Asked) -> Table:
    """The ideas on the overall board, by theme and by group; raises Conflict while there is nothing to see."""
    overall = seen(make_board(asked.consultation, Scope(ScopeKind.OVERALL)))
    rows: list[Row] = []
    for scope in overall.scopes:
        if scope.kind != ScopeKind.THEMES:
            # A file is the same whenever it is made, so it waits for what takes long.
            board = make_board(asked.consultation, scope, with_intervals=True, patient=True)
            rows += [_idea_row(board, scope, board.turnout, row) for row in board.idea_rows]
    return Table("results", _l("Results"), (*IDEA_COLUMNS, *PARTICIPATION, *STATE), rows, len(rows))


def themes_table(asked: Asked) -> Table:
    """The themes compared with each other; raises Conflict while there is nothing to see."""
    board = seen(make_board(asked.consultation, Scope(ScopeKind.THEMES)))
    return theme_board_table(board)


def theme_board_table(board: Board) -> Table:
    """The board of themes."""
    rows = [
        [
            row.rank or None,
            row.tied,
            localised(row.theme, "name"),
            None if row.score is None else round(row.score, 1),
            row.ideas,
            localised(row.best.idea, "title") if row.best else None,
            row.best.rank if row.best else None,
            row.in_top,
            row.rank_before or None,
            *_turnout_cells(board.turnout),
            *_state(board, board.turnout),
        ]
        for row in board.theme_rows
    ]
    return Table("themes", _l("Themes compared"), THEME_COLUMNS, rows, len(rows))


def turnout_table(asked: Asked) -> Table:
    """Who may take part and who has, by group, and for a chamber also of its own members."""
    board = make_board(asked.consultation, Scope(ScopeKind.OVERALL))
    rows = list(_turnout_rows(board, asked.reach.chamber_id)) if board.group_turnouts else []
    return Table("turnout", _l("Turnout"), TURNOUT_COLUMNS, rows, len(rows))


def _turnout_rows(board: Board, chamber_id: int | None) -> Iterator[Row]:
    for group, turnout in board.group_turnouts.items():
        counted = turnout.counted if board.visible else None
        yield [
            str(GROUPS.get(group, group)),
            turnout.eligible,
            turnout.received,
            round(turnout.percent, 1),
            counted,
            _share(board, turnout),
            board.as_of,
        ]
    together = board.turnout
    counted, share = (together.counted, 100.0 if together.counted else None) if board.visible else (None, None)
    percent = round(together.percent, 1)
    yield [_("All together"), together.eligible, together.received, percent, counted, share, board.as_of]
    if chamber_id is not None:
        own = Turnout(
            eligible_members(board.consultation.id, chamber_id),
            received_from_members(board.consultation.id, chamber_id),
            0,
        )
        yield [_("Members of your chamber"), own.eligible, own.received, round(own.percent, 1), None, None, board.as_of]


def _share(board: Board, turnout: Turnout) -> float | None:
    """The share of a group's ballots in all votes after weighting, in per cent."""
    if not board.visible or not board.turnout.counted:
        return None
    if board.consultation.weighting == Weighting.EQUAL_GROUPS:
        voices = sum(bool(part.counted) for part in board.group_turnouts.values())
        return round(100 / voices, 1) if turnout.counted else 0.0
    return round(100 * turnout.counted / board.turnout.counted, 1)


def seen(board: Board) -> Board:
    """The board, if there is anything on it; raises Conflict with what to do instead."""
    if not board.visible:
        raise Conflict(_l("There are no results yet. They can be downloaded once they are published."))
    if not board.turnout.counted:
        raise Conflict(
            _l("No ballot counts on the boards yet, so there are no results. Turnout and ideas can be downloaded now.")
        )
    return board


def about_rows(consultation: Consultation) -> list[tuple[str, str]]:
    """What whoever reads the figures must know: of what, as of when, from whom, by which rule."""
    board = make_board(consultation, Scope(ScopeKind.OVERALL))
    equal = consultation.weighting == Weighting.EQUAL_GROUPS
    weight = _("Each group has the same voice, however many ballots it submits.")
    return [
        (_("Consultation"), localised(consultation, "title")),
        (_("Kind of figures"), board_name(consultation)),
        (_("State of"), board.as_of.isoformat(timespec="seconds")),
        (_("Participation"), participation_sentence(board.turnout)),
        (_("Weight"), weight if equal else _("Each organisation has one voice.")),
        (_("Score"), str(SCORE.about)),
        (_("Source of the ideas"), consultation.source),
    ]


def _idea_row(board: Board, scope: Scope, turnout: Turnout, row: IdeaRow) -> Row:
    return [
        str(scope),
        scope_name(scope, board.themes),
        row.rank or None,
        row.tied,
        row.idea.number,
        localised(row.idea, "title"),
        localised(row.idea.theme, "name"),
        None if row.score is None else round(row.score, 1),
        row.judgements,
        row.needed,
        round(row.first_places, 2),
        row.overall_rank or None,
        row.rank_before or None,
        *_plausible(row.overall_interval),
        *_turnout_cells(turnout),
        *_state(board, turnout),
    ]


def _plausible(found: Interval | None) -> Row:
    if found is None:
        return [None] * 4
    return [round(found.score_low, 1), round(found.score_high, 1), found.rank_best, found.rank_worst]


def _turnout_cells(turnout: Turnout) -> Row:
    return [turnout.eligible, turnout.received, turnout.counted]


def _state(board: Board, turnout: Turnout) -> Row:
    return [board.as_of, board_name(board.consultation), participation_sentence(turnout)]
