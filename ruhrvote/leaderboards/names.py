"""Names of groups and boards, as pages and files show them."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ruhrvote.consultations.models import Consultation
from ruhrvote.ideas.models import Theme
from ruhrvote.leaderboards.boards import Scope, ScopeKind, Turnout
from ruhrvote.web import localised, show_number

GROUPS: dict[str, LazyString] = {
    "chamber": _l("Chambers"),
    "municipality": _l("Municipalities"),
    "chamber-municipality": _l("Chambers and municipalities"),  # those with a hyphen are shown together
    "firm": _l("Firms"),
    "chamber-firm": _l("Chambers and firms"),
    "firm-municipality": _l("Municipalities and firms"),
    "chamber-firm-municipality": _l("Chambers, municipalities and firms"),
}


def participation_sentence(turnout: Turnout) -> str:
    """The sentence about turnout that every board, report and file contains."""
    return _(
        "%(received)s of %(eligible)s organisations (%(percent)s %%); "
        "participation is voluntary and not representative.",
        received=show_number(turnout.received),
        eligible=show_number(turnout.eligible),
        percent=show_number(turnout.percent, 1),
    )


def board_name(consultation: Consultation) -> str:
    """The name for boards of a consultation: result, or interim standing until the result is published."""
    return _("Result") if consultation.has_result else _("Interim standing")


def scope_name(scope: Scope, themes: Mapping[str, Theme]) -> str:
    """The name of a board in the menu and in files."""
    match scope.kind:
        case ScopeKind.OVERALL:
            return _("All ideas")
        case ScopeKind.THEMES:
            return _("Themes compared")
        case ScopeKind.THEME:
            return localised(themes[scope.name], "name")
        case ScopeKind.GROUP:
            return str(GROUPS.get(scope.name, scope.name))
