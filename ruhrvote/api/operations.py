"""Declaring operations of the API: one decorator makes the route and its part of the OpenAPI specification."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Blueprint

from ruhrvote.accounts.access import Permission, allow
from ruhrvote.files.table import Column, Format

View = TypeVar("View", bound=Callable[..., Any])
Schema = Mapping[str, Any]

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")


@dataclass(frozen=True)
class Operation:
    """An operation of the API: its path as in Flask, a summary, and the schema of its answer."""

    path: str
    name: str
    summary: str
    answer: Schema
    paged: bool
    conflict: str


OPERATIONS: list[Operation] = []


def answers(
    path: str, summary: str, answer: Schema, *, paged: bool = False, conflict: str = ""
) -> Callable[[View], View]:
    """Make a view an operation of the public API.

    answer: the schema of the answer, or if `paged` of each item of the list; conflict: the description of when the
    answer is 409.
    """

    def declare(view: View) -> View:
        OPERATIONS.append(Operation(path, view.__name__, summary, answer, paged, conflict))
        return blueprint.get(path)(allow(Permission.PUBLIC)(view))

    return declare


TYPES: dict[Format, Schema] = {
    Format.TEXT: {"type": ["string", "null"]},
    Format.WHOLE: {"type": ["integer", "null"]},
    Format.SCORE: {"type": ["number", "null"]},
    Format.EXACT: {"type": ["number", "null"]},
    Format.FLAG: {"type": ["boolean", "null"]},
    Format.DAY: {"type": ["string", "null"], "format": "date"},
    Format.MOMENT: {"type": ["string", "null"], "format": "date-time"},
}


def of_columns(columns: Sequence[Column]) -> Schema:
    """The schema of a row of an export's table."""
    return of_fields({column.key: TYPES[column.format] for column in columns})


def of_fields(fields: Mapping[str, Schema]) -> Schema:
    """The schema of an object that has exactly these fields."""
    return {"type": "object", "properties": dict(fields), "required": list(fields), "additionalProperties": False}


def many(items: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": items}
