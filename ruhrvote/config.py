"""The settings, read once from the environment; all of them are listed here."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

PACKAGE = Path(__file__).resolve().parent
# In a wheel, templates and the rest lie inside the package; in a checkout, beside it.
ROOT = PACKAGE if (PACKAGE / "templates").is_dir() else PACKAGE.parent

PREFIX = "RUHRVOTE_"
SHORTEST_KEY = 32  # characters
KNOWN = {
    "ACCESS_LOG": "a file for one line per request, - for the console; addresses are shortened; default: none",
    "BASE_URL": "where links in mail lead; default: http://127.0.0.1:8000",
    "DATABASE_URL": "the database; default: SQLite in the data folder",
    "DATA_DIR": "the folder for the SQLite database and the secret key; default: ./var",
    "HTTPS": "1 if browsers reach the server by https: Secure cookies and HSTS; implied by a BASE_URL with https",
    "IMPRINT_URL": "address of the operator's legal notice, linked in the footer",
    "MAIL_FROM": "the sender of mail, such as RuhrVote <vote@example.org>",
    "OIDC_CLIENT_ID": "the name under which the provider knows this server",
    "OIDC_CLIENT_SECRET": "the secret that belongs to that name",
    "OIDC_ISSUER": "an OpenID Connect provider that people may log in with, such as https://id.example.org/realms/ruhr",
    "OIDC_NAME": "what people call that provider; it is on the button",
    "PRIVACY_URL": "address of the operator's own privacy notice, linked on the page /privacy",
    "SECRET_KEY": "signs the cookies; default: made once and kept in the data folder",
    "SMTP_URL": "the mail server, such as smtps://user:password@mail.example.org; default: mail waits in the outbox",
    "TRUSTED_PROXIES": "how many proxies stand before the server, each adding to X-Forwarded-For; default: 0",
    "TRUSTED_HOSTS": "host names under which the server answers, separated by commas; default: any",
}


class SettingsError(Exception):
    """An unknown or invalid setting; the message is one line for the console."""


@dataclass(frozen=True)
class Settings:
    """The settings of this process, as read from the environment."""

    data_dir: Path
    database_url: str
    secret_key: str
    https: bool = False
    imprint_url: str = ""
    privacy_url: str = ""
    trusted_hosts: tuple[str, ...] = ()
    trusted_proxies: int = 0
    base_url: str = "http://127.0.0.1:8000"
    smtp_url: str = ""
    mail_from: str = ""
    access_log: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = ""

    @property
    def is_sqlite(self) -> bool:
        """Whether the embedded database is used."""
        return self.database_url.startswith("sqlite")


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read the RUHRVOTE_ variables; raises SettingsError for one that is unknown or invalid."""
    given = {name.removeprefix(PREFIX): value for name, value in environ.items() if name.startswith(PREFIX)}
    for name in sorted(given.keys() - KNOWN.keys()):
        raise SettingsError(f"unknown setting {PREFIX}{name}; known are {', '.join(PREFIX + known for known in KNOWN)}")
    data_dir = Path(given.get("DATA_DIR") or "var").absolute()
    database_url = given.get("DATABASE_URL") or f"sqlite:///{data_dir / 'ruhrvote.sqlite3'}"
    if not database_url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise SettingsError(f"{PREFIX}DATABASE_URL must begin with sqlite:/// or postgresql+psycopg://")
    if given.get("HTTPS", "") not in ("", "0", "1"):
        raise SettingsError(f"{PREFIX}HTTPS must be 0 or 1")
    proxies = given.get("TRUSTED_PROXIES") or "0"
    if proxies not in map(str, range(10)):
        raise SettingsError(f"{PREFIX}TRUSTED_PROXIES must be a number from 0 to 9")
    base_url, smtp_url, mail_from = _mail_settings(given)
    _check_provider(given)
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)  # for the database, the key and the sockets
    except OSError as error:
        raise SettingsError(f"the data folder {data_dir} cannot be used: {error.strerror}") from error
    secret_key = given.get("SECRET_KEY") or kept_secret_key(data_dir)
    if len(secret_key) < SHORTEST_KEY:
        raise SettingsError(f"{PREFIX}SECRET_KEY must have at least {SHORTEST_KEY} characters")
    return Settings(
        data_dir=data_dir,
        database_url=database_url,
        secret_key=secret_key,
        https=given.get("HTTPS") == "1" or base_url.startswith("https://"),
        imprint_url=given.get("IMPRINT_URL", ""),
        privacy_url=given.get("PRIVACY_URL", ""),
        trusted_hosts=tuple(host.strip() for host in given.get("TRUSTED_HOSTS", "").split(",") if host.strip()),
        trusted_proxies=int(proxies),
        base_url=base_url,
        smtp_url=smtp_url,
        mail_from=mail_from,
        access_log=given.get("ACCESS_LOG", ""),
        oidc_issuer=given.get("OIDC_ISSUER", ""),
        oidc_client_id=given.get("OIDC_CLIENT_ID", ""),
        oidc_client_secret=given.get("OIDC_CLIENT_SECRET", ""),
        oidc_name=given.get("OIDC_NAME", ""),
    )


