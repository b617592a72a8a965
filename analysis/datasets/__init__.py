"""Open labelled data: one reader a layout, one format a file type, all in `registry`."""

from __future__ import annotations

from analysis.datasets.columns import ColumnGuess, Columns, GuessedColumn, Role
from analysis.datasets.labels import encode_truth, match_labels
from analysis.datasets.opening import guess_columns, open_dataset
from analysis.datasets.upload import unpack_upload

__all__ = [
    "ColumnGuess",
    "Columns",
    "GuessedColumn",
    "Role",
    "encode_truth",
    "guess_columns",
    "match_labels",
    "open_dataset",
    "unpack_upload",
]
