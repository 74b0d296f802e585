"""Helpers to write comments in tests and to read them."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from ruhrvote.comments.actions import Author, reply, write_comment
from ruhrvote.comments.models import Attribution, Comment, CommentKind
from ruhrvote.db import db
from ruhrvote.ideas.models import Idea
from tests.pages import Page, Visitor, text_of

TEXT = "Der Rhein-Ruhr-Express entlastet die A 40 spürbar."
PATH = "/consultations/round/ideas/1/comments"


def idea_id(number: int = 1) -> int:
    return db.session.scalars(select(Idea.id).where(Idea.number == number)).one()


def say(
    app: Flask,
    organisation_id: int,
    text: str = TEXT,
    kind: CommentKind = CommentKind.NOTE,
    *,
    account_id: int | None = None,
    to: int | None = None,
    idea: int = 1,
    attribution: Attribution = Attribution.NAME,
) -> int:
    """Write a comment, or a reply `to` one, and return its number."""
    author = Author(organisation_id, account_id, attribution)
    with app.app_context():
        return write_comment(idea_id(idea), author, kind, text) if to is None else reply(to, author, text)


def write(visitor: Visitor, text: str = TEXT, status: int = 200, **fields: str) -> Page:
    """Write a comment by the form on the page."""
    return visitor.page(PATH).submit({"text": text, "kind": "note", **fields}, status=status)


def kept(app: Flask) -> list[str]:
    """The texts in the database, in the order in which they were written."""
    with app.app_context():
        return list(db.session.scalars(select(Comment.text).order_by(Comment.id)))


def texts(page: Page) -> list[str]:
    """The texts of the comments and replies in the order of the page."""
    return [text_of(element) for element in page.root.iter("div") if element.get("class") == "comment__text"]
