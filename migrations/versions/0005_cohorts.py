"""cohorts: the queue of ballots, what was released, and merged groups"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "waiting_ballot",
        sa.Column("ballot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("group", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_waiting_ballot_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_waiting_ballot")),
    )
    op.create_index(op.f("ix_waiting_ballot_consultation_id"), "waiting_ballot", ["consultation_id"])
    op.create_table(
        "released_ballot",
        sa.Column("ballot_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_released_ballot_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("ballot_id", name=op.f("pk_released_ballot")),
    )
    op.create_index(op.f("ix_released_ballot_consultation_id_seq"), "released_ballot", ["consultation_id", "seq"])
    with op.batch_alter_table("roll_entry") as roll:
        roll.alter_column("group", existing_type=sa.String(length=20), type_=sa.String(length=40))
        roll.add_column(sa.Column("kind", sa.String(length=20), nullable=True))
    op.execute('UPDATE roll_entry SET kind = "group"')
    with op.batch_alter_table("roll_entry") as roll:
        roll.alter_column("kind", existing_type=sa.String(length=20), nullable=False)


def downgrade() -> None:
    op.execute('UPDATE roll_entry SET "group" = kind')
    with op.batch_alter_table("roll_entry") as roll:
        roll.drop_column("kind")
        roll.alter_column("group", existing_type=sa.String(length=40), type_=sa.String(length=20))
    op.drop_table("released_ballot")
    op.drop_table("waiting_ballot")
