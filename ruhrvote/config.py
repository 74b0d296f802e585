"""The settings, read once from the environment; everything that has a choice is listed here."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
# In a wheel, templates and the rest lie inside the package; in a checkout, beside it.
ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent

PREFIX = "RUHRVOTE_"
SHORTEST_KEY = 32  # characters
KNOWN = {
    "DATABASE_URL": "the database; default: SQLite in the data folder",
    "DATA_DIR": "the folder for the SQLite database and the secret key; default: ./var",
    "HTTPS": "1 if browsers reach the server by https: Secure cookies and HSTS",
    "IMPRINT_URL": "address of the operator's legal notice, linked in the footer",
    "PRIVACY_URL": "address of the operator's privacy notice, linked in the footer",
    "SECRET_KEY": "signs the cookies; default: made once and kept in the data folder",
    "TRUSTED_HOSTS": "host names under which the server answers, separated by commas; default: any",
}


class SettingsError(Exception):
    """A setting is unknown or unusable; the message is one line for the person at the console."""


@dataclass(frozen=True)
class Settings:
    """What the environment decides, and nothing else."""

    data_dir: Path
    database_url: str
    secret_key: str
    https: bool = False
    imprint_url: str = ""
    privacy_url: str = ""
    trusted_hosts: tuple[str, ...] = ()

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the RUHRVOTE_ variables; raise SettingsError for one that is unknown or unusable."""
    given = {name.removeprefix(PREFIX): value for name, value in environ.items() if name.startswith(PREFIX)}
    for name in sorted(given.keys() - KNOWN.keys()):
        raise SettingsError(f"unknown setting {PREFIX}{name}; known are {', '.join(PREFIX + known for known in KNOWN)}")
    data_dir = Path(given.get("DATA_DIR") or "var").absolute()
    database_url = given.get("DATABASE_URL") or f"sqlite:///{data_dir / 'ruhrvote.sqlite3'}"
    if not database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(f"{PREFIX}DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
    if given.get("HTTPS", "") not in ("", "0", "1"):
        raise SettingsError(f"{PREFIX}HTTPS must be 0 or 1")
    try:
        data_dir.mkdir(parents=True, exist_ok=True)  # for the database, the key and the sockets
    except OSError as error:
        raise SettingsError(f"the data folder {data_dir} cannot be used: {error.strerror}") from error
    secret_key = given.get("SECRET_KEY") or kept_secret_key(data_dir)
    if len(secret_key) < SHORTEST_KEY:
        raise SettingsError(f"{PREFIX}SECRET_KEY must have at least {SHORTEST_KEY} characters")
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        secret_key=secret_key,
        https=given.get("HTTPS") == "1",
        imprint_url=given.get("IMPRINT_URL", ""),
        privacy_url=given.get("PRIVACY_URL", ""),
        trusted_hosts=tuple(host.strip() for host in given.get("TRUSTED_HOSTS", "").split(",") if host.strip()),
    )


def kept_secret_key(data_dir: Path) -> str:
    """The key in the data folder, made on first use and readable by its owner only."""
    path = data_dir / "secret-key"
    try:
        if not path.exists():
            _make_secret_key(path)
        key = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        raise SettingsError(f"the data folder {data_dir} cannot be used: {error.strerror}") from error
    if len(key) < SHORTEST_KEY or not key.isascii():
        raise SettingsError(f"{path} is not a secret key; delete it and one is made (all sessions end)")
    return key


def _make_secret_key(path: Path) -> None:
    """Write a key and only then give it its name: of processes that start together one wins, and all read that one."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
    try:
        with open(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
