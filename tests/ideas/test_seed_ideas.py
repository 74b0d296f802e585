"""The 40 ideas of the seed: complete, in order, in our own words."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ruhrvote.ideas.models import Idea
from ruhrvote.seeding import read_ideas
from tests.ideas.hash_source import sequences, short_hash

HERE = Path(__file__).parent

THEMES = {
    "mobility": ("Mobilität", range(1, 10)),
    "digital": ("Digitalisierung und Innovation", range(10, 22)),
    "mittelstand": ("Mittelstand", range(22, 25)),
    "energy": ("Energie", range(25, 28)),
    "land": ("Flächen", range(28, 33)),
    "education": ("Bildung und Fachkräftesicherung", range(33, 40)),
    "further": ("Weitere wichtige Ideen", range(40, 41)),
}

# The first idea on each page of the document that has one.
FIRST_ON_PAGE = {3: 1, 4: 4, 5: 8, 6: 10, 7: 13, 8: 16, 9: 19, 10: 22, 11: 25, 12: 27, 13: 28, 14: 30, 15: 33, 16: 37}

# The headings of the document's chapters.
TITLES = """
Planungsbeschleunigung aller BVWP-Projekte im Ruhrgebiet
Einführung eines Baustellenmanagements Ruhr
Gründung der RuhrGES - Planungsgesellschaft
Kompetenzzentrum für autonome Binnenschiffe
Stärkung des Kompetenzfeldes Schienenlogistik
Einrichtung von Testfeldern für luftgebundene Innovationen in Weeze-Münster-Dortmund
Aufsetzen eines LKW-Parkraumprogramms
Weiterentwicklung des ÖPNV im Ruhrgebiet zur On-Demand-Modellregion
Förderung „betrieblicher Mobilität“
Entwicklung des Ruhrgebiets zur Glasfasermodellregion
Etablierung eines digitalen Behördenportals – Smarter Wirtschaftsstandort Ruhr
Gründung eines 3D-Druck-Kompetenzzentrums Ruhr
Weiterentwicklung des Start-up-Ökosystems – Ruhr
Smart Urban Area Ruhr (Bündelung von Smart City-Ideen)
Etablierung eines „Open Data Portals Ruhr“ und Förderung des Einsatzes von eID-Systemen
Gründung eines Kompetenzzentrums CyberSicherheit
Gründung eines Forschungsschwerpunkts Künstliche Intelligenz
Gründung eines europäischen Blockchain-Instituts
Innovations- und Technologie-Initiative Mittelstand Ruhr (InNoTeCh-Mittelstand Ruhr)
Veranstaltung der Expo.Real im Ruhrgebiet
Schaffung neuer Lebens-, Wissens- und Technologieparks am Beispiel des Projektes „Smart Rhino“
Außenwirtschaftskampagne Ruhr
Ruhr-Bündnis für lebendige Stadtzentren
Zulieferinitiative Ruhr
Gestaltung nachhaltiger Quartiere – Das Ruhrgebiet als Pilotregion für den „Sanierungsfahrplan.Quartier.NRW“
Initiierung der „Renewables Ruhr“ zum Ausbau erneuerbarer Energien
Etablierung einer Speicherlandschaft Ruhr
Entwicklung der Metropole Ruhr als Modellregion zur beschleunigten Aktivierung von Brachflächen
Realisierung regionaler Kooperationsstandorte / Unterstützung von newPark
Flächen für kleine und mittlere Produktions- und Dienstleistungsbetriebe schaffen
Verstärkte Kooperation zur Mobilisierung von gewerblichen Flächen
IGA Metropole Ruhr 2027 im Ruhrgebiet: Gewerbe und Grünflächen
Aktionsprogramm Berufsschulen im Ruhrgebiet
Schaffung von kostengünstigem Wohnraum für Azubis
Ausweitung des Förderkonzepts „Smart Learning Space“ auf das Ruhrgebiet
Förderung der Digitalisierung in der Aus- und Weiterbildung / Einführung des Digitalen Bildungspakts
Für An- und Ungelernte: Ideen wie Teilqualifikationen oder Valikom im Ruhrgebiet umsetzen.
Ausweitung des Duisburger Schulmodells auf das Ruhrgebiet
Projektlabore für Schüler – Aufbau eines Systems von Makerspaces
Forcierung der Bewerbung um die Olympischen Spiele 2032
""".strip().splitlines()

# How each abbreviation is spelled out, in the idea's text that uses it.
ABBREVIATIONS = {
    "AAV": "Verband für Flächenrecycling und Altlastensanierung",
    "ASB": "Allgemeinen Siedlungsbereich",
    "BVWP": "Bundesverkehrswegeplan",
    "DEGES": "Deutsche Einheit Fernstraßenplanungs- und -bau GmbH",
    "DOSB": "Deutsche Olympische Sportbund",
    "GIB": "Bereich für gewerbliche und industrielle Nutzungen",
    "HWK": "Handwerkskammern",
    "IGA": "Internationale[n]? Gartenausstellung",
    "IHK": "Industrie- und Handelskammern",
    "IT": "Informationstechnik",
    "KMU": "[Kk]leine[n]? und mittlere[n]? Unternehmen",
    "KV": "Kombinierten Verkehr",
    "Lkw": "Lastkraftwagen",
    "NRW": "Nordrhein-Westfalen",
    "RRX": "Rhein-Ruhr-Express",
    "RVR": "Regionalverband Ruhr",
    "eID": "elektronische Identitäten",
    "ÖPNV": "öffentliche[nr]? Personennahverkehr",
}
NAMES = {"RuhrGES", "ruhr:HUB", "Bürger-ID"}  # that look like abbreviations and are none

LANGUAGES = ("de", "en")
Record = dict[str, Any]


@cache
def seed() -> dict[str, list[Record]]:
    return read_ideas()


def ideas() -> list[Record]:
    return seed()["idea"]


def text(idea: Record, language: str) -> str:
    return f"{idea[f'goal_{language}']} {idea[f'background_{language}']}"


def facts() -> list[Record]:
    return tomllib.loads((HERE / "facts.toml").read_text(encoding="utf-8"))["facts"]


@cache
def source_hashes() -> frozenset[str]:
    return frozenset((HERE / "source_hashes.txt").read_text(encoding="ascii").split())


def copied(written: str) -> list[str]:
    """The nine-word sequences of a text that are also in the document."""
    return [sequence for sequence in sequences(written) if short_hash(sequence) in source_hashes()]


def test_there_are_seven_themes_in_order_and_the_last_is_not_ranked() -> None:
    assert [(theme["key"], theme["name_de"]) for theme in seed()["theme"]] == [
        (key, name) for key, (name, _) in THEMES.items()
    ]
    assert [theme["key"] for theme in seed()["theme"] if not theme.get("ranked", True)] == ["further"]


def test_there_are_forty_ideas_in_order_each_in_its_theme() -> None:
    assert [idea["number"] for idea in ideas()] == list(range(1, 41))
    assert [idea["theme"] for idea in ideas()] == [key for key, (_, numbers) in THEMES.items() for _ in numbers]


def test_each_idea_names_its_page_of_the_document() -> None:
    for idea in ideas():
        assert idea["page"] == max(page for page, first in FIRST_ON_PAGE.items() if first <= idea["number"])


def test_titles_are_those_of_the_document() -> None:
    assert [idea["title_de"] for idea in ideas()] == TITLES


def test_short_titles_are_short_and_tell_the_ideas_apart() -> None:
    for language in LANGUAGES:
        short = [idea[f"short_{language}"] for idea in ideas()]
        assert [title for title in short if len(title) > 45] == []
        assert len(set(short)) == 40
    assert [title for title in short if re.search(r"\b(?!3D)[A-ZÄÖÜ]{2,}\b", title)] == []


def test_no_text_is_missing_empty_or_untidy() -> None:
    texts = {f"{name}_{language}" for name in ("title", "short", "goal", "background") for language in LANGUAGES}
    fields = {"number", "theme", "page"} | texts
    for idea in ideas():
        assert idea.keys() == fields, idea["number"]
        assert fields <= {*Idea.__table__.columns.keys(), "theme"}
        for name, value in idea.items():
            if isinstance(value, str):
                assert value, (idea["number"], name)
                assert value == " ".join(value.split()), (idea["number"], name)
        for language in LANGUAGES:
            for name in ("goal", "background"):
                assert idea[f"{name}_{language}"].endswith("."), (idea["number"], name, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fact_that_the_document_names_is_in_our_text(language: str) -> None:
    assert [fact["number"] for fact in facts()] == list(range(1, 41))
    missing = [
        (fact["number"], wanted)
        for fact, idea in zip(facts(), ideas(), strict=True)
        for wanted in fact[language]
        if wanted not in text(idea, language)
    ]
    assert missing == []


def test_every_abbreviation_is_spelled_out_where_it_is_used() -> None:
    for idea in ideas():
        words = re.findall(r"[\w:-]+", text(idea, "de"))
        capitals = {word for word in words if re.search(r"[A-ZÄÖÜ]{2}", word)} | {"Lkw"} & set(words)
        for word in capitals - NAMES:
            short = next((known for known in ABBREVIATIONS if known in re.split(r"[-.]", word)), None)
            assert short, f"idea {idea['number']} uses {word!r}, which is neither a known abbreviation nor a name"
            assert re.search(ABBREVIATIONS[short], text(idea, "de")), (idea["number"], short)


@pytest.mark.parametrize("field", ["goal_de", "background_de"])
def test_no_nine_consecutive_words_are_those_of_the_document(field: str) -> None:
    assert [(idea["number"], sequence) for idea in ideas() for sequence in copied(idea[field])] == []


def test_a_copied_sentence_would_be_found() -> None:
    # A heading of the document that is long enough stands for any of its sentences.
    heading = TITLES[24]
    assert copied(f"Wir sagen es so: {heading.upper()}!")
    assert copied(heading.replace("nachhaltiger", "schöner neuer")) == copied(heading)[2:]
    assert short_hash("gestaltung nachhaltiger quartiere das ruhrgebiet als pilotregion für den") in source_hashes()


def test_a_sequence_is_nine_words_without_punctuation() -> None:
    assert list(sequences("Eins, zwei – drei: vier (fünf) sechs; sieben „acht“ NEUN. Zehn")) == [
        "eins zwei drei vier fünf sechs sieben acht neun",
        "zwei drei vier fünf sechs sieben acht neun zehn",
    ]
    assert list(sequences("zu kurz")) == []
