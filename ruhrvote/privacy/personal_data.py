"""Everything in the database that refers to an account, found in the tables themselves.

A table that comes later is found too: its rows are in what a person can see of themselves, and its foreign key says
what becomes of them at an erasure: rows that go with the account (ON DELETE CASCADE) go, others stay with its number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table

from ruhrvote.accounts.models import Account
from ruhrvote.db import db

# Rows that an erasure deletes though their foreign key does not say so.
DELETED = frozenset({"notice_choice.account_id", "comment_report.account_id", "colleague_invitation.invited_by"})
# Rows that stay, with the number of an account that has no name any more, and why.
KEPT = {
    "ballot_version.account_id": "a submission is the organisation's and part of the result",
    "comment.account_id": "a comment is deleted or stays without its author, as the person chooses",
    "draft.account_id": "the draft is the organisation's",
    "invitation_order.ordered_by": "who ordered letters is known by number, as in the trail",
    "proposal.proposed_by": "a step that two admins took stays provable, by their numbers",
    "proposal.confirmed_by": "a step that two admins took stays provable, by their numbers",
    "draft_change.account_id": "the draft's history is the organisation's, until it is deleted after the publication",
}
# Columns that hold or prove a secret, by their names: nobody needs to read them to know what is stored.
SECRET = re.compile(r"hash|secret|token|salt|credential|key$|code$")


def references() -> Iterator[tuple[Table, Column[Any]]]:
    """Each column of the database that refers to an account."""
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            if any(key.column.table is Account.__table__ for key in column.foreign_keys):
                yield table, column


def goes_with_the_account(column: Column[Any]) -> bool:
    """Whether an erasure deletes the rows that refer to the account by this column."""
    return any(key.ondelete == "CASCADE" for key in column.foreign_keys) or str(column) in DELETED


def readable(table: Table) -> list[Column[Any]]:
    """The columns of a table that a person may read about themselves: all but secrets."""
    return [column for column in table.columns if not SECRET.search(column.name)]
