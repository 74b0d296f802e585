"""a pause by one admin ends by itself; a long one takes two and moves the announced end"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("consultation", sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("consultation", sa.Column("pause_extends", sa.Boolean(), nullable=False, server_default=sa.false()))
    for name in ("reason_de", "reason_en"):
        op.add_column("proposal", sa.Column(name, sa.String(length=300), nullable=False, server_default=""))
    op.add_column("proposal", sa.Column("extends", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    with op.batch_alter_table("proposal") as table:
        for name in ("extends", "reason_en", "reason_de"):
            table.drop_column(name)
    with op.batch_alter_table("consultation") as table:
        for name in ("pause_extends", "paused_until"):
            table.drop_column(name)
