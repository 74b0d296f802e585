"""Templates, addresses and SQL compiled once per process: each test's own application would do it again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.rules import RulePart


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
    """A rule that is parsed once, and whose function that builds addresses is compiled once.

    A third of a test's time would go into it. Neither knows the application; the function gets the rule as its first
    argument.
    """

    parsed: dict[str, tuple[list[RulePart], list[tuple[bool, str]], dict[str, BaseConverter]]] = {}  # noqa: RUF012  # shared on purpose
    kept: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}  # noqa: RUF012  # shared on purpose

    def _parse_rule(self, rule: str) -> Iterable[RulePart]:
        if rule not in self.parsed:
            begun = len(self._trace)
            parts = list(super()._parse_rule(rule))
            self.parsed[rule] = parts, self._trace[begun:], dict(self._converters)
            return parts
        parts, trace, converters = self.parsed[rule]
        self._trace += trace
        self._converters |= converters
        self.arguments |= converters.keys()
        return parts

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        what = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if what not in self.kept:
            self.kept[what] = super()._compile_builder(append_unknown)
        return self.kept[what]


def share_statements(engine: Engine) -> None:
    """Let this engine use the statements that the engines of earlier tests have compiled: a fifth of a test's time.

    What is compiled is kept by statement and dialect; each engine has a dialect of its own, though all are alike.
    """
    engine.update_execution_options(compiled_cache=STATEMENTS)


for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    dialect.__eq__ = lambda self, other: type(self) is type(other)
    dialect.__hash__ = lambda self: hash(type(self))

COMPILED = CompiledTemplates()
STATEMENTS: LRUCache[Any, Any] = LRUCache(5_000)
Flask.url_rule_class = CompiledRule
