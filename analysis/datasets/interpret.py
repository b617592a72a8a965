"""A table and the roles of its columns → a data set, rejecting the rows that lack what is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.datasets.columns import ColumnGuess
from analysis.datasets.combine import Combined
from analysis.datasets.inputs import TableInputs, TextInputs
from analysis.datasets.numbers import BoolArray, Numbers, is_number_type, to_numbers
from analysis.datasets.profiles import NUMERIC_SHARE, shorten
from analysis.datasets.rawtable import ArrowColumn, ArrowTable
from analysis.datasets.rows import RowFilter, about_rejected
from analysis.errors import UnusableInput
from analysis.labelled import UNLABELLED
from analysis.types import (
    Dataset,
    Finding,
    InputSource,
    Json,
    Kind,
    Modality,
    Rejection,
    Severity,
    fingerprint_of,
)

#: Changes whenever the same file would be read differently, so that kept runs are not mistaken for current ones.
READING = 1
UNSPECIFIED = "unspecified"


def interpret(
    combined: Combined, guess: ColumnGuess, *, name: str, source: str, refused: Sequence[Rejection] = ()
) -> Dataset:
    """Build the data set of texts or of features.

    Parameters
    ----------
    combined : Combined
        n rows.
    guess : ColumnGuess
        Its ``chosen`` columns are followed.
    name, source : str
    refused : sequence of Rejection
        Whole files that could not be used.

    Returns
    -------
    Dataset

    Raises
    ------
    UnusableInput
        If no row is left.
    """
    chosen = guess.chosen
    table = combined.table
    decimal_comma = all(part.raw.decimal_comma for part in combined.parts)
    rows = RowFilter(table.num_rows)
    if chosen.label:
        label = labels_of(table.column(chosen.label), guess.kind, rows, decimal_comma)
    else:
        label = no_labels(table.num_rows, guess.kind)
    frame = _Features({}, ())
    if guess.modality is Modality.TABULAR:
        frame = _features(table, chosen.features or (), rows, decimal_comma)
    else:
        _check_texts(table, [chosen.text, chosen.text_pair], rows)
    ids = _ids(combined, chosen.id, rows)
    rejected = (*refused, *combined.rejections(rows.reasons))
    if not rows.positions.size:
        shown = "; ".join(f"{r.item}: {r.reason}" for r in rejected[:3])
        raise UnusableInput(f"No row of {name} can be used ({shown}).", "Check which column is what.")
    keep = pa.array(rows.positions)
    splits = splits_of(combined, chosen.split).take(keep)
    head = {"id": _pandas(ids.take(keep)), "split": _pandas(splits), "label": label[rows.kept].reset_index(drop=True)}
    metadata = {
        key: values[rows.kept].reset_index(drop=True)
        for key, values in metadata_of(table, guess, decimal_comma).items()
    }
    inputs: InputSource
    if guess.modality is Modality.TABULAR:
        inputs = TableInputs(pd.DataFrame({key: values[rows.kept] for key, values in frame.columns.items()}))
    else:
        pair = table.column(chosen.text_pair).cast(pa.string()).take(keep) if chosen.text_pair else None
        inputs = TextInputs(table.column(chosen.text).cast(pa.string()).take(keep), pair)
    return Dataset(
        name=name,
        source=source,
        modality=guess.modality,
        kind=guess.kind,
        table=pd.DataFrame({**head, **metadata}),
        inputs=inputs,
        rejected=rejected,
        fingerprint=_fingerprint(combined, guess),
        columns={key: value for key, value in asdict(chosen).items() if value},
        findings=(
            *combined.findings,
            *about_rejected(rejected, rows.positions.size),
            about_columns(guess),
            *frame.findings(rows.kept),
        ),
    )


def about_columns(guess: ColumnGuess) -> Finding:
    """Say which column was taken for what, and which are not used."""
    taken = {key: value for key, value in asdict(guess.chosen).items() if value and key != "features"}
    parts = [f"{key.replace('_', ' ')} from “{value}”" for key, value in taken.items()]
    if guess.chosen.features:
        parts.append(f"{len(guess.chosen.features)} features")
    unused = [column.name for column in guess.columns if column.role == "metadata"]
    left = f"; not used: {len(unused)}" if unused else ""
    evidence = {**taken, "unused": unused[:100], "why": {c.name: c.why for c in guess.columns[:100]}}
    return Finding("data.columns", Severity.OK, f"Columns read: {', '.join(parts)}{left}.", evidence)


def labels_of(
    column: ArrowColumn, kind: Kind, rows: RowFilter, decimal_comma: bool
) -> pd.Series[str] | pd.Series[float]:
    """Return the labels, shape (n,): strings, or float64 for a regression; reject rows without one."""
    if kind is Kind.REGRESSION:
        numbers = to_numbers(column, decimal_comma=decimal_comma)
        rows.reject(numbers.missing, "missing label")
        rows.reject(numbers.bad, lambda at: f"the label is no finite number: “{shorten(str(column[at]), 40)}”")
        return pd.Series(numbers.values)
    text = label_text(column)
    rows.reject(_true(pc.equal(pc.utf8_length(text), 0)), "missing label")
    return pd.Series(_pandas(text))


def no_labels(n: int, kind: Kind) -> pd.Series[str] | pd.Series[float]:
    """Return what stands for the labels of n rows where there are none: the same word, or not-a-number."""
    if kind is Kind.REGRESSION:
        return pd.Series(np.full(n, np.nan))
    return pd.Series([UNLABELLED] * n, dtype="str")


def label_text(column: ArrowColumn) -> ArrowColumn:
    """Write labels as strings: outer spaces off, 3.0 as "3", "" where there is none."""
    if pa.types.is_floating(column.type):
        numbers = column.to_numpy().astype(np.float64)
        words = ["" if np.isnan(v) else str(int(v)) if float(v).is_integer() else repr(float(v)) for v in numbers]
        return pa.chunked_array([pa.array(words, pa.string())])
    return pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), ""))


def _check_texts(table: ArrowTable, names: Sequence[str | None], rows: RowFilter) -> None:
    for name in filter(None, names):
        text = pc.fill_null(table.column(name).cast(pa.string()), "")
        reason = "empty text" if len([n for n in names if n]) == 1 else f"empty text: “{name}”"
        rows.reject(_true(pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(text)), 0)), reason)


@dataclass(frozen=True)
class _Features:
    """Columns of n rows for the model, and what is to be said about them."""

    columns: dict[str, pd.Series[float] | pd.Series[str]]
    commas: tuple[str, ...]

    def findings(self, kept: BoolArray) -> tuple[Finding, ...]:
        """Count missing cells of the kept rows, and name the columns with decimal commas."""
        found: list[Finding] = []
        gaps = {name: int(values[kept].isna().sum()) for name, values in self.columns.items()}
        gaps = {name: count for name, count in gaps.items() if count}
        if gaps:
            most = ", ".join(f"“{name}” ({count:,})" for name, count in sorted(gaps.items(), key=lambda g: -g[1])[:3])
            summary = f"{sum(gaps.values()):,} feature cells are missing, in {len(gaps)} columns: {most}."
            evidence: dict[str, Json] = {"columns": gaps, "rows": int(kept.sum())}
            action = "They reach the pipeline's “missing” step as NaN; check that the model was trained with such gaps."
            found.append(Finding("data.missing_values", Severity.CAUTION, summary, evidence, action))
        if self.commas:
            shown = ", ".join(f"“{name}”" for name in self.commas[:3])
            summary = f"{len(self.commas)} columns write decimals with a comma, and were read so: {shown}."
            evidence = {"columns": list(self.commas)}
            found.append(Finding("data.decimal_comma", Severity.CAUTION, summary, evidence, "Check one value."))
        return tuple(found)


def _features(table: ArrowTable, names: Sequence[str], rows: RowFilter, decimal_comma: bool) -> _Features:
    """Read the features: a column nine in ten of whose filled cells are numbers is one of numbers."""
    columns: dict[str, pd.Series[float] | pd.Series[str]] = {}
    commas: list[str] = []
    for name in names:
        column = table.column(name)
        numbers = to_numbers(column, decimal_comma=decimal_comma)
        if is_number_type(column) or numbers.share >= NUMERIC_SHARE or not _filled(column):
            _reject_bad(name, column, numbers, rows)
            columns[name] = pd.Series(numbers.values)
            if numbers.comma:
                commas.append(name)
        else:
            values = column.cast(pa.string()).to_numpy().astype(object)
            values[[value is None or not value.strip() for value in values]] = np.nan
            columns[name] = pd.Series(values, dtype=object)
    return _Features(columns, tuple(commas))


def _filled(column: ArrowColumn) -> bool:
    return bool(pc.any(pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(column.cast(pa.string()))), 0)).as_py())


def _reject_bad(name: str, column: ArrowColumn, numbers: Numbers, rows: RowFilter) -> None:
    rows.reject(numbers.bad, lambda at: f"“{name}” is no finite number: “{shorten(str(column[at]), 40)}”")


def _ids(combined: Combined, column: str | None, rows: RowFilter) -> ArrowColumn:
    """Return ids, shape (n,); reject rows whose id is missing or that of an earlier row."""
    if not column:
        return combined.ids()
    ids = label_text(combined.table.column(column))
    rows.reject(_true(pc.equal(pc.utf8_length(ids), 0)), "missing id")
    series = pd.Series(_pandas(ids))[rows.kept]
    again = np.zeros(len(rows.kept), dtype=np.bool_)
    again[rows.positions] = series.duplicated().to_numpy()
    rows.reject(again, lambda at: f"duplicate id: “{shorten(str(ids[at]), 40)}” belongs to an earlier row")
    return ids


def splits_of(combined: Combined, column: str | None) -> ArrowColumn:
    """Return each row's split, shape (n,): from a column, else as the files tell it."""
    if not column:
        return combined.splits()
    splits = label_text(combined.table.column(column))
    return pc.if_else(pc.equal(pc.utf8_length(splits), 0), UNSPECIFIED, splits)


