"""The app without a browser: `AppTest` from the entry point, with a home of its own."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180
# Threads that wait for each other while other tests want the processor cost minutes.
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep what a test opens and runs away from everything else."""
    import streamlit as st

    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path))
    monkeypatch.chdir(ROOT)
    yield tmp_path
    st.cache_data.clear()
    forget()


def forget() -> None:
    """Forget what a test found out: a process shares its jobs. What is opened, predicted and explained stays.

    Work that goes on is stopped: it would write into the next test's home.
    """
    from pages.shared import cache

    jobs = cache.jobs()
    for (kind, key), job in list(jobs._jobs.items()):
        if kind not in ("open", "predict", "explain"):
            job._stop.set()
            job.wait(SECONDS)
            jobs.drop(kind, key)


def settle(app: AppTest) -> AppTest:
    """Run the app again until no job is running on its page."""
    deadline = time.monotonic() + SECONDS
    while app.get("progress") and time.monotonic() < deadline:
        time.sleep(0.2)
        app.run()
    assert not app.get("progress"), "the page still waits"
    return app


@pytest.fixture
def visit() -> Callable[..., AppTest]:
    """Return a function that opens a page by its address, in a new session."""

    def open_page(page: str = "pages/start/open.py", **params: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=SECONDS)
        for name, value in params.items():
            app.query_params[name] = value
        app.run()
        if page != "pages/start/open.py":
            app.switch_page(page)
            for name, value in params.items():
                app.query_params[name] = value
            app.run()
        return settle(app)

    return open_page


def words(app: AppTest) -> str:
    """Return all that a page says."""
    kinds = ("title", "subheader", "markdown", "caption", "text", "code")
    return "\n".join(str(element.value) for kind in kinds for element in app.get(kind)).replace("\\", "")
