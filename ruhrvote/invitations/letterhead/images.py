"""Logos and signatures: PNG or JPEG of a sensible size that really can be set on paper."""

from __future__ import annotations

import struct
from math import prod

import typst
from flask_babel import lazy_gettext as _l

from ruhrvote.errors import Refused
from ruhrvote.threads import in_thread

LARGEST = 300_000  # bytes
WIDEST, MOST_PIXELS = 4000, 4_000_000  # of a side, and in all: four bytes each while letters are set
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"
# Frame headers of JPEG (ITU-T T.81, table B.1) carry the size; C4, C8 and CC are something else.
FILL, SCAN = 0xFF, 0xDA
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def checked_picture(content: bytes) -> bytes:
    """The picture, once it is sure that letters can carry it; raises Refused with what to do instead."""
    if len(content) > LARGEST:
        raise Refused(_l("The picture is larger than 300 KB. Save it smaller."))
    size = _png_size(content) if content.startswith(PNG) else _jpeg_size(content) if content.startswith(JPEG) else None
    if size is None:
        raise Refused(_l("This is not a PNG or JPEG picture."))
    # The size is looked at before anything is unpacked: a small file may hold a picture of gigabytes.
    if not all(0 < side <= WIDEST for side in size) or prod(size) > MOST_PIXELS:
        raise Refused(_l("The picture has more than 4,000 pixels on a side or 4 million in all. Save it smaller."))
    source = f"#image(bytes({tuple(content)}), width: 10mm)".encode()
    try:
        in_thread(lambda: typst.compile(source, ignore_system_fonts=True))
    except typst.TypstError:
        raise Refused(_l("This picture is damaged. Save it anew.")) from None
    return content


def _png_size(content: bytes) -> tuple[int, int] | None:
    return struct.unpack(">II", content[16:24]) if content[12:16] == b"IHDR" and len(content) >= 24 else None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """The size that the only frame header before the picture's data names; None for two, of which one may lie."""
    place, found = 2, []
    while place + 9 <= len(content) and content[place] == 0xFF:
        marker, (length,) = content[place + 1], struct.unpack(">H", content[place + 2 : place + 4])
        if marker == FILL:
            place += 1
            continue
        if marker in FRAMES:
            height, width = struct.unpack(">HH", content[place + 5 : place + 9])
            found.append((width, height))
        if marker == SCAN:
            break
        place += 2 + length
    return found[0] if len(found) == 1 else None
