"""A model that is fed the wrong way: what is wrong, the proof, and everything corrected by one click."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from analysis.samples import bundled_root
from analysis.session import open_session
from analysis.storage import write_json
from tests.browser.conftest import Server
from tests.browser.test_journeys import click_point, settled

TUMOURS = "sample:breast-cancer"


@pytest.fixture
def faulty(server: Server) -> str:
    """Keep a pipeline with swapped labels and a column in another unit on the server's machine."""
    root = bundled_root()
    own = open_session(root / "models" / "breast-cancer-logistic", root / "data" / "breast-cancer").pipeline
    order, units = own.get("label_order"), own.get("units")
    assert order is not None
    assert units is not None
    column = own.param("column_order", "columns")[3]
    wrong = own.replacing(order.with_params(labels=list(own.labels)[::-1]))
    wrong = wrong.replacing(units.with_params(factors={column: 0.01}))
    write_json(server.home / "pipelines" / f"{wrong.fingerprint}.json", wrong.to_json())
    return wrong.fingerprint


def share(page: Page) -> int:
    """Return the percentage of right answers in the overview's heading."""
    heading = page.get_by_role("heading", level=1).inner_text()
    found = re.search(r"(\d+)\s*%", heading)
    assert found, heading
    return int(found[1])


def test_a_cell_of_the_corrected_matrix_leads_to_its_examples(server: Server, page: Page, faulty: str) -> None:
    page.goto(server.url("doctor", model=TUMOURS, pipeline=faulty, fed="use", diagnosed="yes"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("fed the wrong way", timeout=120_000)
    settled(page)
    click_point(page, "matrix-after", trace=-1, point=0)
    page.get_by_role("link", name=re.compile("fed like this")).click()
    settled(page)
    page.wait_for_function("code => !location.search.includes(code)", arg=faulty)
    assert re.search(r"true=\w+&predicted=\w+", page.evaluate("location.search"))
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile(r"(\d+) of \d+ “(\w+)” are called “\2”"))


def test_diagnose_and_correct(server: Server, page: Page, faulty: str, tmp_path: Path) -> None:
    page.goto(server.url("overview", model=TUMOURS, pipeline=faulty))
    settled(page)
    before = share(page)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Doctor").click()
    settled(page)
    page.get_by_role("button", name="Diagnose").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("fed the wrong way", timeout=120_000)
    settled(page)
    expect(page.get_by_text("positive class", exact=True).first).to_be_visible()
    expect(page.locator("[data-testid=stPlotlyChart]").first).to_be_visible()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download the fix").click()
    download.value.save_as(tmp_path / "fix.zip")
    assert {"caveat_pipeline.json", "preprocess.py"} <= set(zipfile.ZipFile(tmp_path / "fix.zip").namelist())

    page.get_by_role("button", name="Use this pipeline from here on").click()
    page.get_by_text("All pages feed the model this way").wait_for()
    page.get_by_role("link", name="See the overview").click()
    settled(page)
    page.wait_for_function("location.pathname.endsWith('overview')")
    expect(page.get_by_role("heading", level=1)).to_contain_text("named right")
    assert share(page) > before + 20
    page.get_by_role("button", name="Feed it as before").click()
    settled(page)
    page.wait_for_function("code => location.search.includes(code)", arg=faulty)
