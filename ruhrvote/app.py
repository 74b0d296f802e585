"""The application factory: all parts are put together here."""

from __future__ import annotations

from flask import Flask
from flask.logging import default_handler

from ruhrvote.accounts import first_admin_views as first_admin
from ruhrvote.accounts import views as accounts
from ruhrvote.accounts.admins import views as admins
from ruhrvote.accounts.codes import views as codes
from ruhrvote.accounts.factors import views as factors
from ruhrvote.accounts.guard import init_access
from ruhrvote.accounts.links import views as links
from ruhrvote.accounts.own_access import views as own_access
from ruhrvote.accounts.sign_on import views as sign_on
from ruhrvote.accounts.sign_on.provider import init_provider
from ruhrvote.accounts.team import views as team
from ruhrvote.accounts.watch import init_watch
from ruhrvote.api import views as api
from ruhrvote.ballots import views as ballots
from ruhrvote.comments import list_views as comment_lists
from ruhrvote.comments import moderation_views as moderation
from ruhrvote.comments import notification_views as notifications
from ruhrvote.comments import thread_views as comment_threads
from ruhrvote.comments import views as comments
from ruhrvote.config import ROOT, Settings, load_settings
from ruhrvote.consultations import views as consultations
from ruhrvote.control import audit_trail_views as audit_trail
from ruhrvote.control import outbox_views as outbox
from ruhrvote.control import views as control
from ruhrvote.control.setup import idea_views as setup_ideas
from ruhrvote.control.setup import views as setup
from ruhrvote.db import init_db
from ruhrvote.drafts import order_views as order
from ruhrvote.drafts import views as drafts
from ruhrvote.errors import init_errors
from ruhrvote.exports import views as exports
from ruhrvote.ideas import views as ideas
from ruhrvote.invitations import views as invitations
from ruhrvote.invitations.help_desk import views as help_desk
from ruhrvote.invitations.letterhead import views as letterhead
from ruhrvote.invitations.mails import WANTED
from ruhrvote.leaderboards import views as leaderboards
from ruhrvote.leaderboards.cache import BoardCache
from ruhrvote.leaderboards.cache_middleware import CacheMiddleware
from ruhrvote.leaderboards.names import GROUPS, board_name, participation_sentence, scope_name
from ruhrvote.leaderboards.stream import BoardStreams
from ruhrvote.ledger.queries import heads
from ruhrvote.live.signal import ChangeSignal
from ruhrvote.logs import mask_log
from ruhrvote.members import duplicate_views as duplicates
from ruhrvote.members import views as members
from ruhrvote.members.importing import views as importing
from ruhrvote.objections import decision_views as decisions
from ruhrvote.objections import views as objections
from ruhrvote.privacy import views as privacy
from ruhrvote.review import views as review
from ruhrvote.review.shortlist import views as shortlist
from ruhrvote.services import EXTENSION, Services
from ruhrvote.spot_check import views as spot_check
from ruhrvote.start import styleguide_views as styleguide
from ruhrvote.start import views as start
from ruhrvote.web import init_web

FEATURES = (
    start,
    styleguide,
    accounts,
    first_admin,
    admins,
    factors,
    sign_on,
    codes,
    links,
    own_access,
    team,
    consultations,
    ideas,
    ballots,
    objections,
    decisions,
    spot_check,
    drafts,
    order,
    comments,
    comment_threads,
    comment_lists,
    moderation,
    notifications,
    leaderboards,
    exports,
    api,
    review,
    shortlist,
    members,
    importing,
    duplicates,
    invitations,
    letterhead,
    help_desk,
    control,
    setup,
    setup_ideas,
    audit_trail,
    outbox,
    privacy,
)


def create_app(settings: Settings | None = None) -> Flask:
    """Create the application for these settings, by default those of the environment."""
    settings = settings or load_settings()
    app = Flask("ruhrvote", template_folder=str(ROOT / "templates"), static_folder=None)
    mask_log(default_handler)
    signal = ChangeSignal(app, heads)
    parts = app.extensions[EXTENSION] = Services(settings, signal, WANTED)
    init_web(app, settings)
    init_db(app, settings)
    init_access(app)
    init_provider(app, settings)
    init_watch(app)
    init_errors(app)
    app.jinja_env.globals.update(
        GROUPS=GROUPS, board_name=board_name, participation_sentence=participation_sentence, scope_name=scope_name
    )
    for feature in FEATURES:
        app.register_blueprint(feature.blueprint)
    boards = BoardCache(app, signal)
    streams = BoardStreams(app, boards, signal)
    parts.add(streams)
    parts.add(CacheMiddleware(app, boards, streams))  # the server puts it in front of the application
    return app
