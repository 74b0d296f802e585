"""admins invite people, and set no passwords for them"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("colleague_invitation", sa.Column("role", sa.String(30), nullable=False, server_default="voter"))
    # A password that an admin chose and the person never changed is known to the admin. The person's address lets in.
    op.execute(
        "UPDATE account SET password_hash = NULL WHERE email IS NOT NULL AND NOT is_demo"
        " AND role IN ('voter', 'signatory') AND EXISTS (SELECT 1 FROM audit_entry AS made"
        " WHERE made.event = 'account created' AND made.object_id = account.id"
        " AND made.account_id IS NOT NULL AND made.account_id <> account.id)"
        " AND NOT EXISTS (SELECT 1 FROM audit_entry AS changed WHERE changed.event = 'access changed'"
        " AND changed.object_id = account.id)"
    )


def downgrade() -> None:
    op.drop_column("colleague_invitation", "role")
