"""The letterhead, the texts, and where on the sheet things are: form B of DIN 5008."""

from __future__ import annotations

import io
import struct
import zlib
from contextlib import closing

import numpy as np
import pypdfium2
import pytest
from flask import Flask

from ruhrvote.accounts.models import Role
from tests.invitations.conftest import BASE, pages_of
from tests.people import World, make_person, post, visit

pytestmark = pytest.mark.alike

DOTS = 200 / 25.4  # per millimetre
MILLIMETRES = 25.4 / 72  # in a point, of which a PDF is made
HEAD = {
    "return_line": "Kammer · Weg 1 · 44135 Dortmund",
    "contact": "Kammer\nTelefon 0231 1",
    "place": "Dortmund",
    "signatory": "Dr. Kim Muster",
    "function": "Hauptgeschäftsführung",
}


def png(width: int, height: int, rows: bytes | None = None) -> bytes:
    """A black picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    pixels = zlib.compress(bytes((width + 1) * height) if rows is None else rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def jpeg(*sizes: tuple[int, int]) -> bytes:
    """The beginning of a picture with a frame header for each size, and filling before it."""
    frames = b"".join(
        b"\xff\xff\xc0" + struct.pack(">HBHHB", 11, 8, height, width, 1) + b"\x01\x11\x00" for width, height in sizes
    )
    return (
        b"\xff\xd8\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + b"\0" * 9 + frames + b"\xff\xda\x00\x08" + b"\0" * 40
    )


def picture_of(pdf: bytes) -> np.ndarray:
    """The first page as dark (True) and light dots."""
    with closing(pypdfium2.PdfDocument(pdf)) as paper:
        return paper[0].render(scale=DOTS * MILLIMETRES, grayscale=True).to_numpy().squeeze() < 128


def dark(page: np.ndarray, left: float, top: float, right: float, bottom: float) -> bool:
    """Whether anything is printed in a rectangle, given in millimetres from the upper left corner."""
    return bool(page[int(top * DOTS) : int(bottom * DOTS), int(left * DOTS) : int(right * DOTS)].any())


def test_the_address_is_in_the_window_and_the_marks_are_where_folders_look(app: Flask, world: World) -> None:
    visitor = visit(app, world.chamber_admin)
    response = post(
        visitor,
        "/letterhead",
        {**HEAD, "logo": (io.BytesIO(png(300, 100)), "a.png"), "signature": (io.BytesIO(png(120, 40)), "b.png")},
        content_type="multipart/form-data",
    )
    assert response.status_code == 303
    proof = visitor.get("/consultations/round/proof.pdf").data
    texts = pages_of(proof)
    assert len(texts) == 3
    assert "MUST-ER00-00MU-STER" in texts[0]
    assert "Dr. Kim Muster" in texts[0]
    assert "Dortmund, " in texts[0]
    assert f"{BASE}/code" in texts[0]
    page = picture_of(proof)
    # The window of a DL envelope shows 20 to 105 mm from the left and 45 to 90 mm from the top.
    assert dark(page, 25, 57, 100, 62.7), "the return line"
    assert dark(page, 25, 62.7, 100, 90), "the address"
    assert not dark(page, 20, 45, 25, 90), "5 mm inside the window on the left"
    assert not dark(page, 25, 45, 104, 56), "room for the post's own marks"
    assert not dark(page, 20, 90, 104, 97), "nothing else can slip into the window"
    assert dark(page, 125, 50, 200, 90), "the information block"
    for mark in (105, 148.5, 210):
        assert dark(page, 4, mark - 0.5, 10, mark + 0.5), mark
        assert not dark(page, 4, mark + 2, 20, mark + 20)
    assert dark(page, 130, 14, 190, 30), "the logo"
    assert not dark(page, 192, 10, 210, 40)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"<svg/>", "kein Bild im Format PNG oder JPEG"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "kein Bild im Format PNG oder JPEG"),
        (png(10, 10, rows=b"broken"), "beschädigt"),
        (png(5000, 10), "mehr als 4.000 Bildpunkte"),
        (png(3000, 3000, rows=b"small"), "4 Millionen insgesamt"),
        (jpeg((3000, 3000)), "4 Millionen insgesamt"),
        (jpeg((10, 10), (30_000, 30_000)), "kein Bild im Format PNG oder JPEG"),
        (jpeg((10, 10)), "beschädigt"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 300_001, "größer als 300 KB"),
    ],
)
def test_only_pictures_that_can_be_printed(app: Flask, world: World, content: bytes, problem: str) -> None:
    visitor = visit(app, world.chamber_admin)
    form = {**HEAD, "logo": (io.BytesIO(content), "logo.png")}
    response = post(visitor, "/letterhead", form, content_type="multipart/form-data")
    assert response.status_code == 422
    assert problem in response.get_data(as_text=True)
    assert "Eines ist hinterlegt" not in visitor.page("/letterhead").text


def test_a_letter_is_one_sheet(app: Flask, world: World) -> None:
    visitor = visit(app, world.chamber_admin)
    page = visitor.page("/letterhead").follow("Brief: Einladung (Deutsch)")
    long = "Ein langer Text. " * 150
    page = page.submit({"body": long}, button="Text speichern", status=422)
    assert "mehr als ein Blatt" in page.text
    assert long.strip() in page.text, "nothing is lost"
    page.submit({"body": "Guten Tag,\n\nkurz."}, button="Text speichern")
    assert "kurz." in pages_of(visitor.get("/consultations/round/proof.pdf").data)[0]


def test_each_chamber_has_its_own(app: Flask, world: World) -> None:
    visitor = visit(app, world.chamber_admin)
    visitor.page("/letterhead").submit(HEAD, button="Briefkopf speichern")
    visitor.page("/letterhead").submit({"contact": "Zeile\n" * 10 + "Ende"}, button="Briefkopf speichern", status=422)
    assert "Dr. Kim Muster" in visitor.page("/letterhead").html
    with app.app_context():
        other = make_person(world.round.chambers[1], Role.CHAMBER_ADMIN)
    assert "Dr. Kim Muster" not in visit(app, other).page("/letterhead").html
