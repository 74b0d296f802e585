"""receipts that can be checked after the archive"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_receipt",
        sa.Column("receipt_id", sa.String(length=26), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("current_version", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_kept_receipt_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("receipt_id", name=op.f("pk_kept_receipt")),
    )
    op.create_index("ix_kept_receipt_consultation_id", "kept_receipt", ["consultation_id"])


def downgrade() -> None:
    op.drop_table("kept_receipt")
