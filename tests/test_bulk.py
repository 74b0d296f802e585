"""No transaction deletes or changes a number of rows that grows with the members: ballots would wait for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select

import ruhrvote
from ruhrvote.accounts.links.models import LinkPurpose, MailedLink
from ruhrvote.accounts.models import Account, AttemptCount, ColleagueInvitation, Login
from ruhrvote.db import clock, db, transaction
from ruhrvote.privacy import actions as privacy
from ruhrvote.privacy.actions import forget_what_is_over
from ruhrvote.worker import work_once
from tests.people import World
from tests.statements import deleted_in_each_commit

ROOT = Path(ruhrvote.__file__).parent
# Each function that deletes or updates by a condition, and why that cannot be many rows. Whoever comes to this list
# because of many rows takes db.delete_bit_by_bit instead, or a loop of short transactions.
ONE_ROW = "one row, or the few of one account or login"
ONE_ORGANISATION = "rows of one organisation"
ONE_COMMENT = "rows of one comment: at most one of each organisation that read it"
ONE_IDEA_LIST = "the ideas of one consultation"
A_BIT = "a limited number in each transaction"
ONE_MOMENT = "by decision all of it in one moment: docs/decisions/0031, 0035, 0037"
FEW = {
    "accounts/actions.py:set_details": ONE_ORGANISATION,
    "accounts/actions.py:open_login": ONE_ROW,
    "accounts/actions.py:touch_login": ONE_ROW,
    "accounts/actions.py:log_out": ONE_ROW,
    "accounts/admins/actions.py:propose_admin": ONE_ROW,
    "accounts/admins/actions.py:accept": ONE_ROW,
    "accounts/codes/actions.py:revoke_codes": A_BIT + "; at the close all codes end in the moment of the close",
    "accounts/codes/actions.py:revoke_codes_of": ONE_ROW,
    "accounts/factors/actions.py:set_up_app": ONE_ROW,
    "accounts/factors/actions.py:reset_factors": ONE_ROW,
    "accounts/factors/actions.py:confirmed": ONE_ROW,
    "accounts/factors/actions.py:new_recovery_codes": ONE_ROW,
    "accounts/factors/actions.py:_accept_recovery_code": ONE_ROW,
    "accounts/factors/passkeys.py:_challenge": ONE_ROW,
    "accounts/factors/passkeys.py:_take_challenge": ONE_ROW,
    "accounts/limits/actions.py:take_back": ONE_ROW,
    "accounts/links/actions.py:_give_up": ONE_ROW,
    "accounts/links/actions.py:confirm_address": ONE_ROW,
    "accounts/links/actions.py:_use": ONE_ROW,
    "accounts/own_access/actions.py:end_login": ONE_ROW,
    "accounts/own_access/actions.py:end_all_logins": ONE_ROW,
    "accounts/own_access/actions.py:_password_changed": ONE_ROW,
    "accounts/team/actions.py:invite": ONE_ORGANISATION,
    "accounts/team/actions.py:invite_for_chamber": ONE_ORGANISATION,
    "accounts/team/actions.py:revoke_invitation": ONE_ROW,
    "accounts/team/actions.py:accept_invitation": ONE_ROW,
    "accounts/team/actions.py:remove_colleague": ONE_ROW,
    "comments/actions.py:delete_text": ONE_COMMENT,
    "comments/moderation.py:settle": ONE_COMMENT,
    "comments/notifications.py:unsubscribe": ONE_ROW,
    "consultations/actions.py:end": "the proposals of one consultation",
    "consultations/actions.py:certify_consultation": "the proposals of one consultation",
    "consultations/proposals.py:propose": "the proposals about one objection",
    "consultations/cohorts.py:ballot_replaced": ONE_ROW,
    "consultations/cohorts.py:ballot_withdrawn": ONE_ROW,
    "control/actions.py:archive_consultation": ONE_MOMENT,
    "db.py:delete_bit_by_bit": A_BIT,
    "exports/actions.py:_delete": ONE_ROW,
    "ideas/lists.py:replace_list": ONE_IDEA_LIST,
    "invitations/actions.py:download": ONE_ROW,
    "invitations/actions.py:_delete_what_is_left": A_BIT,
    "invitations/letterhead/actions.py:save_wording": ONE_ROW,
    "invitations/produce.py:_print_part": A_BIT,
    "invitations/produce.py:_mail_part": A_BIT,
    "invitations/produce.py:_note_made": A_BIT,
    "jobs/actions.py:give_back": "one job of each kind",
    "jobs/actions.py:keep_file": ONE_ROW,
    "jobs/actions.py:remove": "one job, whose files are gone by then",
    "jobs/actions.py:forget": ONE_ROW,
    "jobs/actions.py:forget_over": ONE_ROW,
    "mail/actions.py:_claim": ONE_ROW,
    "mail/actions.py:note_reached": ONE_ROW,
    "mail/actions.py:_settle": ONE_ROW,
    "members/duplicates.py:_unite": ONE_ORGANISATION,
    "members/importing/apply.py:apply": A_BIT,
    "members/importing/apply.py:_switch": ONE_MOMENT,
    "members/importing/job.py:_forget": ONE_ROW,
    "members/importing/run.py:clear": A_BIT,
    "privacy/actions.py:erase": ONE_ROW,
    "privacy/actions.py:forget_what_is_over": A_BIT,
    "privacy/actions.py:_forget_invited": "mails to those whom one account has invited",
    "privacy/actions.py:_forget_address": "rows about one e-mail address",
    "search/index.py:remove": ONE_ROW,
    "spot_check/actions.py:note_letter": "the notices to one organisation",
}


def statements() -> Iterator[str]:
    """Every function of ours that calls SQLAlchemy's delete() or update(), as file:function."""
    for path in sorted(ROOT.rglob("*.py")):
        tree = ast.parse(path.read_text())
        imported = {
            name.asname or name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "sqlalchemy"
            for name in node.names
            if name.name in ("delete", "update")
        }
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef) and any(
                isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in imported
                for node in ast.walk(function)
            ):
                yield f"{path.relative_to(ROOT)}:{function.name}"


