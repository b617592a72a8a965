"""Large runs to try the app on: generated tables, and a small model that was really trained on a part of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

_FITTED = 20_000
_REGIONS = ("north", "east", "south", "west")


@dataclass(frozen=True)
class Size:
    """How large a run is.

    Attributes
    ----------
    examples, classes, features : int
    """

    examples: int
    classes: int
    features: int

    @property
    def name(self) -> str:
        """Names its files."""
        return f"{self.examples}x{self.classes}"


def make(size: Size, folder: Path, *, seed: int = 0) -> tuple[Path, Path]:
    """Write a table and a model that knows its classes fairly well, once.

    Each class is a cloud of points; in one of four regions the points scatter more, so that the model fails there
    more often. The model is a logistic regression fitted on 20,000 rows.

    Parameters
    ----------
    size : Size
    folder : Path
    seed : int

    Returns
    -------
    model, data : Path
        A skops file and a CSV.
    """
    model, data = folder / size.name / "model.skops", folder / size.name / "data.csv"
    if model.is_file() and data.is_file():
        return model, data
    import skops.io
    from pandas import DataFrame
    from sklearn.linear_model import LogisticRegression

    model.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(size.classes, size.features)) * 2.0
    truth = rng.integers(size.classes, size=size.examples)
    region = rng.integers(len(_REGIONS), size=size.examples)
    values = rng.normal(size=(size.examples, size.features)) * np.where(region == 0, 1.7, 1.0)[:, None]
    values = np.round(values + centres[truth], 3)
    columns = [f"f{i}" for i in range(size.features)]
    few = rng.choice(size.examples, min(_FITTED, size.examples), replace=False)
    labels = np.array([f"class {i:04d}" for i in range(size.classes)])
    fitted = LogisticRegression(max_iter=60, tol=1e-2)
    fitted.fit(DataFrame(values[few], columns=columns), labels[truth[few]])
    skops.io.dump(fitted, model)
    table = pa.table(
        {
            **{name: values[:, i] for i, name in enumerate(columns)},
            "region": pa.array(_REGIONS).take(pa.array(region)),
            "split": pa.array(["first", "later"]).take(pa.array(rng.random(size.examples) > 0.8).cast(pa.int8())),
            "label": pa.array(labels).take(pa.array(truth)),
        }
    )
    pyarrow.csv.write_csv(table, data, pyarrow.csv.WriteOptions(quoting_style="none"))
    return model, data
