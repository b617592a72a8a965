"""The very first visit to a server that was just started."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Server


def test_a_deep_link_is_the_first_thing_that_a_server_sees(server: Server, page: Page) -> None:
    link = {"model": "sample:breast-cancer", "true": "malignant", "predicted": "benign"}
    page.goto(server.url("confusions", **link))
    expect(page.get_by_role("heading", level=1)).to_have_text("3 of 64 “malignant” are called “benign”")
    expect(page.get_by_text("Page not found")).to_have_count(0)
    expect(page.get_by_role("group", name="Examples").get_by_role("button")).to_have_count(3)


def test_what_was_open_is_open_again_after_a_restart(server: Server, page: Page) -> None:
    server.stop()
    server.start()
    page.goto(server.url())
    page.wait_for_function("location.search.includes('breast-cancer')")
    page.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("98 % of 171 rows")
