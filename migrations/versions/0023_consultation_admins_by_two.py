"""a further consultation admin is proposed by one and confirmed by another"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["confirmed_by"], ["account.id"], name=op.f("fk_admin_proposal_confirmed_by_account")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_admin_proposal_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["account.id"], name=op.f("fk_admin_proposal_proposed_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_admin_proposal")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_admin_proposal_code_hash")),
        sa.UniqueConstraint("email", name=op.f("uq_admin_proposal_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_admin_proposal_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("admin_proposal")
