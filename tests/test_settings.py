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
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path: Path, name: str, value: str, wanted: str) -> None:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, **{name: value})
    message = str(error.value)
    assert message.startswith(wanted)
    assert "\n" not in message


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
