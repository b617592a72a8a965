"""Two candidates beside each other: figures that select, and one example by both."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server
from tests.browser.test_journeys import settled

#: Where on the screen the point of a figure is that stands for something; null while it isn't there.
PLACE = """([key, wanted]) => {
  const node = document.querySelector(`.st-key-${key} .js-plotly-plot`)
  if (!node?._fullLayout?.xaxis) return null
  node.scrollIntoView({block: "center"})
  const {xaxis, yaxis} = node._fullLayout, box = node.getBoundingClientRect()
  for (const trace of node.data) {
    const i = (trace.customdata ?? []).findIndex(carried => carried[0] === wanted)
    const at = (axis, value) => axis._offset + axis.d2p(value)
    if (i >= 0) return [box.x + at(xaxis, trace.x[i]), box.y + at(yaxis, trace.y[i])]
  }
  return null
}"""


def click_point(page: Page, key: str, wanted: str) -> None:
    """Click the point of a figure that stands for something, where a person would."""
    settled(page)
    page.wait_for_function(PLACE, arg=[key, wanted])
    page.wait_for_timeout(500)  # It scrolls into view.
    spot = page.evaluate(PLACE, [key, wanted])
    page.mouse.move(*spot)
    page.mouse.click(*spot)


def test_a_model_and_its_pruned_self(server: Server, page: Page) -> None:
    page.goto(server.url("compare", model="sample:reviews", against="as:pruned-70"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("as pruned-70")
    expect(page.get_by_role("heading", name="On which slices do they differ?")).to_be_visible()
    expect(page.locator(".st-key-slice-differences .js-plotly-plot")).to_be_visible()

    click_point(page, "agreement", "none")
    expect(page.get_by_role("heading", name=re.compile("Both get .* wrong"))).to_be_visible()
    assert "together=none" in page.url
    page.get_by_role("group", name=re.compile("Both get")).get_by_role("button").first.click()
    expect(page.get_by_role("heading", name=re.compile("Both answer"))).to_be_visible()
    expect(page.locator(".st-key-why-a .js-plotly-plot")).to_be_visible()
    expect(page.locator(".st-key-why-b .js-plotly-plot")).to_be_visible()
    assert "example=" in page.url
    assert "against=as" in page.url, "the other model stays"

    click_point(page, "class-differences", "negative")
    expect(page.get_by_role("button", name="label negative")).to_be_visible()
    page.get_by_role("link", name="Metrics").click()
    settled(page)
    expect(page.get_by_role("button", name="label negative")).to_be_visible()
