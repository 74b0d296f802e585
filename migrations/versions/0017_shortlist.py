"""the chambers' shortlists"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shortlist_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("chamber_id", sa.Integer(), nullable=False),
        sa.Column("idea_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False, server_default="noted"),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
        sa.Column("outcome", sa.Text(), nullable=False, server_default=""),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["chamber_id"], ["organisation.id"], name=op.f("fk_shortlist_entry_chamber_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_shortlist_entry_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(["idea_id"], ["idea.id"], name=op.f("fk_shortlist_entry_idea_id_idea")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shortlist_entry")),
        sa.UniqueConstraint("chamber_id", "idea_id", name=op.f("uq_shortlist_entry_chamber_id_idea_id")),
    )
    op.create_index("ix_shortlist_entry_published", "shortlist_entry", ["consultation_id", "published_at"])


def downgrade() -> None:
    op.drop_table("shortlist_entry")
