"""The wheel: installed elsewhere, without the source tree, it is complete."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest

from ruhrvote.config import ROOT
from tests.live_server import environment, free_port, run_command, running, wait_until_it_answers

pytestmark = pytest.mark.once


def run(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_serves_with_templates_and_static_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    run(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", tmp_path, ROOT)
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv")
    run(*pip, "--python", tmp_path / "venv" / "bin" / "python", "install", "--no-deps", *tmp_path.glob("*.whl"))
    # The packages that it needs come from here; unlike a site folder, PYTHONPATH does not bring the
    # source tree with it, to which this environment's own ruhrvote points.
    environ = environment(tmp_path / "data", PYTHONPATH=sysconfig.get_path("purelib"))
    monkeypatch.chdir(tmp_path)
    ruhrvote = str(tmp_path / "venv" / "bin" / "ruhrvote")
    made = run_command(environ, "init", program=ruhrvote)
    assert made.returncode == 0, made.stderr
    url, log = f"http://127.0.0.1:{(port := free_port())}", tmp_path / "serve.log"
    with running([ruhrvote, "serve", "--port", str(port)], environ, log):
        wait_until_it_answers(url, log)
        with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept-Language": "de"})) as answer:
            page = answer.read().decode()
        assert '<html lang="de"' in page
        assets = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
        assert {asset.rpartition(".")[2] for asset in assets} == {"svg", "css", "js", "woff2"}
        for asset in assets:
            asked = urllib.request.Request(url + asset, headers={"Accept-Encoding": "br"})
            with urllib.request.urlopen(asked) as answer:
                assert answer.read(), asset
                assert answer.headers["Content-Encoding"] == (None if asset.endswith("woff2") else "br")
