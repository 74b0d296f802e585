"""imports: jobs, rows that wait, faults, who is gone, keys and pairs of likely doubles"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

COUNTS = ("progress", "rows", "added", "changed", "unchanged", "gone", "faulty", "outside_rows", "doubles")


def text(name: str, length: int, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=nullable)


def number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def refers(table: str, column: str, to: str, ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"), ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "import_job",
        number("id"),
        number("chamber_id"),
        number("account_id"),
        text("state", 20),
        text("file_name", 200),
        text("stored_as", 40),
        moment("created_at"),
        moment("touched_at"),
        text("encoding", 20),
        text("delimiter", 1),
        number("header_line"),
        sa.Column("layout", sa.Text(), nullable=False),
        text("outside", 20),
        *(number(name) for name in COUNTS),
        text("problem", 40),
        text("problem_detail", 100),
        text("run", 32),
        moment("gone_ended_at", nullable=True),
        refers("import_job", "chamber_id", "organisation"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_job")),
    )
    op.create_index("ix_import_job_chamber_id", "import_job", ["chamber_id"])
    op.create_index("ix_import_job_state", "import_job", ["state"])
    op.create_table(
        "import_row",
        number("job_id"),
        number("line"),
        text("verdict", 10),
        number("organisation_id", nullable=True),
        text("member_number", 40),
        text("name", 200),
        text("street", 200, nullable=True),
        text("postcode", 10, nullable=True),
        text("town", 100, nullable=True),
        text("contact_email", 254, nullable=True),
        text("register_number", 60, nullable=True),
        text("sector", 60, nullable=True),
        text("size_class", 20, nullable=True),
        number("municipality_id", nullable=True),
        sa.Column("changes", sa.Text(), nullable=True),
        refers("import_row", "job_id", "import_job"),
        sa.PrimaryKeyConstraint("job_id", "line", name=op.f("pk_import_row")),
    )
    op.create_index("ix_import_row_member_number", "import_row", ["job_id", "member_number"], unique=True)
    op.create_index("ix_import_row_verdict", "import_row", ["job_id", "verdict", "line"])
    op.create_table(
        "import_fault",
        number("id"),
        number("job_id"),
        number("line"),
        text("field", 30),
        text("reason", 30),
        text("found", 80),
        refers("import_fault", "job_id", "import_job"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_fault")),
    )
    op.create_index("ix_import_fault_job_id_line", "import_fault", ["job_id", "line"])
    op.create_table(
        "import_gone",
        number("job_id"),
        number("organisation_id"),
        text("member_number", 40),
        refers("import_gone", "job_id", "import_job"),
        sa.PrimaryKeyConstraint("job_id", "organisation_id", name=op.f("pk_import_gone")),
    )
    keys = {"register_key": 60, "postcode_key": 120, "street_key": 170}
    op.create_table(
        "organisation_match",
        number("organisation_id"),
        *(text(name, length, nullable=True) for name, length in keys.items()),
        refers("organisation_match", "organisation_id", "organisation", "CASCADE"),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisation_match")),
    )
    for name in keys:
        op.create_index(f"ix_organisation_match_{name}", "organisation_match", [name])
    op.create_table(
        "organisation_double",
        number("first_id"),
        number("second_id"),
        text("reason", 20),
        text("decided", 10),
        number("same_says_id", nullable=True),
        moment("proposed_at"),
        refers("organisation_double", "first_id", "organisation", "CASCADE"),
        refers("organisation_double", "second_id", "organisation", "CASCADE"),
        sa.PrimaryKeyConstraint("first_id", "second_id", name=op.f("pk_organisation_double")),
    )
    op.create_index("ix_organisation_double_decided", "organisation_double", ["decided"])
    op.create_index("ix_organisation_double_second_id", "organisation_double", ["second_id"])


def downgrade() -> None:
    for table in (
        "organisation_double",
        "organisation_match",
        "import_gone",
        "import_fault",
        "import_row",
        "import_job",
    ):
        op.drop_table(table)
