"""The command line: `ruhrvote --help` lists what it can do.

A command imports what it needs when it runs: loading the application takes a second, and not every command needs it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ruhrvote.at_rest import UMASK, close_to_others
from ruhrvote.config import Settings, SettingsError, is_loopback, load_settings
from ruhrvote.prepared import is_prepared, mark_prepared

if TYPE_CHECKING:
    from flask import Flask

    from ruhrvote.accounts.models import Account


class Failure(Exception):
    """An error that ends the program with one line on the console and exit code 2."""


def main() -> None:
    """Run the command line; every foreseeable error is one line and exit code 2."""
    os.umask(UMASK)
    try:
        commands(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as error:
        _end(error.format_message())
    except (SettingsError, Failure) as error:
        _end(str(error))
    except Exception as error:
        from sqlalchemy.exc import SQLAlchemyError

        from ruhrvote.errors import Refused

        if isinstance(error, Refused):
            _end(str(error.message))
        if isinstance(error, SQLAlchemyError):
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            _end(f"the database cannot be used: {reason}")
        raise


def _end(message: str) -> None:
    print(f"ruhrvote: {message}", file=sys.stderr)
    sys.exit(2)


def with_app(command: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: run a command in the application's context, with the application as its first argument."""

    def run(**options: Any) -> Any:
        settings = load_settings()  # before all else: a wrong one is said at once
        from ruhrvote.app import create_app

        app = create_app(settings)
        with app.app_context():
            return command(app, **options)

    run.__doc__, run.__name__ = command.__doc__, command.__name__
    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def commands() -> None:
    """Rank and discuss the ideas of a region."""


@commands.command()
@click.option("--demo", "as_demo", is_flag=True, help="Also invent an electorate; only in a new database.")
def init(as_demo: bool) -> None:
    """Create or update the database, with the region and the 40 ideas."""
    settings = _private_settings()
    if not is_prepared(settings, as_demo=as_demo):
        _prepare(as_demo=as_demo)
        mark_prepared(settings, as_demo=as_demo)
    _say("The database is ready.")


@with_app
def _prepare(app: Flask, as_demo: bool) -> None:
    """Do what is missing; each step looks before it acts."""
    from ruhrvote import demo, seeding
    from ruhrvote.accounts.actions import mark_installation
    from ruhrvote.accounts.queries import demo_accounts, is_demo

    _say("Creating the tables")
    seeding.migrate_database()
    seeding.fill_search()
    if mark_installation(as_demo) != as_demo:
        kind = "demonstration" if is_demo() else "live system"
        raise Failure(f"this database is a {kind} and stays one; choose another RUHRVOTE_DATA_DIR")
    _say("Entering the region's chambers and municipalities")
    seeding.seed_region()
    if as_demo:
        if not demo_accounts():
            _say("Inventing an electorate, three rounds and their ballots (a few seconds)")
        demo.build(_progress)
    else:
        _say("Entering the 40 ideas")
        seeding.seed_consultation()


@commands.command("create-admin")
@click.option("--email", required=True)
@click.option("--person", required=True, help="Name of the person.")
@click.option("--organisation", required=True, help="Name of the chamber that the person works for.")
@click.option("--password", help="Asked for if it is not given; 12 to 128 characters.")
@with_app
def create_admin(app: Flask, email: str, person: str, organisation: str, password: str | None) -> None:
    """Create the first two consultation admins; more while no two of them may confirm together."""
    from email_validator import EmailNotValidError, validate_email

    from ruhrvote.accounts.actions import create_account
    from ruhrvote.accounts.admins.actions import announce_admin
    from ruhrvote.accounts.admins.queries import two_can_act
    from ruhrvote.accounts.models import Role
    from ruhrvote.accounts.passwords import refusal
    from ruhrvote.accounts.queries import find_organisation_by_name
    from ruhrvote.seeding import CHAMBERS

    _require_database()
    if two_can_act():
        raise Failure("there are two consultation admins; they propose and confirm further ones on the page /admins")
    try:
        validate_email(email, check_deliverability=False)
    except EmailNotValidError as error:
        raise Failure(f"{email} is not an e-mail address: {error}") from error
    found = find_organisation_by_name(organisation)
    if found is None:
        raise Failure(f"there is no organisation named {organisation!r}; the chambers are: {', '.join(CHAMBERS)}")
    if password is None:  # asked for last, after all other checks
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    problem = refusal(password, (email, person, organisation))
    if problem is not None:
        raise Failure(str(problem))
    create_account(
        organisation_id=found.id, email=email, person=person, role=Role.CONSULTATION_ADMIN, password=password
    )
    announce_admin(person)
    _say(f"{email} can log in now.")


@commands.command("stored-about")
@click.argument("email")
@with_app
def stored_about(app: Flask, email: str) -> None:
    """Print everything that is stored about a person, as JSON."""
    from ruhrvote.privacy.queries import as_json

    _require_database()
    print(as_json(_account(email)))


