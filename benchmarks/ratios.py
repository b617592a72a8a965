"""Every speed and size that is claimed, against what a user would run instead, in one table and one run."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

from benchmarks import doctor_grid, explainers, million_rows, prediction, report_size, text_network
from benchmarks.timing import Row, table


def rows() -> Iterator[Row]:
    """Return all rows."""
    for module in (prediction, text_network, explainers, doctor_grid, million_rows, report_size):
        yield from module.ratios()


def main() -> None:
    """Print the table."""
    warnings.filterwarnings("ignore")
    table(rows())


if __name__ == "__main__":
    main()
