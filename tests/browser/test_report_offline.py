"""The report in a real browser without a network: nothing is asked for, nothing complains, it fits a phone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from analysis.report import render
from tests.unit.report.test_report import HOSTILE, contents


@pytest.mark.parametrize("width", [390, 1440])
def test_no_request_no_complaint_no_sideways_scrolling(width: int, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(render(contents(notes=HOSTILE)), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_load_state("networkidle")
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert HOSTILE in page.inner_text("body")
    assert page.locator("#cost svg").count() == 2
    assert page.locator("#cost svg, #cost .treemap").evaluate_all("all => all.every(e => e.clientHeight > 100)")
    assert HOSTILE in page.locator("#cost .treemap").inner_text()
    left, right = (page.locator("#feeding .pair table").nth(i).bounding_box() for i in (0, 1))
    assert left is not None
    assert right is not None
    if width > 1000:
        assert right["x"] > left["x"], "before and after stand side by side"
    else:
        assert right["y"] > left["y"], "and below each other on a phone"
    context.close()


def test_it_prints_dark_on_white_and_nothing_is_cut_off(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    classes = tuple(f"{HOSTILE} {i}" for i in range(40))
    file.write_text(render(contents(classes, notes=HOSTILE)), encoding="utf-8")
    # The width that A4 leaves between margins of a centimetre.
    context = browser.new_context(viewport={"width": 718, "height": 1000}, offline=True, color_scheme="dark")
    page = context.new_page()
    page.goto(file.as_uri())
    page.emulate_media(media="print")
    style = "(s => [s.color, s.backgroundColor])(getComputedStyle(document.body))"
    assert page.evaluate(style) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    wide = "[...document.querySelectorAll('.wide')].map(e => [e.closest('section').id, e.scrollWidth - e.clientWidth])"
    assert [found for found in page.evaluate(wide) if found[1] > 0] == []
    assert page.pdf(format="A4", print_background=True).startswith(b"%PDF-")
    context.close()