@commands.command("erase-person")
@click.argument("email")
@click.option("--delete-comments", is_flag=True, help="Otherwise they stay as comments of the organisation.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_app
def erase_person(app: Flask, email: str, delete_comments: bool, yes: bool) -> None:
    """Erase a person who asked for it; ballots, results and ledger stay."""
    from ruhrvote.privacy.actions import erase

    _require_database()
    account = _account(email)
    if not yes:
        click.confirm(f"Erase {account.person} of {account.organisation.name}? This cannot be taken back", abort=True)
    erase(account.id, keep_comments=not delete_comments, by=None)
    _say("The person is erased.")


def _account(email: str) -> Account:
    from ruhrvote.accounts.queries import find_account

    found = find_account(email)
    if found is None:
        raise Failure(f"there is no account with the address {email}")
    return found


@commands.command("demo-logins")
@with_app
def demo_logins(app: Flask) -> None:
    """Print the demonstration's logins."""
    from ruhrvote.accounts.queries import demo_accounts
    from ruhrvote.demo import PASSWORD

    _require_database()
    for account in demo_accounts():
        print(f"  {account.email:<34} {PASSWORD:<20} {account.person}, {account.organisation.name} ({account.role})")


@commands.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
def serve(host: str, port: int) -> None:
    """Serve the pages with two web processes."""
    from ruhrvote.server import LONGEST_SOCKET_FOLDER, socket_folder

    settings = _private_settings()
    if len(str(socket_folder(settings.data_dir))) > LONGEST_SOCKET_FOLDER:
        raise Failure(f"the path {settings.data_dir} is too long for a data folder; choose a shorter one")
    if not is_prepared(settings, as_demo=True):  # a demonstration has its admins from the beginning
        _check_database()
    if not settings.https and not is_loopback(host.strip("[]")):
        _say(
            "Without https, logging in works in browsers on this machine only. RUHRVOTE_HTTPS says that there is https."
        )
    # A new program, since gevent must patch each web process before the application is imported.
    program = [sys.executable, "-m", "gunicorn", "-c", "python:ruhrvote.server", "--bind", f"{host}:{port}"]
    if settings.access_log:
        program += ["--access-logfile", settings.access_log]
    os.execv(sys.executable, [*program, "ruhrvote.app:create_app()"])  # noqa: S606  our own program, no shell


@with_app
def _check_database(app: Flask) -> None:
    """Find now what else the first visitor would, and say how the first admin is made."""
    from ruhrvote.accounts.first_admin import first_code, has_admin
    from ruhrvote.db import transaction

    _require_database()
    with transaction():
        pass  # a database that can only be read
    if not has_admin():
        _say(f"There is no admin yet. Create one at /first-admin with this code: {first_code()}")


@commands.command("worker")
@with_app
def run_worker(app: Flask) -> None:
    """Do what happens by the clock, beside the web processes."""
    from ruhrvote import worker

    _private_settings()
    _require_database()
    worker.run(app)


@commands.command("archive")
@click.argument("key")
@click.confirmation_option(prompt="Delete all rankings of this consultation for good?")
@with_app
def archive(app: Flask, key: str) -> None:
    """Keep the final tallies of a published consultation and delete its rankings, drafts and their links."""
    from ruhrvote.control.actions import archive_consultation

    _require_database()
    archive_consultation(key)
    _say(f"{key} is archived; its rankings are deleted.")


@commands.command("recount")
@with_app
def run_recount(app: Flask) -> None:
    """Verify every ledger and prove that each web process serves what a full recount gives."""
    from ruhrvote import recount

    _require_database()
    faults = 0
    results = []
    for result in recount.recount_all():
        results.append(result)
        digest = result.snapshot.digest()[:16]
        print(f"{result.key}: {result.snapshot.seq} entries, {result.ballots} ballots counted, digest {digest}")
        for fault in result.faults:
            faults += 1
            print(f"{result.key}: {fault}")
    if not results:
        print("no consultation has begun; there is nothing to count")
    processes = recount.served(load_settings().data_dir)
    for process, boards in processes.items():
        for result in results:
            same = recount.serves_the_same(result, boards.get(result.key))
            faults += not same
            verdict = "the same" if same else f"differs: {boards.get(result.key)}"
            print(f"web process {process}, {result.key}: {verdict}")
    if not processes:
        print("no web process is running on this machine; the ledgers alone were checked")
    if faults:
        sys.exit(1)


@commands.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--unranked", type=click.Choice(["last", "ignore"]), default="last", show_default=True)
@click.option("--schulze", type=click.Choice(["winning-votes", "margins"]), default="winning-votes", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
def tally(file: Path, unranked: str, schulze: str, as_json: bool) -> None:
    """Count a preference file in PrefLib's format: .soc, .soi, .toc or .toi."""
    from ruhrvote.tally import election_report, preflib
    from ruhrvote.tally.methods import Links, Unranked

    try:
        election = preflib.read(file)
    except preflib.Malformed as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except OSError as error:
        raise Failure(f"{file} cannot be read: {error.strerror}") from None
    asked = election, Unranked(unranked), Links(schulze)
    print(json.dumps(election_report.figures(*asked)) if as_json else election_report.table(*asked))


def _private_settings() -> Settings:
    """The settings, once what lies in their data folder is closed to other users of this machine."""
    settings = load_settings()
    for opened in close_to_others(settings):
        _say(str(opened))
    return settings


def _require_database() -> None:
    from ruhrvote import seeding

    if not seeding.database_is_current():
        raise Failure("the database is missing or not up to date; run: ruhrvote init")


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty() or done == total:
        print(f"\r  {done} of {total} ballots", end="\n" if done == total else "", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
