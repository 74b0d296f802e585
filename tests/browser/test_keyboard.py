"""The whole journey by keyboard alone: the focus is always seen and never lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.ballot_steps import BALLOT, ROBIN, answer, expect_saved, ideas_on, log_in, open_theme, places, told

# The focused element: whether it, or the choice around it, has a ring, and whether it is in sight and not covered.
FOCUSED = """() => {
  const element = document.activeElement, shown = element.closest(".choice") ?? element;
  const box = shown.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  const over = document.elementFromPoint(x, y), ring = getComputedStyle(shown);
  return {
    name: element.outerHTML.slice(0, 100),
    lost: element === document.body,
    ring: ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 2,
    seen: over !== null && (shown.contains(over) || over.contains(shown)),
  };
}"""


def tab_to(page: Page, selector: str, backwards: bool = False) -> None:
    """Press Tab until the element has the focus; on the way the focus must be seen wherever it stands."""
    for _ in range(150):
        page.keyboard.press("Shift+Tab" if backwards else "Tab")
        focused = page.evaluate(FOCUSED)
        assert not focused["lost"], "the focus has left the page"
        assert focused["ring"], f"the focus is not seen on {focused['name']}"
        assert focused["seen"], f"the focus is covered on {focused['name']}"
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"{selector} cannot be reached by Tab")


def test_from_the_overview_to_the_receipt(page: Page, assert_accessible: Callable[[Page], None]) -> None:
    page.emulate_media(reduced_motion="reduce")  # the page jumps to what has the focus, and can be looked at at once
    log_in(page, ROBIN)
    open_theme(page, "mobility")
    a, b, c = ideas_on(page)[:3]
    page.goto(BALLOT)
    tab_to(page, ".tasks__link[href$='/themes/mobility']")
    page.keyboard.press("Enter")
    page.wait_for_url("**/themes/mobility")

    # Sort: by Space, by arrow and by number, with the background open in between.
    tab_to(page, f"#idea-{a} summary")
    page.keyboard.press("Enter")
    expect(page.locator(f"#idea-{a} .more__body")).to_be_visible()
    for number in (a, b, c):
        tab_to(page, f"#idea-{number} .choices input")
        page.keyboard.press("1")
        expect_saved(page, number, 1)
        expect(answer(page, number, 1)).to_be_focused()
    assert_accessible(page)
    tab_to(page, "button[name=then][value=overview]")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{BALLOT}")

    # Order: the focus stays on the pressed button wherever the idea goes.
    tab_to(page, ".way__step:nth-child(3) a")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ballot/order")

    def press(key: str, button: str) -> None:
        with told(page):
            page.keyboard.press(key)
        expect(page.locator(f"#{button}")).to_be_focused()
        focused = page.evaluate(FOCUSED)
        assert focused["ring"], f"the focus is not seen on {focused['name']}"
        assert focused["seen"], f"the focus is covered on {focused['name']}"

    tab_to(page, f"#top-{c}")
    press("Enter", f"top-{c}")
    assert places(page)[0] == [c]
    tab_to(page, f"#down-{c}")
    press("Space", f"down-{c}")
    assert places(page)[1] == [c]
    tab_to(page, f"#place-{c}")
    page.keyboard.press("1")
    tab_to(page, f"#to-{c}")
    press("Enter", f"to-{c}")
    assert places(page)[0] == [c]
    tab_to(page, f"#up-{c}", backwards=True)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")  # already first: it stays, and so does the focus
    expect(page.locator("#ordering.htmx-request, #ordering .htmx-request")).to_have_count(0)
    expect(page.locator(f"#up-{c}")).to_be_focused()
    tab_to(page, f"#release-{c}")
    press("Enter", f"release-{c}")
    assert [c] not in places(page)
    tab_to(page, "#undo", backwards=True)
    press("Enter", "undo")
    assert places(page)[0] == [c]
    assert_accessible(page)

    # Review and submit.
    tab_to(page, "a[href$='/ballot/review'].kern-btn")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ballot/review")
    tab_to(page, "#entitled")
    page.keyboard.press("Space")
    tab_to(page, "form[action$='/ballot/submit'] button[type=submit]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/ballot/receipt")
    expect(page.locator(".receipt__number")).to_be_visible()
    assert_accessible(page)
