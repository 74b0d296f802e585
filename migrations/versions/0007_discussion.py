"""kinds, replies, attribution, agreement, moderation and the search index"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("comment") as batch:
        batch.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("kind", sa.String(length=10), nullable=True))
        batch.add_column(sa.Column("attribution", sa.String(length=10), nullable=False, server_default="name"))
        batch.add_column(sa.Column("place", sa.String(length=200), nullable=False, server_default=""))
        batch.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default="published"))
        batch.add_column(sa.Column("hidden_because", sa.Text(), nullable=False, server_default=""))
        batch.add_column(sa.Column("agreements", sa.Integer(), nullable=False, server_default="0"))
        batch.add_column(sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True))
        batch.create_foreign_key(op.f("fk_comment_parent_id_comment"), "comment", ["parent_id"], ["id"])
    op.execute("UPDATE comment SET kind = 'note'")
    op.create_index(op.f("ix_comment_parent_id"), "comment", ["parent_id"])
    op.create_index("ix_comment_idea_id_agreements", "comment", ["idea_id", "agreements", "id"])
    op.create_index("ix_comment_account_id_written_at", "comment", ["account_id", "written_at"])
    op.create_index("ix_roll_entry_cell", "roll_entry", ["consultation_id", "group", "municipality_id"])
    op.create_table(
        "comment_earlier_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment_id"], ["comment.id"], name=op.f("fk_comment_earlier_text_comment_id_comment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_earlier_text")),
    )
    op.create_index(op.f("ix_comment_earlier_text_comment_id"), "comment_earlier_text", ["comment_id"])
    op.create_table(
        "comment_agreement",
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_comment_agreement_comment_id_comment")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_comment_agreement_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("comment_id", "organisation_id", name=op.f("pk_comment_agreement")),
    )
    op.create_index(op.f("ix_comment_agreement_organisation_id"), "comment_agreement", ["organisation_id"])
    op.create_table(
        "comment_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("comment_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_comment_report_account_id_account")),
        sa.ForeignKeyConstraint(["comment_id"], ["comment.id"], name=op.f("fk_comment_report_comment_id_comment")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comment_report")),
        sa.UniqueConstraint("comment_id", "account_id", name=op.f("uq_comment_report_comment_id_account_id")),
    )
    op.create_table(
        "discussion_rules",
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("approve_first", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name=op.f("fk_discussion_rules_consultation_id_consultation")
        ),
        sa.PrimaryKeyConstraint("consultation_id", name=op.f("pk_discussion_rules")),
    )
    op.create_table(
        "notice_choice",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("replies", sa.Boolean(), nullable=False),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_notice_choice_account_id_account")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_notice_choice")),
    )
    op.add_column("mail", sa.Column("unsubscribe", sa.String(length=300), nullable=False, server_default=""))
    op.create_table(
        "search_document",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("consultation_id", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=10), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=False),
        sa.Column("tokens", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_document")),
        sa.UniqueConstraint("subject", "object_id", name=op.f("uq_search_document_subject_object_id")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_index USING fts5(tokens, content='search_document', content_rowid='id', "
            "tokenize='unicode61 remove_diacritics 0')"
        )
        forget = "INSERT INTO search_index (search_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);"
        note = "INSERT INTO search_index (rowid, tokens) VALUES (new.id, new.tokens);"
        for verb, body in (("INSERT", note), ("DELETE", forget), ("UPDATE", f"{forget} {note}")):
            op.execute(
                f"CREATE TRIGGER search_document_{verb.lower()} AFTER {verb} ON search_document BEGIN {body} END"
            )
    else:
        # The lexemes are ready as they are: no configuration takes part, so both databases match the same.
        op.execute(
            "CREATE INDEX search_index ON search_document USING gin (array_to_tsvector(string_to_array(tokens, ' ')))"
        )


def downgrade() -> None:
    op.drop_table("search_document")  # with its triggers, or with its index
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_column("mail", "unsubscribe")
    for table in (
        "notice_choice",
        "discussion_rules",
        "comment_report",
        "comment_agreement",
        "comment_earlier_text",
    ):
        op.drop_table(table)
    op.drop_index("ix_roll_entry_cell", table_name="roll_entry")
    for index in ("ix_comment_account_id_written_at", "ix_comment_idea_id_agreements", "ix_comment_parent_id"):
        op.drop_index(index, table_name="comment")
    # What the earlier version cannot show as it was meant: replies, and what nobody may see under a name.
    op.execute("DELETE FROM comment WHERE parent_id IS NOT NULL")
    op.execute("DELETE FROM comment WHERE state <> 'published' OR attribution NOT IN ('name', 'official')")
    with op.batch_alter_table("comment") as batch:
        batch.drop_constraint(op.f("fk_comment_parent_id_comment"), type_="foreignkey")
        for column in (
            "edited_at", "agreements", "hidden_because", "state", "place", "attribution", "kind", "parent_id"
        ):  # fmt: skip
            batch.drop_column(column)
