"""How much a voter has to do: 40 judgements and an order of ten, counted on a phone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.ballot_steps import ALEX, BALLOT, ideas_on, log_in, places, told, unplaced

VERY_IMPORTANT = 10
AT_MOST = 60  # taps, key presses and choices


def test_forty_judgements_and_an_order_of_ten_take_at_most_sixty_interactions(
    open_window: Callable[..., Page],
) -> None:
    page = open_window(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    log_in(page, ALEX)
    page.goto(BALLOT)
    interactions = 0

    def tap(target: Locator) -> None:
        nonlocal interactions
        interactions += 1
        target.tap()

    tap(page.locator(".next a").first)
    judged: list[int] = []
    while "/themes/" in page.url or not judged:
        page.wait_for_url("**/themes/*")
        for number in ideas_on(page):
            value = 1 if len(judged) % 4 == 0 else 2 + len(judged) % 4
            tap(page.locator(f"label[for=answer-{number}-{value}]"))
            judged.append(number)
        tap(page.locator("button[name=then][value=next]"))  # at once, also while the last choice still rests
        page.wait_for_url(lambda url, here=page.url: url != here)
    assert len(set(judged)) == 40

    expect(page).to_have_url(f"{page.url.partition('/consultations')[0]}{BALLOT}/order")
    expect(page.locator("#progress")).to_contain_text("40 von 40")
    wanted = sorted(unplaced(page), reverse=True)
    assert len(wanted) == VERY_IMPORTANT
    for number in wanted:
        with told(page):
            tap(page.locator(f"#up-{number}"))
    assert places(page) == [[number] for number in wanted]
    assert interactions <= AT_MOST

    # And three more to submit it: on, confirm, submit.
    tap(page.locator(".progress__submit"))
    tap(page.locator("label[for=entitled]"))
    tap(page.locator("form[action$='/ballot/submit'] button[type=submit]"))
    page.wait_for_url("**/ballot/receipt")
    assert interactions <= AT_MOST + 3
