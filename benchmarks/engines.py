"""What an example costs on one core, what a hundred million cost, and what handing them out to a Ray cluster costs.

CPU time of this process, not time on the clock: other work on the machine doesn't count.
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.batch import Batch
from analysis.datasets.inputs import ImageInputs
from analysis.engines import Engine, Opened, Options, engine_of
from analysis.predict import iterate_batches, plan_of, predict_raw, rows_of
from analysis.progress import Progress
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from analysis.types import IntArray

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
#: Title, model, data, how often the data are repeated: enough for a second of work.
SAMPLES = (
    ("photos, EfficientNet-Lite0", "photos", "photos", 8),
    ("reviews, BERT of 2 layers", "reviews-sentiment", "reviews.csv", 2),
    ("rows of 30 columns, logistic regression", "breast-cancer-logistic", "breast-cancer", 400),
)
MANY, CORES = 100_000_000, 128
#: Photos that cost nothing to predict, and their classes: what is left is the handing out.
HANDED_OUT, CLASSES = 100_000, 1_000


@dataclass(frozen=True)
class Nothing:
    """The job of answering zeros."""

    def rows(self, piece: IntArray) -> IntArray:
        """Return the rows of a batch."""
        return piece

    def prepare(self, _: Opened, piece: IntArray) -> IntArray:
        """Do nothing."""
        return piece

    def finish(self, _: Opened, ready: IntArray, __: Progress) -> Batch:
        """Answer zeros."""
        return Batch(ready, np.zeros((len(ready), CLASSES), dtype=np.float32), ())


def seconds_each(session: Session, times: int) -> float:
    """Return seconds of CPU an example, the model being open and warm."""
    rows = np.tile(rows_of(session.dataset, None), times)
    batches = plan_of(session.candidate, session.dataset, rows)
    asked = (session.candidate, session.dataset, session.pipeline)
    list(iterate_batches(*asked, batches[:2]))
    began = time.process_time()
    done = sum(len(batch) for _, batch in iterate_batches(*asked, batches))
    return (time.process_time() - began) / done


def seconds_to_hand_out(session: Session, engine: Engine) -> float:
    """Return seconds of CPU that this process takes for each photo that others predict."""
    names = tuple(f"cat/{i:07d}.jpg" for i in range(HANDED_OUT))
    table = pd.DataFrame({"id": names, "split": "all", "label": "cat"})
    data = replace(session.dataset, table=table, inputs=ImageInputs(Path(), names))
    pieces = [np.arange(start, start + 8) for start in range(0, HANDED_OUT, 8)]
    opened = Opened(session.candidate, data)
    # Connecting, and two workers that open the model, are no part of it.
    list(engine.map(opened, Nothing(), pieces[:32], progress=Progress()))
    began = time.process_time()
    done = sum(len(batch) for _, batch in engine.map(opened, Nothing(), pieces, progress=Progress()))
    return (time.process_time() - began) / done


def _time(seconds: float) -> str:
    for size, unit in ((3600, "hours"), (60, "minutes")):
        if seconds >= size:
            return f"{seconds / size:.{0 if seconds >= 10 * size else 1}f} {unit}"
    return f"{seconds:.0f} s"


def main() -> None:
    """Print one row a sample model, and one for the handing out."""
    import torch

    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)  # As in a worker.
    engine = engine_of("ray", Options(workers=2))
    print(f"| | CPU an example | one core | {MANY:,} examples | on {CORES} cores | largest difference on Ray |")
    print("|---|---|---|---|---|---|")
    for title, model, data, times in SAMPLES:
        session = open_session(MODELS / model, DATA / data)
        each = seconds_each(session, times)
        asked = (session.candidate, session.dataset, session.pipeline, rows_of(session.dataset, None))
        apart = np.abs(predict_raw(*asked).scores - predict_raw(*asked, engine=engine).scores).max()
        print(
            f"| {title} | {each * 1e3:.2g} ms | {1 / each:,.0f} a second | {_time(each * MANY)} of a core "
            f"| {_time(each * MANY / CORES)} | {apart:.1g} |",
            flush=True,
        )
    each = seconds_to_hand_out(session, engine)
    print(
        f"| handing out photos, {CLASSES:,} classes | {each * 1e3:.2g} ms | {1 / each:,.0f} a second "
        f"| {_time(each * MANY)} of a core | | |"
    )


if __name__ == "__main__":
    main()
