"""Finding all data in the database that refer to an account, from the tables' definitions.

So a new table is found without a change here: its rows are part of what a person can see about themselves, and its
foreign key decides about an erasure: with ON DELETE CASCADE the rows are deleted, without they stay with the number of
the nameless account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table

from ruhrvote.accounts.models import Account
from ruhrvote.db import db

# References without ON DELETE CASCADE whose rows an erasure deletes nevertheless.
DELETED = frozenset(
    {
        "admin_proposal.confirmed_by",
        "admin_proposal.proposed_by",
        "colleague_invitation.invited_by",
        "comment_report.account_id",
        "notice_choice.account_id",
    }
)
# References whose rows stay, with the number of an account that has no name any more, each with the reason.
KEPT = {
    "ballot_version.account_id": "a submission is the organisation's and part of the result",
    "comment.account_id": "a comment is deleted or stays without its author, as the person chooses",
    "draft.account_id": "the draft is the organisation's",
    "mailing.ordered_by": "who ordered letters is known by number, as in the trail",
    "proposal.proposed_by": "a step that two admins took stays provable, by their numbers",
    "proposal.confirmed_by": "a step that two admins took stays provable, by their numbers",
    "draft_change.account_id": "the draft's history is the organisation's, until it is deleted after the publication",
}
# Names of columns with a secret or a hash of one, which are not shown.
SECRET = re.compile(r"hash|secret|token|salt|credential|key$|code$")


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Each table with a column that refers to an account, and this column."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table is Account.__table__ for key in column.foreign_keys):
                yield table, column


def goes_with_the_account(column: Column[Any]) -> bool:
    """Whether an erasure deletes the rows that refer to the account with this column."""
    return any(key.ondelete == "CASCADE" for key in column.foreign_keys) or str(column) in DELETED


def readable(table: Table) -> list[Column[Any]]:
    """The columns of a table that are shown to the person: all but secrets."""
    return [column for column in table.columns if not SECRET.search(column.name)]
