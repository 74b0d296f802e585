"""Functions for all pages: language, redirects, security headers, fragments, formats of numbers and times."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import lru_cache
from itertools import chain
from unicodedata import normalize
from urllib.parse import quote, urlsplit
from wsgiref.headers import Headers
from zoneinfo import ZoneInfo

import brotli
from babel import numbers
from flask import Flask, Response, abort, redirect, render_template, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_babel import Babel, format_datetime, get_locale
from flask_wtf.csrf import CSRFProtect
from htmx_flask import Htmx
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter
from werkzeug.urls import iri_to_uri
from werkzeug.wrappers import Request as BaseRequest
from werkzeug.wrappers import Response as BaseResponse
from whitenoise import WhiteNoise

from ruhrvote.config import PACKAGE, ROOT, Settings, is_loopback
from ruhrvote.errors import Refused
from ruhrvote.services import services

CODINGS = ("br", "gzip")  # the better one first, as `Accept-Encoding` names them
WORTH_IT = 500  # bytes; below that nothing is gained

LANGUAGES = {"de": "Deutsch", "en": "English"}
TIME_ZONE = ZoneInfo("Europe/Berlin")
STATIC = "/static/"  # where browsers find what static/built holds
LANGUAGE_COOKIE = "language"
SESSION_COOKIE, SECURE_SESSION_COOKIE = "ruhrvote", "__Host-ruhrvote"
MAX_BODY = 65_536  # bytes of a request's body, where its route does not name another number
MAX_FIELDS = 1_000  # of a form, likewise; the longest has an answer and what was seen for each of 254 ideas
FORM = "application/x-www-form-urlencoded"

CONTENT_SECURITY_POLICY = "; ".join(
    f"{directive} {source}"
    for directive, source in {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",  # KERN draws its icons from data addresses
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }.items()
)

babel = Babel()
csrf = CSRFProtect()
htmx = Htmx()


class SessionCookie(SecureCookieSessionInterface):
    """Flask's session in a cookie with the flag Secure, except for browsers on the same machine without https."""

    def get_cookie_name(self, app: Flask) -> str:
        """The cookie's name; the prefix `__Host-` where https is used."""
        return SECURE_SESSION_COOKIE if cookies_are_secure() else SESSION_COOKIE

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether the cookie has the flag Secure."""
        return cookies_are_secure()


def cookies_are_secure() -> bool:
    """Whether cookies of this answer are Secure: always, except for the loopback of a server without https."""
    settings = services().settings
    try:
        host = urlsplit(f"//{request.environ.get('HTTP_HOST', '')}").hostname
    except ValueError:  # not a host at all
        return True
    return settings.https or not is_loopback(host)


def choose_language(asked: BaseRequest | None = None) -> str:
    """The language of a request, by default the current one: the visitor's choice, else the browser's, else German."""
    asked = asked or request
    chosen = asked.cookies.get(LANGUAGE_COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    return asked.accept_languages.best_match(list(LANGUAGES), "de") or "de"


def language() -> str:
    """The language of this page, `de` or `en`."""
    return str(get_locale())[:2]


def localised(thing: object, field: str) -> str:
    """The text in the page's language of an object with the attributes `field`_de and `field`_en."""
    text = getattr(thing, f"{field}_{language()}") or getattr(thing, f"{field}_de")
    assert isinstance(text, str)
    return text


def own_path(target: str | None, fallback: str) -> str:
    """`target` if it is a path on this server, else `fallback`: a redirect never leaves the site."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return fallback
    # Browsers and urlsplit ignore control characters, and browsers read a backslash as a slash.
    if any(ord(character) < 32 or character == "\\" for character in target):
        return fallback
    parts = urlsplit(target)
    return fallback if parts.scheme or parts.netloc else target


def back_to(target: str) -> BaseResponse:
    """Redirect after a POST: status 303 for a browser, a header for htmx, which then loads the page."""
    if request.headers.get("HX-Request"):
        response = Response(status=204)
        response.headers["HX-Redirect"] = iri_to_uri(target)
        return response
    return redirect(target, 303)


def show_page(template: str, refusal: Refused | None = None, /, **context: object) -> Response:
    """The page; where something was refused, with that answer's status, and its message as the page's `problem`."""
    context = {"problem": str(refusal.message) if refusal else "", **context}
    status, headers = (refusal.status, refusal.headers) if refusal else (200, {})
    return Response(render_template(template, **context), status, headers)


def render(page: str, fragment: str, refusal: Refused | None = None, /, **context: object) -> Response:
    """The same, with the fragment alone for htmx, and the page around it for everybody else."""
    # A history restore asks for the whole page although htmx sends it.
    alone = request.headers.get("HX-Request") and not request.headers.get("HX-History-Restore-Request")
    response = show_page(fragment if alone else page, refusal, **context)
    response.vary.add("HX-Request")
    return response


def attachment(content: str | bytes | Iterable[bytes], name: str, media_type: str) -> Response:
    """A download that browsers save under this name and nobody keeps; `content` may come piece by piece."""
    plain = re.sub(r"[^\w .-]", "_", normalize("NFKD", name).encode("ascii", "ignore").decode(), flags=re.ASCII)
    saved_as = f'attachment; filename="{plain}"'
    if plain != name:  # RFC 6266: who does not know the second name takes the first
        saved_as += f"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {"Content-Disposition": saved_as, "Cache-Control": "no-store"}
    return Response(content, content_type=media_type, headers=headers)


class RowNumber(IntegerConverter):
    """An integer in an address with at most nine digits, as ids in the database have; larger ones are 404."""

    regex = r"\d{1,9}"


def page_number() -> int:
    """The page number in the request's parameter `page`; 1 if it is missing or invalid."""
    text = request.args.get("page", "")
    return max(1, int(text)) if text.isdecimal() and len(text) <= 6 else 1


