"""Drawing around points of the map: they are selected on every page, under a name that stays."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.browser.test_journeys import click_point, settled


def test_a_line_drawn_around_points_selects_them_for_every_page(server: Server, page: Page) -> None:
    page.goto(server.url("map", model="sample:breast-cancer"))
    settled(page)
    box = page.locator(".js-plotly-plot .nsewdrag").first.bounding_box()
    assert box is not None
    corners = [(0.02, 0.02), (0.6, 0.02), (0.6, 0.98), (0.02, 0.98), (0.02, 0.02)]
    places = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=10)
    page.mouse.up()
    inside = page.get_by_role("heading", name="In the part drawn around")
    expect(inside).to_be_visible()
    found = re.search(r"n\s=\s(\d+)", inside.inner_text())
    assert found is not None
    page.get_by_label("Name it to keep it").fill("the dense side")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_text("Kept as “the dense side”.")).to_be_visible()
    assert "the+dense+side" in page.url

    page.get_by_role("link", name="Metrics").click()
    settled(page)
    expect(page.get_by_role("button", name="only the dense side")).to_be_visible()
    expect(page.locator("[data-testid=stMain]")).to_contain_text(re.compile(rf"n\s=\s{found[1]}(?!\d)"))


def test_a_point_of_the_map_opens_its_example(server: Server, page: Page) -> None:
    page.goto(server.url("map", model="sample:breast-cancer", pointer="opens"))
    settled(page)
    click_point(page, "map", trace=-1, point=0)
    page.wait_for_function("location.search.includes('example=')")
    settled(page)
    page.get_by_role("link", name="See what is selected").click()
    settled(page)
    expect(page.get_by_role("button", name="Next")).to_be_visible()
