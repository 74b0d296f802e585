"""How the house is built: what its files may know of each other, where its routes are, how small its files get."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import ruhrvote

HOUSE = Path(ruhrvote.__file__).parent
ROUTES = {"delete", "get", "patch", "post", "put", "route"}
SHORT = 40  # lines
MOST_SHORT_FILES = 15

pytestmark = pytest.mark.once

Modules = Mapping[str, Path]


def modules_of(folder: Path) -> Modules:
    """The files of a package, by the names under which they are imported."""
    return {
        ".".join((folder.name, *path.relative_to(folder).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in sorted(folder.rglob("*.py"))
    }


def imports_of(modules: Modules) -> dict[str, set[str]]:
    """What each file imports of the others, anywhere in it: inside functions and for the types as well."""
    return {name: set(_imported(path, modules)) - {name} for name, path in modules.items()}


def _imported(path: Path, modules: Modules) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in modules)
        elif isinstance(node, ast.ImportFrom) and node.module in modules:
            inner = (f"{node.module}.{alias.name}" for alias in node.names)
            yield from (name if name in modules else node.module for name in inner)


def is_view(name: str) -> bool:
    return name.endswith("views")


def feature_of(name: str) -> str:
    return ".".join(name.split(".")[:2])


def strangers_of_views(imports: Mapping[str, set[str]]) -> list[str]:
    """Each view that imports a view, or another feature's forms."""
    return sorted(
        f"{view} imports {other}"
        for view in filter(is_view, imports)
        for other in imports[view]
        if is_view(other) or (other.endswith(".forms") and feature_of(other) != feature_of(view))
    )


def stray_routes(modules: Modules) -> list[str]:
    """Each function beside the views that is decorated as a route."""
    return [
        f"{name}.{node.name}"
        for name, path in modules.items()
        if not is_view(name)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and any(map(_is_route, node.decorator_list))
    ]


def _is_route(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in ROUTES
    )


def cycle_in(imports: Mapping[str, set[str]]) -> list[str]:
    """A chain of imports that ends where it began, or nothing."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def between_features(imports: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """What each feature imports of the others."""
    known: dict[str, set[str]] = {}
    for name, others in imports.items():
        known.setdefault(feature_of(name), set()).update(map(feature_of, others))
    return {name: others - {name} for name, others in known.items()}


def short_files(modules: Modules) -> list[str]:
    """The files that are hardly a subject of their own; what a package says of itself does not count."""
    return [
        name
        for name, path in modules.items()
        if path.name != "__init__.py" and len(path.read_text().splitlines()) < SHORT
    ]


def test_no_view_imports_a_view_or_another_features_forms() -> None:
    assert strangers_of_views(imports_of(modules_of(HOUSE))) == []


def test_routes_are_in_views() -> None:
    assert stray_routes(modules_of(HOUSE)) == []


def test_no_circle_of_files_or_features() -> None:
    imports = imports_of(modules_of(HOUSE))
    assert (cycle_in(imports), cycle_in(between_features(imports))) == ([], [])


def test_few_files_are_short() -> None:
    assert len(short_files(modules_of(HOUSE))) <= MOST_SHORT_FILES


@pytest.fixture
def made_up(tmp_path: Path) -> Modules:
    """A house that breaks each rule once."""
    files = {
        "__init__.py": "",
        "rooms/__init__.py": "",
        "rooms/views.py": "from house.rooms.list_views import rows\nfrom house.rooms import forms\n",
        "rooms/list_views.py": "def page():\n    from house.guests.forms import Form\n",
        "rooms/forms.py": "from house.rooms import views\n",
        "rooms/queries.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import house.guests.queries\n",
        "guests/__init__.py": "",
        "guests/forms.py": "\n" * 50,
        "guests/queries.py": "from house.rooms.models import Room\n@blueprint.get('/guests')\ndef guests(): ...\n",
        "rooms/models.py": "class Room: ...\n",
    }
    for name, text in files.items():
        path = tmp_path / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return modules_of(tmp_path / "house")


def test_a_view_that_imports_what_it_must_not_is_found(made_up: Modules) -> None:
    assert strangers_of_views(imports_of(made_up)) == [
        "house.rooms.list_views imports house.guests.forms",
        "house.rooms.views imports house.rooms.list_views",
    ]


def test_a_route_beside_the_views_is_found(made_up: Modules) -> None:
    assert stray_routes(made_up) == ["house.guests.queries.guests"]


def test_a_circle_is_found(made_up: Modules) -> None:
    imports = imports_of(made_up)
    assert set(cycle_in(imports)) == {"house.rooms.forms", "house.rooms.views"}
    # Between the features, too, though no two of the files that lead there and back import each other.
    assert set(cycle_in(between_features(imports))) == {"house.rooms", "house.guests"}


def test_short_files_are_counted(made_up: Modules) -> None:
    assert sorted(set(made_up) - set(short_files(made_up))) == [
        "house",
        "house.guests",
        "house.guests.forms",
        "house.rooms",
    ]
