"""Letters on paper: form B of DIN 5008 with the address in the window, set by typst with the fonts it brings along."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import segno
import typst
from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.typed_codes import in_fours
from ruhrvote.config import ROOT
from ruhrvote.errors import Refused

# One fixed mask instead of the best of eight: each can be read by cameras, and a letter takes a fifth of the time.
QR_MASK = 3
TOO_LONG = "more than one sheet"  # says letter.typ


@dataclass(frozen=True)
class Sheet:
    """What is the same on all letters of a mailing."""

    return_line: str
    contact: str
    place_and_date: str
    signatory: str
    function: str
    logo: bytes | None
    signature: bytes | None
    page: str  # where a code is typed
    labels: Mapping[str, str]
    sample: bool = False


@dataclass(frozen=True)
class Letter:
    """What is on one letter only; `code` is in canonical form, or what a proof shows in its place."""

    address: Sequence[str]
    subject: str
    body: str
    code: str


def code_link(page: str, code: str) -> str:
    """The address that lets in: the code comes after a #, so it never reaches a server's log by being opened."""
    return f"{page}#{in_fours(code)}"


class TooLong(Refused):
    """The text does not fit on one sheet."""


def set_letters(sheet: Sheet, letters: Sequence[Letter]) -> bytes:
    """A PDF with one letter on each page, in the given order; raises TooLong if one needs a second page."""
    files: dict[str, bytes] = {"main.typ": (ROOT / "templates" / "invitations" / "letter.typ").read_bytes()}
    listed = []
    for number, letter in enumerate(letters):
        files[f"{number}.svg"] = _qr(code_link(sheet.page, letter.code))
        listed.append(asdict(letter) | {"code": in_fours(letter.code), "qr": f"{number}.svg"})
    common = {name: value for name, value in vars(sheet).items() if not isinstance(value, bytes)}
    # typst takes texts only: pictures go in as lists of numbers.
    pictures = {name: list(value) for name, value in (("logo", sheet.logo), ("signature", sheet.signature)) if value}
    files["data.json"] = json.dumps(
        common | {"logo": None, "signature": None} | pictures | {"letters": listed}
    ).encode()
    try:
        return _compile(files)
    except typst.TypstError as error:
        if TOO_LONG not in str(error):
            raise
        raise TooLong(_l("With this text a letter needs more than one sheet. Shorten it.")) from error


def set_list(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], note: str) -> bytes:
    """A table on paper, such as the list of the parts of a mailing."""
    table = {"title": title, "header": header, "rows": rows, "note": note}
    source = (ROOT / "templates" / "invitations" / "list.typ").read_bytes()
    return _compile({"main.typ": source, "data.json": json.dumps(table).encode()})


def _compile(files: dict[str, bytes]) -> bytes:
    # Print files are not read aloud: without tags they are made in a third of the time.
    pdf: bytes = typst.compile(files, ignore_system_fonts=True, pdf_tags=False)  # type: ignore[call-overload]
    return pdf


def _qr(text: str) -> bytes:
    code = segno.make(text, error="m", micro=False, mask=QR_MASK, boost_error=False)
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", border=0, xmldecl=False)
    return drawn.getvalue()
