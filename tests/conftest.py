"""Property tests try the same examples on every run (`make search` looks for new ones); no test uses a real home."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A test run decides whether a change may land: it has to say the same about the same code.
settings.register_profile("same", derandomize=True, database=None)
settings.register_profile("search", derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session", autouse=True)
def home_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep what tests make in a folder of this run, unless they name one."""
    os.environ["CAVEAT_HOME"] = str(tmp_path_factory.mktemp("home"))
