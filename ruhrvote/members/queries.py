"""Reads of the organisations within reach, and of those that are there twice."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from ruhrvote.accounts.access import Reach
from ruhrvote.accounts.models import Double, Organisation
from ruhrvote.db import Page, page_of


def search_organisations(reach: Reach, text: str, kind: str, number: int, size: int) -> Page[Organisation]:
    """One page of the organisations whose name contains the text, and the number of all."""
    query = select(Organisation).where(reach.has_member())
    if text:
        query = query.where(Organisation.name.icontains(text, autoescape=True))
    if kind:
        query = query.where(Organisation.kind == kind)
    query = query.options(selectinload(Organisation.chambers), joinedload(Organisation.municipality))
    return page_of(query.order_by(Organisation.name, Organisation.id), number, size)


def doubles(reach: Reach, number: int, size: int) -> Page[Double]:
    """One page of the pairs that wait for a decision; a chamber sees those with a member."""
    query = select(Double).where(
        Double.decided == "", or_(reach.has_member(Double.first_id), reach.has_member(Double.second_id))
    )
    chambers = selectinload(Organisation.chambers)
    query = query.options(joinedload(Double.first).options(chambers), joinedload(Double.second).options(chambers))
    query = query.order_by(Double.proposed_at.desc(), Double.first_id, Double.second_id)
    return page_of(query, number, size)
