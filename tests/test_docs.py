"""What the documentation says of the code is there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
PLACES = (ROOT / "ruhrvote", ROOT)
# `path.py`, or `path.py: name`; what else stands in backticks is no file.
NAMED = re.compile(r"`((?:<kind>|[\w/.-])+\.(?:py|html|typ|txt|js|css|toml|md))(?:: (\w+))?`")


def files_of_rows() -> Iterator[tuple[str, str, str]]:
    """Each file that a row of “Where is …?” names, with the folder that the row named before it, and a name in it."""
    for row in ARCHITECTURE.partition("## Where is …?")[2].partition("\n## ")[0].splitlines():
        folder = ""
        for path, name in NAMED.findall(row):
            yield path, folder, name
            folder = path.rpartition("/")[0] or folder


def find(path: str, folder: str) -> Path | None:
    """The file of this name, seen from the package, the repository or the folder named before."""
    for name in (path, f"{folder}/{path}"):
        for place in PLACES:
            if (place / name).is_file():
                return place / name
    return None


def defined_in(file: Path) -> set[str]:
    """The functions and classes of a file, methods too, and its constants."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names


@pytest.mark.once
def test_every_file_that_is_named_as_a_place_is_there() -> None:
    named = [(path, folder, name) for path, folder, name in files_of_rows() if "<kind>" not in path]
    assert len(named) > 60, "the table was found"
    missing = []
    for path, folder, name in named:
        file = find(path, folder)
        if file is None or (name and name not in defined_in(file)):
            missing.append(f"{path}: {name}")
    assert missing == []


@pytest.mark.once
def test_a_place_that_is_not_there_is_noticed() -> None:
    assert find("leaderboards/front.py", "") is None
    assert "nothing_like_this" not in defined_in(ROOT / "ruhrvote" / "app.py")


@pytest.mark.once
def test_the_picture_of_the_house_shows_every_room() -> None:
    picture = ARCHITECTURE.partition("```\n")[2].partition("```")[0]
    rooms = {path.name + "/" for path in (ROOT / "ruhrvote").iterdir() if (path / "__init__.py").is_file()}
    rooms |= {path.name for path in (ROOT / "ruhrvote").glob("*.py")} - {"__init__.py"}
    assert {room for room in rooms if not re.search(rf"(^|\s){re.escape(room)}", picture)} == set()
