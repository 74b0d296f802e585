"""All routes, roles, objects and forms, found in the application itself, so that new ones are tested without a change.

A new word in an address must be classified here (an object of somebody, or a plain word); until then the tests fail.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import wtforms
from flask import Flask
from flask_wtf import FlaskForm
from sqlalchemy import inspect, select, update
from werkzeug.routing import Rule
from wtforms.validators import Email, Length, NumberRange

import ruhrvote
from ruhrvote.accounts.factors.models import Passkey
from ruhrvote.accounts.models import Account, ColleagueInvitation, Identity, Role
from ruhrvote.accounts.team.actions import invite
from ruhrvote.comments.actions import Author, write_comment
from ruhrvote.comments.models import Comment, CommentKind, State
from ruhrvote.db import Model, UtcDateTime, db, transaction
from ruhrvote.exports.models import ExportFile
from ruhrvote.ideas.models import Idea
from ruhrvote.invitations.models import LetterFile, Mailing
from ruhrvote.jobs.models import Job, JobFile
from ruhrvote.mail.models import Mail
from ruhrvote.members.importing.models import ImportJob
from tests.people import World, make_person
from tests.rounds import make_round

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
ROLES = ("anonymous", "voter", "reviewer", "chamber_admin", "consultation_admin")

# Words of an address that name no object of somebody, with one that works.
PLAIN = {
    "board": "theme-one",
    "scope": "theme-one",
    "theme": "one",
    "theme_key": "one",
    "number": "1",
    "answer": "2",
    "code": "en",
    "token": "forged",
    "extension": "csv",
    "form": "csv",
    "kind": "csv",
    "name": "bars",
}
# Nothing of these may be seen by whom they do not belong to.
NAME, PERSON, ADDRESS, WORDS = "Fremdling Werke", "Frieda Fremdling", "frieda@fremdling.example", "Fremdlings Worte."
SECRETS = ("Fremdling", "fremdling")


@dataclass(frozen=True)
class Objects:
    """For each word of an address the number of an own object and that of somebody else's."""

    own: dict[str, object]
    foreign: dict[str, object]


def make_objects(world: World) -> Objects:
    """The same things twice: in the reach of the world's people, and of the other chamber only."""
    with transaction() as session:
        session.execute(update(Account).where(Account.id == world.colleague).values(person="Colin Kollege"))
    stranger = make_person(world.foreign_firm)
    other = make_person(world.foreign_firm)
    with transaction() as session:
        account = session.get_one(Account, stranger)
        account.person, account.email = PERSON, ADDRESS
        account.organisation.name = NAME
        session.get_one(Account, other).person = f"{PERSON} II."
    for inviter, address, person in (
        (stranger, "neu@fremdling.example", f"{PERSON} III."),
        (world.voter, "neu@firma.example", "Neu Hier"),
    ):
        invite(inviter, email=address, person=person)
    idea = db.session.scalars(select(Idea.id).where(Idea.number == 1)).one()
    own_comment = write_comment(idea, Author(world.firm, world.voter), CommentKind.NOTE, "Ein eigener Kommentar dazu.")
    hidden = write_comment(idea, Author(world.foreign_firm, stranger), CommentKind.NOTE, WORDS + " Nur für wenige.")
    with transaction() as session:
        session.get_one(Comment, hidden).state = State.HIDDEN
    make_round("fremdling", ideas=3, firms=1, municipalities=0, opened=False)
    invitations = dict(db.session.execute(select(ColleagueInvitation.organisation_id, ColleagueInvitation.id)).all())
    mails = dict(db.session.execute(select(Mail.recipient, Mail.id)).all())
    return Objects(
        own={
            "key": world.key,
            "organisation_id": world.firm,
            "account_id": world.colleague,
            "colleague_id": world.colleague,
            "invitation_id": invitations[world.firm],
            "comment_id": own_comment,
            "mail_id": mails["neu@firma.example"],
            **_numbers_of_rows(world, world.chamber_admin, world.round.chambers[0], world.firm),
        },
        foreign={
            "key": "fremdling",
            "organisation_id": world.foreign_firm,
            "account_id": stranger,
            "colleague_id": other,
            "invitation_id": invitations[world.foreign_firm],
            "comment_id": hidden,
            "mail_id": mails["neu@fremdling.example"],
            **_numbers_of_rows(world, stranger, world.round.chambers[1], world.foreign_firm),
        },
    )


def _numbers_of_rows(world: World, account_id: int, chamber_id: int, organisation_id: int) -> dict[str, object]:
    """A row of each kind that addresses name by number, of this account or this chamber, with SECRETS in its words."""
    about = {"account_id": account_id, "ordered_by": account_id, "chamber_id": chamber_id, "sender_id": chamber_id}
    about |= {
        "members_of_id": chamber_id,
        "consultation_id": world.round.id,
        "municipality_id": None,
        "channel": "letter",
        "occasion": "invitation",
    }
    found = {model: _add_row(model, about) for model in (ImportJob, Passkey, Identity, ExportFile, Mailing)}
    jobs = {}
    for model, kind in ((ImportJob, "import"), (ExportFile, "export"), (Mailing, "mailing")):
        job = {"kind": kind, "subject_id": found[model], "state": "done"}
        jobs[model] = _add_row(Job, job)
    # One word of an address, two kinds of files: the export's and the mailing's have the same number here.
    number = {"id": found[ExportFile], "job_id": jobs[Mailing]}
    _add_row(LetterFile, about | {"file_id": _add_row(JobFile, number), "mailing_id": found[Mailing]})
    numbers = {
        "job_id": found[ImportJob],
        "passkey_id": found[Passkey],
        "identity_id": found[Identity],
        "mailing_id": found[Mailing],
        "file_id": found[ExportFile],
    }
    return numbers | {"first_id": organisation_id, "second_id": organisation_id}


