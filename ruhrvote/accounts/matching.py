"""Normalising names, legal forms, towns and register numbers, and the keys by which likely duplicates are found."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# The longest first, in the form that `folded` returns.
LEGAL_FORMS = {
    "gesellschaft mit beschraenkter haftung": "gmbh",
    "unternehmergesellschaft haftungsbeschraenkt": "ug",
    "ug haftungsbeschraenkt": "ug",
    "gesellschaft buergerlichen rechts": "gbr",
    "offene handelsgesellschaft": "ohg",
    "kommanditgesellschaft": "kg",
    "aktiengesellschaft": "ag",
    "eingetragener kaufmann": "ek",
    "eingetragene kauffrau": "ek",
    "e kfm": "ek",
    "e kfr": "ek",
    "e k": "ek",
    "m b h": "mbh",
    "g m b h": "gmbh",
    "und": "",
    "u": "",
    "and": "",
    "inh": "inhaber",
    "co": "",
}
_FORM = re.compile(rf"\b({'|'.join(LEGAL_FORMS)})\b")
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "&": " und ", "+": " und "})
_BREAK = re.compile(r"[^a-z0-9]+")
_STREET = re.compile(r"(strasse|str)\b")
# Additions to a town's name that are often left out.
_BEHIND = re.compile(r" (an der ruhr|a d ruhr|am see|ruhr|westf|westfalen|rhld|rheinland)$")
# First digits of the region's postcodes, since towns named Hamm (57577), Werne and Wetter (35083) exist elsewhere too.
REGION_POSTCODES = ("44", "45", "46", "47", "58", "59")


def folded(text: str) -> str:
    """The text as lower-case letters and digits with single spaces: umlauts as two letters, no accents, punctuation."""
    text = text.casefold().translate(_LETTERS)
    if not text.isascii():
        text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return _BREAK.sub(" ", text).strip()


def name_key(name: str) -> str:
    """The normalised name of a firm, equal for common spellings of name and legal form."""
    return _FORM.sub(lambda found: LEGAL_FORMS[found[1]], folded(name)).replace(" ", "")


def register_key(number: str | None) -> str | None:
    """The normalised register number, with the court, if it is named; None without a digit."""
    key = folded(number or "").replace(" ", "")
    return key[:60] if any(mark.isdigit() for mark in key) else None


def place_keys(name: str, postcode: str | None, street: str | None) -> tuple[str | None, str | None]:
    """Keys of name with postcode, and of name with street; None where these are not known."""
    key = name_key(name)[:100]
    way = _STREET.sub("str", folded(street or "")).replace(" ", "")[:60]
    if not key:
        return None, None
    return (f"{key}|{postcode.strip()}" if postcode else None, f"{key}|{way}" if way else None)


class Places:
    """The region's municipalities, to be found by official key, or by name and postcode."""

    def __init__(self, municipalities: Iterable[tuple[int, str | None, str]]):
        self._by_key: dict[str, int] = {}
        self._by_name: dict[str, int] = {}
        for number, key, name in municipalities:
            if name.startswith("Kreis ") or name.endswith("-Kreis"):
                continue  # a district is no town
            if key:
                self._by_key[key] = number
            for spelling in (folded(name), _BEHIND.sub("", folded(name))):
                self._by_name.setdefault(spelling, number)
        self._named = lru_cache(maxsize=10_000)(self._find_named)

    def find(self, key: str, town: str, postcode: str) -> int | None:
        """The id of the municipality with this official key, or this town's name and postcode; None if unknown."""
        if key:
            return self._by_key.get(key.zfill(8))
        return self._named(town, postcode[:2]) if town else None

    def _find_named(self, town: str, zone: str) -> int | None:
        if zone and zone not in REGION_POSTCODES:
            return None
        for spelling in (folded(town), folded(town.partition("-")[0]), folded(town.partition(",")[0])):
            found = self._by_name.get(spelling) or self._by_name.get(_BEHIND.sub("", spelling))
            if found is not None:
                return found
        return None
