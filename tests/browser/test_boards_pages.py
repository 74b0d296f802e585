"""The boards in Chromium: sound on every screen, switched and sorted in place, and alive without a stream."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.ballot_steps import BOARDS, submit
from tests.browser.board_steps import Streams, begin_ballot, hide, wait_until, withdraw
from tests.live_server import LiveServer

Window = Callable[..., Page]
Check = Callable[[Page], None]
RESULT = "/consultations/ruhr-2024/boards"
SCREENS = {"phone": (360, 740), "tablet": (768, 1024), "desk": (1440, 900)}
PAGES = [
    f"{BOARDS}/overall",
    f"{BOARDS}/overall?sort=title",
    f"{BOARDS}/themes",
    f"{BOARDS}/theme-mobility",
    f"{BOARDS}/group-firm",
    f"{BOARDS}/theme-mobility/direct",
    f"{BOARDS}/overall/screen",
    f"{BOARDS}/themes/screen",
    f"{BOARDS}/overall/embed",
    "/embed/ruhr-2026/overall",
    f"{RESULT}/overall",
    f"{RESULT}/theme-mobility",
    f"{RESULT}/theme-mobility/direct",
    f"{RESULT}/overall/screen",
    f"{RESULT}/overall/embed",
    "/embed/ruhr-2024/overall",
    "/embed/ruhr-2024/themes",
]


@pytest.fixture
def voter(open_window: Window) -> Page:
    """Somebody with a draft that can be submitted."""
    page = open_window(locale="en-GB")
    begin_ballot(page)
    return page


@pytest.mark.parametrize(
    ("screen", "scheme", "locale"),
    [
        ("phone", "light", "de-DE"),
        ("desk", "dark", "en-GB"),
        pytest.param("tablet", "dark", "de-DE", marks=pytest.mark.long),
        pytest.param("desk", "light", "en-GB", marks=pytest.mark.long),
    ],
)
def test_every_page_is_accessible_and_fits_the_screen(
    open_window: Window, assert_accessible: Check, screen: str, scheme: str, locale: str
) -> None:
    width, height = SCREENS[screen]
    page = open_window(locale=locale, color_scheme=scheme, viewport={"width": width, "height": height})
    for path in PAGES:
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{path} is wider than the screen"


def test_sorting_and_switching_keep_the_place(open_window: Window, assert_accessible: Check) -> None:
    page = open_window(locale="en-GB", viewport={"width": 1440, "height": 700})
    streams = Streams(page)
    page.goto(f"{BOARDS}/overall")
    expect(page.locator(".live--on")).to_be_visible()
    page.evaluate("window.sameDocument = true")
    page.locator("#sort-title").focus()
    page.evaluate("scrollTo(0, 260)")
    page.keyboard.press("Enter")
    expect(page.locator("#sort-title")).to_have_attribute("aria-current", "true")
    expect(page.locator("#sort-title")).to_be_focused()
    assert page.evaluate("scrollY") == 260
    assert page.url.endswith("/overall?sort=title")
    titles = page.locator("#board-table .board__link").all_inner_texts()
    assert titles == sorted(titles, key=str.casefold)

    page.locator("#to-theme-mobility").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Mobility")
    expect(page).to_have_title(re.compile("^Mobility"))
    expect(page.locator("#to-theme-mobility")).to_be_focused()
    expect(page.locator("#to-theme-mobility")).to_have_attribute("aria-current", "page")
    expect(page.locator("#board-said")).to_have_text("Mobility")
    assert page.url.endswith("/theme-mobility?sort=title")
    assert page.evaluate("window.sameDocument")
    expect(page.locator(".live--on")).to_be_visible()
    wait_until(page, lambda: len(streams.open) == 1, f"one stream a page, not {streams.open}")
    assert streams.open[0].endswith("/theme-mobility/stream"), "one for all orders"
    assert_accessible(page)

    page.go_back()
    expect(page.locator("h1")).to_have_text("All ideas")
    expect(page.locator(".live--on")).to_be_visible()


def test_the_menu_on_a_phone(open_window: Window) -> None:
    page = open_window(locale="en-GB", viewport={"width": 360, "height": 740})
    page.goto(f"{BOARDS}/overall")
    page.locator("#board-choice").select_option("group-firm")
    page.locator("#board-choose").click()
    expect(page.locator("h1")).to_have_text("Firms")
    expect(page.locator("#board-choose")).to_be_focused()
    assert page.url.endswith("/group-firm")


def test_rows_glide_to_their_places_unless_motion_is_unwelcome(open_window: Window) -> None:
    moving = "document.getAnimations().filter(each => each.effect.target?.matches('#board-table tr')).length"
    for motion, moves in (("no-preference", True), ("reduce", False)):
        page = open_window(locale="en-GB", reduced_motion=motion)
        page.goto(f"{BOARDS}/overall")
        expect(page.locator(".live--on")).to_be_visible()
        page.evaluate(
            f"""() => {{
                window.settled = window.moved = 0;
                document.addEventListener("htmx:afterSettle", () => {{
                    window.settled += 1;
                    window.moved += {moving};
                }});
            }}"""
        )
        page.locator("#sort-title").click()
        expect(page.locator("#sort-title")).to_have_attribute("aria-current", "true")
        wait_until(page, lambda page=page: page.evaluate("window.settled") > 0, "the new order never settles")
        assert (page.evaluate("window.moved") > 0) == moves


def test_a_hidden_page_has_no_stream_and_catches_up(open_window: Window, voter: Page) -> None:
    page = open_window(locale="en-GB")
    streams = Streams(page)
    page.goto(f"{BOARDS}/overall")
    expect(page.locator(".live--on")).to_be_visible()
    wait_until(page, lambda: len(streams.open) == 1, "there is no stream")
    received = page.locator("#board-figures dd").first
    before = received.inner_text()
    page.evaluate("scrollTo(0, 300)")
    hide(page, True)
    wait_until(page, lambda: not streams.open, "a hidden page keeps its stream")
    submit(voter)
    page.wait_for_timeout(600)
    expect(received).to_have_text(before)
    hide(page, False)
    expect(received).not_to_have_text(before)
    assert page.evaluate("scrollY") == 300
    wait_until(page, lambda: len(streams.open) == 1, "a page that is shown again has one stream")
    withdraw(voter)
    expect(received).to_have_text(before)


def test_a_paused_page_opens_no_stream_at_all(open_window: Window) -> None:
    page = open_window(locale="en-GB")
    page.goto(f"{BOARDS}/overall")
    page.locator("#pause").click()
    streams = Streams(page)
    page.goto(f"{BOARDS}/themes")
    expect(page.locator("#live-text")).to_have_text("Updates are paused")
    expect(page.locator("#reload")).to_be_visible()
    page.locator("#to-overall").click()
    expect(page.locator("h1")).to_have_text("All ideas")
    expect(page.locator("#live-text")).to_have_text("Updates are paused")
    page.wait_for_timeout(500)
    assert not streams.open


def test_where_no_stream_gets_through_the_page_asks(new_context: Callable[..., object], site: LiveServer) -> None:
    """A window of its own: the browser rightly reports each stream that fails."""
    context = new_context(base_url=site.url, locale="en-GB")
    page: Page = context.new_page()  # type: ignore[attr-defined]
    asked: list[Request] = []

    def answer(route: Route) -> None:
        if route.request.headers.get("hx-request"):
            asked.append(route.request)
            if "if-none-match" in route.request.headers:
                route.fulfill(status=304)
                return
            response = route.fetch()
            route.fulfill(response=response, headers=response.headers | {"etag": '"one"'})
        else:
            route.continue_()

    page.route("**/stream*", lambda route: route.fulfill(status=503))
    page.route("**/boards/overall", answer)
    page.clock.install()
    page.goto(f"{BOARDS}/overall")

    def asked_twice() -> bool:  # the page's clock is ours, but its questions take the time that they take
        page.clock.run_for(1000)
        return len(asked) >= 2

    wait_until(page, asked_twice, "a page without a stream asks once and no more")
    expect(page.locator("#live-text")).to_have_text("Updates by itself every few seconds")
    assert "if-none-match" not in asked[0].headers
    assert {request.headers["if-none-match"] for request in asked[1:]} == {'"one"'}
    expect(page.locator("#row-1")).to_be_visible()  # an answer without a body leaves the board as it is

    hide(page, True)
    before = len(asked)
    page.clock.run_for(30_000)
    assert len(asked) == before, "a hidden page asks for nothing"
    hide(page, False)
    wait_until(page, lambda: len(asked) > before, "a page that is shown again asks at once")

    page.unroute("**/stream*")
    for _ in range(70):
        page.clock.run_for(1000)
        if page.locator("#live[sse-connect]").count():
            break  # from here on the board has real seconds to come in
    expect(page.locator("#live-text")).to_have_text("Updates by itself")


def loaded_with_intervals(page: Page) -> bool:
    page.goto(f"{RESULT}/overall")
    expect(page.locator("#row-1")).to_be_visible()
    there = page.locator(".score__interval").count() > 0
    assert there or page.locator("#board-intervals a").is_visible(), "nothing says that they will come"
    return there


def test_without_javascript(open_window: Window) -> None:
    page = open_window(java_script_enabled=False, locale="en-GB")
    page.goto(f"{BOARDS}/overall")
    page.locator("#sort-title").click()
    page.wait_for_url("**/overall?sort=title")
    page.locator("#to-theme-mobility").click()
    page.wait_for_url("**/theme-mobility?sort=title")
    page.locator("#reload").click()
    page.wait_for_url("**/theme-mobility?sort=title")
    page.locator("#direct").click()
    expect(page.locator("h1")).to_have_text("Direct comparison: Mobility")
    page.goto(f"{BOARDS}/overall/screen")
    expect(page.locator("#pause")).to_be_hidden()
    page.locator("#next").click()
    page.wait_for_url("**/themes/screen")
    # On a busy machine the first look comes before the intervals: the page then says so, and a later one has them.
    wait_until(page, lambda: loaded_with_intervals(page), "the intervals are never there")
    page.goto(f"{RESULT}/overall/embed")
    expect(page.locator("#copy")).to_be_hidden()


def test_on_paper_there_is_the_board_and_nothing_to_click(open_window: Window) -> None:
    page = open_window(locale="en-GB")
    for path in (f"{RESULT}/overall", f"{RESULT}/theme-mobility/direct"):
        page.goto(path)
        page.emulate_media(media="print")
        expect(page.locator("#board-table")).to_be_visible()
        expect(page.locator("#board-turnout")).to_be_visible()
        for control in page.locator(".boards__nav, #sorting, [data-print], .live, .site-header nav").all():
            expect(control).to_be_hidden()
