"""addresses and member numbers, accounts without an address or a password, access codes"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ADDRESS = {"street": 200, "postcode": 10, "town": 100, "contact_email": 254, "register_number": 60}


def upgrade() -> None:
    for name, length in ADDRESS.items():
        op.add_column("organisation", sa.Column(name, sa.String(length=length), nullable=True))
    op.add_column("membership", sa.Column("member_number", sa.String(length=40), nullable=True))
    op.create_index("uq_membership_member_number", "membership", ["chamber_id", "member_number"], unique=True)
    with op.batch_alter_table("account") as account:
        account.alter_column("email", existing_type=sa.String(length=254), nullable=True)
        account.alter_column("password_hash", existing_type=sa.String(length=200), nullable=True)
    op.execute("UPDATE account SET email = NULL, password_hash = NULL WHERE removed_at IS NOT NULL")
    op.create_table(
        "access_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_access_code_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_access_code_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_access_code_code_hash")),
    )
    op.create_index("ix_access_code_organisation_id", "access_code", ["organisation_id"])
    valid = sa.text("revoked_at IS NULL")
    op.create_index(
        "uq_access_code_valid",
        "access_code",
        ["consultation_id", "organisation_id"],
        unique=True,
        sqlite_where=valid,
        postgresql_where=valid,
    )


def downgrade() -> None:
    op.drop_table("access_code")
    op.execute("UPDATE account SET email = 'removed-' || id WHERE email IS NULL")
    op.execute("UPDATE account SET password_hash = '' WHERE password_hash IS NULL")
    with op.batch_alter_table("account") as account:
        account.alter_column("password_hash", existing_type=sa.String(length=200), nullable=False)
        account.alter_column("email", existing_type=sa.String(length=254), nullable=False)
    op.drop_index("uq_membership_member_number", table_name="membership")
    op.drop_column("membership", "member_number")
    for name in reversed(ADDRESS):
        op.drop_column("organisation", name)
