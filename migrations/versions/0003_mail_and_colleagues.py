"""the outbox, invitations of colleagues, signatories and removed accounts"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SIGNS = sa.text("role = 'signatory' AND removed_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("purpose", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
        sa.UniqueConstraint("message_id", name=op.f("uq_mail_message_id")),
    )
    op.create_index("ix_mail_state_next_try_at", "mail", ["state", "next_try_at"], unique=False)
    op.create_table(
        "colleague_invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("invited_by", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person", sa.String(length=120), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["account.id"], name=op.f("fk_colleague_invitation_invited_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_colleague_invitation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_colleague_invitation")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_colleague_invitation_code_hash")),
        sa.UniqueConstraint("organisation_id", "email", name=op.f("uq_colleague_invitation_organisation_id_email")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_colleague_invitation_token_hash")),
    )
    # Not in batches: on SQLite those would drop and rebuild the table that nearly all others refer to.
    op.add_column("account", sa.Column("language", sa.String(length=2), nullable=False, server_default="de"))
    op.add_column("account", sa.Column("first_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "uq_account_signatory",
        "account",
        ["organisation_id"],
        unique=True,
        sqlite_where=SIGNS,
        postgresql_where=SIGNS,
    )


def downgrade() -> None:
    op.drop_index("uq_account_signatory", table_name="account")
    op.drop_column("account", "removed_at")
    op.drop_column("account", "first_since")
    op.drop_column("account", "language")
    op.drop_table("colleague_invitation")
    op.drop_index("ix_mail_state_next_try_at", table_name="mail")
    op.drop_table("mail")