def _add_row(model: type[Model], about: dict[str, object]) -> int:
    """A row whose references are these and whose other columns have something in them; returns its number."""
    table = model.__table__
    filled: dict[str, object] = {}
    for column in table.columns:
        if column.name in about:
            filled[column.name] = about[column.name]
        elif not column.primary_key and not column.nullable and column.default is None:
            kind = column.type.python_type if not isinstance(column.type, UtcDateTime) else datetime
            values = {
                str: f"{len(NAME)}{uuid4().hex}"[: getattr(column.type, "length", None) or 40],
                int: 1,
                bool: False,
            }
            filled[column.name] = {**values, bytes: b"x", datetime: datetime.now(UTC)}[kind]
    with transaction() as session:
        row = model(**filled)
        session.add(row)
        session.flush()
        number: int = inspect(row).identity[0]
        return number


def rules(app: Flask) -> Iterator[tuple[str, Rule]]:
    """Each method of each route."""
    for rule in sorted(app.url_map.iter_rules(), key=str):
        for method in sorted((rule.methods or set()) & METHODS):
            yield method, rule


def path_of(app: Flask, rule: Rule, objects: dict[str, object]) -> str:
    """The address of a route for these objects."""
    unknown = rule.arguments - PLAIN.keys() - objects.keys()
    assert not unknown, f"classify {unknown} of {rule} in tests/security/everything.py"
    given = {**PLAIN, **objects}
    return app.url_map.bind("localhost").build(rule.endpoint, {name: given[name] for name in rule.arguments})


def account_of(world: World, role: str) -> int | None:
    number: int | None = None if role == "anonymous" else getattr(world, role)
    return number


def models() -> dict[str, Any]:
    """Every column of every table, by its name."""
    return {column.name: column for table in db.metadata.sorted_tables for column in table.columns}


def forms() -> list[type[FlaskForm]]:
    """Every form of the application."""
    for module in pkgutil.walk_packages(ruhrvote.__path__, "ruhrvote."):
        if not module.name.endswith((".server", ".cli")):
            importlib.import_module(module.name)
    found: list[type[FlaskForm]] = []
    waiting = list(FlaskForm.__subclasses__())
    while waiting:
        form = waiting.pop()
        waiting += form.__subclasses__()
        if form.__module__.startswith("ruhrvote."):
            found.append(form)
    return sorted(found, key=lambda form: form.__qualname__)


def fields_of(form: type[FlaskForm]) -> dict[str, Any]:
    """The fields of a form by name, as they are declared."""
    return {
        name: field
        for name in dir(form)
        if not name.startswith("_") and isinstance(field := getattr(form, name), wtforms.fields.core.UnboundField)
    }


def plausible(app: Flask) -> dict[str, str]:
    """One value for each field of each form, and for what views read without a form, that is valid in most places."""
    given = {
        "sure": "yes", "signatory": "everybody", "consultation": "round", "then": "save", "agreed": "1", "on": "1",
        "approve_first": "1", "account": "1", "only": "1", "next": "/",
    }  # fmt: skip
    with app.test_request_context():
        for form in forms():
            for name, field in fields_of(form).items():
                given.setdefault(name, _value(name, field))
    given |= {"role": Role.VOTER, "kind": "note", "comments": "keep", "reason": "other"}
    # Several forms of one kind on a page carry the comment's number in their names.
    prefixed = {
        f"{verb}-{number}-{name}": value
        for verb in ("reply", "edit", "report")
        for number in (1, 2)
        for name, value in given.items()
    }
    return given | prefixed


def _value(name: str, field: Any) -> str:
    validators = [*(field.args[1] if len(field.args) > 1 else []), *(field.kwargs.get("validators") or [])]
    if any(isinstance(validator, Email) for validator in validators):
        return "jemand@neu.example"
    if issubclass(field.field_class, wtforms.IntegerField):
        least = next((validator.min for validator in validators if isinstance(validator, NumberRange)), 1)
        return str(least or 1)
    if issubclass(field.field_class, wtforms.DateField):
        return f"{datetime.now(UTC).year + 1}-06-01"
    if issubclass(field.field_class, wtforms.BooleanField):
        return "y"
    choices = field.kwargs.get("choices")
    if choices and not callable(choices):
        first = choices[0]
        return str(first[0] if isinstance(first, tuple) else getattr(first, "value", first))
    least = max((validator.min for validator in validators if isinstance(validator, Length)), default=2)
    return "Ein Wort, das lang genug ist"[: max(28, least)]


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table, but for what each visit touches."""
    touched = {"login", "login_failure", "worker_lease"}
    return {
        table.name: [tuple(row) for row in db.session.execute(select(table).order_by(*table.primary_key.columns))]
        for table in db.metadata.sorted_tables
        if table.name not in touched
    }
