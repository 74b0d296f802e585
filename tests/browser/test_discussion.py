"""Arguing in the browser: a comment with its preview, agreement, a reply, an official reply, moderation, search."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import ALEX, ROBIN, log_in

Window = Callable[..., Page]
CONSULTATION = "/consultations/ruhr-2026"
TALK = f"{CONSULTATION}/ideas/12/comments"
SASCHA = "sascha.schau@kammer.example"
MIKA = "mika.leitung@befragung.example"


def write(page: Page, text: str, kind: str) -> None:
    if page.locator(".write:not([open])").count():
        page.locator(".write__open").click()
    page.locator(f"input[name=kind][value={kind}]").check()
    page.locator("#text").fill(text)


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without JavaScript"])
def test_a_question_from_its_preview_to_the_official_reply(
    open_window: Window, assert_accessible: Callable[[Page], None], scripts: bool
) -> None:
    asked = f"Wer **betreut** die Maschinen ({scripts}) im Zentrum?"
    shown = asked.replace("**", "")
    firm = open_window(java_script_enabled=scripts, viewport={"width": 360, "height": 740})
    log_in(firm, ALEX)
    firm.goto(TALK)
    write(firm, asked, "question")
    firm.locator("input[name=shown_as][value=label]").check()
    firm.locator("button[value=preview]").click()
    expect(firm.locator(".preview .comment__text strong")).to_have_text("betreut")
    label = firm.locator(".preview .comment__author").inner_text()
    assert "Musterbau" not in label
    firm.locator("button[value=publish]").click()
    mine = firm.locator(".thread").first
    expect(mine.locator(".comment__text").first).to_have_text(shown)
    expect(mine.locator(".comment__author").first).to_have_text(label)

    chamber = open_window(java_script_enabled=scripts)
    log_in(chamber, SASCHA)
    chamber.goto(f"{CONSULTATION}/questions")
    chamber.locator("li", has_text=shown).locator(".comment__act").click()
    chamber.locator(".comment__panel textarea").fill("Das klären wir mit den Hochschulen.")
    chamber.locator(".comment__panel button[value=publish]").click()
    expect(chamber.locator(".comment--official .comment__text")).to_have_text("Das klären wir mit den Hochschulen.")

    town = open_window(java_script_enabled=scripts, viewport={"width": 768, "height": 900})
    log_in(town, ROBIN)
    town.goto(TALK)
    thread = town.locator(".thread", has_text=shown)
    expect(thread.locator(".kern-badge--success")).to_be_visible()
    thread.locator(".agree").first.click()
    expect(thread.locator(".agree").first).to_have_attribute("aria-pressed", "true")
    if scripts:
        expect(thread.locator(".agree").first).to_be_focused()
    thread.locator("a[href*='form=report']").first.click()
    panel = town.locator(".comment__panel")
    panel.locator("input[type=radio]").first.check()
    panel.locator("button").click()
    expect(town.locator(".kern-alert--success").first).to_be_visible()

    admin = open_window(java_script_enabled=scripts)
    log_in(admin, MIKA)
    admin.goto(f"{CONSULTATION}/moderation")
    admin.locator("li", has_text=shown).locator(".comment__act").click()
    admin.locator("#reason").fill("Nur zur Probe ausgeblendet.")
    admin.locator("form[action$=hide] button").click()
    expect(admin.locator(".flash")).to_be_visible()
    firm.goto(f"{CONSULTATION}/my-comments")
    expect(firm.locator(".kern-alert--warning", has_text="Nur zur Probe ausgeblendet.")).to_be_visible()
    admin.goto(f"{CONSULTATION}/moderation?show=hidden")
    admin.locator("li", has_text=shown).locator(".comment__act").click()
    admin.locator("form[action$=publish] button").click()
    expect(admin.locator(".flash")).to_be_visible()
    if scripts:
        for page in (firm, town, admin):
            assert_accessible(page)


def test_forms_open_in_their_place_and_the_focus_follows(page: Page) -> None:
    log_in(page, ALEX)
    page.goto(f"{CONSULTATION}/ideas/11")
    thread = page.locator(".thread", has_text="Gilt das Portal")
    thread.locator("a[href*='form=reply']").click()
    field = thread.locator("textarea")
    expect(field).to_be_focused()
    page.keyboard.type("Zu kurz")
    expect(thread.locator(".discussion__left")).to_contain_text("1993")
    thread.locator("button[value=publish]").click()
    expect(thread.locator("#problems")).to_be_focused()
    expect(field).to_have_value("Zu kurz")
    thread.locator(".comment__panel p a.text-link--alone").click()
    expect(thread.locator("textarea")).to_have_count(0)
    expect(thread.locator("article").first).to_be_focused()


def test_what_is_found_appears_as_one_types(page: Page, assert_accessible: Callable[[Page], None]) -> None:
    page.goto(f"{CONSULTATION}/search")
    page.locator("#search-text").press_sequentially("Bruecken")
    expect(page.locator(".found mark").first).to_contain_text("Brücken")
    expect(page).to_have_url(f"{page.url.split('?')[0]}?q=Bruecken")
    assert_accessible(page)


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "light"),
        (1440, "dark"),
        pytest.param(360, "dark", marks=pytest.mark.long),
        pytest.param(1440, "light", marks=pytest.mark.long),
    ],
)
def test_every_page_of_the_discussion_is_accessible(
    open_window: Window, assert_accessible: Callable[[Page], None], width: int, scheme: str
) -> None:
    page = open_window(viewport={"width": width, "height": 900}, color_scheme=scheme)
    log_in(page, SASCHA)
    for path in (
        "ideas/11",
        "ideas/11/comments?sort=agreement",
        "ideas/1/comments?sort=unanswered",
        "questions?of=all",
        "my-comments",
        "moderation?show=all",
        "search?q=Straße",
    ):
        page.goto(f"{CONSULTATION}/{path}")
        page.wait_for_load_state("networkidle")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
    for name in ("reply", "report"):
        page.goto(f"{CONSULTATION}/ideas/11/comments?sort=agreement")
        page.locator(f"a[href*='form={name}']").first.click()
        expect(page.locator(".comment__panel")).to_be_visible()
        assert_accessible(page)
    page.goto("/notices")
    assert_accessible(page)
