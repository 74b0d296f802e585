"""The specification of the API (OpenAPI 3.1), made of the same declarations as its routes."""

from __future__ import annotations

import re
from typing import Any

from ruhrvote.api.answers import LAST_PAGE, MOST_PER_PAGE, PER_PAGE
from ruhrvote.api.operations import OPERATIONS, Operation, many, of_fields

_PARAMETER = re.compile(r"<(\w+)>")
ABOUT = (
    "Read-only, for everybody, without login, key or cookie. Figures are those of the boards and pass the same rules: "
    "while a consultation is open, only what the boards show. Texts are in the language of Accept-Language, German or "
    "English. Each answer has an ETag; ask again with If-None-Match. Errors are application/problem+json (RFC 9457)."
)
PROBLEM = of_fields(
    {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    }
)


def specification() -> dict[str, object]:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "RuhrVote", "version": "1", "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "paths": {_PARAMETER.sub(r"{\1}", operation.path): {"get": _operation(operation)} for operation in OPERATIONS},
        "components": {"schemas": {"Problem": PROBLEM}},
    }


def _operation(operation: Operation) -> dict[str, object]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _PARAMETER.findall(operation.path)
    ]
    problems = {"400": "A parameter cannot be read"}
    if parameters:
        problems["404"] = "There is nothing at this address"
    if operation.conflict:
        problems["409"] = operation.conflict
    schema = operation.answer
    headers: dict[str, object] = {"ETag": {"schema": {"type": "string"}}}
    if operation.paged:
        parameters += [_page("page", 1, LAST_PAGE), _page("per_page", PER_PAGE, MOST_PER_PAGE)]
        numbers = {name: {"type": "integer"} for name in ("page", "per_page", "total")}
        schema = of_fields({"items": many(operation.answer), **numbers})
        headers["Link"] = {"schema": {"type": "string"}, "description": "first, prev, next and last (RFC 8288)"}
    return {
        "operationId": operation.name,
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": operation.summary,
                "headers": headers,
                "content": {"application/json": {"schema": schema}},
            },
            "304": {"description": "Nothing has changed since the answer with this ETag"},
            **{
                status: {
                    "description": description,
                    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
                }
                for status, description in problems.items()
            },
        },
    }


def _page(name: str, default: int, most: int) -> dict[str, object]:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return {"name": name, "in": "query", "required": False, "schema": schema}
