"""Our sheets, templates and scripts as tests read them: which class is styled where, and who uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ruhrvote.config import ROOT

STATIC = ROOT / "static"
# Each of these makes classes of a beginning and a word: `tier--{{ group.answer }}`.
COMPOSED = ("kind--", "p-series-", "p-course-", "tier--")
KERN = ROOT / ".front-end/node_modules/@kern-ux/native/dist/kern.css"
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")


def sheets() -> list[Path]:
    """The sheets that are ours, with those that the set-up makes left out."""
    own = (path for path in STATIC.rglob("*.css") if path.relative_to(STATIC).parts[0] not in ("built", "vendor"))
    return sorted(own)


def selectors(sheet: Path) -> Iterator[str]:
    """Every selector of a sheet, one by one; those of keyframes and fonts are none."""
    text = re.sub(r"/\*.*?\*/|\"[^\"]*\"", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)
    inside: list[str] = []
    for prelude, end in re.findall(r"([^{};]*)([{};])", text):
        if end == "{":
            inside.append(prelude.strip())
            if not inside[-1].startswith("@") and not any(outer.startswith("@keyframes") for outer in inside):
                yield from parts(inside[-1])
        elif end == "}":
            inside.pop()


def parts(selector_list: str) -> Iterator[str]:
    """The selectors of a list, whose commas inside of brackets separate nothing."""
    depth, part = 0, ""
    for sign in selector_list:
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += sign
    yield part.strip()


def styled() -> dict[str, set[Path]]:
    """Each class that our sheets name, with the sheets that do."""
    found: dict[str, set[Path]] = {}
    for sheet in sheets():
        for selector in selectors(sheet):
            for name in CLASS.findall(selector):
                found.setdefault(name, set()).add(sheet)
    return found


def used() -> set[str]:
    """Each class that a template or a script names, as far as it stands there in one piece."""
    found: set[str] = set()
    for template in (ROOT / "templates").rglob("*.html"):
        if template.name == "styleguide.html":
            continue  # to be shown there is not to be of use
        text = re.sub(r"\{#.*?#\}", "", template.read_text(encoding="utf-8"), flags=re.DOTALL)
        for value in re.findall(r'class="((?:[^"{]|\{\{.*?\}\}|\{%.*?%\}|\{)*)"', text, flags=re.DOTALL):
            found |= class_words(value)
        for value in re.findall(r'class=("[\w -]*")|block kind %\}([^{]*)\{%', text):
            found |= class_words(" ".join(value).replace('"', " "))
    for module in (ROOT / "ruhrvote" / "review").rglob("*.py"):
        found |= set(re.findall(r"\bp-[a-z]+\b(?!-)|\bpicture__\w+", module.read_text(encoding="utf-8")))
    return found


def class_words(value: str) -> set[str]:
    """The classes in an attribute: its words, and those in the strings of its expressions."""
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "\0", value, flags=re.DOTALL)
    expressions = " ".join(re.findall(r"\{\{.*?\}\}", value, flags=re.DOTALL))
    strings = re.findall(r"\"([^\"]*)\"", re.sub(r"[=!]= \"[^\"]*\"", "", expressions))  # not what is only compared
    words = " ".join([plain, *strings]).split()
    return {word.replace("\0", "") for word in words if not re.search(r"--\0|^\0$", word)} - {""}
