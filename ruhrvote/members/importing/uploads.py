"""The folder of uploaded files: readable by the program only, and each gone as soon as it is not needed."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Collection
from pathlib import Path

from werkzeug.datastructures import FileStorage

from ruhrvote.services import services

PIECE = 1_000_000  # bytes
KEPT = 86_400  # seconds, for a file that no import names


def folder() -> Path:
    """Where uploads lie; made on first use."""
    path = services().settings.data_dir / "uploads"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def path_of(stored_as: str) -> Path:
    """Where the upload of this name lies."""
    return folder() / Path(stored_as).name


def keep(upload: FileStorage) -> str:
    """Copy an upload piece by piece and return the name under which it is kept; other requests go on meanwhile."""
    name = secrets.token_hex(16)
    handle = os.open(folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "wb") as file:
        while piece := upload.stream.read(PIECE):
            file.write(piece)
            time.sleep(0)  # gevent lets the others run here
    return name


def drop(stored_as: str) -> None:
    """Delete an upload; it may be gone already."""
    path_of(stored_as).unlink(missing_ok=True)


def drop_others(named: Collection[str]) -> None:
    """Delete what was left behind: files older than a day that no open import names."""
    for path in folder().iterdir():
        if path.name not in named and path.stat().st_mtime < time.time() - KEPT:
            path.unlink(missing_ok=True)
