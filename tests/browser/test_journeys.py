"""What people come for, as they do it."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from playwright.sync_api import TimeoutError as NotShown

from analysis.samples import bundled_root
from tests.browser.conftest import Server

VENDOR = "sample:photos-as-delivered"
#: Milliseconds; a machine that does much else at once is slow.
PATIENCE = 300_000


def settled(page: Page) -> None:
    """Wait until the page shows results: a heading, nothing that runs, nothing that waits."""
    page.wait_for_function(
        """() => {
        const heading = document.querySelector("[data-testid=stMain] h1")
        const busy = document.querySelector("[data-testid=stProgress], [data-testid=stStatusWidget]")
        const idle = document.querySelector("[data-test-script-state=notRunning]")
        return heading && idle && !busy && !/Opening the model|Running the model/.test(heading.textContent)
      }""",
        timeout=PATIENCE,
    )
    expect(page.locator("[data-testid=stException]")).to_have_count(0)


def test_a_cat_that_is_called_cucumber(server: Server, page: Page) -> None:
    page.goto(server.url())
    page.get_by_role("button", name=re.compile("as a vendor delivered it")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("5 of 5")
    settled(page)
    page.get_by_role("link", name="Confusions").click()
    settled(page)
    click_cell(page, "cat", "cucumber")
    expect(page.get_by_role("heading", level=1)).to_have_text("5 of 5 “cat” are called “cucumber”")
    assert "true=cat&predicted=cucumber" in page.evaluate("location.search")
    cards = page.get_by_role("group", name="Examples").get_by_role("button")
    expect(cards).to_have_count(5)
    cards.first.click()
    marks = page.locator("[data-testid=stPlotlyChart] .xtick text", has_text="%")
    expect(marks.first).to_be_visible()
    assert marks.all_text_contents()[0] == "0\u00a0%"
    page.get_by_role("link", name="What did the model look at?").click()
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("rather than")
    expect(page.locator("[data-testid=stPlotlyChart]").first).to_be_visible()


def click_cell(page: Page, true: str, predicted: str) -> None:
    """Click a cell of the matrix where a person would."""
    # The figure is mounted anew after a click, and a click on the one before it is lost.
    settled(page)
    found = page.wait_for_function(
        """([row, column]) => {
        const node = document.querySelector("[data-testid=stPlotlyChart] .js-plotly-plot")
        if (!node?._fullLayout?.xaxis) return null
        const {xaxis, yaxis} = node._fullLayout, box = node.getBoundingClientRect()
        const at = (axis, label) => {
          const i = axis.tickvals ? axis.tickvals[axis.ticktext.indexOf(label)] : label
          return axis._offset + axis.d2p(i)
        }
        return [box.x + at(xaxis, column), box.y + at(yaxis, row)]
      }""",
        arg=[true, predicted],
    )
    spot = found.json_value()
    page.mouse.move(*spot)
    page.mouse.click(*spot)


def test_a_cold_deep_link(server: Server, page: Page) -> None:
    page.goto(server.url("confusions", model=VENDOR, true="cat", predicted="cucumber"))
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("cucumber")
    expect(page.get_by_role("group", name="Examples").get_by_role("button")).to_have_count(5)


def test_a_total_selects_its_row_or_its_column(server: Server, page: Page) -> None:
    page.goto(server.url("confusions", model=VENDOR))
    settled(page)
    click_cell(page, "cat", "all")
    expect(page.get_by_role("heading", level=1)).to_contain_text("with label “cat”")
    assert "true=cat" in page.evaluate("location.search")
    assert "predicted=" not in page.evaluate("location.search")
    click_cell(page, "all", "cucumber")
    expect(page.get_by_role("heading", level=1)).to_contain_text("called “cucumber”")
    assert "true=" not in page.evaluate("location.search")


def test_a_point_of_a_figure_selects_its_examples(server: Server, page: Page) -> None:
    page.goto(server.url("metrics", model="sample:breast-cancer"))
    settled(page)
    click_point(page, "reliability", trace=1, point=-1)
    page.wait_for_function("location.search.includes('part=confidence+0.9+1.0')")
    settled(page)
    page.get_by_role("link", name=re.compile("See the examples with confidence of 90 to 100")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Confidence of 90 to 100")
    settled(page)
    page.locator(".st-key-chip-part button").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("171 rows are named right")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("location.search.includes('part=confidence')")


def click_point(page: Page, key: str, *, trace: int, point: int) -> None:
    """Click a point of a figure where a person would."""
    figure = page.locator(f".st-key-{key} .js-plotly-plot")
    figure.scroll_into_view_if_needed()
    settled(page)
    spot = figure.evaluate(
        """(node, [trace, point]) => {
        const {xaxis, yaxis} = node._fullLayout, box = node.getBoundingClientRect(), {x, y} = node._fullData.at(trace)
        return [box.x + xaxis._offset + xaxis.d2p(x.at(point)), box.y + yaxis._offset + yaxis.d2p(y.at(point))]
      }""",
        [trace, point],
    )
    page.mouse.move(*spot)
    page.mouse.click(*spot)


def test_back_and_forward_and_the_keyboard(server: Server, page: Page) -> None:
    page.goto(server.url("confusions", model=VENDOR, true="cat", predicted="cucumber"))
    settled(page)
    page.get_by_role("button", name="Next").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text("1 of 5").wait_for()
    page.keyboard.press("ArrowRight")
    page.get_by_text("2 of 5").wait_for()
    page.go_back()
    page.get_by_text("1 of 5").wait_for()
    page.go_forward()
    page.get_by_text("2 of 5").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_function("!location.search.includes('true=')")
    page.get_by_role("button", name="Undo").click()
    page.wait_for_function("location.search.includes('true=cat')")
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.closest('.st-key-find_class') !== null")


@pytest.fixture
def dirty_zip(tmp_path: Path) -> Path:
    """Photos of two classes, and what people really have among them."""
    photos = bundled_root() / "data" / "photos"
    target = tmp_path / "dirty.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for label in ("cat", "lion"):
            for photo in sorted((photos / label).glob("*.jpg")):
                archive.write(photo, f"pets/{label}/{photo.name}")
        whole = next(iter(sorted((photos / "cat").glob("*.jpg")))).read_bytes()
        archive.writestr("pets/cat/cut short.jpg", whole[: len(whole) // 2])
        archive.writestr("pets/lion/<b>not</b> an image.jpg", b"hello")
        archive.writestr("pets/yeti **bold**/one.jpg", whole)
    return target


def test_an_upload_with_dirt_in_it(server: Server, page: Page, dirty_zip: Path) -> None:
    page.goto(server.url())
    page.get_by_text("Open your own").click()
    page.get_by_label("Folder, .skops file, or hub id").fill(str(bundled_root() / "models" / "photos"))
    page.locator(".st-key-own_data_file input[type=file]").set_input_files(dirty_zip)
    page.get_by_text("dirty.zip").wait_for()
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("button", name="Open them").click()
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("can be used, 2 can")
    expect(page.get_by_text("doesn’t know the label of 1 example")).to_be_visible()
    page.get_by_role("button", name="See the results").click()
    settled(page)
    expect(page.locator("[data-testid=stMain] b")).to_have_count(0)


def test_two_sessions_at_once(server: Server, browser: Browser) -> None:
    contexts = [browser.new_context(viewport={"width": 1440, "height": 900}) for _ in range(2)]
    pages = [context.new_page() for context in contexts]
    pages[0].goto(server.url("overview", model=VENDOR))
    pages[1].goto(server.url("overview", model="sample:breast-cancer"))
    for page in pages:
        settled(page)
    first, second = (page.get_by_role("heading", level=1).inner_text() for page in pages)
    assert "pictures" in first
    assert "rows" in second
    for context in contexts:
        context.close()


def test_failures_are_walked_through_by_keyboard_and_the_last_is_explained(server: Server, page: Page) -> None:
    page.goto(server.url("explain", model=VENDOR, true="cat", predicted="cucumber", methods="grad_cam"))
    page.get_by_text("1 of 5").wait_for()
    for number in (2, 3):
        press(page, "ArrowRight", f"{number} of 5")
    # What was left behind is not finished first; whether the map can be believed is still measured.
    expect(page.locator("[data-testid=stPlotlyChart]").first).to_be_visible()
    expect(page.get_by_text("Stopped before it was finished")).to_have_count(0)
    press(page, "ArrowLeft", "2 of 5")


def press(page: Page, key: str, shown: str) -> None:
    """Press a key and wait for what it shows; once more where the page was not listening yet."""
    page.keyboard.press(key)
    try:
        page.get_by_text(shown).wait_for(timeout=30_000)
    except NotShown:
        page.keyboard.press(key)
        page.get_by_text(shown).wait_for()


def test_a_picture_is_painted_on_and_what_was_done_is_undone(server: Server, page: Page) -> None:
    page.goto(server.url("what_if", model="sample:photos", example="cat/tabby_cat.jpg"))
    settled(page)
    drag(page, (0.1, 0.2), (0.6, 0.9))
    slider = page.get_by_role("slider", name="From left to right, in percent")
    expect(slider.first).to_have_value("10")
    expect(slider.last).to_have_value("60")
    page.get_by_role("radio", name="Paint").or_(page.get_by_role("button", name="Paint")).first.click()
    page.get_by_text("Paint over the part").wait_for()
    settled(page)
    make = page.get_by_role("button", name="Make this change").first
    expect(make).to_be_disabled()
    drag(page, (0.3, 0.4), (0.7, 0.6))
    expect(make).to_be_enabled()
    make.click()
    page.get_by_text("what was painted (1 stroke)").wait_for()
    page.get_by_role("button", name="Undo the last").click()
    page.get_by_text("Nothing is changed yet").wait_for()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the picture, from and to places in shares of it."""
    canvas = page.locator("canvas").first
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    here, there = ((box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end))
    page.mouse.move(*here)
    page.mouse.down()
    page.mouse.move(*there, steps=6)
    page.mouse.up()
