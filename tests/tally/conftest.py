"""How thoroughly the laws are tried: HYPOTHESIS_PROFILE=mutation tries less, for hundreds of runs in a row."""

from __future__ import annotations

import os

from hypothesis import settings

# How long an example takes says nothing on a machine that does other things too.
settings.register_profile("full", deadline=None)
settings.register_profile("mutation", deadline=None, max_examples=10, derandomize=True, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "full"))
