"""Pages that list comments of all ideas: own comments, unanswered questions, and search results."""

from __future__ import annotations

from flask import Blueprint, Response, request

from ruhrvote.accounts.access import Permission, allow, current_account
from ruhrvote.comments.queries import open_questions, own_comments
from ruhrvote.comments.search import find
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.search.terms import excerpt, highlighted
from ruhrvote.web import page_number, render, show_page

blueprint = Blueprint("comment_lists", __name__)


@blueprint.get("/consultations/<key>/search")
@allow(Permission.PUBLIC)
def search(key: str) -> Response:
    """Show the ideas and comments in which all words of the query occur, in any of their forms."""
    consultation = get_consultation(key)
    text = request.args.get("q", "").strip()[:100]
    return render(
        "comments/search.html",
        "comments/_found.html",
        consultation=consultation,
        text=text,
        found=find(consultation.id, text, page_number()),
        excerpt=excerpt,
        highlighted=highlighted,
    )


@blueprint.get("/consultations/<key>/my-comments")
@allow(Permission.COMMENT)
def own(key: str) -> Response:
    """Show the own organisation's comments with their state."""
    consultation = get_consultation(key)
    return show_page(
        "comments/own.html",
        consultation=consultation,
        page=own_comments(consultation.id, current_account(), page_number()),
    )


@blueprint.get("/consultations/<key>/questions")
@allow(Permission.REPLY_OFFICIALLY)
def questions(key: str) -> Response:
    """Show the questions without an official reply: those of the own members, or all."""
    consultation = get_consultation(key)
    everybody = request.args.get("of") == "all"
    chamber = None if everybody else current_account().organisation_id
    return show_page(
        "comments/questions.html",
        consultation=consultation,
        everybody=everybody,
        page=open_questions(consultation.id, chamber, page_number()),
    )
