"""Large tables, kept as they were read: parsed and checked once, memory-mapped from then on.

A kept table is a folder ``tables/<key>/`` under `analysis.storage.home`, where the key is the fingerprint of the
files' contents and names, of what was asked of the reader, and of the reader's own code:

``data.arrow``
    Arrow's file format, one batch: the columns of `Dataset.table` ("table:label"), then what the model is fed
    ("input:age", "text:text").
``about.json``
    Everything else that a `Dataset` says of itself.

It holds nothing that the files don't say: it may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.datasets.columns import Known
from analysis.datasets.inputs import TableInputs, TextInputs
from analysis.kept import code_of, from_plain, to_plain
from analysis.storage import home, read_json, write_json
from analysis.types import Dataset, Finding, InputSource, Json, Kind, Modality, Rejection, fingerprint_of

FORMAT = 1
#: Files that are smaller together are read as quickly as they are looked up.
LEAST_BYTES = 4 * 1024**2
#: Tables that stay; the ones not opened for longest go first.
MOST = 12
_TABLE, _INPUT, _TEXT = "table:", "input:", "text:"


def read_once(files: Sequence[Path], known: Known, reader: str, source: Path, read: Callable[[], Dataset]) -> Dataset:
    """Return what `read` returns: from disk where the same files were read in the same way before.

    Parameters
    ----------
    files : sequence of Path
        All that the data set is made of.
    known : Known
        What was asked of the reader.
    reader : str
        Its name.
    source : Path
        What was opened: the data set is named after it.
    read : callable

    Raises
    ------
    UnusableInput, Cancelled
        Whatever `read` raises.
    """
    try:
        large = sum(file.stat().st_size for file in files) >= LEAST_BYTES
        place = _place(files, known, reader) if large else None
    except OSError:  # Whatever is wrong with the files, the reader says it in words.
        place = None
    if place is None:
        return read()
    found = _find(place)
    if found is None:
        found = read()
        try:
            _keep(place, found)
        except OSError:  # No room: then it is read again next time.
            return found
        found = _find(place) or found
        pa.default_memory_pool().release_unused()
    return replace(found, name=found.name if source.is_dir() else source.resolve().stem, source=str(source))


def _place(files: Sequence[Path], known: Known, reader: str) -> Path:
    parts = {
        "format": FORMAT,
        "code": code_of(Path(__file__).parent),
        "reader": reader,
        "files": [[file.name, content_of(file)] for file in files],
        "columns": asdict(known.columns),
        "modality": known.modality,
        "kind": known.kind,
        "unlabelled": known.unlabelled,
        "keep_unlabelled": known.keep_unlabelled,
    }
    return home() / "tables" / fingerprint_of(parts)


def content_of(file: Path) -> str:
    """Return the SHA-256 of a file (hex); within one process not twice while its size and time stay the same."""
    about = file.stat()
    return _hashed(str(file.resolve()), about.st_size, about.st_mtime_ns, about.st_ino)


@lru_cache(maxsize=256)
def _hashed(path: str, size: int, changed: int, inode: int) -> str:  # noqa: ARG001
    with open(path, "rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _keep(place: Path, dataset: Dataset) -> None:
    """Write a data set so that a reader sees all of it or nothing."""
    columns = {f"{_TABLE}{name}": _to_arrow(dataset.table[name]) for name in dataset.table.columns}
    if isinstance(dataset.inputs, TableInputs):
        frame = dataset.inputs.frame
        columns |= {f"{_INPUT}{name}": _to_arrow(frame[name]) for name in frame.columns}
    elif isinstance(dataset.inputs, TextInputs):
        texts = {"text": dataset.inputs.text, "pair": dataset.inputs.pair}
        columns |= {f"{_TEXT}{name}": texts[name].combine_chunks() for name in texts if texts[name] is not None}
    about = {
        "modality": dataset.modality.value,
        "kind": dataset.kind.value,
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "rejected": to_plain(dataset.rejected),
        "columns": to_plain(dataset.columns),
        "findings": to_plain(dataset.findings),
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=place.parent, prefix=".writing-"))
    try:
        batch = pa.record_batch(list(columns.values()), names=list(columns))
        with pa.OSFile(str(temporary / "data.arrow"), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
            writer.write_batch(batch)
        write_json(temporary / "about.json", about)
        shutil.rmtree(place, ignore_errors=True)
        os.rename(temporary, place)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    _forget_oldest(place.parent)


def _forget_oldest(folder: Path) -> None:
    kept = [path for path in folder.iterdir() if not path.name.startswith(".")]
    kept.sort(key=lambda path: (path / "about.json").stat().st_mtime if (path / "about.json").exists() else 0.0)
    for path in kept[:-MOST]:
        shutil.rmtree(path, ignore_errors=True)


def _find(place: Path) -> Dataset | None:
    """Open what `_keep` wrote, or return None where there is nothing that can be read."""
    about = read_json(place / "about.json")
    if about is None:
        return None
    try:
        batch = pa.ipc.open_file(pa.memory_map(str(place / "data.arrow"))).get_batch(0)
        os.utime(place / "about.json")
        parts = {
            prefix: {
                name.removeprefix(prefix): batch.column(at)
                for at, name in enumerate(batch.schema.names)
                if name.startswith(prefix)
            }
            for prefix in (_TABLE, _INPUT, _TEXT)
        }
        return _dataset(about, parts)
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError):
        return None


def _dataset(about: Json, parts: dict[str, dict[str, Any]]) -> Dataset:
    modality, texts = Modality(about["modality"]), parts[_TEXT]
    inputs: InputSource
    if modality is Modality.TABULAR:
        inputs = TableInputs(_frame({name: _feature(column) for name, column in parts[_INPUT].items()}))
    else:
        pair = pa.chunked_array([texts["pair"]]) if "pair" in texts else None
        inputs = TextInputs(pa.chunked_array([texts["text"]]), pair)
    return Dataset(
        name=about["name"],
        source="",
        modality=modality,
        kind=Kind(about["kind"]),
        table=_frame({name: _series(column) for name, column in parts[_TABLE].items()}),
        inputs=inputs,
        rejected=from_plain(tuple[Rejection, ...], about["rejected"]),
        fingerprint=about["fingerprint"],
        columns={key: tuple(value) if isinstance(value, list) else value for key, value in about["columns"].items()},
        findings=from_plain(tuple[Finding, ...], about["findings"]),
    )


def _frame(columns: dict[str, pd.Series[Any]]) -> pd.DataFrame:
    return pd.DataFrame(columns, copy=False)


def _to_arrow(values: pd.Series[Any]) -> Any:
    """Return a column as Arrow: numbers with NaN as NaN, categories of a table by number."""
    if values.dtype == object:
        return pa.array(values, pa.string(), from_pandas=True).dictionary_encode()
    if isinstance(values.dtype, np.dtype):
        return pa.array(values.to_numpy(), from_pandas=False)
    found = pa.array(values)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _series(column: Any) -> pd.Series[Any]:
    """Return a column of the data set's table without copying it."""
    if pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
        series: pd.Series[Any] = column.to_pandas()
        return series.astype("str")
    return pd.Series(column.to_numpy(), copy=False)


def _feature(column: Any) -> pd.Series[Any]:
    """Return a column of features as a reader makes it: float64, or objects with NaN for what is missing."""
    if not pa.types.is_dictionary(column.type):
        return _series(column)
    names = np.array([*column.dictionary.to_pylist(), np.nan], dtype=object)
    codes = column.indices.fill_null(len(names) - 1).to_numpy()
    return pd.Series(names[codes], dtype=object, copy=False)
