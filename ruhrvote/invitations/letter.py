"""What a letter says: letterhead, address and text of one organisation put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask_babel import force_locale, format_date

from ruhrvote.accounts.models import Organisation
from ruhrvote.accounts.typed_codes import in_fours
from ruhrvote.consultations.models import Consultation
from ruhrvote.db import clock
from ruhrvote.files.csv import write_csv
from ruhrvote.invitations.letter_pdf import Letter, Sheet, code_link, set_list
from ruhrvote.invitations.letterhead.actions import letterhead_of, wordings_of, words_for
from ruhrvote.invitations.models import Channel, LetterFile, Mailing, Occasion
from ruhrvote.mail.texts import link_to
from ruhrvote.web import TIME_ZONE

PDF, CSV = "application/pdf", "text/csv; charset=utf-8"
MERGE_HEADER = ("Brief", "Organisation", "Straße", "PLZ", "Ort", "Zugangscode", "Seite", "QR-Inhalt")
LIST_HEADER = ("Teil", "Datei", "Briefe", "PLZ von", "PLZ bis")

# Letters are in German, whoever orders them.
LABELS = {
    "title": "Einladungen",
    "code": "Ihr Zugangscode",
    "type": "Scannen Sie den QR-Code, oder geben Sie den Zugangscode auf dieser Seite ein:",
    "qr": "QR-Code mit der Adresse und dem Zugangscode",
    "regards": "Mit freundlichen Grüßen",
    "sample": "MUSTER",
}
WIDEST = 46  # characters of an address line that fit the window
LINES = 6  # of the address field


def sheet_of(sender: Organisation, *, sample: bool = False) -> Sheet:
    """What is the same on all letters of a chamber today."""
    head = letterhead_of(sender)
    with force_locale("de"):
        date = str(format_date(clock().astimezone(TIME_ZONE).date(), "long"))
    return Sheet(
        return_line=head.return_line,
        contact=head.contact,
        place_and_date=f"{head.place}, {date}" if head.place else date,
        signatory=head.signatory,
        function=head.function,
        logo=head.logo,
        signature=head.signature,
        page=link_to("codes.show"),
        labels=LABELS,
        sample=sample,
    )


def letter_to(
    sender: Organisation, consultation: Consultation, occasion: Occasion
) -> Callable[[Organisation, str], Letter]:
    """A function that writes the letter with a code to an organisation."""
    wording = wordings_of(sender.id)[Channel.LETTER, occasion, "de"]
    common = words_for(consultation, sender, "de")

    def write(organisation: Organisation, code: str) -> Letter:
        text = wording.filled(common | {"organisation": organisation.name})
        return Letter(address=address_lines(organisation), subject=text.subject, body=text.body, code=code)

    return write


def address_lines(organisation: Organisation) -> list[str]:
    """The address for the window, six lines at most; a long name takes two or three of them."""
    place = f"{organisation.postcode or ''} {organisation.town or ''}".strip()
    rest = [line for line in (organisation.street or "", place) if line]
    return [*_broken(organisation.name)[: LINES - len(rest)], *rest]


def _broken(text: str) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= WIDEST or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def merge_table(organisations: Sequence[Organisation], codes: Mapping[int, str], page: str) -> str:
    """The letters of a part as CSV, in the order of the PDF."""
    return write_csv(
        MERGE_HEADER,
        (
            (
                number,
                organisation.name,
                organisation.street,
                organisation.postcode,
                organisation.town,
                in_fours(codes[organisation.id]),
                page,
                code_link(page, codes[organisation.id]),
            )
            for number, organisation in enumerate(organisations, start=1)
        ),
    )


def parts_list(mailing: Mailing, files: Sequence[LetterFile]) -> bytes:
    """The list of the parts with their numbers of letters, as a PDF."""
    rows = [
        (str(file.part), file.file.name, str(file.letters), file.first_postcode, file.last_postcode) for file in files
    ]
    total = sum(file.letters for file in files)
    return set_list(
        f"Laufzettel zu Auftrag {mailing.id}",
        LIST_HEADER,
        rows,
        f"Zusammen {total} Briefe in {len(files)} Teilen, nach Postleitzahl sortiert, je Brief ein Blatt, einseitig. "
        "Die Briefe enthalten Zugangscodes: bitte vertraulich behandeln und die Dateien nach dem Druck löschen.",
    )
