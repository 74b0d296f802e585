"""The invented discussion of a round: comments, replies, and the firms that agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from ruhrvote.accounts.models import Kind, Organisation
from ruhrvote.comments.actions import Author, agree, reply, write_comment
from ruhrvote.comments.attribution import label_for
from ruhrvote.comments.models import Attribution, Comment, CommentKind
from ruhrvote.consultations.queries import get_consultation
from ruhrvote.db import db
from ruhrvote.demo.chance import pick, share
from ruhrvote.demo.script import script
from ruhrvote.ideas.queries import ideas_of


def discuss(key: str, electorate: dict[Kind, Sequence[Organisation]]) -> None:
    """Write those comments of the round that are missing, with their replies and agreements."""
    consultation_id = get_consultation(key).id
    ideas = {idea.number: idea.id for idea in ideas_of(consultation_id)}
    known = {
        text: number
        for text, number in db.session.execute(
            select(Comment.text, Comment.id).where(Comment.idea_id.in_(ideas.values()))
        )
    }
    firms = electorate[Kind.FIRM][1:]  # without the firm of the demo logins
    # All authors are chosen before the first commit: after it, every organisation would be read again.
    planned = [
        (
            ideas[plan["idea"]],
            _author(plan, consultation_id, electorate),
            CommentKind(plan.get("kind", CommentKind.NOTE)),
            plan["text"],
            [(_author(answer, consultation_id, electorate), answer["text"]) for answer in plan.get("reply", [])],
            [firm.id for firm in sorted(firms, key=lambda firm: share("agrees", firm.name, plan["text"]))],
            plan.get("agreed", 0),
        )
        for plan in script()["comment"]
        if plan.get("round", script()["round"][-1]["key"]) == key
    ]
    for idea_id, author, kind, text, answers, others, agreed in planned:
        comment_id = known.get(text) or write_comment(idea_id, author, kind, text)
        for replying, answer in answers:
            if answer not in known:
                reply(comment_id, replying, answer)
        for firm_id in [other for other in others if other != author.organisation_id][:agreed]:
            agree(comment_id, firm_id, agreed=True)


def _author(plan: dict[str, Any], consultation_id: int, electorate: dict[Kind, Sequence[Organisation]]) -> Author:
    organisation = _organisation(plan, electorate)
    if plan.get("official"):
        return Author(organisation.id, None, Attribution.OFFICIAL)
    label = label_for(consultation_id, organisation) if plan.get("label") else None
    return Author(organisation.id, None, label.attribution, label.place) if label else Author(organisation.id, None)


def _organisation(plan: dict[str, Any], electorate: dict[Kind, Sequence[Organisation]]) -> Organisation:
    """The chamber or municipality with the planned name, or an invented firm of the planned sector."""
    for organisation in (*electorate[Kind.CHAMBER], *electorate[Kind.MUNICIPALITY]):
        if organisation.name == plan["by"]:
            return organisation
    suitable = [
        firm
        for firm in electorate[Kind.FIRM][1:]
        if firm.sector == plan["by"]
        and firm.size_class == plan.get("size", firm.size_class)
        and firm.municipality is not None
        and firm.municipality.name == plan.get("place", firm.municipality.name)
    ]
    return pick(suitable, "author", plan["text"])
