"""The settings: one clear line for whatever is wrong, and one secret key per data folder."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from ruhrvote.config import KNOWN, PREFIX, SettingsError, load_settings


def load(folder: Path, **given: str):
    return load_settings({"RUHRVOTE_DATA_DIR": str(folder), "PATH": "/bin"} | given)


def test_nothing_needs_to_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.data_dir == tmp_path / "var"
    assert settings.database_url == f"sqlite:///{tmp_path / 'var' / 'ruhrvote.sqlite3'}"
    assert settings.is_sqlite
    assert not settings.https


def test_what_is_set_is_used(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        RUHRVOTE_DATABASE_URL="postgresql+psycopg://somebody@somewhere/votes",
        RUHRVOTE_HTTPS="1",
        RUHRVOTE_IMPRINT_URL="https://chamber.example/imprint",
        RUHRVOTE_TRUSTED_HOSTS="vote.example, www.vote.example,",
        RUHRVOTE_SECRET_KEY="k" * 40,
    )
    assert not settings.is_sqlite
    assert settings.https
    assert settings.imprint_url == "https://chamber.example/imprint"
    assert settings.trusted_hosts == ("vote.example", "www.vote.example")
    assert settings.secret_key == "k" * 40
    assert not (tmp_path / "secret-key").exists(), "no key is made where one is given"


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("RUHRVOTE_DATABSE_URL", "sqlite:///x", "unknown setting RUHRVOTE_DATABSE_URL"),
        ("RUHRVOTE_", "x", "unknown setting RUHRVOTE_"),
        ("RUHRVOTE_DATABASE_URL", "mysql://host/votes", "RUHRVOTE_DATABASE_URL must begin with"),
        ("RUHRVOTE_DATABASE_URL", "postgresql://host/votes", "RUHRVOTE_DATABASE_URL must begin with"),
        ("RUHRVOTE_HTTPS", "yes", "RUHRVOTE_HTTPS must be 0 or 1"),
        ("RUHRVOTE_BASE_URL", "vote.example", "RUHRVOTE_BASE_URL must be http:// or https:// and a host"),
        ("RUHRVOTE_BASE_URL", "https://vote.example/path", "RUHRVOTE_BASE_URL must be http:// or https:// and a host"),
        (
            "RUHRVOTE_BASE_URL",
            "http://vote.example",
            "RUHRVOTE_BASE_URL must be https://, since http:// is safe on this",
        ),
        ("RUHRVOTE_BASE_URL", "http://192.0.2.7:8000", "RUHRVOTE_BASE_URL must be https://, since http:// is safe on"),
        ("RUHRVOTE_OIDC_ISSUER", "https://id.example", "RUHRVOTE_OIDC_ISSUER needs RUHRVOTE_OIDC_CLIENT_ID"),
        ("RUHRVOTE_SMTP_URL", "mail.example:25", "RUHRVOTE_SMTP_URL must be smtp://"),
        ("RUHRVOTE_SMTP_URL", "smtp://mail.example:many", "RUHRVOTE_SMTP_URL must be smtp://"),
        ("RUHRVOTE_SMTP_URL", "smtp://mail.example", "RUHRVOTE_SMTP_URL needs RUHRVOTE_MAIL_FROM"),
        ("RUHRVOTE_SMTP_URL", "smtp://user:secret@mail.example", "RUHRVOTE_SMTP_URL holds a password"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, name: str, value: str, wanted: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, **{name: value})
    message = str(error.value)
    assert message.startswith(wanted)
    assert "\n" not in message
    assert "secret" not in message


def test_the_settings_of_mail(tmp_path: Path) -> None:
    assert load(tmp_path).smtp_url == ""
    settings = load(
        tmp_path,
        RUHRVOTE_SMTP_URL="smtp+starttls://user:secret@mail.example",
        RUHRVOTE_MAIL_FROM="RuhrVote <vote@ruhr.example>",
        RUHRVOTE_BASE_URL="https://vote.example/",
    )
    assert settings.smtp_url == "smtp+starttls://user:secret@mail.example"
    assert settings.mail_from == "RuhrVote <vote@ruhr.example>"
    assert settings.base_url == "https://vote.example"
    with pytest.raises(SettingsError, match="needs RUHRVOTE_MAIL_FROM"):
        load(
            tmp_path,
            RUHRVOTE_SMTP_URL="smtps://mail.example",
            RUHRVOTE_MAIL_FROM="nobody",
            RUHRVOTE_BASE_URL="http://localhost",
        )


@pytest.mark.parametrize(
    ("base_url", "https"),
    [
        ("http://localhost:8000", False),
        ("http://127.8.9.1", False),
        ("http://[::1]:80", False),
        ("https://vote.example", True),
    ],
)
def test_an_address_with_https_says_that_there_is_https(tmp_path: Path, base_url: str, https: bool) -> None:
    assert load(tmp_path, RUHRVOTE_BASE_URL=base_url).https is https


@pytest.mark.parametrize(
    ("issuer", "fits"),
    [
        ("https://id.example/realms/ruhr", True),
        ("http://127.0.0.1:8080", True),
        ("http://id.example", False),
        ("id.example", False),
        ("https://id.example?x=1", False),
    ],
)
def test_the_settings_of_a_provider(tmp_path: Path, issuer: str, fits: bool) -> None:
    given = {
        "RUHRVOTE_OIDC_ISSUER": issuer,
        "RUHRVOTE_OIDC_CLIENT_ID": "ruhrvote",
        "RUHRVOTE_OIDC_CLIENT_SECRET": "secret",
        "RUHRVOTE_OIDC_NAME": "Chamber ID",
    }
    with pytest.raises(SettingsError, match="needs RUHRVOTE_BASE_URL" if fits else "OIDC_ISSUER must be https://"):
        load(tmp_path, **given)
    if fits:
        assert load(tmp_path, RUHRVOTE_BASE_URL="https://vote.example", **given).oidc_issuer == issuer
    del given["RUHRVOTE_OIDC_NAME"]
    with pytest.raises(SettingsError, match="needs RUHRVOTE_OIDC_NAME"):
        load(tmp_path, **given)


def test_an_unknown_setting_is_told_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, RUHRVOTE_PORT="8000")
    assert all(PREFIX + name in str(error.value) for name in KNOWN)


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SettingsError) as error:
            load(folder)
        assert str(error.value).startswith(f"the data folder {folder} cannot be used: ")
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [b"", b"too short", "Schlüssel, aber keiner von uns".encode() * 3], ids=str)
def test_a_key_file_that_holds_no_key(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret-key").write_bytes(content)
    with pytest.raises(SettingsError, match="is not a secret key") as error:
        load(tmp_path)
    assert "\n" not in str(error.value)


def test_the_key_is_made_once_and_its_owner_alone_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "too"
    first = load(folder).secret_key
    assert len(first) >= 48
    assert load(folder).secret_key == first
    assert stat.S_IMODE((folder / "secret-key").stat().st_mode) == 0o600
    assert load(tmp_path / "other").secret_key != first


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    barrier = Barrier(8)

    def start(folder: Path) -> str:
        barrier.wait(10)
        return load_settings({"RUHRVOTE_DATA_DIR": str(folder)}).secret_key

    with ThreadPoolExecutor(8) as pool:
        for number in range(40):
            keys = set(pool.map(start, [tmp_path / str(number)] * 8))
            assert len(keys) == 1
