"""The fields of a member, and the names by which files of chambers call them."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from ruhrvote.accounts.matching import folded

FIELDS = {
    "member_number": _l("Member number"),
    "name": _l("Name"),
    "street": _l("Street and number"),
    "postcode": _l("Postcode"),
    "town": _l("Town"),
    "contact_email": _l("E-mail address"),
    "register_number": _l("Register number"),
    "sector": _l("Sector"),
    "size_class": _l("People employed"),
    "municipality_key": _l("Official municipality key"),
}
NEEDED = ("member_number", "name")
# Compared after `folded` and without spaces, so "E-Mail-Adresse" and "Emailadresse" are the same.
NAMES = {
    "member_number": "mitgliedsnummer mitgliedsnr mitgliednr mitglied identnummer identnr ihknummer hwknummer "
    "betriebsnummer betriebsnr membernumber memberno nummer nr id",
    "name": "name firma firmenname firmaname namefirma unternehmen organisation betrieb company companyname",
    "street": "strasse strasseundhausnummer strassehausnummer strassenr str anschrift street address streetandnumber",
    "postcode": "plz postleitzahl postcode zip zipcode postalcode",
    "town": "ort stadt town city",
    "contact_email": "email mail emailadresse mailadresse emailaddress",
    "register_number": "registernummer registernr handelsregister handelsregisternummer hrnummer hrb hra "
    "registernumber",
    "sector": "branche wirtschaftszweig gewerbe gewerk sector industry",
    "size_class": "groessenklasse beschaeftigte mitarbeiter mitarbeiterzahl sizeclass employees peopleemployed",
    "municipality_key": "gemeindeschluessel amtlichergemeindeschluessel ags municipalitykey officialmunicipalitykey",
}
FIELD_OF = {name: field for field, names in NAMES.items() for name in names.split()}
HEADER_WITHIN = 10  # rows; titles and notes may stand above the names of the columns
TEMPLATE = (
    "Mitgliedsnummer", "Name/Firma", "Straße", "PLZ", "Ort", "E-Mail", "Registernummer", "Branche", "Größenklasse",
    "Gemeindeschlüssel",
)  # fmt: skip
EXAMPLE = (
    "100001", "Musterbau GmbH", "Musterweg 1", "45127", "Essen", "post@musterbau.example", "HRB 12345", "Baugewerbe",
    "10-49", "05113000",
)  # fmt: skip


def guess(names: Sequence[str]) -> list[str]:
    """The field of each column by its name, each field once; an empty text for a column that is not known."""
    found: list[str] = []
    for name in names:
        field = FIELD_OF.get(folded(name).replace(" ", ""), "")
        found.append("" if field in found else field)
    return found


def find_header(rows: Sequence[tuple[int, list[str]]]) -> int:
    """Which of the first rows names the columns: the line of the one with most known names, 0 if none has two."""
    known, line = max(((sum(map(bool, guess(row))), -line) for line, row in rows), default=(0, 0))
    return -line if known >= 2 else 0
