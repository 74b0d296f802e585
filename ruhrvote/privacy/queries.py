"""Reads of what is stored about a person."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, func, select

from ruhrvote.accounts.models import Account, Role
from ruhrvote.audit.models import AuditEntry
from ruhrvote.comments.models import Comment, State
from ruhrvote.db import Model, db
from ruhrvote.mail.models import Mail
from ruhrvote.privacy.personal_data import readable, references

Row = dict[str, Any]


@dataclass(frozen=True)
class StoredRows:
    """The rows of one table about a person."""

    name: str
    rows: Sequence[Row]


def everything_about(account: Account) -> list[StoredRows]:
    """All rows about an account by table, without secrets and without empty tables."""
    own = _table(Account)
    found: list[tuple[Table, Column[Any], object]]
    found = [(own, own.c.id, account.id), *((table, column, account.id) for table, column in references())]
    trail, outbox = _table(AuditEntry), _table(Mail)
    found.append((trail, trail.c.account_id, account.id))
    if account.email:
        found.append((outbox, outbox.c.recipient, account.email))
    held = [StoredRows(table.name, _rows(table, column, value)) for table, column, value in found]
    return [stored for stored in held if stored.rows]


def as_json(account: Account) -> str:
    """The same as JSON."""
    stored = {stored.name: stored.rows for stored in everything_about(account)}
    about = {"organisation": account.organisation.name, "stored": stored}
    return json.dumps(about, ensure_ascii=False, indent=2, default=_plain)


def comments_written_by(account_id: int) -> Sequence[Comment]:
    """The comments of an account that are not deleted, newest first."""
    mine = (Comment.account_id == account_id) & (Comment.state != State.DELETED)
    return db.session.scalars(select(Comment).where(mine).order_by(Comment.id.desc())).all()


def consultation_admins() -> int:
    """How many consultation admins there are."""
    there = (Account.role == Role.CONSULTATION_ADMIN) & Account.removed_at.is_(None)
    return db.session.scalar(select(func.count()).select_from(Account).where(there)) or 0


def _rows(table: Table, column: Column[Any], value: object) -> list[Row]:
    query = select(*readable(table)).where(column == value).order_by(*table.primary_key.columns)
    return [dict(row) for row in db.session.execute(query).mappings()]


def _plain(cell: object) -> str:
    return cell.isoformat(timespec="seconds") if isinstance(cell, datetime) else "(…)"


def _table(model: type[Model]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table
