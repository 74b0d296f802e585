"""The audit of HTML that every page fetched by a test must pass."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from xml.etree import ElementTree as ET

import html5lib

NEEDS_NO_LABEL = {"hidden", "submit", "button", "reset"}
REFERENCES = ("for", "aria-labelledby", "aria-describedby")


def faults_of_page(html: str) -> list[str]:
    """What is wrong with a whole page, in sentences; empty if nothing is."""
    root, invalid = parse(html, fragment=False)
    faults = list(invalid)
    headings = [text_of(heading) for heading in root.iter("h1")]
    title = text_of(root.find("head/title"))
    if len(headings) != 1:
        faults.append(f"there are {len(headings)} h1: {headings}")
    elif not headings[0] or headings[0] not in title:
        faults.append(f"the title {title!r} does not contain the h1 {headings[0]!r}")
    if root.get("lang") not in ("de", "en"):
        faults.append(f"html lang is {root.get('lang')!r}")
    ids = {element.get("id") for element in root.iter()}
    faults += [
        f"{show(element)}: {attribute} points to {target!r}, which is not on the page"
        for element in elements(root)
        for attribute in REFERENCES
        for target in element.get(attribute, "").split()
        if target not in ids
    ]
    return faults + faults_everywhere(root)


def faults_of_fragment(html: str) -> list[str]:
    """What is wrong with a piece that htmx swaps in: the same, and that it must have one root element."""
    root, invalid = parse(html, fragment=True)
    faults = list(invalid)
    if len(root) != 1 or (root.text or "").strip() or (root[0].tail or "").strip():
        faults.append(f"a fragment has one root element, this has {len(root)} and perhaps text beside it")
    return faults + faults_everywhere(root)


@lru_cache(maxsize=8)
def parse(html: str, fragment: bool) -> tuple[ET.Element, tuple[str, ...]]:
    """The tree of a page or fragment and the parser's complaints; remembered, as the test will read it next."""
    parser = html5lib.HTMLParser(html5lib.getTreeBuilder("etree"), namespaceHTMLElements=False)
    root = parser.parseFragment(html) if fragment else parser.parse(html)
    lines = html.splitlines()
    faults = (
        f"invalid HTML, {code} {details} in line {line}: {lines[line - 1].strip() if line <= len(lines) else ''}"
        for (line, _), code, details in parser.errors
    )
    return root, tuple(faults)


def faults_everywhere(root: ET.Element) -> list[str]:
    faults = []
    ids = Counter(element.get("id") for element in root.iter() if element.get("id") is not None)
    faults += [f"the id {name!r} occurs {count} times" for name, count in ids.items() if count > 1]
    labelled = {label.get("for") for label in root.iter("label") if text_of(label)}
    wrapped = {child for label in root.iter("label") if text_of(label) for child in label.iter()}
    for element in elements(root):
        named = element.get("aria-label") or element.get("aria-labelledby")
        control = element.tag in ("input", "select", "textarea") and element.get("type") not in NEEDS_NO_LABEL
        if control and not named and element.get("id") not in labelled and element not in wrapped:
            faults.append(f"{show(element)} has no label")
        if element.tag in ("a", "button") and not (named or text_of(element) or alternative(element)):
            faults.append(f"{show(element)} says nothing")
        if element.tag == "img" and element.get("alt") is None:
            faults.append(f"{show(element)} has no alt")
        if element.tag == "style" or element.get("style") is not None:
            faults.append(f"{show(element)} carries inline style")
        if element.tag == "script" and (element.get("src") is None or (element.text or "").strip()):
            faults.append(f"{show(element)} carries an inline script")
        if element.get("href", "").lower().startswith("javascript:"):
            faults.append(f"{show(element)} runs a script")
        faults += [f"{show(element)} has {name}" for name in element.attrib if re.match(r"on|hx-on", name)]
        if element.tag == "form" and element.get("method", "").lower() == "post":
            names = [field.get("name") for field in element.iter("input")]
            if names.count("csrf_token") != 1:
                faults.append(f"{show(element)} has {names.count('csrf_token')} csrf_token")
    return faults


def elements(root: ET.Element) -> Iterator[ET.Element]:
    """All elements, without comments."""
    return (element for element in root.iter() if isinstance(element.tag, str))


def text_of(element: ET.Element | None) -> str:
    """The text that an element shows, with single spaces."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def alternative(element: ET.Element) -> str:
    """The text that stands for the pictures inside an element."""
    return "".join(image.get("alt", "") for image in element.iter("img"))


def show(element: ET.Element) -> str:
    """The start tag of an element, to find it by."""
    attributes = " ".join(f'{name}="{value}"' for name, value in element.items())
    return f"<{element.tag} {attributes}>"
