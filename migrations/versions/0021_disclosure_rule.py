"""each consultation keeps the rule of what is shown that was in force at its opening"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # 1 for all that were opened before; the opening gives a draft the number of its own day, and the ledger names it.
    op.add_column("consultation", sa.Column("disclosure_rule", sa.Integer(), nullable=False, server_default="1"))
    op.execute(
        "UPDATE consultation SET disclosure_rule = 2 WHERE id IN"
        " (SELECT consultation_id FROM ledger_entry WHERE kind = 'opened' AND payload LIKE '%\"disclosure\"_2%')"
    )


def downgrade() -> None:
    op.drop_column("consultation", "disclosure_rule")
