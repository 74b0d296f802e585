"""notices after the close, letters that are due, and the spot check"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_paper_notice_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_paper_notice_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_notice")),
    )
    op.create_index(op.f("ix_paper_notice_consultation_id"), "paper_notice", ["consultation_id"])
    op.create_index(op.f("ix_paper_notice_organisation_id"), "paper_notice", ["organisation_id"])
    op.add_column("consultation", sa.Column("told_up_to", sa.Integer(), nullable=True))
    # Rounds that have closed before tell nobody any more.
    op.execute("UPDATE consultation SET told_up_to = 0 WHERE status IN ('draft', 'open', 'paused')")
    op.create_table(
        "spot_check",
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("ballots", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_spot_check_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_spot_check")),
    )
    op.create_table(
        "sampled_ballot",
        sa.Column("ballot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_sampled_ballot_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_sampled_ballot_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_sampled_ballot")),
    )
    op.create_index(op.f("ix_sampled_ballot_consultation_id"), "sampled_ballot", ["consultation_id"])
    op.create_index(op.f("ix_sampled_ballot_organisation_id"), "sampled_ballot", ["organisation_id"])


def downgrade() -> None:
    op.drop_table("sampled_ballot")
    op.drop_table("spot_check")
    op.drop_column("consultation", "told_up_to")
    op.drop_table("paper_notice")
