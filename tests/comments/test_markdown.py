"""The text of a comment as HTML: a small subset, whatever is typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ruhrvote.comments.text import as_html, tidy

pytestmark = pytest.mark.once

TAG = re.compile(r"<(/?)([a-z]+)([^>]*)>")
ALLOWED = {"p", "br", "strong", "em", "code", "ul", "ol", "li", "blockquote", "a"}
PIECES = st.sampled_from(
    [
        "<script>",
        "</p>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        "[a](",
        ")",
        "![",
        "]",
        "**",
        "_",
        "`",
        "\n",
        "\n\n",
        "- ",
        "> ",
        "1. ",
        "# ",
        "http://[",
        "https://x.example/",
        "&lt;",
        "&#106;",
        "\\",
        "|",
        "<",
        '"',
        "' ",
        "data:text/html,x",
        "//evil.example",
        "a",
        "ä",
    ]
)


@settings(deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200))
@example("[z](http://[)")
def test_whatever_is_typed_only_the_subset_comes_out(text: str) -> None:
    html = str(as_html(tidy(text)))
    for end, name, attributes in TAG.findall(html):
        assert name in ALLOWED
        if name == "a" and not end:
            assert not attributes or 'rel="nofollow noopener noreferrer"' in attributes
            assert all(re.match(r"(https?:|mailto:)", target) for target in re.findall(r'href="([^"]*)"', attributes))
        known = {"a": r' (href|rel)="[^"<>]*"', "ol": r' start="\d+"'}.get(name, "^$")
        assert not re.sub(known, "", attributes).strip()
    assert "<" not in TAG.sub("", html)


@pytest.mark.parametrize(
    ("typed", "html"),
    [
        ("**fett** und *betont*", "<p><strong>fett</strong> und <em>betont</em></p>"),
        ("Zeile\nZeile\n\nAbsatz", "<p>Zeile<br>\nZeile</p>\n<p>Absatz</p>"),
        ("- eins\n- zwei", "<ul>\n<li>eins</li>\n<li>zwei</li>\n</ul>"),
        ("2026. Jahr", '<ol start="2026">\n<li>Jahr</li>\n</ol>'),
        ("# Keine Überschrift", "<p># Keine Überschrift</p>"),
        ("<b>x</b> & y", "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>"),
        ("[Bank](javascript:alert(1))", "<p>Bank</p>"),
        (
            "[Bank](https://evil.example/bank)",
            '<p><a href="https://evil.example/bank" rel="nofollow noopener noreferrer">Bank</a> (evil.example)</p>',
        ),
        (
            "https://a.example/x",
            '<p><a href="https://a.example/x" rel="nofollow noopener noreferrer">https://a.example/x</a></p>',
        ),
        (
            "![Bild](https://a.example/x.png)",
            '<p><a href="https://a.example/x.png" rel="nofollow noopener noreferrer">Bild</a> (a.example)</p>',
        ),
    ],
)
def test_the_subset(typed: str, html: str) -> None:
    assert str(as_html(typed)).strip() == html


def test_stacked_marks_do_not_run_over_other_lines() -> None:
    assert len(tidy("Z" + "\u0301" * 500 + "algo ist gezähmt")) < 30


def test_nested_lists_and_quotations_end() -> None:
    assert str(as_html("> " * 900 + "x")).count("<blockquote>") == 3
