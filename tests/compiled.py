"""Templates and addresses compiled once per process: each test has an application of its own and would do it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


class CompiledTemplates(BytecodeCache):
    """The compiled templates of this run, by their content."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        known = self.kept.get(f"{bucket.key} {bucket.checksum}")
        if known is not None:
            bucket.bytecode_from_string(known)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[f"{bucket.key} {bucket.checksum}"] = bucket.bytecode_to_string()


class CompiledRule(Rule):
    """A rule whose function that builds addresses is compiled once: a third of a test's time would go into it.

    The function knows nothing of the application; it gets the rule as its first argument.
    """

    kept: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}  # noqa: RUF012  # shared on purpose

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        what = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if what not in self.kept:
            self.kept[what] = super()._compile_builder(append_unknown)
        return self.kept[what]


COMPILED = CompiledTemplates()
Flask.url_rule_class = CompiledRule
