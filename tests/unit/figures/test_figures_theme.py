"""Figures and the pages around them have the same colours, and Streamlit knows every setting."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from analysis.figures import PALETTES, Theme

CONFIG = tomllib.loads((Path(__file__).resolve().parents[3] / ".streamlit" / "config.toml").read_text())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_are_the_pages(theme: Theme) -> None:
    page, palette = CONFIG["theme"][theme], PALETTES[theme]
    assert palette.paper == page["backgroundColor"]
    assert palette.ink == page["textColor"]
    assert palette.line == page["borderColor"]
    assert palette.right == page["greenColor"]
    assert palette.wrong == page["redColor"]
    assert list(palette.categorical) == page["chartCategoricalColors"]
    assert len(page["chartSequentialColors"]) == len(page["chartDivergingColors"]) == 10


def test_the_server_is_closed_to_the_outside() -> None:
    assert CONFIG["server"]["address"] == "127.0.0.1"
    assert CONFIG["server"]["maxUploadSize"] <= 200
    assert "127.0.0.1" in CONFIG["server"]["allowedHosts"]
    assert CONFIG["server"].get("enableXsrfProtection", True)
    assert CONFIG["server"].get("enableCORS", True)
    assert CONFIG["browser"]["gatherUsageStats"] is False
    assert CONFIG["client"]["showErrorDetails"] == "none"
