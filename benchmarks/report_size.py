"""How large is the file that is handed over? Our report against Evidently's for the same predictions.

Evidently (0.7) doesn't run with Caveat's pandas, so it needs an environment of its own: ``EVIDENTLY_PYTHON`` names
the interpreter there (``pip install evidently "pandas<3"``). Without it only our own sizes are printed.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from analysis.__main__ import main as analysis
from analysis.samples import bundled_root
from benchmarks.timing import Row, table

MODEL, DATA = bundled_root() / "models" / "breast-cancer-logistic", bundled_root() / "data" / "breast-cancer"
#: How often each row of the sample is taken: what a report weighs should not follow the data.
TIMES = (1, 100)

EVIDENTLY = """
import sys
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset, DataSummaryPreset
table, out = sys.argv[1:]
data = pd.read_csv(table)
kind = BinaryClassification(target="target", prediction_labels="prediction", pos_label="malignant")
made = Dataset.from_pandas(data, data_definition=DataDefinition(classification=[kind]))
Report([ClassificationPreset(), DataSummaryPreset()]).run(made, None).save_html(out)
"""


def table_of(folder: Path, times: int) -> Path:
    """Write the sample's rows, each so many times."""
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in sorted(DATA.glob("*.csv"))] * times)
    rows.to_csv(folder / "data.csv", index=False)
    return folder / "data.csv"


def ours(table: Path, folder: Path) -> int:
    """Return the bytes of our report."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        analysis(["audit", "--model", str(MODEL), "--data", str(table), "--out", str(folder / "audit")])
    return (folder / "audit" / "report.html").stat().st_size


def theirs(table: Path, folder: Path, python: str) -> int:
    """Return the bytes of Evidently's report on the data and our predictions."""
    data = pd.read_csv(table, dtype=str)
    answers = pd.read_csv(folder / "audit" / "predictions.csv", dtype=str)
    features = data.apply(pd.to_numeric, errors="coerce").dropna(axis=1, how="all")
    both = features.assign(target=answers["label"].to_numpy(), prediction=answers["predicted"].to_numpy())
    both.to_csv(folder / "both.csv", index=False)
    command = [python, "-c", EVIDENTLY, str(folder / "both.csv"), str(folder / "theirs.html")]
    subprocess.run(command, check=True, capture_output=True)
    return (folder / "theirs.html").stat().st_size


def ratios() -> Iterator[Row]:
    """Return a row a size of the data."""
    python = os.environ.get("EVIDENTLY_PYTHON")
    for times in TIMES:
        folder = Path(tempfile.mkdtemp())
        data = table_of(folder, times)
        mine = ours(data, folder)
        rows = len(pd.read_csv(folder / "audit" / "predictions.csv", usecols=["id"]))
        weighs, ratio = "not measured", "–"
        if python:
            other = theirs(data, folder, python)
            weighs, ratio = f"{other / 1000:,.0f} kB", f"**{other / mine:.0f}×** smaller"
        yield Row(f"report on {rows:,} rows", "Evidently", f"{mine / 1000:,.0f} kB", weighs, ratio, "another report")


def main() -> None:
    """Print one row a size of the data."""
    table(ratios())


if __name__ == "__main__":
    main()
