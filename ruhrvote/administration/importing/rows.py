"""One row of a file becomes a member's details, or the reasons why it cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from ruhrvote.administration.importing.matching import Places

LONGEST = {
    "member_number": 40,
    "name": 200,
    "street": 200,
    "postcode": 10,
    "town": 100,
    "contact_email": 254,
    "register_number": 60,
    "sector": 60,
}
SIZE_CLASSES = ((1, 9), (10, 49), (50, 249), (250, 10_000_000))
DETAILS = ("name", "street", "postcode", "town", "contact_email", "register_number", "sector", "size_class")
OUTSIDE = 0  # as a municipality: the firm lies elsewhere; None is that nothing says where it lies
# Most addresses are that plain; the library looks at the others and takes twenty times as long.
_PLAIN_ADDRESS = re.compile(
    r"[A-Za-z0-9](?:[A-Za-z0-9_+-]|\.(?=[A-Za-z0-9_+-])){0,62}@(?:[a-z0-9][a-z0-9-]{0,30}\.)+[a-z]{2,20}"
)
_RANGE = re.compile(r"(\d+)\s*(?:-|–|bis|to)\s*(\d+)")
_POSTCODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z -]{2,9}")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: the field, the reason's name in texts.FAULTS, and what stands there."""

    field: str
    reason: str
    found: str = ""


class RowReader:
    """Reads rows whose columns have these fields; `refuse_outside` makes a firm outside the region faulty."""

    def __init__(self, fields: Sequence[str], places: Places, *, refuse_outside: bool):
        self._columns = [(column, field) for column, field in enumerate(fields) if field]
        self._width = len(fields)
        self._places = places
        self._refuse_outside = refuse_outside

    def read(self, row: Sequence[str]) -> tuple[dict[str, str | int | None], list[Fault]]:
        """The details, None where nothing is said, and what is wrong with them."""
        values: dict[str, str | int | None] = dict.fromkeys((*DETAILS, "member_number", "municipality_id"))
        faults = [Fault("", "too_many_cells", cell) for cell in row[self._width :] if cell.strip()][:1]
        texts = {field: " ".join(row[column].split()) for column, field in self._columns if column < len(row)}
        for field, text in texts.items():
            if not text:
                continue
            if not text.isprintable() or "\ufffd" in text:
                faults.append(Fault(field, "unreadable", text))
            elif len(text) > LONGEST.get(field, 200):
                faults.append(Fault(field, "too_long", text))
            else:
                values[field] = text
        for field in ("member_number", "name"):
            if not texts.get(field):
                faults.append(Fault(field, "missing"))
        self._read_name(values, faults)
        self._read_size(values, faults)
        self._read_contact(values, faults)
        self._read_place(values, faults)
        return values, faults

    def _read_name(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        name = str(values["name"] or "")
        if name and (len(name) < 2 or not any(mark.isalnum() for mark in name)):
            faults.append(Fault("name", "no_name", name))
        elif name.startswith("="):
            faults.append(Fault("name", "formula", name))

    def _read_size(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        text = str(values["size_class"] or "")
        if not text:
            return
        bounds = _RANGE.fullmatch(text)
        if bounds:
            low, high = int(bounds[1]), int(bounds[2])
        elif text.isdecimal() and len(text) <= 7:
            low = high = int(text)
        elif text.rstrip("+ ").removeprefix("ab ").isdecimal() and len(text) <= 12:
            low = high = int(text.rstrip("+ ").removeprefix("ab "))
        else:
            faults.append(Fault("size_class", "no_size", text))
            return
        for least, most in SIZE_CLASSES:
            if least <= max(low, 1) and high <= most:
                values["size_class"] = f"{least}-{most}" if most < 1000 else "250+"
                return
        faults.append(Fault("size_class", "no_size", text))

    def _read_contact(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        address = str(values["contact_email"] or "")
        if address and not _PLAIN_ADDRESS.fullmatch(address):
            try:
                validate_email(address, check_deliverability=False, test_environment=True)
            except EmailNotValidError:
                faults.append(Fault("contact_email", "no_address", address))
        postcode = str(values["postcode"] or "")
        if postcode and not _POSTCODE.fullmatch(postcode):
            faults.append(Fault("postcode", "no_postcode", postcode))

    def _read_place(self, values: dict[str, str | int | None], faults: list[Fault]) -> None:
        key = str(values.pop("municipality_key", None) or "")
        town, postcode = str(values["town"] or ""), str(values["postcode"] or "")
        if key and not (key.isdecimal() and 7 <= len(key) <= 8):
            faults.append(Fault("municipality_key", "no_key", key))
            return
        found = self._places.find(key, town, postcode)
        values["municipality_id"] = found if found is not None else OUTSIDE if key or town else None
        if found is None and self._refuse_outside:
            reason = "outside" if key or town else "no_place"
            faults.append(Fault("municipality_key" if key else "town", reason, key or f"{postcode} {town}".strip()))
