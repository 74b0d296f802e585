"""The application: everything put together, in one place, in reading order."""

from __future__ import annotations

from flask import Flask

from ruhrvote.accounts import views as accounts
from ruhrvote.accounts.access import init_access
from ruhrvote.administration import views as administration
from ruhrvote.ballots import views as ballots
from ruhrvote.comments import views as comments
from ruhrvote.config import ROOT, Settings, load_settings
from ruhrvote.consultations import views as consultations
from ruhrvote.db import init_db
from ruhrvote.errors import init_errors
from ruhrvote.exports import views as exports
from ruhrvote.ideas import views as ideas
from ruhrvote.leaderboards import views as leaderboards
from ruhrvote.leaderboards.names import GROUPS, board_name, participation_sentence, scope_name
from ruhrvote.leaderboards.scoreboard import Scoreboards
from ruhrvote.ledger.queries import heads
from ruhrvote.live.signal import ChangeSignal
from ruhrvote.start import views as start
from ruhrvote.web import init_web

FEATURES = (start, accounts, consultations, ideas, ballots, comments, leaderboards, exports, administration)


def create_app(settings: Settings | None = None) -> Flask:
    """The application for these settings, by default those of the environment."""
    settings = settings or load_settings()
    app = Flask("ruhrvote", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static"))
    init_web(app, settings)
    init_db(app, settings)
    init_access(app)
    init_errors(app)
    app.extensions["ruhrvote_settings"] = settings
    app.extensions["ruhrvote_scoreboards"] = Scoreboards()
    app.extensions["ruhrvote_rendered"] = {}
    app.extensions["ruhrvote_signal"] = ChangeSignal(app, heads)
    app.jinja_env.globals.update(
        GROUPS=GROUPS, board_name=board_name, participation_sentence=participation_sentence, scope_name=scope_name
    )
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    return app
