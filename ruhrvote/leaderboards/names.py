"""What boards, groups and rules are called on the page."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ruhrvote.ideas.models import Theme
from ruhrvote.leaderboards.boards import Scope, ScopeKind
from ruhrvote.web import localised

GROUPS: dict[str, LazyString] = {
    "chamber": _l("Chambers"),
    "municipality": _l("Municipalities"),
    "firm": _l("Firms"),
}


def scope_name(scope: Scope, themes: Mapping[str, Theme]) -> str:
    """The name of a board as the menu and the files say it."""
    match scope.kind:
        case ScopeKind.OVERALL:
            return _("All ideas")
        case ScopeKind.THEMES:
            return _("Themes compared")
        case ScopeKind.THEME:
            return localised(themes[scope.name], "name")
        case ScopeKind.GROUP:
            return str(GROUPS.get(scope.name, scope.name))