def refuse_endless() -> None:
    """Refuse a form with more fields than its route takes, before a list of them is made."""
    if request.mimetype == FORM and request.get_data(cache=True).count(b"&") >= (request.max_form_parts or MAX_FIELDS):
        abort(413)


def refuse_unstorable() -> None:
    """Refuse input that no page sends: NUL, which PostgreSQL cannot store, and JSON instead of a form."""
    if request.is_json:
        abort(415)  # Flask-WTF would read it as a form
    pairs = (*request.args.items(multi=True), *request.form.items(multi=True))
    if any("\0" in text for text in (request.path, *chain(*pairs))):
        abort(400)


def check_form() -> None:
    """Refuse a form that no page of ours sent; every request is checked so, but those that the guard answers itself."""
    refuse_endless()
    refuse_unstorable()
    csrf.protect()


def show_time(moment: datetime | None, pattern: str = "short") -> str:
    """A time in the region's time zone and the page's language; a dash for None."""
    if pattern == "short" and language() == "en":
        pattern = "d MMM y, HH:mm"  # Babel's own is American: month first, twelve hours
    return "–" if moment is None else str(format_datetime(moment, pattern))


def show_number(number: float, digits: int = 0) -> str:
    """A number with the language's separators and a fixed number of decimals."""
    return _written_number(number, digits, str(get_locale()))


@lru_cache(maxsize=20_000)  # a board has many numbers, and most of them repeat
def _written_number(number: float, digits: int, locale: str) -> str:
    return str(numbers.format_decimal(number, format="#,##0." + "0" * digits if digits else "#,##0", locale=locale))


def init_web(app: Flask, settings: Settings) -> None:
    """Set up language, CSRF protection, htmx, security headers and the functions of templates."""
    app.config.update(
        BABEL_DEFAULT_LOCALE="de",
        BABEL_DEFAULT_TIMEZONE=str(TIME_ZONE),
        BABEL_TRANSLATION_DIRECTORIES=str(PACKAGE / "translations"),
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        MAX_FORM_PARTS=MAX_FIELDS,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session that holds it
        WTF_CSRF_SSL_STRICT=False,  # it checks the Referer header, which our Referrer-Policy suppresses
    )
    if settings.trusted_proxies:  # rate limits need the visitor's address, not the proxy's
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0, x_prefix=0
        )
    app.url_map.converters["int"] = RowNumber
    app.before_request(refuse_endless)
    app.before_request(refuse_unstorable)
    app.session_interface = SessionCookie()
    babel.init_app(app, locale_selector=choose_language)
    csrf.init_app(app)
    htmx.init_app(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(localised=localised, time=show_time, number=show_number)
    app.jinja_env.globals.update(LANGUAGES=LANGUAGES, language=language, asset=asset_url(), settings=settings)
    app.after_request(secure_headers(settings))
    app.after_request(compress_public)
    serve_static(app, settings)


def asset_url() -> Callable[[str], str]:
    """A function for the URL of a static file with a fingerprint of its content, so that browsers may cache it."""
    names: dict[str, str] = json.loads((ROOT / "static" / "manifest.json").read_text(encoding="utf-8"))
    return lambda name: f"{STATIC}{names[name]}"


def serve_static(app: Flask, settings: Settings) -> None:
    """Answer for static files in front of the application: as they were compressed at set-up, to be kept for good."""

    def headers(answer: Headers, path: str, url: str) -> None:
        for name, value in security_headers(settings).items():
            answer[name] = value

    files = WhiteNoise(
        app.wsgi_app, immutable_file_test=lambda path, url: True, allow_all_origins=False, add_headers_function=headers
    )
    files.add_files(str(ROOT / "static" / "built"), prefix=STATIC)
    app.wsgi_app = files  # type: ignore[method-assign]


def security_headers(settings: Settings) -> dict[str, str]:
    """What every answer tells the browser to refuse."""
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    }
    if settings.https:
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


def secure_headers(settings: Settings) -> Callable[[Response], Response]:
    """A function that adds the security headers to each response; only a page's own rule goes before them."""

    def add(response: Response) -> Response:
        for name, value in security_headers(settings).items():
            response.headers.setdefault(name, value)
        # Language and login decide what a page says; only what sets its own rule may be kept.
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.update(("Cookie", "Accept-Language"))
        return response

    return add


def coding_for(asked: BaseRequest) -> str | None:
    """How an answer may be compressed: for a browser with a session not at all, as its length would tell of secrets."""
    if not asked.cookies.keys().isdisjoint((SESSION_COOKIE, SECURE_SESSION_COOKIE)):
        return None
    return asked.accept_encodings.best_match(CODINGS)


def compress_public(response: Response) -> Response:
    """Compress what everybody gets alike; a page with a form has a token, and its session begins with this answer."""
    kind = response.mimetype or ""
    text = kind.startswith("text/") or kind in ("application/json", "image/svg+xml")
    if not text or response.is_streamed or response.direct_passthrough or response.status_code != 200:
        return response
    response.vary.add("Accept-Encoding")
    coding = coding_for(request)
    if coding is None or session or len(response.get_data()) < WORTH_IT:
        return response
    response.set_data(compressed(response.get_data(), coding))
    response.headers["Content-Encoding"] = coding
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same page, but not the same bytes
    return response


@lru_cache(maxsize=64)  # the same bytes are the same version, whoever asks for them
def compressed(body: bytes, coding: str) -> bytes:
    """The body in one of the codings; computed once for each version of a page that is in use."""
    if coding == "br":
        return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=5))  # higher ones take ten times as long
    return gzip.compress(body, mtime=0)
