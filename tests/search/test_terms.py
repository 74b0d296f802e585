"""How words become what the index keeps, and what a query asks for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ruhrvote.search.terms import excerpt, highlighted, terms, tokens

pytestmark = pytest.mark.once


def finds(query: str, text: str) -> bool:
    """What the databases do with tokens and terms, in the plainest way."""
    kept = tokens(text).split()
    return bool(terms(query)) and all(term.matches(kept) for term in terms(query))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Brücke", "Viele Brücken sind gesperrt."),
        ("bruecken", "Die Brücke ist gesperrt."),
        ("brucke", "Die Brücke ist gesperrt."),
        ("Brücken", "Die Brückensanierung dauert."),
        ("Häuser", "Ein Haus am Kanal"),
        ("Haus", "Alte Häuser am Kanal"),
        ("Straße", "Die Strassen sind voll."),
        ("strasse", "Die Straße ist voll."),
        ("STRASSE", "Die Straße ist voll."),
        ("cities", "One city leads."),
        ("planning", "They plan together."),
        ("businesses", "A new business"),
        ("busine", "A new business"),
        ("Wasserst", "Ein Netz für Wasserstoff"),
        ("A 40", "Stau auf der A 40, jeden Tag."),
        ("gesperrt Brücke", "Die Brücke ist gesperrt."),
        ("cafe", "Das Café am Markt"),
        ("Bru\u0308cke", "Die Brücke ist gesperrt."),
        ("日本", "Partner in 日本 gesucht"),
    ],
)
def test_a_word_is_found_in_its_forms(query: str, text: str) -> None:
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("Brücke Tunnel", "Die Brücke ist gesperrt."),
        ("Stoff", "Ein Netz für Wasserstoff"),
        ("neu", "Netze für alle"),
        ("", "Irgendein Text"),
        ("?!", "Irgendein Text?!"),
    ],
)
def test_and_not_in_others(query: str, text: str) -> None:
    assert not finds(query, text)


@settings(deadline=None)  # the first stemmers take their time on a busy machine
@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_can_be_marked_and_stays_the_same(text: str, query: str) -> None:
    assert "".join(piece for piece, _ in highlighted(text, terms(query))) == text
    assert all(token.isalnum() for token in tokens(text).split())


@settings(deadline=None)  # the first stemmers take their time on a busy machine
@given(st.text(alphabet=st.characters(categories=("L", "Nd")), min_size=1, max_size=30))
def test_every_word_finds_itself(word: str) -> None:
    assert finds(word, word)


def test_an_excerpt_shows_the_first_word_that_was_found_and_cuts_no_word() -> None:
    text = "Anfang " * 100 + "Brücke " + "Ende " * 100
    shown = excerpt(text, terms("Brücken"))
    assert "Brücke" in shown
    assert set(shown.split()) == {"…", "Anfang", "Brücke", "Ende"}
    assert len(shown) < 260
    assert excerpt("kurz", terms("lang")) == "kurz"
