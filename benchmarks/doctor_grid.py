"""How long does the doctor take, and how long would every combination of the same changes?

Trying them all can't be waited for. What one pass of it costs is timed on the pipeline in use (through the same fast
forward, decoding anew for each pipeline as a plain loop does) and multiplied by the passes of the grid.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

import numpy as np

from analysis.preprocessing.doctor.diagnose import diagnose
from analysis.samples import find_sample
from analysis.session import Session, open_session
from benchmarks.timing import Row, seconds, table

SAMPLES = ("photos-as-delivered", "tweets", "breast-cancer")
ROUNDS = 3
#: Examples that a plain loop predicts at once.
BATCH = 32
HOUR = 3600


def opened(name: str) -> Session:
    """Open a sample as its button on the first page does."""
    sample = find_sample(name)
    assert sample is not None
    return open_session(sample.model, sample.data, split=sample.split, pipeline=sample.pipeline)


def pace(session: Session) -> float:
    """Return seconds a pass of a plain loop over all examples."""
    rows = np.arange(len(session.dataset))
    batches = np.array_split(rows, max(1, len(rows) // BATCH))

    def loop() -> None:
        for batch in batches:
            session.candidate.predict(session.dataset.inputs(batch), session.pipeline)

    loop()
    return statistics.median(seconds(loop) for _ in range(ROUNDS)) / len(rows)


def ratios() -> Iterator[Row]:
    """Return a row a sample."""
    for name in SAMPLES:
        session = opened(name)
        one = pace(session)
        began = time.perf_counter()
        found = diagnose(session.candidate, session.dataset, session.pipeline, split=session.split)
        took = time.perf_counter() - began
        grid = one * found.grid_passes
        length = f"{grid / HOUR:,.1f} h" if grid > HOUR else f"{grid:,.0f} s"
        passes = f"{found.passes:,} of {found.grid_passes:,} passes"
        yield Row(
            f"diagnose {name}",
            "all of the grid, at its pace",
            f"{took:.1f} s",
            length,
            f"**{grid / took:,.0f}×**",
            passes,
        )


def main() -> None:
    """Print one row a sample."""
    table(ratios())


if __name__ == "__main__":
    main()
