"""Words as they are indexed and searched for. Pure, so that both databases get the same words.

The language of a comment is not known, so each word is indexed in three forms, all without accents: as written, and
stemmed by the Snowball stemmers of German and of English. The German stemmer reads ae, oe and ue as umlauts, ß as ss.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+")
LONGEST_WORD = 40  # characters; PostgreSQL refuses a lexeme of more than 2 kB, and nobody searches for longer words
MOST_TERMS = 8
SHORTEST_STEM = 4  # characters of a stem that also matches longer words: Brücken finds Brückensanierung
SHORTEST_BEGINNING = 3


@dataclass(frozen=True)
class Term:
    """One word of a query: it matches any of these forms, and longer words that start with `beginning`."""

    forms: frozenset[str]
    beginning: str  # empty if it is too short

    def matches(self, forms: Iterable[str]) -> bool:
        """Whether a word with these forms matches this term."""
        return any(form in self.forms or (self.beginning and form.startswith(self.beginning)) for form in forms)


def tokens(*texts: str) -> str:
    """All forms of all words of the texts, each once, separated by spaces: the content of the index."""
    return " ".join(sorted({form for text in texts for word in _words(text) for form in _forms(word)}))


def terms(query: str) -> tuple[Term, ...]:
    """The terms of a query, at most MOST_TERMS; each of them must occur. Empty if the query has no word."""
    found = dict.fromkeys(_term(word) for word in _words(query))
    return tuple(found)[:MOST_TERMS]


def highlighted(text: str, wanted: Sequence[Term]) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a match."""
    done = 0
    for match in WORD.finditer(text):
        forms = [form for word in _words(match.group()) for form in _forms(word)]
        if any(term.matches(forms) for term in wanted):
            if match.start() > done:
                yield text[done : match.start()], False
            yield match.group(), True
            done = match.end()
    if done < len(text):
        yield text[done:], False


def excerpt(text: str, wanted: Sequence[Term], length: int = 240) -> str:
    """A part of the text around the first match, cut between words, of about `length` characters."""
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    before = ""
    for piece, found in highlighted(text, wanted):
        if found:
            break
        before += piece
    start = max(0, min(len(before) - length // 3, len(text) - length))
    if start:
        start = text.find(" ", start) + 1
    end = text.rfind(" ", start, start + length + 1) if start + length < len(text) else len(text)
    end = end if end > start else start + length
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"


def _words(text: str) -> list[str]:
    return [word[:LONGEST_WORD] for word in WORD.findall(unicodedata.normalize("NFKC", text).casefold())]


def _term(word: str) -> Term:
    german, english, written = _stem("german", word), _stem("english", word), _plain(word)
    beginning = german if len(german) >= SHORTEST_STEM else written if len(written) >= SHORTEST_BEGINNING else ""
    return Term(frozenset((german, english, written)), beginning)


def _forms(word: str) -> frozenset[str]:
    return _term(word).forms


@lru_cache(maxsize=50_000)
def _stem(language: str, word: str) -> str:
    import snowballstemmer  # here: it loads the stemmers of 30 languages, and many commands search for nothing

    # A stemmer is not thread-safe, so each call makes its own, which is cheap.
    return _plain(snowballstemmer.stemmer(language).stemWord(word)) or _plain(word)


def _plain(word: str) -> str:
    """The word without accents; a word of nothing but accents stays as it is."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", word) if not unicodedata.combining(letter))
    return bare or word
