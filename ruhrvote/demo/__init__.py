"""The demonstration: an invented electorate, clearly labelled and the same at every run."""

from ruhrvote.demo.activity import act
from ruhrvote.demo.electorate import PASSWORD
from ruhrvote.demo.rounds import build

__all__ = ["PASSWORD", "act", "build"]
