"""Names of release policies, weightings and steps, as the pages show them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from ruhrvote.consultations.models import ReleasePolicy, Step, Weighting

RELEASE_POLICIES = {
    ReleasePolicy.COHORTS: _l(
        "In cohorts (recommended): once ten ballots of a group wait, the oldest five appear on the boards together. "
        "Nobody can compute a single ballot from the boards, not even if three organisations work together. "
        "A change to a ballot that is shown already appears after the close."
    ),
    ReleasePolicy.IMMEDIATE: _l(
        "Live: each ballot counts on the boards at once. Whoever compares the boards before and after a submission "
        "can infer its order. Only for rounds in which that may be known. "
        "The result is not broken down below the groups."
    ),
    ReleasePolicy.AFTER_CLOSE: _l(
        "Afterwards: nobody sees a board before the result is published. "
        "Groups with fewer than five ballots are then shown together."
    ),
}
WEIGHTINGS = {
    Weighting.ONE_VOICE: _l("One organisation, one voice"),
    Weighting.EQUAL_GROUPS: _l("Chambers, municipalities and firms have the same voice each"),
}
STEPS = {
    Step.CLOSE_EARLY: _l("Close early"),
    Step.CERTIFY: _l("Certify the result"),
    Step.PAUSE: _l("Long pause"),
    Step.ARCHIVE: _l("Archive and delete the rankings"),
    Step.UPHOLD: _l("The objection stands: this version does not count"),
    Step.DISMISS: _l("The objection does not stand: this version counts"),
}
