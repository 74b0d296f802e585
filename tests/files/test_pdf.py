"""Pictures for print and slides: of the size that was asked for, and in our own face."""

from __future__ import annotations

import struct

from ruhrvote.files.pdf import picture_of

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 36" width="72" height="36">{}</svg>'


def size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_picture_has_the_proportions_of_its_drawing() -> None:
    width, height = size(picture_of(SVG.format(""), dots_per_inch=144))
    assert width == 2 * height
    assert size(picture_of(SVG.format(""), dots_per_inch=288))[0] == 2 * width


def test_its_face_is_there_on_every_machine() -> None:
    text = '<text x="2" y="20" font-family="{}" font-size="12">Größe</text>'
    fira, nothing = (picture_of(SVG.format(text.format(face))) for face in ("Fira Sans", "no such face"))
    assert fira != nothing
