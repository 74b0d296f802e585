"""Names of the statuses of an idea on a shortlist, as the pages show them."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ruhrvote.review.shortlist.models import Step

STEPS: dict[str, LazyString] = {
    Step.NOTED: _l("Noted"),
    Step.IN_COMMITTEE: _l("In committee"),
    Step.DECIDED: _l("Decided"),
    Step.REJECTED: _l("Rejected"),
}
