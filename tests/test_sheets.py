"""Sheets and templates know each other: every class is styled in one place, and nothing is styled or named in vain."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.sheets import CLASS, COMPOSED, KERN, STATIC, selectors, sheets, styled, used

pytestmark = pytest.mark.once

# What a script puts on an element, and what only scripts and tests find elements by.
BY_SCRIPT = {"answer--unsent", "fell", "live--on", "rose", "sortable-fallback", "sortable-ghost"}
HANDLES = {
    "boards__nav",
    "log-out",
    "next",
    "place__ideas",
    "summary__count",
    "thread",
    "way__step",
    "withdraw",
}
# Icons that are named somewhere else than where they are drawn, and those of alerts.
ICONS = ("account-circle", "arrow-forward", "check", "danger", "dehaze", "info", "success", "warning")
# What a page is put together from; the rest belongs to single pages.
LAYERS = {"tokens": "tokens.css", "base": "base.css", "components": "components/", "pages": "pages/"}


def ours(names: set[str]) -> set[str]:
    return {name for name in names if not name.startswith("kern-")}


def test_a_class_is_styled_in_one_file() -> None:
    files: dict[str, set[str]] = {}
    for sheet in sheets():
        for selector in selectors(sheet):
            first = CLASS.search(selector)
            if first is None:
                assert sheet.name in ("base.css", "tokens.css"), f"{sheet.name} styles {selector} without a class"
            else:
                files.setdefault(first[1], set()).add(sheet.name)
    assert len(files) > 200
    assert not {name: where for name, where in files.items() if len(where) > 1}
    # And what stands behind the first class of a selector is styled somewhere for itself, or is a part of it.
    orphans = {name for name in ours(set(styled())) - files.keys()}
    assert not {name for name in orphans if name not in used()}


def test_every_class_that_is_styled_is_used() -> None:
    composed = {name for name in styled() if name.startswith(COMPOSED)}
    unused = ours(set(styled())) - composed - used()
    assert unused == BY_SCRIPT
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (STATIC / "scripts").rglob("*.js"))
    by_sortable = {name for name in BY_SCRIPT if name.startswith("sortable-")}
    assert all(f'"{name}"' in scripts for name in BY_SCRIPT - by_sortable)


def test_every_class_that_is_used_is_styled() -> None:
    assert ours(used()) - styled().keys() == HANDLES


def test_every_class_of_the_design_system_exists_there() -> None:
    known = {name for selector in selectors(KERN) for name in CLASS.findall(selector)}
    named = {name for name in used() | styled().keys() if name.startswith("kern-") and not name.endswith(("--", "__"))}
    assert len(named) > 50
    assert named <= known


def test_what_is_used_of_the_design_system_is_served_and_the_rest_is_not() -> None:
    served = classes_served()
    names = used() | {f"kern-icon--{icon}" for icon in ICONS}
    for selector in selectors(KERN):
        classes = set(CLASS.findall(selector))
        if classes and classes <= names and ":not(" not in selector:
            assert classes <= served, selector
    known = {name for selector in selectors(KERN) for name in CLASS.findall(selector)}
    assert {f"kern-icon--{icon}" for icon in ICONS} <= served
    assert len(known - served) > 300
    assert built_sheet().stat().st_size < KERN.stat().st_size / 2


def classes_served() -> set[str]:
    return set(CLASS.findall(built_sheet().read_text(encoding="utf-8")))


def built_sheet() -> Path:
    names = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    return STATIC / "built" / str(names["app.css"])


def test_sheets_name_no_width_but_the_four() -> None:
    named = (STATIC / "breakpoints.css").read_text(encoding="utf-8")
    assert len(set(re.findall(r"min-width: (\S+)\)", named))) == 4
    for sheet in sheets():
        if sheet.name != "breakpoints.css":
            found = re.findall(r"@(?:media|container)[^{]*\b(?:width|height)\b[^{]*", sheet.read_text(encoding="utf-8"))
            assert not found, f"{sheet.name}: {found}"


def test_every_sheet_is_in_a_layer() -> None:
    entry = (STATIC / "app.css").read_text(encoding="utf-8")
    imported = dict(re.findall(r'@import "([^"]+)"(?: layer\((\w+)\))?;', entry))
    own = {path.relative_to(STATIC).as_posix() for path in sheets()} - {"app.css"}
    assert own == {name for name in imported if not name.startswith("../")}
    for layer, beginning in LAYERS.items():
        assert {name for name in own if name.startswith(beginning)} == {
            n for n, where in imported.items() if where == layer
        }
    assert "@layer kern, tokens, base, components, pages;" in entry


def test_every_variable_that_is_used_is_set() -> None:
    served = built_sheet().read_text(encoding="utf-8")
    set_there = set(re.findall(r"(--[\w-]+):", served))
    assert len(set_there) > 100
    assert set(re.findall(r"var\((--[\w-]+)", served)) <= set_there


def test_no_sheet_is_left_with_a_named_width() -> None:
    assert "@media (--" not in built_sheet().read_text(encoding="utf-8"), "browsers do not know these names"
