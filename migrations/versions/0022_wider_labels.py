"""labels of comments fit ten organisations among the members of each chamber of the author, too"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

FEWEST = 10
WIDER = {"place": "group", "group": "bodies", "bodies": "anybody"}
LABELLED = sa.text(
    "SELECT DISTINCT idea.consultation_id, comment.attribution, organisation.id, organisation.kind,"
    " organisation.municipality_id FROM comment JOIN idea ON idea.id = comment.idea_id"
    " JOIN organisation ON organisation.id = comment.organisation_id"
    " WHERE comment.attribution IN ('place', 'group', 'bodies')"
)
CHAMBERS = sa.text("SELECT chamber_id FROM membership WHERE organisation_id = :organisation")
CONDITIONS = {
    "place": "roll_entry.kind = :kind AND roll_entry.municipality_id = :municipality",
    "group": "roll_entry.kind = :kind",
    "bodies": "roll_entry.kind IN ('chamber', 'municipality')",
}
WIDEN = sa.text(
    "UPDATE comment SET attribution = :wider, place = '' WHERE attribution = :attribution"
    " AND organisation_id = :organisation AND idea_id IN (SELECT id FROM idea WHERE consultation_id = :consultation)"
)


def upgrade() -> None:
    """Widen what fits fewer; the text of a comment and who wrote it stay as they are."""
    database = op.get_bind()
    for consultation, attribution, organisation, kind, municipality in database.execute(LABELLED).all():
        about = {"consultation": consultation, "kind": kind, "municipality": municipality}
        chambers = database.execute(CHAMBERS, {"organisation": organisation}).scalars().all()
        wider = attribution
        while wider in CONDITIONS and not _fits(database, wider, about, chambers):
            wider = WIDER[wider]
            if wider == "bodies" and kind == "firm":
                wider = "anybody"
        if wider != attribution:
            change = {"wider": wider, "attribution": attribution, "organisation": organisation}
            database.execute(WIDEN, change | {"consultation": consultation})


def _fits(database, label, about, chambers) -> bool:  # type: ignore[no-untyped-def]
    members = sa.text(
        "SELECT count(*) FROM roll_entry WHERE roll_entry.consultation_id = :consultation"  # noqa: S608  those above
        f" AND {CONDITIONS[label]} AND (roll_entry.organisation_id = :chamber OR roll_entry.organisation_id IN"
        " (SELECT organisation_id FROM membership WHERE chamber_id = :chamber))"
    )
    return all(database.execute(members, about | {"chamber": chamber}).scalar_one() >= FEWEST for chamber in chambers)


def downgrade() -> None:
    """Nothing: what was narrower is not known any more."""
