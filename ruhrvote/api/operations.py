"""Declaring what the interface answers: one declaration makes the route and its part of the specification."""

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
    """Something that can be asked for: its path as Flask writes it, what it is and what the answer looks like."""

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
    """Make a view an operation that everybody may ask for.

    paged: whether the answer is one page of a list, of whose items `answer` is the schema; conflict: when it is
    refused with 409.
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
    """The schema of a row of a table of the exports."""
    return of_fields({column.key: TYPES[column.format] for column in columns})


def of_fields(fields: Mapping[str, Schema]) -> Schema:
    """The schema of an object that has exactly these fields."""
    return {"type": "object", "properties": dict(fields), "required": list(fields), "additionalProperties": False}


def many(items: Schema) -> Schema:
    """The schema of a list."""
    return {"type": "array", "items": items}
