"""Names of the statuses of an idea on a shortlist, as the pages show them."""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from ruhrvote.review.shortlist.models import OutcomeStatus

STEPS: dict[str, LazyString] = {
    OutcomeStatus.NOTED: _l("Noted"),
    OutcomeStatus.IN_COMMITTEE: _l("In committee"),
    OutcomeStatus.DECIDED: _l("Decided"),
    OutcomeStatus.REJECTED: _l("Rejected"),
}
