"""Every output of the application: what each address, picture, export and report shows to somebody of each role."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from ruhrvote.accounts.models import Login, Membership, Organisation
from ruhrvote.consultations.models import ReleasePolicy
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.control.actions import open_consultation
from ruhrvote.db import transaction
from ruhrvote.exports.catalogue import EXPORTS, Form
from ruhrvote.leaderboards.boards import make_board, scopes_of
from ruhrvote.leaderboards.breakdown import Dimension, find_breakdown
from ruhrvote.leaderboards.gate import figures
from ruhrvote.leaderboards.published import MADE_OF
from ruhrvote.review.charts.chart import TITLES
from ruhrvote.review.report import Form as ReportForm
from ruhrvote.review.report import report_of
from ruhrvote.services import services
from tests.conftest import application
from tests.exports.getting import press
from tests.pages import Visitor
from tests.people import World, make_world, visit
from tests.rounds import submit
from tests.security.everything import account_of, make_objects, path_of, rules

IDEAS = 6
# What differs from one answer to the next by itself: tokens, and times of day.
NOISE = re.compile(rb'[A-Za-z0-9_.-]{32,}|\d{1,2}:\d\d(?::\d\d)?(?:\.\d+)?|data-seconds="\d+"')
# What tells of the fetching itself, or is made anew each time: trails, a second factor's secret, the date of a letter.
UNSTEADY = {"audit_trail.show", "privacy.own_data", "privacy.own_data_file", "factors.show", "letterhead.proof"}
Found = dict[str, str]


def some_order(chance: random.Random) -> str:
    return "".join(f"1{place}" for place in chance.sample("ABCDEF", IDEAS))


def make_published(policy: ReleasePolicy) -> World:
    """Firms of two chambers and sizes, three of them miners, with orders at random; the voter's is one of them."""
    chance = random.Random(7)
    world = make_world(chambers=2, municipalities=10, firms=44, release_policy=policy, opened=False)
    with transaction() as session:
        for number, firm in enumerate(world.round.firms):
            found = session.get_one(Organisation, firm)
            found.sector = "Mining" if number < 3 else "Building" if number % 2 else "Shops"
            found.size_class = "1-9" if number % 4 < 2 else "250+"
            if number % 3 == 1:
                session.query(Membership).filter_by(organisation_id=firm).one().chamber_id = world.round.chambers[1]
    open_consultation(world.key)
    for who in (*world.round.firms, *world.round.chambers, *world.round.municipalities):
        submit(world.round, who, some_order(chance))
    return world


class Reader(Visitor):
    """A visitor who does not audit each page, as other tests do."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        return FlaskClient.open(self, *args, **kwargs)


class Outputs:
    """All that the application shows, fetched as somebody of each role by a process that has just started."""

    def __init__(self, app: Flask, data_dir: Path, policy: ReleasePolicy):
        self.url, self.data_dir = services(app).settings.database_url, data_dir
        with app.app_context():
            self.world = make_published(policy)
            self.objects = make_objects(self.world).own
        self.key = self.world.key

    def fetch(self) -> Found:
        """A digest of each output: by its name on the list, role and address."""
        found: Found = {}
        with contextmanager(application)(self.url, self.data_dir) as app:
            app.test_client_class = Reader
            with app.app_context(), app.test_request_context(headers={"Accept-Language": "en"}):
                found |= self._reports()
            for role in ("anonymous", "voter", "reviewer", "consultation_admin"):
                visitor = visit(app, account_of(self.world, role), Accept_Language="en")
                for name, path in self._addresses(app):
                    found[f"{name}|{role} {path}"] = digest(visitor.get(path))
                for name, form in self._exports() if role not in ("anonymous", "voter") else ():
                    found[f"{name}|{role} {form}"] = digest(press(visitor, name.removeprefix("export "), form))
                with app.app_context(), transaction() as session:
                    session.execute(delete(Login))  # no page tells of those before
        return found

    def _reports(self) -> Iterator[tuple[str, str]]:
        """What reports are typeset from. Waits for all that takes long, so that no page says that it is computed."""
        consultation = get_consultation(self.key)
        for scope in scopes_of(consultation):
            make_board(consultation, scope, with_intervals=True, patient=True)
        shown = figures(consultation, IDEAS)
        if shown is None:
            return
        computation = find_breakdown(consultation, shown)
        if computation:
            computation.result(patient=True)
        for form in ReportForm:
            yield f"report|{form}", repr(report_of(consultation, form))

    def _addresses(self, app: Flask) -> Iterator[tuple[str, str]]:
        """The name and the address of everything that answers, with each board, picture, breakdown and comparison."""
        with app.app_context():
            boards = [str(scope) for scope in scopes_of(get_consultation(self.key))]
        for method, rule in rules(app):
            if method != "GET" or rule.endpoint in UNSTEADY | MADE_OF.keys():
                continue
            if "name" in rule.arguments and rule.endpoint.startswith("review."):
                yield from self._pictures(app, rule)
                continue
            for board in boards if rule.arguments & {"scope", "board"} else [""]:
                yield rule.endpoint, path_of(app, rule, self.objects | {"scope": board, "board": board})
        for asked in ("groups", "weightings", "methods", "rounds"):
            yield "review.comparing", f"/consultations/{self.key}/review/compare?of={asked}"

    def _pictures(self, app: Flask, rule: Rule) -> Iterator[tuple[str, str]]:
        for picture in TITLES:
            for extension in ("csv", "svg") if "extension" in rule.arguments else ("",):
                for by in Dimension if picture == "firms" else ("",):
                    path = path_of(app, rule, self.objects | {"name": picture, "extension": extension})
                    yield f"picture {picture}", f"{path}?by={by}" if by else path

    def _exports(self) -> Iterator[tuple[str, Form]]:
        """Every export as data; reports are looked at before they are typeset, the workbook has the same tables."""
        for name, export in EXPORTS.items():
            for form in set(export.forms) & {Form.JSON, Form.TOC, Form.TOI}:
                yield f"export {name}", form


def digest(answer: TestResponse) -> str:
    return f"{answer.status_code} {hashlib.sha256(NOISE.sub(b'', answer.get_data())).hexdigest()}"


def differing(before: Found, after: Found) -> set[str]:
    """The names of the outputs that are not the same."""
    assert before.keys() == after.keys()
    return {output.partition("|")[0] for output in before if before[output] != after[output]}
