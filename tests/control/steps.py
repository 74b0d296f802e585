"""The pages of the set-up as its admin sees them."""

from __future__ import annotations

from flask import Flask

from ruhrvote.consultations.queries import get_consultation
from ruhrvote.ideas.queries import ideas_of
from tests.pages import Page, text_of
from tests.people import World, post, visit

ENGLISH = {"Accept_Language": "en"}


STEP = "/consultations/round/setup/"


def step(app: Flask, world: World, name: str, status: int = 200, **headers: str) -> Page:
    return visit(app, world.consultation_admin, **(headers or ENGLISH)).page(STEP + name, status)


def alert(page: Page) -> str:
    return " ".join(text_of(element) for element in page.root.iter() if element.get("role") == "alert")


def numbers(app: Flask, key: str = "round") -> list[int]:
    with app.app_context():
        return [idea.number for idea in ideas_of(get_consultation(key, drafts=True).id)]


def alert_of_post(app: Flask, world: World, path: str, data: dict[str, str]) -> str:
    response = post(visit(app, world.consultation_admin, **ENGLISH), STEP + path, data)
    return response.get_data(as_text=True)
