"""Property tests try the same examples on every run; `make search` looks for new ones."""

from __future__ import annotations

import os

from hypothesis import settings

# A test run decides whether a change may land: it has to say the same about the same code.
settings.register_profile("same", derandomize=True, database=None)
settings.register_profile("search", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))
