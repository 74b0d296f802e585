"""drafts belong to the people who let each other in, and a letter's code needs a PIN"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# Who let whom in was not kept. Whoever accepted a colleague's invitation made the account themselves and with an
# address; they belong to the first account of their organisation, who alone could invite. All others, whom a code or
# the chamber let in, have a circle of their own: an account's number, as new circles are random and larger.
JOINED = (
    "EXISTS (SELECT 1 FROM audit_entry WHERE audit_entry.event = 'account created'"
    " AND audit_entry.account_id = account.id AND audit_entry.object_id = account.id)"
    " AND NOT EXISTS (SELECT 1 FROM access_code WHERE access_code.account_id = account.id)"
    " AND account.role IN ('voter', 'signatory')"
)
FIRST = (
    "(SELECT MIN(first.id) FROM account AS first WHERE first.organisation_id = account.organisation_id"
    " AND first.role IN ('voter', 'signatory'))"
)


SIGNS = sa.text("role = 'signatory' AND removed_at IS NULL")


def upgrade() -> None:
    # Not in batches: on SQLite those would drop and rebuild the table that nearly all others refer to.
    op.add_column("account", sa.Column("circle", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("account", sa.Column("pin_hash", sa.String(length=64), nullable=True))
    op.add_column("account", sa.Column("wrong_pins", sa.Integer(), nullable=False, server_default="0"))
    op.execute("UPDATE account SET circle = id")
    op.execute(f"UPDATE account SET circle = {FIRST} WHERE {JOINED}")  # noqa: S608  ours
    op.create_index("ix_account_circle", "account", ["circle"])
    one_signatory_by("circle")
    invitations_by("organisation_id", "circle")
    with op.batch_alter_table("draft_change") as batch:
        batch.drop_index("ix_draft_change_draft")
        batch.drop_constraint("fk_draft_change_consultation_id_draft", type_="foreignkey")
        batch.add_column(sa.Column("circle", sa.BigInteger(), nullable=False, server_default="0"))
    with op.batch_alter_table("draft") as batch:
        batch.add_column(sa.Column("circle", sa.BigInteger(), nullable=False, server_default="0"))
    # A draft goes to whoever changed it last, with its history.
    op.execute("UPDATE draft SET circle = (SELECT circle FROM account WHERE account.id = draft.account_id)")
    op.execute(f"UPDATE draft_change SET circle = (SELECT circle FROM draft WHERE {SAME_DRAFT})")  # noqa: S608  ours
    keyed_by("consultation_id", "organisation_id", "circle")


def downgrade() -> None:
    # An organisation has one draft again: that of its oldest circle.
    oldest = (
        "(SELECT MIN(d.circle) FROM draft AS d"
        " WHERE {0}.consultation_id = d.consultation_id AND {0}.organisation_id = d.organisation_id)"
    )
    op.execute(f"DELETE FROM draft_change WHERE circle > {oldest.format('draft_change')}")  # noqa: S608  ours
    op.execute(f"DELETE FROM draft WHERE circle > {oldest.format('draft')}")  # noqa: S608  ours
    with op.batch_alter_table("draft_change") as batch:
        batch.drop_index("ix_draft_change_draft")
        batch.drop_constraint("fk_draft_change_consultation_id_organisation_id_circle_draft", type_="foreignkey")
        batch.drop_column("circle")
    keyed_by("consultation_id", "organisation_id")
    invitations_by("circle", "organisation_id")
    # One signatory for each organisation: the others are voters again.
    op.execute(
        "UPDATE account SET role = 'voter' WHERE role = 'signatory' AND removed_at IS NULL AND EXISTS (SELECT 1 FROM"
        " account AS other WHERE other.organisation_id = account.organisation_id AND other.role = 'signatory'"
        " AND other.removed_at IS NULL AND other.id < account.id)"
    )
    one_signatory_by("organisation_id")
    op.drop_index("ix_account_circle", table_name="account")
    op.drop_column("account", "wrong_pins")
    op.drop_column("account", "pin_hash")
    op.drop_column("account", "circle")


SAME_DRAFT = (
    "draft.consultation_id = draft_change.consultation_id AND draft.organisation_id = draft_change.organisation_id"
)


def one_signatory_by(column: str) -> None:
    op.drop_index("uq_account_signatory", table_name="account")
    op.create_index(
        "uq_account_signatory", "account", [column], unique=True, sqlite_where=SIGNS, postgresql_where=SIGNS
    )


def invitations_by(old: str, new: str) -> None:
    """Open invitations end, so that nobody joins a circle that was not meant; a colleague is soon invited again."""
    op.execute("DELETE FROM colleague_invitation")
    with op.batch_alter_table("colleague_invitation") as batch:
        batch.drop_constraint(f"uq_colleague_invitation_{old}_email", type_="unique")
        if new == "circle":
            batch.add_column(sa.Column("circle", sa.BigInteger(), nullable=False))
        batch.create_unique_constraint(f"uq_colleague_invitation_{new}_email", [new, "email"])
        if new != "circle":
            batch.drop_column("circle")


def keyed_by(*key: str) -> None:
    """Make these columns the key of a draft, to which its changes refer."""
    with op.batch_alter_table("draft") as batch:
        batch.drop_constraint("pk_draft", type_="primary")
        if "circle" not in key:
            batch.drop_column("circle")
        batch.create_primary_key("pk_draft", list(key))
    with op.batch_alter_table("draft_change") as batch:
        name = f"fk_draft_change_{'_'.join(key)}_draft" if "circle" in key else "fk_draft_change_consultation_id_draft"
        batch.create_foreign_key(name, "draft", list(key), list(key))
        batch.create_index("ix_draft_change_draft", [*key, "id"])
