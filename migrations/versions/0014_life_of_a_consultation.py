"""dates and steps of a consultation, proposals, former texts, retired ideas"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENTS = ("opens_at", "certified_at", "archived_at")
REASONS = ("pause_reason_de", "pause_reason_en")


def upgrade() -> None:
    for name in MOMENTS:
        op.add_column("consultation", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    for name in REASONS:
        op.add_column("consultation", sa.Column(name, sa.String(length=300), nullable=False, server_default=""))
    for name in ("retired_at", "changed_at"):
        op.add_column("idea", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_by", sa.Integer(), nullable=True),
        sa.Column("fault", sa.String(length=300), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_proposal_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(["proposed_by"], ["account.id"], name=op.f("fk_proposal_proposed_by_account")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["account.id"], name=op.f("fk_proposal_confirmed_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("consultation_id", "step", name=op.f("uq_proposal_consultation_id_step")),
    )
    op.create_table(
        "text_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("idea_number", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_text_version_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_version")),
    )
    op.create_index(
        op.f("ix_text_version_consultation_id_idea_number"), "text_version", ["consultation_id", "idea_number"]
    )


def downgrade() -> None:
    op.drop_table("text_version")
    op.drop_table("proposal")
    op.execute("UPDATE consultation SET status = 'open' WHERE status = 'paused'")
    op.execute("UPDATE consultation SET status = 'closed' WHERE status = 'certified'")
    op.execute("UPDATE consultation SET status = 'published' WHERE status = 'archived'")
    for name in ("changed_at", "retired_at"):
        op.drop_column("idea", name)
    for name in (*REASONS, *MOMENTS):
        op.drop_column("consultation", name)
