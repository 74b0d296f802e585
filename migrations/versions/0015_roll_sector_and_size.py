"""the roll also fixes sector and size class, as breakdowns after the close need them unchanged"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LENGTHS = {"sector": 60, "size_class": 20}


def upgrade() -> None:
    for name, length in LENGTHS.items():
        op.add_column("roll_entry", sa.Column(name, sa.String(length=length), nullable=True))
        op.execute(
            f"UPDATE roll_entry SET {name} ="  # noqa: S608  the names are those above
            f" (SELECT {name} FROM organisation WHERE organisation.id = roll_entry.organisation_id)"
        )


def downgrade() -> None:
    for name in LENGTHS:
        op.drop_column("roll_entry", name)
