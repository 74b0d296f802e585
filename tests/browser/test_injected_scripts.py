# ruff: noqa: E501  # long rows of long texts
"""Three hundred texts that would run as scripts, in every place where a text is shown: none runs, none becomes an element.

A script that only the Content-Security-Policy stopped would be a fault as well: it is looked for in the page itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page, Route

from ruhrvote.app import create_app
from ruhrvote.config import Settings
from ruhrvote.db import db
from ruhrvote.web import CONTENT_SECURITY_POLICY
from tests.browser.hostile import fill
from tests.databases import SECRET_KEY, Databases
from tests.live_server import LiveServer, live_server
from tests.people import WORLD, logged_in
from tests.security.payloads import PAYLOADS

# Runs in each frame before anything else: counts what was executed, and what the policy had to stop.
EAR = """
  const all = top; all.hits ??= []; all.stopped ??= [];
  window.hit = number => { all.hits.push(number); };
  window.alert = window.confirm = window.prompt = () => { all.hits.push(-1); };
  document.addEventListener("securitypolicyviolation", event => all.stopped.push(event.violatedDirective + " " + event.sample));
"""
# What a text must never have become: an element or attribute that does something.
LOOK = """
  tree => {
    const found = [];
    for (const element of tree.querySelectorAll("*")) {
      const name = element.localName;
      if (["iframe", "object", "embed", "base", "math", "marquee", "frameset", "applet", "style", "x"].includes(name))
        found.push(element.outerHTML);
      if (name === "script" && !(element.getAttribute("src") ?? "").startsWith("/static/")) found.push(element.outerHTML);
      if (name === "meta" && element.hasAttribute("http-equiv")) found.push(element.outerHTML);
      for (const { name: key, value } of element.attributes) {
        const address = ["href", "src", "action", "formaction", "data", "xlink:href", "poster"].includes(key);
        if (/^on|srcdoc|^(data-)?hx-on/.test(key) || key === "style") found.push(element.outerHTML);
        if (address && /^[\\s\\x00-\\x20]*(javascript|vbscript|data:text)/i.test(value)) found.push(element.outerHTML);
        if (/^(data-)?hx-|^v-|^ng-|^x-|autofocus|accesskey/.test(key) && value.includes("hit(")) found.push(element.outerHTML);
      }
      if (["img", "svg", "video", "audio", "source", "details", "a"].includes(name))
        for (const { name: key } of element.attributes)
          if (/hit\\(|["'<>]/.test(key)) found.push(element.outerHTML);
    }
    return found.map(html => html.slice(0, 300));
  }
"""


@pytest.fixture(scope="module")
def tokens() -> dict[str, str]:
    """The logins of the people who look."""
    return {}


@pytest.fixture(scope="module")
def site(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, tokens: dict[str, str]
) -> Iterator[LiveServer]:
    with databases.fresh("world") as url:
        app = create_app(Settings(data_dir=tmp_path_factory.mktemp("fill"), database_url=url, secret_key=SECRET_KEY))
        with app.app_context():
            fill()
            for role in ("voter", "consultation_admin", "reviewer"):
                token = logged_in(getattr(WORLD, role))
                session = app.session_interface.get_signing_serializer(app).dumps({"_user_id": token})
                tokens[role] = session
            db.session.remove()
            db.engine.dispose()
        with live_server(url, tmp_path_factory.mktemp("site")) as server:
            yield server


def paged(path: str, last: int) -> list[str]:
    return [f"{path}{'&' if '?' in path else '?'}page={page}" for page in range(1, last + 1)]


ROUND = "/consultations/round"
PAGES = {
    "consultation_admin": [
        *paged("/organisations", 7), *paged("/audit-trail", 7), *paged("/mail", 7), "/", f"/organisations/{WORLD.firm}",
        "/organisations/1000", "/organisations/1130", f"{ROUND}/control", f"{ROUND}/ideas/1/note",
        *paged(f"{ROUND}/moderation?show=hidden", 4), *paged(f"{ROUND}/moderation?show=all", 2), f"{ROUND}/moderation/6",
        "/organisations/4/accounts/1000/erase", "/account/data", *paged("/organisations/import", 13),
        "/organisations/import/1", *paged("/organisations/import/2", 4), "/organisations/import/3",
        f"{ROUND}/help-desk?q=hit", f"{ROUND}/help-desk/{WORLD.firm}", "/letterhead",
    ],
    "voter": [
        "/", "/team", *paged(f"{ROUND}/ballot/history", 7), f"{ROUND}/ballot", f"{ROUND}/ballot/order", f"{ROUND}/ballot/review",
        f"{ROUND}/ballot/paper", f"{ROUND}/ballot/themes/one", f"{ROUND}/my-comments", "/account/data",
    ],
    "reviewer": ["/", f"{ROUND}/questions?of=all", f"{ROUND}/moderation", f"{ROUND}/shortlist"],
    "": [
        "/", ROUND, f"{ROUND}/ideas", f"{ROUND}/boards/overall", f"{ROUND}/boards/themes", f"{ROUND}/boards/theme-one/direct",
        f"{ROUND}/boards/overall/screen", f"{ROUND}/boards/overall/embed", "/embed/round/overall", "/privacy",
        *(f"{ROUND}/ideas/{number}" for number in range(1, 7)), *paged(f"{ROUND}/ideas/1/comments", 7),
        *paged(f"{ROUND}/ideas/2/comments", 7), f"{ROUND}/ideas/1/comments/3",
    ],
}  # fmt: skip
# Addresses that show what they are asked for; {} is the text.
ASKED = [
    "/organisations?q={}", "/organisations?kind={}", "/audit-trail?person={}", "/audit-trail?event={}&since={}&until={}", f"{ROUND}/ideas?q={{}}",
    f"{ROUND}/search?q={{}}", "/login?next=/{}", "/{}", f"{ROUND}/{{}}", "/consultations/{}", f"{ROUND}/ideas?theme={{}}",
    f"{ROUND}/boards/{{}}", f"{ROUND}/boards/overall?sort={{}}", f"{ROUND}/moderation?show={{}}&idea={{}}", "/mail?state={}",
    f"{ROUND}/ideas/1/comments?sort={{}}&kind={{}}&page={{}}", "/receipts?number={}", f"{ROUND}/ideas/1/comments/1?form={{}}",
    "/notices/unsubscribe/{}", "/language/{}?next=/{}", f"{ROUND}/questions?of={{}}", f"{ROUND}/boards/overall/embed?language={{}}",
]  # fmt: skip
MOST_SEEN = len(PAYLOADS)


def window(new_context, site: LiveServer, session: str = "") -> Page:  # type: ignore[no-untyped-def]
    context: BrowserContext = new_context(base_url=site.url, locale="de-DE")
    context.set_default_timeout(20_000)
    context.add_init_script(EAR)
    if session:
        context.add_cookies([{"name": "ruhrvote", "value": session, "url": site.url}])
    page = context.new_page()
    page.on("dialog", lambda dialog: (page.evaluate("top.hits.push(-2)"), dialog.dismiss()))
    return page


def test_no_text_runs_or_becomes_an_element(new_context, site: LiveServer, tokens: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    faults, seen = [], {}
    for role, paths in PAGES.items():
        page = window(new_context, site, tokens.get(role, ""))
        for path in paths:
            answer = page.goto(path, wait_until="load")
            assert answer is not None
            assert answer.status == 200, f"{path} for {role}: {answer.status}"
            found = page.evaluate(f"({LOOK})(document)")
            ran, stopped = page.evaluate("[top.hits, top.stopped]")
            if ran or stopped or found:
                faults.append(f"{path} for {role}: ran {ran}, stopped {stopped}, elements {found[:3]}")
            numbers = page.evaluate(
                "[...document.body.innerText.matchAll(/hit\\((\\d+)\\)/g)].map(match => Number(match[1]))"
            )
            seen.setdefault(path.split("?")[0], set()).update(numbers)
        page.context.close()
    assert not faults, "\n".join(faults)
    # The control of the places: the texts were there to be seen, as text.
    for path in (
        "/organisations",
        "/audit-trail",
        "/mail",
        "/team",
        f"{ROUND}/ballot/history",
        "/organisations/import",
    ):
        assert len(seen[path]) >= MOST_SEEN - 10, f"{path} showed {len(seen[path])}"
    comments = seen[f"{ROUND}/ideas/1/comments"] | seen[f"{ROUND}/ideas/2/comments"] | seen[f"{ROUND}/moderation"]
    assert len(comments) >= MOST_SEEN - 10


def test_no_name_of_an_uploaded_file_becomes_an_element(new_context, site: LiveServer, tokens: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    page = window(new_context, site, tokens["consultation_admin"])
    names = ("<img src=x onerror=hit(1)>.csv", "\"'><svg onload=hit(2)>.xlsx", "<details open ontoggle=hit(3)>.png")
    for path, field, content in (
        ("/organisations/import", "file", b"Mitgliedsnummer;Name\n1;Firma\n"),
        ("/letterhead", "logo", b"no picture"),
    ):
        for name in names:
            page.goto(path)
            chooser = page.locator(f"input[type=file][name={field}]")
            chooser.set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
            with page.expect_navigation():
                chooser.evaluate("field => field.form.requestSubmit()")
            assert page.evaluate(f"({LOOK})(document)") == [], f"{path} {name}"
            assert page.evaluate("[top.hits.length, top.stopped.length]") == [0, 0], f"{path} {name}"
            if page.url.rpartition("/")[2].isdecimal():
                assert page.locator("h1").inner_text() == name, "the control: an import is called as its file"
    # The page of a list of ideas has no form for files once the consultation is open.
    answers = page.evaluate(
        f"""async ([path, names]) => Promise.all(names.map(async name => {{
            const form = new FormData(), look = {LOOK};
            form.set("csrf_token", document.querySelector("[name=csrf_token]").value);
            form.set("file", new File(["no list"], name));
            const answer = await fetch(path, {{ method: "POST", body: form }});
            return [answer.status, look(new DOMParser().parseFromString(await answer.text(), "text/html"))];
        }}))""",
        [f"{ROUND}/setup/ideas/upload", list(names)],
    )
    assert answers == [[422, []]] * len(names)


def test_no_text_in_an_address_becomes_an_element(new_context, site: LiveServer, tokens: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    page = window(new_context, site, tokens["consultation_admin"])
    page.goto("/login")
    asked = [ASKED[n % len(ASKED)].replace("{}", quote(text, safe="")) for n, text in enumerate(PAYLOADS)]
    # Read as the browser reads a page, without a policy that would stop anything.
    found = page.evaluate(
        f"""async paths => {{
            const look = {LOOK}, found = [];
            const read = async path => {{
                const answer = await fetch(path), html = await answer.text();
                const faults = look(new DOMParser().parseFromString(html, "text/html"));
                if (answer.status >= 500 || faults.length) found.push([path, answer.status, faults[0]]);
            }};
            while (paths.length) await Promise.all(paths.splice(0, 6).map(read));
            return found;
        }}""",
        asked,
    )
    assert not found
    for path in asked[:: len(asked) // 12]:
        page.goto(path)
        assert page.evaluate("[top.hits.length, top.stopped.length]") == [0, 0], path


def test_the_detector_notices_what_runs_and_what_is_only_stopped(new_context, site: LiveServer) -> None:  # type: ignore[no-untyped-def]
    """The control: the same texts unescaped, without a policy and with ours."""
    page = window(new_context, site)
    headers = {"content-type": "text/html; charset=utf-8"}
    frames = "".join(f"<iframe src='/control/{number}'></iframe>" for number in range(0, len(PAYLOADS), 3))
    page.route("**/control", lambda route: route.fulfill(body=f"<!doctype html>{frames}", headers=headers))

    def unescaped(route: Route) -> None:
        number = route.request.url.rsplit("/", 1)[1]
        if number.isdecimal():
            text = PAYLOADS[int(number)]
            route.fulfill(body=f'<!doctype html><title>x</title><p title="{text}">{text}', headers=headers)
        else:
            route.fulfill(status=404, body="")

    page.route("**/control/**", unescaped)
    page.goto("/control")
    page.wait_for_function("top.hits.length > 20")
    assert len(set(page.evaluate("top.hits"))) > 20
    page.route(
        "**/guarded",
        lambda route: route.fulfill(
            body=f"<!doctype html><title>x</title>{PAYLOADS[3]}{PAYLOADS[8]}{PAYLOADS[42]}",
            headers=headers | {"content-security-policy": CONTENT_SECURITY_POLICY},
        ),
    )
    page.goto("/guarded")
    assert page.evaluate("top.hits") == []
    assert len(page.evaluate("top.stopped")) >= 2
    assert len(page.evaluate(f"({LOOK})(document)")) >= 3
    page.unroute_all(behavior="ignoreErrors")
