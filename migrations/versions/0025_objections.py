"""objections to submitted versions, the version that counts, and the period for objections"""

import json

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


ENTRY = sa.table(
    "ledger_entry",
    sa.column("consultation_id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("payload", sa.Text),
)
CONSULTATION = sa.table(
    "consultation",
    sa.column("id", sa.Integer),
    sa.column("objection_days", sa.Integer),
)


def read_from_the_ledger() -> None:
    """Rounds that were opened before keep their rule, without a period; others have it in their ledger."""
    connection = op.get_bind()
    for row in connection.execute(sa.select(ENTRY).where(ENTRY.c.kind == "opened")).all():
        days = json.loads(row.payload).get("rules", {}).get("objection_days")
        opened = sa.update(CONSULTATION).where(CONSULTATION.c.id == row.consultation_id)
        connection.execute(opened.values(objection_days=days))
    op.execute(
        "UPDATE consultation SET settled_at = (SELECT recorded_at FROM ledger_entry"
        " WHERE ledger_entry.consultation_id = consultation.id AND kind = 'settled')"
    )


def upgrade() -> None:
    op.create_table(
        "objection",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("ballot_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("void_from", sa.Integer(), nullable=True),
        sa.Column("void_until", sa.Integer(), nullable=True),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_objection_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objection")),
        sa.UniqueConstraint("ballot_id", "version", name=op.f("uq_objection_ballot_id_version")),
    )
    op.create_index(op.f("ix_objection_consultation_id"), "objection", ["consultation_id"])
    op.add_column("consultation", sa.Column("objection_days", sa.Integer(), nullable=True))
    op.add_column("consultation", sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE consultation SET objection_days = 7 WHERE status = 'draft'")
    read_from_the_ledger()
    op.add_column("ballot", sa.Column("counting_version", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE ballot SET counting_version = current_version")
    with op.batch_alter_table("kept_receipt") as kept:
        kept.alter_column("current_version", new_column_name="counting_version")
    op.add_column("kept_receipt", sa.Column("contested", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("proposal") as proposal:
        proposal.add_column(sa.Column("object_id", sa.Integer(), nullable=False, server_default="0"))
        proposal.drop_constraint("uq_proposal_consultation_id_step", type_="unique")
        proposal.create_unique_constraint(
            "uq_proposal_consultation_id_step_object_id", ["consultation_id", "step", "object_id"]
        )


def downgrade() -> None:
    op.execute("DELETE FROM proposal WHERE object_id <> 0")
    with op.batch_alter_table("proposal") as proposal:
        proposal.drop_constraint("uq_proposal_consultation_id_step_object_id", type_="unique")
        proposal.create_unique_constraint("uq_proposal_consultation_id_step", ["consultation_id", "step"])
        proposal.drop_column("object_id")
    op.drop_column("kept_receipt", "contested")
    with op.batch_alter_table("kept_receipt") as kept:
        kept.alter_column("counting_version", new_column_name="current_version")
    op.drop_column("ballot", "counting_version")
    op.drop_column("consultation", "settled_at")
    op.drop_column("consultation", "objection_days")
    op.drop_table("objection")
