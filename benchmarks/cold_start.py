"""How long somebody waits who starts the app: for the first page, a kept result, and the first explanation."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.conftest import FLAGS, Server, chromium

SAMPLE = {"model": "sample:photos-as-delivered", "true": "cat", "predicted": "cucumber"}
ROUNDS = 5

#: Whether the page has a heading, no work going on, and as many figures as asked for.
DRAWN = """figures => {
    const idle = document.querySelector("[data-test-script-state=notRunning]")
    const busy = document.querySelector("[data-testid=stProgress]")
    const drawn = document.querySelectorAll("[data-testid=stPlotlyChart] .main-svg").length
    return document.querySelector("h1") && idle && !busy && drawn >= figures
}"""


@contextmanager
def started(home: Path, script: str = "app.py") -> Iterator[Server]:
    """Start an app as a person does, and end it."""
    server = Server(home, script=script, threads=None)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@contextmanager
def visitor(browser: Any) -> Iterator[Any]:
    """Return a page of a visitor who was never here."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(120_000)
    yield context.new_page()
    context.close()


def first_page(browser: Any, home: Path, script: str) -> float:
    """Return seconds from the command to the heading of the first page."""
    began = time.perf_counter()
    with started(home, script) as server, visitor(browser) as page:
        page.goto(server.url())
        page.wait_for_selector("h1")
        return time.perf_counter() - began


def kept_matrix(browser: Any, home: Path) -> float:
    """Return seconds from the command to the confusion matrix of a kept run."""
    began = time.perf_counter()
    with started(home) as server, visitor(browser) as page:
        page.goto(server.url("confusions", **SAMPLE))
        page.wait_for_function(DRAWN, arg=1)
        return time.perf_counter() - began


def first_map(browser: Any, home: Path, reading: float) -> float:
    """Return seconds from the click on *Explain* to a server's first map, after `reading` seconds on the results."""
    with started(home) as server, visitor(browser) as page:
        page.goto(server.url("confusions", **SAMPLE))
        page.wait_for_function(DRAWN, arg=1)
        page.get_by_role("group", name="Examples").get_by_role("button").first.click()
        link = page.get_by_role("link", name="What did the model look at?")
        link.wait_for()
        page.wait_for_timeout(1000 * reading)
        began = time.perf_counter()
        link.click()
        page.wait_for_function("location.pathname.endsWith('explain')")
        page.wait_for_selector("[data-testid=stPlotlyChart] .main-svg")
        return time.perf_counter() - began


def _row(name: str, measure: Callable[[], float]) -> list[float]:
    found = [measure() for _ in range(ROUNDS)]
    print(f"| {name} | {statistics.median(found):.1f} s | {min(found):.1f}–{max(found):.1f} s |", flush=True)
    return found


def main() -> None:
    """Print one row a wait."""
    from playwright.sync_api import sync_playwright

    home = Path(tempfile.mkdtemp())
    bare = home / "bare.py"
    bare.write_text('import streamlit as st\n\nst.title("Hello")\n', encoding="utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        kept_matrix(browser, home)  # The run is made, and Python compiles what it imports.
        print("| wait | median | smallest–largest |")
        print("|---|---|---|")
        page = _row("from `streamlit run` to a bare Streamlit page", lambda: first_page(browser, home, str(bare)))
        ours = _row("from `streamlit run` to Caveat's first page", lambda: first_page(browser, home, "app.py"))
        own = statistics.median(ours) - statistics.median(page)
        print(f"| of it Caveat's own | {own:.1f} s | |")
        _row(
            "from `streamlit run` to the photos' confusion matrix, run kept",
            lambda: kept_matrix(browser, home),
        )
        for reading in (3.0, 10.0):
            what = f"from the click on *Explain* to a server's first map, after {reading:.0f} s on the results"
            _row(what, lambda reading=reading: first_map(browser, home, reading))
        browser.close()


if __name__ == "__main__":
    main()
