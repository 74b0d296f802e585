"""A visitor without JavaScript: fetches pages, fills in forms as they stand there, and audits all it sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit
from xml.etree import ElementTree as ET

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.page_audit import faults_of_fragment, faults_of_page, parse, show, text_of

Fields = Mapping[str, str | list[str]]


class Visitor(FlaskClient):
    """Flask's test client, for which CSRF protection is on and every HTML answer is audited."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400 and response.data:
            html = response.get_data(as_text=True)
            alone = "HX-Request" in response.request.headers and not html.lstrip().lower().startswith("<!doctype")
            faults = faults_of_fragment(html) if alone else faults_of_page(html)
            if faults:
                listed = "\n".join(f"- {fault}" for fault in faults)
                raise AssertionError(f"{response.request.method} {response.request.path} is not sound:\n{listed}")
        return response

    def page(self, path: str, status: int = 200, **kwargs: Any) -> Page:
        """Fetch a page, follow redirects, and insist on the final status."""
        response = self.get(path, follow_redirects=True, **kwargs)
        assert response.status_code == status, f"{path} answered {response.status}"
        return Page(self, response)


class Page:
    """A page as the visitor sees it."""

    def __init__(self, visitor: Visitor, response: TestResponse):
        self.visitor = visitor
        self.response = response
        self.path = response.request.path
        self.html = response.get_data(as_text=True)
        self.root, _ = parse(self.html, fragment=False)

    @property
    def h1(self) -> str:
        return text_of(self.root.find(".//h1"))

    @property
    def text(self) -> str:
        """All text of the body, with single spaces."""
        return text_of(self.root.find("body"))

    def link(self, text: str) -> str:
        """Where the only link with this text leads."""
        found = {link.get("href", "") for link in self.root.iter("a") if text_of(link) == text}
        assert len(found) == 1, f"{self.path} has {len(found)} different links {text!r}"
        return found.pop()

    def follow(self, text: str, status: int = 200) -> Page:
        """Follow the link with this text."""
        return self.visitor.page(urljoin(self.path, self.link(text)), status)

    def submit(
        self,
        fields: Fields | None = None,
        *,
        button: str | None = None,
        action: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        """Fill in the form that has these fields and press its button; everything else stays as it is.

        `button` is a button's text or value, `action` the path that the form is sent to; both tell forms
        apart that have the same fields. Redirects are followed and the final status is insisted on.
        """
        found = [form for form in map(Form, self.root.iter("form")) if form.fits(fields or {}, button, action)]
        assert len(found) == 1, f"{len(found)} forms of {self.path} have {list(fields or {})}, {button!r}, {action!r}"
        target, method, data = found[0].filled(fields or {}, button)
        target = urljoin(self.path, target) if target else self.path
        kwargs: dict[str, Any] = {"follow_redirects": True, "headers": headers}
        if method == "post":
            response = self.visitor.post(target, data=data, **kwargs)
        else:
            response = self.visitor.get(f"{urlsplit(target).path}?{urlencode(data, doseq=True)}", **kwargs)
        assert response.status_code == status, (
            f"{target} answered {response.status}: {Page(self.visitor, response).text}"
        )
        return Page(self.visitor, response)


class Form:
    """A form with the values that it has on the page."""

    def __init__(self, element: ET.Element):
        self.element = element
        off = {
            child for field in element.iter("fieldset") if field.get("disabled") is not None for child in field.iter()
        }
        live = [child for child in element.iter() if child.get("disabled") is None and child not in off]
        self.controls = [child for child in live if child.tag in ("input", "select", "textarea") and child.get("name")]
        self.buttons = [
            child
            for child in live
            if (child.tag == "button" and child.get("type", "submit") == "submit")
            or (child.tag == "input" and child.get("type") == "submit")
        ]

    def fits(self, fields: Fields, button: str | None, action: str | None) -> bool:
        names = {control.get("name") for control in self.controls}
        targets = {urlsplit(target).path for target in self.targets()}
        return fields.keys() <= names and (button is None or bool(self.pressed(button))) and action in (None, *targets)

    def targets(self) -> Iterator[str]:
        yield self.element.get("action", "")
        yield from (button.get("formaction", "") for button in self.buttons if button.get("formaction"))

    def pressed(self, button: str | None) -> list[ET.Element]:
        if button is None:
            return self.buttons[:1]
        return [
            found for found in self.buttons if button in (text_of(found), found.get("value"), found.get("aria-label"))
        ]

    def filled(self, fields: Fields, button: str | None) -> tuple[str, str, dict[str, list[str]]]:
        """Where the form is sent, how, and with which values once `fields` are filled in."""
        data: dict[str, list[str]] = {}
        offered: dict[str, set[str]] = {}
        for control in self.controls:
            name, kind = control.get("name", ""), control.get("type", "text")
            if control.tag == "textarea":
                data.setdefault(name, []).append((control.text or "").removeprefix("\n"))
            elif control.tag == "select":
                options = [(option.get("value", text_of(option)), option) for option in control.iter("option")]
                chosen = [value for value, option in options if option.get("selected") is not None]
                offered.setdefault(name, set()).update(value for value, _ in options)
                single = [] if control.get("multiple") is not None else [value for value, _ in options][:1]
                data.setdefault(name, []).extend(chosen or single)
            elif kind in ("radio", "checkbox"):
                offered.setdefault(name, set()).add(control.get("value", "on"))
                if control.get("checked") is not None:
                    data.setdefault(name, []).append(control.get("value", "on"))
            elif kind not in ("submit", "button", "reset", "file"):
                data.setdefault(name, []).append(control.get("value", ""))
        for name, value in fields.items():
            values = [value] if isinstance(value, str) else value
            wrong = set(values) - offered.get(name, set(values))
            assert not wrong, f"{show(self.element)} does not offer {wrong} for {name}"
            data[name] = values
        target, method = self.element.get("action", ""), self.element.get("method", "get").lower()
        for pressed in self.pressed(button):
            target, method = pressed.get("formaction", target), pressed.get("formmethod", method).lower()
            if pressed.get("name"):
                data[pressed.get("name", "")] = [pressed.get("value", "")]
        return target, method, data
