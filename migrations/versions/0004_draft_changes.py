"""who changed what in a draft"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "draft_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(length=2), nullable=False),
        sa.Column("after", sa.String(length=2), nullable=False),
        sa.Column("ranking_before", sa.Text(), nullable=True),
        sa.Column("ranking_after", sa.Text(), nullable=True),
        sa.Column("undone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_draft_change_account_id_account")),
        sa.ForeignKeyConstraint(
            ["consultation_id", "organisation_id"],
            ["draft.consultation_id", "draft.organisation_id"],
            name=op.f("fk_draft_change_consultation_id_draft"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft_change")),
    )
    op.create_index("ix_draft_change_draft", "draft_change", ["consultation_id", "organisation_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_draft_change_draft", table_name="draft_change")
    op.drop_table("draft_change")
