"""Take the README's pictures from the running app: ``python -m docs.screenshots [FOLDER] [--wide W] [--dark]``."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

from tests.browser.conftest import FLAGS, Server, chromium

HERE = Path(__file__).resolve().parent
SAMPLE = {"model": "sample:photos-as-delivered"}
CAT = {"true": "cat", "predicted": "cucumber"}

#: Picture → page and what its link opens.
SHOTS: dict[str, tuple[str, dict[str, str]]] = {
    "open": ("", {}),
    "overview": ("overview", SAMPLE),
    "metrics": ("metrics", SAMPLE),
    "confusions": ("confusions", SAMPLE | CAT),
    "explain": ("explain", SAMPLE | CAT | {"example": "cat/tabby_cat.jpg"}),
    "doctor": ("doctor", SAMPLE),
    "eyes": ("eyes", SAMPLE | {"example": "cat/tabby_cat.jpg"}),
    "tweets": ("overview", {"model": "sample:tweets"}),
    "tweets-explain": ("explain", {"model": "sample:tweets", "example": "3"}),
    "diabetes": ("overview", {"model": "sample:diabetes"}),
    "diabetes-metrics": ("metrics", {"model": "sample:diabetes"}),
    "tumours-explain": ("explain", {"model": "sample:breast-cancer"}),
}
#: The pictures that the README shows.
README = ("overview", "confusions", "explain", "doctor", "eyes")


def settle(page: Any, seconds: float = 2.0) -> None:
    """Wait until nothing runs any more and the figures are drawn."""
    page.wait_for_selector("[data-testid='stApp']")
    quiet = 0
    while quiet < 3:
        page.wait_for_timeout(500)
        busy = page.locator("[data-testid='stStatusWidget'], [data-testid='stProgress']").count()
        busy += page.get_by_role("button", name="Cancel").count()
        quiet = 0 if busy else quiet + 1
    page.wait_for_timeout(int(seconds * 1000))


def diagnose(page: Any) -> None:
    """Press the doctor's button and wait for its finding."""
    button = page.get_by_role("button", name="Diagnose")
    if button.count():
        button.first.click()
        page.wait_for_timeout(3000)
        settle(page)


def main() -> None:
    """Take the pictures."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", default=str(HERE / "images"))
    parser.add_argument("--width", type=int, default=1440)
    parser.add_argument("--height", type=int, default=900)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--full", action="store_true", help="the whole page, not one screen")
    parser.add_argument("--only", nargs="*", default=list(README))
    chosen = parser.parse_args()
    folder = Path(chosen.folder)
    folder.mkdir(parents=True, exist_ok=True)
    server = Server(Path(tempfile.mkdtemp()))
    server.start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            size: Any = {"width": chosen.width, "height": chosen.height}
            context = browser.new_context(viewport=size, color_scheme="dark" if chosen.dark else "light")
            context.set_default_timeout(600_000)
            for name in chosen.only:
                address, query = SHOTS[name]
                page = context.new_page()
                page.goto(server.url(address, **query))
                settle(page)
                if name == "doctor":
                    diagnose(page)
                page.screenshot(path=folder / f"{name}.png", full_page=chosen.full)
                page.close()
                print(folder / f"{name}.png", flush=True)
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
