"""a code knows its account; links by mail; one table of counted attempts; a chosen language"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("language_chosen", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("access_code") as code:
        code.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        code.create_foreign_key(
            op.f("fk_access_code_account_id_account"), "account", ["account_id"], ["id"], ondelete="CASCADE"
        )
        code.create_index("ix_access_code_account_id", ["account_id"])
    op.drop_table("login_failure")
    op.create_table(
        "attempt_count",
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_attempt_count")),
    )
    op.create_index("ix_attempt_count_until", "attempt_count", ["until"])
    op.create_table(
        "link_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_link_request_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_request")),
    )
    op.create_table(
        "mailed_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("target", sa.String(length=300), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_mailed_link_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mailed_link_token_hash")),
    )
    op.create_index("ix_mailed_link_account_id", "mailed_link", ["account_id"])


def downgrade() -> None:
    op.drop_table("mailed_link")
    op.drop_table("link_request")
    op.drop_table("attempt_count")
    op.create_table(
        "login_failure",
        sa.Column("identifier", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identifier", name=op.f("pk_login_failure")),
    )
    with op.batch_alter_table("access_code") as code:
        code.drop_index("ix_access_code_account_id")
        code.drop_constraint(op.f("fk_access_code_account_id_account"), type_="foreignkey")
        code.drop_column("account_id")
    op.drop_column("account", "language_chosen")
