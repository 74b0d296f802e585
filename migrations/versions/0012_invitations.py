"""orders of letters and mails, their sealed files, letterheads, addresses that nothing reaches"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "refused_address",
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_refused_address")),
    )
    op.create_table(
        "chamber_text",
        sa.Column("chamber_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chamber_id"], ["organisation.id"], name=op.f("fk_chamber_text_chamber_id_organisation")
        ),
        sa.PrimaryKeyConstraint("chamber_id", "channel", "occasion", "language", name=op.f("pk_chamber_text")),
    )
    op.create_table(
        "letterhead",
        sa.Column("chamber_id", sa.Integer(), nullable=False),
        sa.Column("return_line", sa.String(length=120), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=60), nullable=False),
        sa.Column("signatory", sa.String(length=100), nullable=False),
        sa.Column("function", sa.String(length=100), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["chamber_id"], ["organisation.id"], name=op.f("fk_letterhead_chamber_id_organisation")
        ),
        sa.PrimaryKeyConstraint("chamber_id", name=op.f("pk_letterhead")),
    )
    op.create_table(
        "undeliverable_address",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_undeliverable_address_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_undeliverable_address")),
    )
    op.create_table(
        "invitation_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("sender_id", sa.Integer(), nullable=False),
        sa.Column("members_of_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("municipality_id", sa.Integer(), nullable=True),
        sa.Column("reissue", sa.Boolean(), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("split", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("ordered_by", sa.Integer(), nullable=False),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ready_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_invitation_order_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(
            ["members_of_id"], ["organisation.id"], name=op.f("fk_invitation_order_members_of_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["municipality_id"], ["organisation.id"], name=op.f("fk_invitation_order_municipality_id_organisation")
        ),
        sa.ForeignKeyConstraint(["ordered_by"], ["account.id"], name=op.f("fk_invitation_order_ordered_by_account")),
        sa.ForeignKeyConstraint(
            ["sender_id"], ["organisation.id"], name=op.f("fk_invitation_order_sender_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_order")),
    )
    op.create_index("ix_invitation_order_consultation_id", "invitation_order", ["consultation_id"])
    op.create_index("ix_invitation_order_state", "invitation_order", ["state"])

    op.create_table(
        "invitation_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("first_postcode", sa.String(length=10), nullable=False),
        sa.Column("last_postcode", sa.String(length=10), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("downloaded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["order_id"], ["invitation_order.id"], name=op.f("fk_invitation_file_order_id_invitation_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_file")),
        sa.UniqueConstraint("order_id", "name", name=op.f("uq_invitation_file_order_id_name")),
    )
    op.create_table(
        "invitation_sending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=True),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("occasion", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("access_code_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["access_code_id"], ["access_code.id"], name=op.f("fk_invitation_sending_access_code_id_access_code")
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_invitation_sending_consultation_id_consultation")
        ),
        sa.ForeignKeyConstraint(
            ["order_id"], ["invitation_order.id"], name=op.f("fk_invitation_sending_order_id_invitation_order")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_sending_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_sending")),
        sa.UniqueConstraint("order_id", "organisation_id", name=op.f("uq_invitation_sending_order_id_organisation_id")),
    )
    op.create_index("ix_invitation_sending_access_code_id", "invitation_sending", ["access_code_id"])
    op.create_index("ix_invitation_sending_order_id_position", "invitation_sending", ["order_id", "position"])
    op.create_index(
        "ix_invitation_sending_organisation", "invitation_sending", ["consultation_id", "organisation_id", "id"]
    )
    op.create_index("ix_invitation_sending_organisation_id", "invitation_sending", ["organisation_id"])

    op.create_table(
        "invitation_file_piece",
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["invitation_file.id"],
            name=op.f("fk_invitation_file_piece_file_id_invitation_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_invitation_file_piece")),
    )
    op.add_column("mail", sa.Column("object_id", sa.Integer(), nullable=True))
    op.create_index("ix_mail_object_id", "mail", ["object_id"])


def downgrade() -> None:
    # The earlier version knows neither these mails nor sealed texts.
    op.execute(
        "DELETE FROM mail WHERE purpose IN ('invitation', 'reminder', 'letters_forgotten') "
        "OR state = 'dropped' OR text LIKE 'sealed:%'"
    )
    op.drop_index("ix_mail_object_id", table_name="mail")
    op.drop_column("mail", "object_id")
    for table in (
        "invitation_file_piece",
        "invitation_sending",
        "invitation_file",
        "invitation_order",
        "undeliverable_address",
        "letterhead",
        "chamber_text",
        "refused_address",
    ):
        op.drop_table(table)
