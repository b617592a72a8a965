"""A model by its hub id, typed into the page and downloaded; and a long job that is called off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from analysis.samples import bundled_root
from tests.browser.conftest import Server
from tests.browser.test_journeys import settled
from tests.unit.candidates.small_hub import Hub, serve


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub on loopback that has the photo classifier."""
    with serve({"acme/photos": bundled_root() / "models" / "photos"}) as served:
        yield served


@pytest.fixture
def connected(hub: Hub, tmp_path: Path) -> Iterator[Server]:
    """A server that may download from it."""
    running = Server(tmp_path, hub=hub.endpoint)
    running.start()
    yield running
    running.stop()


def test_a_hub_id_is_downloaded_and_opened(connected: Server, hub: Hub, page: Page) -> None:
    page.goto(connected.url())
    page.get_by_text("Open your own").click()
    page.get_by_label("Folder, .skops file, or hub id").fill("acme/photos")
    page.get_by_label("Folder or table").fill(str(bundled_root() / "data" / "photos"))
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("button", name="Open them").click()
    settled(page)
    page.get_by_role("button", name="See the results").click()
    settled(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("pictures")
    assert any(request.endswith("model.safetensors") for request in hub.requests)


def test_a_diagnosis_is_called_off_and_begun_again(connected: Server, page: Page) -> None:
    page.goto(connected.url("doctor", model="sample:photos-as-delivered"))
    page.get_by_role("button", name="Diagnose").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    # What it says then depends on how far it had come: the question, that it was stopped, or part of a finding.
    again = page.get_by_role("button", name=re.compile("Diagnose|Start again|Search to the end"))
    expect(again.first).to_be_enabled()