def test_whoever_deletes_or_updates_by_a_condition_has_said_why_that_is_little() -> None:
    assert set(statements()) == set(FEW)


@pytest.mark.alike
def test_what_the_worker_forgets_goes_bit_by_bit(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    many = 7
    with app.app_context():
        long_ago = clock() - timedelta(days=400)
        with transaction() as session:
            rows: dict[type[Login | AttemptCount | MailedLink | ColleagueInvitation], dict[str, object]] = {
                Login: {"account_id": world.voter, "created_at": long_ago, "seen_at": long_ago},
                AttemptCount: {"attempts": 9, "until": long_ago, "blocked_until": long_ago},
                MailedLink: {
                    "purpose": LinkPurpose.LOG_IN,
                    "account_id": world.voter,
                    "email": "kim@firma.example",
                    "target": "",
                    "expires_at": long_ago,
                },
                ColleagueInvitation: {
                    "organisation_id": world.firm,
                    "invited_by": world.voter,
                    "person": "Eva",
                    "expires_at": long_ago,
                },
            }
            for table, values in rows.items():
                own = {column.name for column in table.__table__.columns} & {
                    "token_hash",
                    "code_hash",
                    "subject",
                    "email",
                }
                session.execute(
                    insert(table),
                    [values | {name: f"{name} {number}" for name in own} for number in range(many)],
                )
        monkeypatch.setattr("ruhrvote.db.DELETED_AT_ONCE", 3)
        with deleted_in_each_commit(app) as deleted:
            work_once(tidy=True)
        assert deleted == [3, 3, 1] * len(rows)
        assert all(db.session.scalar(select(func.count()).select_from(table)) == 0 for table in rows)


@pytest.mark.alike
def test_names_of_the_removed_are_forgotten_bit_by_bit(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(privacy, "NAMES_AT_ONCE", 2)
    commits: list[int] = []
    with app.app_context():
        with transaction() as session:
            gone = {"organisation_id": world.firm, "role": "voter", "removed_at": clock() - timedelta(days=400)}
            for number in range(5):
                session.add(Account(person=f"Gone {number}", **gone))
        event.listen(db.engine, "commit", lambda _: commits.append(1))
        forget_what_is_over()
        names = db.session.scalars(select(Account.person).where(Account.removed_at.is_not(None))).all()
    assert [name[0] for name in names] == ["#"] * 5
    assert len(commits) >= 3
