"""Brings ruhrvote/translations up to date with the texts in the code, or with --check says what is missing.

    .venv/bin/python bin/translations.py            after adding or changing a text
    .venv/bin/python bin/translations.py --check    what bin/test runs; changes nothing

The texts in the code are English, so only the German catalogue exists. A new text comes in without a
translation; one that no longer occurs is dropped. Texts are not wrapped, so that the change of a text is one line.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUES = ROOT / "ruhrvote" / "translations"
LANGUAGES = ("de",)
SOURCES = {"ruhrvote": [("**.py", "python")], "templates": [("**.html", "jinja2"), ("**.txt", "jinja2")]}
OPTIONS = {pattern: {"trimmed": "true", "silent": "false"} for pattern in ("**.html", "**.txt")}
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_l": None,
    "lazy_gettext": None,
    "lazy_ngettext": (1, 2),
    "lazy_pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


def main(arguments: list[str]) -> int:
    """Update every catalogue, or check all and return 1 if one is incomplete."""
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    template = texts_in_the_code()
    faults = []
    for language in LANGUAGES:
        path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
        catalogue = read_catalogue(path, language)
        if not arguments:
            update(catalogue, template, path)
        if not path.exists() or path.read_bytes() != written(catalogue):
            faults.append(f"{path.relative_to(ROOT)}: lines are wrapped or sorted otherwise; run bin/translations.py")
        faults += [f"{path.relative_to(ROOT)}: {fault}" for fault in faults_of(catalogue, template)]
    for fault in faults:
        print(fault)
    print(f"{len(template)} texts, {len(faults)} to do")
    return 1 if faults and arguments else 0


def texts_in_the_code() -> Catalog:
    """Every text that the code and the templates mark for translation."""
    template = Catalog()
    for folder, methods in SOURCES.items():
        found = extract_from_dir(ROOT / folder, methods, OPTIONS, KEYWORDS, comment_tags=("Translators:",))
        for name, _, text, comments, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
            template.add(
                text, None, [(f"{folder}/{Path(name).as_posix()}", 0)], auto_comments=comments, context=context
            )
    return template


def read_catalogue(path: Path, language: str) -> Catalog:
    """The catalogue of a language; an empty one if there is none yet."""
    if not path.exists():
        return Catalog(language, project="RuhrVote", version=" ", header_comment="", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(catalogue: Catalog, template: Catalog, path: Path) -> None:
    """Add new texts, remove those that no longer occur, and write messages.po and messages.mo."""
    catalogue.update(template, no_fuzzy_matching=True, update_header_comment=False, update_creation_date=False)
    catalogue.obsolete.clear()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written(catalogue))
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalogue)


def written(catalogue: Catalog) -> bytes:
    """The content of messages.po: one line for each text, and locations without line numbers."""
    content = io.BytesIO()
    write_po(content, catalogue, width=0, sort_by_file=True, include_lineno=False)
    return content.getvalue()


def faults_of(catalogue: Catalog, template: Catalog) -> Iterator[str]:
    """Sentences on texts that are missing, untranslated, fuzzy, superfluous, or have wrong placeholders."""
    known = {key(message): message for message in catalogue if message.id}
    wanted = {key(message): message for message in template if message.id}
    for identity, message in wanted.items():
        name = repr(identity[1])
        if identity not in known:
            yield f"{name} ({message.locations[0][0]}) is missing; run bin/translations.py"
        elif known[identity].fuzzy:
            yield f"{name} is marked as fuzzy"
        elif not all(translations(known[identity])):
            yield f"{name} ({message.locations[0][0]}) has no translation"
        elif any(placeholders(text) - placeholders(*ids(message)) for text in translations(known[identity])):
            yield f"{name} has other placeholders in its translation"
    for identity in known.keys() - wanted.keys():
        yield f"{identity[1]!r} no longer occurs; run bin/translations.py"


def key(message: Message) -> tuple[str, str]:
    """The identity of a message: its context and its text."""
    return (message.context or "", ids(message)[0])


def ids(message: Message) -> tuple[str, ...]:
    """The text in the code, or its singular and plural."""
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else (message.id,)


def translations(message: Message) -> tuple[str, ...]:
    """The translation, or one for each plural form."""
    return tuple(message.string) if isinstance(message.string, (list, tuple)) else (message.string or "",)


def placeholders(*texts: str) -> set[str]:
    """The names that a text expects to be filled in."""
    return {found for text in texts for found in PLACEHOLDER.findall(text)} - {"%%"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