def is_loopback(host: str | None) -> bool:
    """Whether a host name or IP address is the loopback, so that no network is between."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _mail_settings(given: Mapping[str, str]) -> tuple[str, str, str]:
    """Base URL, address of the mail server, and sender; raises SettingsError for a mail server without the others."""
    base_url = given.get("BASE_URL") or Settings.base_url
    smtp_url, mail_from = given.get("SMTP_URL", ""), given.get("MAIL_FROM", "")
    base = urlsplit(base_url)
    if base.scheme not in ("http", "https") or not base.hostname or base.path not in ("", "/") or base.query:
        raise SettingsError(f"{PREFIX}BASE_URL must be http:// or https:// and a host")
    if base.scheme == "http" and not is_loopback(base.hostname):
        raise SettingsError(f"{PREFIX}BASE_URL must be https://, since http:// is safe on this machine only")
    if smtp_url:
        _check_smtp_url(smtp_url)
        if not given.get("BASE_URL") or "@" not in mail_from or not mail_from.isprintable():
            raise SettingsError(f"{PREFIX}SMTP_URL needs {PREFIX}MAIL_FROM, an e-mail address, and {PREFIX}BASE_URL")
    return base_url.rstrip("/"), smtp_url, mail_from


def _check_provider(given: Mapping[str, str]) -> None:
    """Check that all four settings of the OpenID Connect provider are set, or none, and that it is reached by https."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME")
    present = [name for name in names if given.get(name)]
    if not present:
        return
    if len(present) < len(names):
        missing = ", ".join(PREFIX + name for name in names if name not in present)
        raise SettingsError(f"{PREFIX}{present[0]} needs {missing} as well")
    issuer = urlsplit(given["OIDC_ISSUER"])
    safe = issuer.scheme == "https" or (issuer.scheme == "http" and is_loopback(issuer.hostname))
    if not safe or not issuer.hostname or issuer.query or issuer.fragment:
        raise SettingsError(f"{PREFIX}OIDC_ISSUER must be https:// and a host, or http:// on this machine")
    if not given.get("BASE_URL"):
        raise SettingsError(f"{PREFIX}OIDC_ISSUER needs {PREFIX}BASE_URL, to which the provider sends people back")


def _check_smtp_url(smtp_url: str) -> None:
    try:
        server = urlsplit(smtp_url)
        usable = server.scheme in ("smtp", "smtp+starttls", "smtps") and server.hostname and server.port != 0
        usable = usable and unquote(server.netloc).isascii()  # SMTP logins are ASCII only
    except ValueError:
        usable = False
    # The message does not contain the address, which may have a password.
    if not usable:
        raise SettingsError(f"{PREFIX}SMTP_URL must be smtp://, smtp+starttls:// or smtps:// and a host, in ASCII")
    if server.password and server.scheme == "smtp" and not is_loopback(server.hostname):
        raise SettingsError(f"{PREFIX}SMTP_URL holds a password: use smtps:// or smtp+starttls://")


def kept_secret_key(data_dir: Path) -> str:
    """The secret key in the data folder, created on first use and readable by its owner only."""
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
    """Create the key's file atomically: if several processes start together, all read the key of one of them."""
    handle, draft = tempfile.mkstemp(dir=path.parent)  # readable by its owner only
    try:
        with open(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
