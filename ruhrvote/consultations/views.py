"""The page of a consultation: what it asks, its rules and how to take part."""

from __future__ import annotations

from flask import Blueprint, Response
from flask_login import current_user

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.consultations.queries import get_consultation, may_see_drafts, text_versions
from ruhrvote.web import show_page

blueprint = Blueprint("consultations", __name__)


@blueprint.get("/consultations/<key>")
@allow(Permission.PUBLIC)
def show(key: str) -> Response:
    """Show what a consultation asks, by which rules, until when, and the links to its other pages."""
    consultation = get_consultation(key, drafts=current_user.is_authenticated and may_see_drafts(current_user))
    return show_page(
        "consultations/show.html",
        consultation=consultation,
        versions=text_versions(consultation.id),
    )
