"""Every metric is documented."""

from __future__ import annotations

from pathlib import Path

from analysis.metrics import METRICS

PAGE = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


def test_every_metric_has_a_line_in_the_docs() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    documented = {row.split("`")[1]: row for row in rows}
    assert set(documented) == set(METRICS)
    for row in documented.values():
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 4
        assert all(cells), row
