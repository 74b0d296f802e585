"""The table of the ideas."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.exports.tables.scope import Asked
from ruhrvote.files.table import Column, Format, Table
from ruhrvote.ideas.queries import ideas_of
from ruhrvote.web import localised

COLUMNS = (
    Column("number", _l("Number"), Format.WHOLE, _l("The number of the idea in the list.")),
    Column("theme_key", _l("Key of the theme"), about=_l("As in the addresses of pages.")),
    Column("theme", _l("Theme")),
    Column("short", _l("Short title")),
    Column("title", _l("Title")),
    Column("goal", _l("Goal")),
    Column("background", _l("Background")),
    Column("note", _l("Current note"), about=_l("What has happened since the list was written.")),
    Column("page", _l("Page in the source"), Format.WHOLE),
)


def ideas_table(asked: Asked) -> Table:
    """The ideas in the order of the list, with their texts."""
    rows = [
        [
            idea.number,
            idea.theme.key,
            localised(idea.theme, "name"),
            *(localised(idea, field) for field in ("short", "title", "goal", "background")),
            localised(idea, "note") or None,
            idea.page,
        ]
        for idea in ideas_of(asked.consultation.id)
    ]
    return Table("ideas", _l("Ideas"), COLUMNS, rows, len(rows))
