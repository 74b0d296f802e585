"""What the answers of the spot check are called."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.spot_check.models import Answer

ANSWERS = {
    Answer.CONFIRMED: _l("The ballot is theirs"),
    Answer.DENIED: _l("The ballot is not theirs"),
    Answer.UNREACHED: _l("Nobody could be reached"),
}
