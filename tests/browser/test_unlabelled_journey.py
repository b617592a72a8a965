"""Data that nobody has labelled: opened by choice, looked at, and labelled after all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from playwright.sync_api import Page, expect

from analysis.samples import bundled_root
from tests.browser.conftest import Server
from tests.browser.test_journeys import settled

ROWS = 60


def filled(page: Page, label: str, value: str) -> None:
    """Fill in a field of the form, and leave it."""
    field = page.get_by_label(label, exact=True)
    field.fill(value)
    field.press("Tab")
    settled(page)


def test_from_unlabelled_data_to_the_look_at_the_inputs_and_back(server: Server, page: Page, tmp_path: Path) -> None:
    data, tweets = tmp_path / "texts.csv", pd.read_csv(bundled_root() / "data" / "tweets.csv")[:ROWS]
    tweets[["text"]].to_csv(data, index=False)
    page.goto(server.url(view="own"))
    page.get_by_text("Open your own").first.click()
    filled(page, "Folder, .skops file, or hub id", str(bundled_root() / "models" / "reviews-sentiment"))
    filled(page, "Folder or table", str(data))
    page.get_by_role("button", name="Look at them").click()
    expect(page.get_by_text("No column looks like the label")).to_be_visible()
    page.get_by_role("button", name="Open without labels").click()
    expect(page.get_by_text("The data are open without labels")).to_be_visible()
    page.wait_for_function("location.search.includes('labels=none')")
    expect(page.get_by_test_id("stSidebar").get_by_text("60 examples, no labels")).to_be_visible()

    page.get_by_role("button", name="See the answers").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("60 texts got 2 different answers")
    settled(page)
    page.get_by_role("link", name="Confusions").click()
    settled(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download all answers").click()
    download.value.save_as(tmp_path / "answers.csv")
    answers = pd.read_csv(tmp_path / "answers.csv")
    assert list(answers.columns) == ["id", "answer", "score: negative", "score: positive"]
    assert len(answers) == ROWS
    page.get_by_role("link", name="Doctor").click()
    expect(page.get_by_text("on 60 texts, without labels")).to_be_visible()
    assert not page.get_by_role("button", name="Diagnose").count()

    page.get_by_role("link", name="Metrics").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("can’t be told without labels")
    tweets[["text", "label"]].to_csv(data, index=False)
    page.get_by_role("button", name="Add labels").click()
    expect(page.get_by_label("Folder or table", exact=True)).to_have_value(str(data))
    page.get_by_role("button", name="Open them").click()
    expect(page.get_by_text("The model knows every label in the data")).to_be_visible()
    page.wait_for_function("!location.search.includes('labels=none')")
