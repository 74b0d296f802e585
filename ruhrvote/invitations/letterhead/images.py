"""Logos and signatures: PNG or JPEG of a sensible size that really can be set on paper."""

from __future__ import annotations

import struct

import typst
from flask_babel import lazy_gettext as _l

from ruhrvote.errors import Refused
from ruhrvote.threads import in_thread

LARGEST = 300_000  # bytes
WIDEST = 4000  # pixels of a side
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Frame headers of JPEG (ITU-T T.81, table B.1) carry the size; C4, C8 and CC are something else.
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def checked_picture(content: bytes) -> bytes:
    """The picture, once it is sure that letters can carry it; raises Refused with what to do instead."""
    if len(content) > LARGEST:
        raise Refused(_l("The picture is larger than 300 KB. Save it smaller."))
    size = _png_size(content) if content.startswith(PNG) else _jpeg_size(content) if content.startswith(JPEG) else None
    if size is None:
        raise Refused(_l("This is not a PNG or JPEG picture."))
    # The size is looked at before anything is unpacked: a small file may hold a picture of gigabytes.
    if not all(0 < side <= WIDEST for side in size):
        raise Refused(_l("The picture has more than 4,000 pixels on a side. Save it smaller."))
    source = f"#image(bytes({tuple(content)}), width: 10mm)".encode()
    try:
        in_thread(lambda: typst.compile(source, ignore_system_fonts=True))
    except typst.TypstError:
        raise Refused(_l("This picture is damaged. Save it anew.")) from None
    return content


def _png_size(content: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", content[16:24]) if content[12:16] == b"IHDR" and len(content) >= 24 else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, (length,) = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])
        if marker in FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            return width, height
        place += 2 + length
    return None
