"""one table of jobs and of the files that they make; mailings are called so"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Constraints that bear a table's or column's name. SQLite keeps those of a renamed table as they were: there only the
# names of unique constraints and indexes count.
RENAMED = {
    "mailing": (
        ("pk_invitation_order", "pk_mailing"),
        ("fk_invitation_order_consultation_id_consultation", "fk_mailing_consultation_id_consultation"),
        ("fk_invitation_order_members_of_id_organisation", "fk_mailing_members_of_id_organisation"),
        ("fk_invitation_order_municipality_id_organisation", "fk_mailing_municipality_id_organisation"),
        ("fk_invitation_order_ordered_by_account", "fk_mailing_ordered_by_account"),
        ("fk_invitation_order_sender_id_organisation", "fk_mailing_sender_id_organisation"),
    ),
    "invitation_sending": (
        ("fk_invitation_sending_order_id_invitation_order", "fk_invitation_sending_mailing_id_mailing"),
    ),
}
# How the kinds stand, as jobs: done, waiting or failed.
EXPORT_STATES = "CASE state WHEN 'ordered' THEN 'waiting' WHEN 'failed' THEN 'failed' ELSE 'done' END"
MAILING_STATES = "CASE WHEN state IN ('waiting', 'producing') THEN 'waiting' ELSE 'done' END"
IMPORT_STATES = (
    "CASE WHEN state IN ('uploaded', 'checking', 'applying', 'matching') THEN 'waiting'"
    " WHEN state = 'failed' THEN 'failed' ELSE 'done' END"
)


def moment(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=False)


def on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def later(column: str, days: int) -> str:
    """So many days after a moment, in the form that the database keeps moments in."""
    if on_postgresql():
        return f"{column} + interval '{days} days'"
    return f"strftime('%Y-%m-%d %H:%M:%f000', {column}, '+{days} days')"


def upgrade() -> None:
    op.create_table(
        "job",
        number("id"),
        text("kind", 20),
        number("subject_id"),
        text("state", 10),
        number("tries"),
        text("claim", 32),
        moment("claimed_until"),
        number("done"),
        number("total"),
        moment("keep_until"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "subject_id", name=op.f("uq_job_kind_subject_id")),
    )
    op.create_index("ix_job_state_kind", "job", ["state", "kind"])
    op.create_index("ix_job_keep_until", "job", ["keep_until"])
    op.create_table(
        "job_file",
        number("id"),
        number("job_id"),
        text("name", 80),
        text("media_type", 80),
        number("size"),
        number("pieces"),
        moment("downloaded_at"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_file_job_id_job"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_file")),
        sa.UniqueConstraint("job_id", "name", name=op.f("uq_job_file_job_id_name")),
    )
    op.create_table(
        "job_piece",
        number("file_id"),
        number("number"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["job_file.id"], name=op.f("fk_job_piece_file_id_job_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_job_piece")),
    )
    rename_order_to_mailing()
    op.create_table(
        "letter_file",
        number("file_id"),
        number("mailing_id"),
        number("part"),
        number("letters"),
        text("first_postcode", 10),
        text("last_postcode", 10),
        sa.ForeignKeyConstraint(
            ["file_id"], ["job_file.id"], name=op.f("fk_letter_file_file_id_job_file"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["mailing_id"], ["mailing.id"], name=op.f("fk_letter_file_mailing_id_mailing")),
        sa.PrimaryKeyConstraint("file_id", name=op.f("pk_letter_file")),
    )
    op.create_index("ix_letter_file_mailing_id", "letter_file", ["mailing_id"])
    carry_over_links_and_imports()
    carry_over_mailings()
    carry_over_exports()


def enqueue(kind: str, table: str, state: str, *, done: str = "0", total: str = "0", keep_until: str = "NULL") -> None:
    op.execute(
        "INSERT INTO job (kind, subject_id, state, tries, claim, done, total, keep_until) "  # noqa: S608  ours
        f"SELECT '{kind}', id, {state}, 0, '', {done}, {total}, {keep_until} FROM {table} ORDER BY id"
    )


def rename_order_to_mailing() -> None:
    op.drop_index("ix_invitation_order_consultation_id", "invitation_order")
    op.drop_index("ix_invitation_order_state", "invitation_order")
    op.rename_table("invitation_order", "mailing")
    op.create_index("ix_mailing_consultation_id", "mailing", ["consultation_id"])
    op.drop_index("ix_invitation_sending_order_id_position", "invitation_sending")
    op.execute("ALTER TABLE invitation_sending RENAME COLUMN order_id TO mailing_id")
    rename_unique("order_id", "mailing_id", "mailing_id")
    op.create_index("ix_invitation_sending_mailing_id_position", "invitation_sending", ["mailing_id", "position"])
    if on_postgresql():
        op.execute("ALTER SEQUENCE invitation_order_id_seq RENAME TO mailing_id_seq")
        for table, names in RENAMED.items():
            for old, new in names:
                op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {old} TO {new}")


def rename_unique(old: str, new: str, column: str) -> None:
    with op.batch_alter_table("invitation_sending") as sending:
        sending.drop_constraint(f"uq_invitation_sending_{old}_organisation_id", type_="unique")
        sending.create_unique_constraint(
            op.f(f"uq_invitation_sending_{new}_organisation_id"), [column, "organisation_id"]
        )


def carry_over_links_and_imports() -> None:
    enqueue("link", "link_request", "'waiting'")
    ended = "state IN ('done', 'refused', 'failed', 'abandoned')"
    enqueue(
        "import",
        "import_job",
        IMPORT_STATES,
        total="100",
        keep_until=f"CASE WHEN state IN ('columns', 'checked') THEN {later('touched_at', 1)} "
        # What left something behind is looked at soon, and its report at the end of its time.
        f"WHEN {ended} AND layout <> '{{}}' THEN {later('touched_at', 90)} END",
    )
    op.add_column("import_job", moment("ended_at"))
    op.execute(f"UPDATE import_job SET ended_at = touched_at WHERE {ended}")  # noqa: S608  ours
    for column in ("progress", "run", "touched_at"):
        op.drop_column("import_job", column)


def carry_over_mailings() -> None:
    warned = f"CASE WHEN warned_at IS NULL THEN {later('ready_at', 23)} ELSE {later('ready_at', 30)} END"
    ready = "channel = 'letter' AND state = 'ready'"
    enqueue(
        "mailing",
        "mailing",
        MAILING_STATES,
        done="done",
        total="total",
        keep_until=f"CASE WHEN {ready} THEN {warned} END",
    )
    of_job = "invitation_file f JOIN job j ON j.kind = 'mailing' AND j.subject_id = f.order_id"
    op.execute(
        "INSERT INTO job_file (job_id, name, media_type, size, pieces, downloaded_at) "  # noqa: S608  ours
        f"SELECT j.id, f.name, f.media_type, f.size, (f.size + 262143) / 262144, f.downloaded_at FROM {of_job} "
        "ORDER BY f.id"
    )
    same = f"{of_job} JOIN job_file n ON n.job_id = j.id AND n.name = f.name"
    op.execute(
        "INSERT INTO letter_file (file_id, mailing_id, part, letters, first_postcode, last_postcode) "  # noqa: S608  ours
        f"SELECT n.id, f.order_id, f.part, f.letters, f.first_postcode, f.last_postcode FROM {same}"
    )
    op.execute(
        "INSERT INTO job_piece (file_id, number, content) "  # noqa: S608  ours
        f"SELECT n.id, p.number, p.content FROM {same} JOIN invitation_file_piece p ON p.file_id = f.id"
    )
    op.drop_table("invitation_file_piece")
    op.drop_table("invitation_file")
    op.drop_column("mailing", "total")
    op.drop_column("mailing", "done")


def carry_over_exports() -> None:
    enqueue("export", "export_file", EXPORT_STATES, done="rows_done", total="rows", keep_until="expires_at")
    of_job = "export_file f JOIN job j ON j.kind = 'export' AND j.subject_id = f.id"
    # Of a file that was downloaded nothing is known but that; its moment only says that it was.
    op.execute(
        "INSERT INTO job_file (job_id, name, media_type, size, pieces, downloaded_at) "  # noqa: S608  ours
        "SELECT j.id, f.export, 'application/octet-stream', f.size, f.parts, "
        f"CASE WHEN f.state = 'taken' THEN f.ordered_at END FROM {of_job} WHERE f.state IN ('ready', 'taken')"
    )
    op.execute(
        "INSERT INTO job_piece (file_id, number, content) "  # noqa: S608  ours
        f"SELECT n.id, p.number, p.content FROM {of_job} JOIN job_file n ON n.job_id = j.id "
        "JOIN export_part p ON p.file_id = f.id"
    )
    op.drop_table("export_part")
    op.drop_index("ix_export_file_state", "export_file")
    for column in ("state", "rows", "rows_done", "tries", "claimed_until", "parts", "size"):
        op.drop_column("export_file", column)
    op.execute("ALTER TABLE export_file RENAME COLUMN ordered_at TO requested_at")


def downgrade() -> None:
    take_exports_back()
    take_mailings_back()
    take_imports_back()
    op.drop_table("job_piece")
    op.drop_table("job_file")
    op.drop_table("job")


def zeros(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), nullable=False, server_default="0") for name in names]


def take_exports_back() -> None:
    op.create_table(
        "export_part",
        number("file_id"),
        number("number"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["export_file.id"], name=op.f("fk_export_part_file_id_export_file"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_export_part")),
    )
    op.execute("ALTER TABLE export_file RENAME COLUMN requested_at TO ordered_at")
    op.add_column("export_file", sa.Column("state", sa.String(length=10), nullable=False, server_default="failed"))
    for column in zeros("rows", "rows_done", "tries", "parts", "size"):
        op.add_column("export_file", column)
    op.add_column("export_file", moment("claimed_until"))
    mine = "j.kind = 'export' AND j.subject_id = export_file.id"
    # What is half made is made anew.
    op.execute(
        f"UPDATE export_file SET rows = (SELECT j.total FROM job j WHERE {mine}), state = (SELECT CASE"  # noqa: S608  ours
        " WHEN j.state IN ('waiting', 'running') THEN 'ordered' WHEN j.state = 'failed' THEN 'failed'"
        " WHEN EXISTS (SELECT 1 FROM job_file f WHERE f.job_id = j.id AND f.downloaded_at IS NOT NULL) THEN 'taken'"
        f" ELSE 'ready' END FROM job j WHERE {mine}) WHERE EXISTS (SELECT 1 FROM job j WHERE {mine})"
    )
    files = "job_file f JOIN job j ON j.id = f.job_id WHERE " + mine
    op.execute(
        "UPDATE export_file SET rows_done = rows, "  # noqa: S608  ours
        f"parts = (SELECT f.pieces FROM {files}), size = (SELECT f.size FROM {files}) "
        f"WHERE state IN ('ready', 'taken') AND EXISTS (SELECT 1 FROM {files})"
    )
    op.execute(
        "INSERT INTO export_part (file_id, number, content) "
        "SELECT e.id, p.number, p.content FROM export_file e JOIN job j ON j.kind = 'export' AND j.subject_id = e.id "
        "JOIN job_file f ON f.job_id = j.id JOIN job_piece p ON p.file_id = f.id WHERE e.state IN ('ready', 'taken')"
    )
    op.create_index("ix_export_file_state", "export_file", ["state"])


def take_mailings_back() -> None:
    for column in zeros("total", "done"):
        op.add_column("mailing", column)
    mine = "FROM job j WHERE j.kind = 'mailing' AND j.subject_id = mailing.id"
    op.execute(
        f"UPDATE mailing SET total = (SELECT j.total {mine}), done = (SELECT j.done {mine}) "  # noqa: S608  ours
        f"WHERE EXISTS (SELECT 1 {mine})"
    )
    # What was given up would be tried for ever.
    op.execute("UPDATE mailing SET state = 'refused' WHERE state = 'failed'")
    if on_postgresql():
        for table, names in RENAMED.items():
            for old, new in names:
                op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {new} TO {old}")
        op.execute("ALTER SEQUENCE mailing_id_seq RENAME TO invitation_order_id_seq")
    op.drop_index("ix_invitation_sending_mailing_id_position", "invitation_sending")
    op.execute("ALTER TABLE invitation_sending RENAME COLUMN mailing_id TO order_id")
    rename_unique("mailing_id", "order_id", "order_id")
    op.create_index("ix_invitation_sending_order_id_position", "invitation_sending", ["order_id", "position"])
    op.drop_index("ix_mailing_consultation_id", "mailing")
    op.rename_table("mailing", "invitation_order")
    op.create_index("ix_invitation_order_consultation_id", "invitation_order", ["consultation_id"])
    op.create_index("ix_invitation_order_state", "invitation_order", ["state"])
    op.create_table(
        "invitation_file",
        number("id"),
        number("order_id"),
        text("name", 80),
        text("media_type", 40),
        number("part"),
        number("letters"),
        text("first_postcode", 10),
        text("last_postcode", 10),
        number("size"),
        moment("downloaded_at"),
        sa.ForeignKeyConstraint(
            ["order_id"], ["invitation_order.id"], name=op.f("fk_invitation_file_order_id_invitation_order")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation_file")),
        sa.UniqueConstraint("order_id", "name", name=op.f("uq_invitation_file_order_id_name")),
    )
    op.execute(
        "INSERT INTO invitation_file (order_id, name, media_type, part, letters, first_postcode, last_postcode, size,"
        " downloaded_at) SELECT l.mailing_id, f.name, f.media_type, l.part, l.letters, l.first_postcode,"
        " l.last_postcode, f.size, f.downloaded_at FROM letter_file l JOIN job_file f ON f.id = l.file_id ORDER BY f.id"
    )
    op.create_table(
        "invitation_file_piece",
        number("file_id"),
        number("number"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"],
            ["invitation_file.id"],
            name=op.f("fk_invitation_file_piece_file_id_invitation_file"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("file_id", "number", name=op.f("pk_invitation_file_piece")),
    )
    op.execute(
        "INSERT INTO invitation_file_piece (file_id, number, content) SELECT o.id, p.number, p.content "
        "FROM letter_file l JOIN job_file f ON f.id = l.file_id JOIN job_piece p ON p.file_id = f.id "
        "JOIN invitation_file o ON o.order_id = l.mailing_id AND o.name = f.name"
    )
    op.drop_table("letter_file")


def take_imports_back() -> None:
    op.add_column("import_job", sa.Column("progress", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("import_job", sa.Column("run", sa.String(length=32), nullable=False, server_default=""))
    # Whatever is open was attended to just now.
    op.add_column("import_job", moment("touched_at"))
    now = "clock_timestamp()" if on_postgresql() else "strftime('%Y-%m-%d %H:%M:%f000', 'now')"
    op.execute(f"UPDATE import_job SET touched_at = coalesce(ended_at, {now})")  # noqa: S608  ours
    op.drop_column("import_job", "ended_at")
    with op.batch_alter_table("import_job") as job:
        job.alter_column("touched_at", existing_type=sa.DateTime(timezone=True), nullable=False)
