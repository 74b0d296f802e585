"""What the kinds of comments and the reasons of reports are called on the pages."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ruhrvote.comments.models import CommentKind, ReportReason

KINDS: dict[str, LazyString] = {
    CommentKind.SUPPORT: _l("In favour"),
    CommentKind.OBJECTION: _l("Against"),
    CommentKind.NOTE: _l("Note"),
    CommentKind.QUESTION: _l("Question"),
}
REASONS: dict[str, LazyString] = {
    ReportReason.INSULT: _l("Insulting or inciting"),
    ReportReason.PERSONAL: _l("Personal data of others"),
    ReportReason.ADVERTISING: _l("Advertising"),
    ReportReason.OFF_TOPIC: _l("Not about this idea"),
    ReportReason.OTHER: _l("Something else"),
}
