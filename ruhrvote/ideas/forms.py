"""The form for the note on an idea."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import TextAreaField
from wtforms.validators import Length


class NoteForm(FlaskForm):
    """The note on an idea in both languages: what has happened since the source document was written."""

    note_de = TextAreaField(_l("Note in German"), [Length(max=1000)], render_kw={"rows": 4, "maxlength": 1000})
    note_en = TextAreaField(_l("Note in English"), [Length(max=1000)], render_kw={"rows": 4, "maxlength": 1000})