def metadata_of(
    table: ArrowTable, guess: ColumnGuess, decimal_comma: bool
) -> dict[str, pd.Series[float] | pd.Series[str]]:
    """Return the columns that have no role, shape (n,): float64 where all filled cells are numbers, else strings.

    One that is called like a column of `Dataset.table` is renamed: "label" becomes "label (column)".
    """
    names = [column.name for column in guess.columns if column.role == "metadata"]
    taken = {"id", "split", "label"}
    columns: dict[str, pd.Series[float] | pd.Series[str]] = {}
    for name in names:
        column = table.column(name)
        numbers = to_numbers(column, decimal_comma=decimal_comma)
        plain = not numbers.bad.any() and not numbers.missing.all()
        new = name
        while new in taken or (new != name and new in names):
            new += " (column)"
        columns[new] = pd.Series(numbers.values if plain else _pandas(column.cast(pa.string())))
    return columns


def _fingerprint(combined: Combined, guess: ColumnGuess) -> str:
    """Hash the files' contents and how they are read, which together decide ids, splits, labels and inputs."""
    files = [[part.raw.name, part.prefix, part.split, part.raw.digest] for part in combined.parts]
    reading = {"modality": guess.modality, "kind": guess.kind, "columns": asdict(guess.chosen)}
    return fingerprint_of({"reading": READING, "files": files, **reading})


def _true(column: ArrowColumn) -> BoolArray:
    values: BoolArray = pc.fill_null(column, False).to_numpy(zero_copy_only=False).astype(np.bool_)
    return values


def _pandas(column: ArrowColumn) -> pd.Series[str]:
    series: pd.Series[str] = column.to_pandas()
    return series.astype("str")
