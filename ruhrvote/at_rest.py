"""Files at rest: the database, the key and uploads belong to the user who runs the program, and to nobody else.

Imports nothing but the settings, so that a command can look before the application is loaded.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ruhrvote.config import Settings

UMASK = 0o077  # of every command: what it makes is its user's alone
FOLDER, FILE = 0o700, 0o600
# What the program itself puts into the data folder; whatever else lies there is somebody's own.
OWN_FILES, OWN_FOLDERS = ("secret-key",), ("uploads", "processes")


@dataclass(frozen=True)
class Opened:
    """A file or folder that others on this machine could reach, and whether it is closed to them now."""

    path: Path
    closed: bool

    def __str__(self) -> str:
        if self.closed:
            return f"{self.path} was open to other users of this machine; it is closed to them now."
        return f"{self.path} is open to other users of this machine and belongs to another one, who must close it."


def close_to_others(settings: Settings) -> list[Opened]:
    """Take everything that the program keeps on this machine from all users but its own; returns what was open."""
    found = []
    for path in _kept_at_rest(settings):
        try:
            mode = path.lstat().st_mode
            wanted = FOLDER if stat.S_ISDIR(mode) else FILE
            if stat.S_ISLNK(mode) or not stat.S_IMODE(mode) & ~wanted:
                continue
            path.chmod(stat.S_IMODE(mode) & wanted)
        except FileNotFoundError:
            continue  # another process has just deleted it
        except PermissionError:
            found.append(Opened(path, closed=False))
        else:
            found.append(Opened(path, closed=True))
    return found


def _kept_at_rest(settings: Settings) -> Iterator[Path]:
    """The data folder, and in it and beside the database what is there of the program's own."""
    if os.name != "posix":
        return  # elsewhere a mode says nothing
    folders = [settings.data_dir, *(settings.data_dir / name for name in OWN_FOLDERS)]
    files = [settings.data_dir / name for name in OWN_FILES]
    if settings.is_sqlite:
        database = Path(settings.database_url.removeprefix("sqlite:///").partition("?")[0])
        files += [database.with_name(database.name + end) for end in ("", "-wal", "-shm", "-journal")]
    for folder in folders:
        if folder.is_dir():
            yield folder
            if folder != settings.data_dir:
                yield from folder.iterdir()
    yield from (file for file in files if file.exists())
