"""A real server on a free port with a home of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Return the browser's path: ``$CHROMIUM``, or the first known name on the path, or None for Playwright's own."""
    names = [os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
    return next((found for name in names if name and (found := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here as one of the browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


class Server:
    """The app as a person starts it.

    Parameters
    ----------
    home : Path
        Its ``CAVEAT_HOME``.
    hub : str, optional
        Address of the hub that it may download from; none by default.
    script : str
        What is started: the app.
    threads : int, optional
        Of each library that computes; one, since threads that wait for each other while other tests want the
        processor cost minutes. None leaves it to the libraries.
    """

    def __init__(self, home: Path, *, hub: str | None = None, script: str = "app.py", threads: int | None = 1) -> None:
        self.home = home
        self._script = script
        self._threads = {} if threads is None else {"OMP_NUM_THREADS": str(threads)}
        self._hub = {"HF_ENDPOINT": hub, "HF_HOME": str(home / "hub")} if hub else {"HF_HUB_OFFLINE": "1"}
        self.log = home / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [sys.executable, "-m", "streamlit", "run", self._script, f"--server.port={self.port}"]
        environment = os.environ | self._threads | self._hub | {"CAVEAT_HOME": str(self.home)}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/_stcore/health", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError(self.log.read_text())

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(20)

    def url(self, page: str = "", **params: str) -> str:
        """Return the address of a page."""
        query = f"?{urlencode(params)}" if params else ""
        return f"http://127.0.0.1:{self.port}/{page}{query}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for the tests of a module."""
    running = Server(tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    """One browser for the tests of a module."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=240_000)  # A model loads in seconds, on a busy machine in minutes.
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: object) -> Iterator[object]:
    """A page in a session of its own, at the size of a laptop."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})  # type: ignore[attr-defined]
    context.set_default_timeout(240_000)
    yield context.new_page()
    context.close()
