"""Open a scikit-learn classifier or regressor from a skops file, trusting only the types that a person names.

The estimator is loaded when something first asks for it: a kept run is looked at without skops or scikit-learn.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.candidates import loaded
from analysis.candidates.artefact import Artefact
from analysis.candidates.batches import Frame
from analysis.candidates.corrected import DEPLOYED, read_pipeline_file
from analysis.candidates.estimators import Estimator, read_estimator
from analysis.candidates.fingerprints import fingerprint
from analysis.candidates.once import LoadedOnce
from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.tabular import apply_table, default_table_pipeline
from analysis.types import (
    Capabilities,
    Finding,
    FloatArray,
    Inputs,
    Modality,
    Pipeline,
    Prepared,
    Severity,
    Task,
)


class NeedsTrust(UnusableInput):
    """A skops file holds types that are loaded only if a person trusts them.

    Parameters
    ----------
    name : str
        The file's name.
    types : sequence of str
        Those that are not trusted yet, by their full names.
    """

    def __init__(self, name: str, types: Sequence[str]) -> None:
        self.types = tuple(types)
        super().__init__(
            f"{name} holds types that are not loaded unless you trust them: {', '.join(self.types)}.",
            "Trust them only if you know them and where the file comes from (command line: --trust NAME).",
        )


@dataclass(frozen=True)
class LoadedEstimator:
    """What only loading tells of a skops file.

    Attributes
    ----------
    described : Estimator
    asked : tuple of str
        Types that a person has to trust before it is loaded.
    """

    described: Estimator
    asked: tuple[str, ...]


class SkopsCandidate:
    """An opened estimator. Implements `analysis.types.Candidate`.

    Attributes
    ----------
    estimator : sklearn estimator
        As it was saved; often a scikit-learn ``Pipeline``. Loaded when it is first asked for.
    columns : tuple of str
        Features that it was fitted on, in order; empty where the file doesn't name them.
    deployed : Pipeline or None
        What a ``pipeline.json`` beside the file says the model is fed with in use.
    """

    lock: threading.RLock
    folder: Path

    def __init__(
        self,
        *,
        name: str,
        source: str,
        described: Estimator,
        load: Callable[[], Any],
        columns: tuple[str, ...],
        fingerprint: str,
        findings: tuple[Finding, ...],
        deployed: Pipeline | None = None,
    ) -> None:
        self.name, self.source = name, source
        self.columns = columns
        self.task = Task(described.kind, Modality.TABULAR, described.labels)
        self.capabilities: Capabilities = described.capabilities
        self.fingerprint, self.findings = fingerprint, findings
        self.pipeline = check_pipeline(default_table_pipeline(columns, self.task.labels, self.task.kind))
        self.deployed = deployed
        self.lock = threading.RLock()
        self._described = described
        self._load = load

    @LoadedOnce
    def estimator(self) -> Any:
        """The scikit-learn estimator.

        Raises
        ------
        UnusableInput
            If it can't be loaded, or the file changed since it was opened.
        """
        return self._load()

    def prepare(self, inputs: Inputs, pipeline: Pipeline) -> Frame:
        """Run the pipeline's input steps on rows of a table, and check the columns.

        Parameters
        ----------
        inputs : pandas.DataFrame
        pipeline : Pipeline

        Raises
        ------
        UnusableInput
            If columns are missing, or hold what the estimator can't take; the message names them.
        """
        assert isinstance(inputs, pd.DataFrame)
        data = apply_table(inputs, pipeline)
        expected = self.columns
        if not data.columns.is_unique:
            twice = sorted({str(name) for name in data.columns[data.columns.duplicated()]})
            raise UnusableInput(f"{_listed(twice)} is fed twice.", "Correct the column_order step.")
        if expected and list(data.columns) != list(expected):
            absent = [name for name in expected if name not in data.columns]
            if absent:
                raise UnusableInput(
                    f"The table lacks {_listed(absent)}, which {self.name} was fitted on.",
                    "Rename or add the columns.",
                )
            extra = [str(name) for name in data.columns if name not in expected]
            if extra:
                data = data[list(expected)]
        width = self._described.width
        if width is not None and data.shape[1] != width:
            raise UnusableInput(
                f"{self.name} takes {width} columns; the table has {data.shape[1]} features.",
                "Choose the feature columns, in the order that the model was fitted on.",
            )
        return Frame(self._numeric(data))

    def _numeric(self, data: pd.DataFrame) -> pd.DataFrame:
        """Return the table as numbers where the estimator takes only those."""
        if self._described.takes_text:
            return data
        for name in data.columns:
            values = data[name]
            numbers = values if pd.api.types.is_numeric_dtype(values) else pd.to_numeric(values, errors="coerce")
            missing = values[numbers.isna()]
            if len(missing):
                self._check_missing(str(name), missing)
            if numbers is not values:
                data = data.assign(**{str(name): numbers})
        return data

    def _check_missing(self, name: str, missing: pd.Series[Any]) -> None:
        """Refuse what is no number, and what is missing where the estimator can't take that."""
        wrong = missing[missing.notna() & (missing.astype(str).str.strip() != "")]
        if len(wrong):
            raise UnusableInput(
                f"Column {name!r} holds {str(wrong.iloc[0])[:60]!r}, which is not a number.",
                "Correct it, or give codes for it in the encoding step.",
            )
        if not self._described.takes_missing:
            raise UnusableInput(
                f"Column {name!r} has missing values, which {self.name} can't take.",
                "Set a fill value in the missing step.",
            )

    def forward(self, prepared: Prepared, *, precision: str = "fp32") -> FloatArray:
        """Return probabilities (n, k), or values (n, 1) of a regression, as float32.

        Raises
        ------
        UnusableInput
            If the estimator refuses the rows, or another precision is asked for than the estimator's own.
        """
        if precision != "fp32":
            raise UnusableInput(f"An estimator can't compute in {precision}.", "Leave the precision as it is.")
        assert isinstance(prepared, Frame)
        if not len(prepared):
            return np.empty((0, len(self.task.labels)), dtype=np.float32)
        # An estimator that was fitted without names warns when it is given some.
        data: Any = prepared.data if self._described.named else prepared.data.to_numpy()
        try:
            with self.lock:
                return self._described.outputs(self.estimator, data)
        except (ValueError, TypeError, KeyError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise UnusableInput(
                f"{self.name} can't take these rows: {first}", "Check the columns' contents."
            ) from error

    def to_scores(self, outputs: FloatArray) -> FloatArray:
        """Return `outputs`: an estimator's answers are probabilities or values already."""
        return outputs

    def predict(self, inputs: Inputs, pipeline: Pipeline) -> FloatArray:
        """Return the scores of one batch of rows."""
        return self.to_scores(self.forward(self.prepare(inputs, pipeline)))


def types_to_trust(path: Path) -> tuple[str, ...]:
    """Return the types in a skops file that skops doesn't load by itself; loads and imports nothing.

    Parameters
    ----------
    path : Path
        A ``.skops`` file, or a folder with one.

    Raises
    ------
    UnusableInput
        If it can't be read.
    """
    from skops import io as skops_io

    file = skops_file(Artefact(path, path))
    try:
        return tuple(skops_io.get_untrusted_types(file=file))
    except Exception as error:  # Any damage to the archive or its schema ends here.
        raise _unreadable(file, error) from error


def skops_file(artefact: Artefact) -> Path:
    """Return the one skops file of an artefact.

    Raises
    ------
    UnusableInput
        If there are several.
    """
    files = artefact.skops_files
    if len(files) != 1:
        raise UnusableInput(f"{artefact.name} holds {len(files)} skops files.", "Give the path of the one to open.")
    return artefact.folder / files[0]


def open_skops(
    artefact: Artefact, source: str, findings: tuple[Finding, ...], trusted: Sequence[str] = ()
) -> SkopsCandidate:
    """Open an estimator whose file passed the preflight.

    Raises
    ------
    NeedsTrust
        If it holds types that are not in `trusted`; the exception lists them.
    UnusableInput
    """
    file = skops_file(artefact)
    content = fingerprint(artefact, (file.name,), ())
    known = loaded.find(content, LoadedEstimator)
    asked = types_to_trust(file) if known is None else known.asked
    missing = [name for name in asked if name not in set(trusted)]
    if missing:
        raise NeedsTrust(file.name, missing)

    def again() -> Any:
        if fingerprint(artefact, (file.name,), ()) != content:
            raise UnusableInput(f"{file.name} changed since it was opened.", "Open it again.")
        return _load(file, asked)

    estimator = None
    if known is None:
        estimator = _load(file, asked)
        known = LoadedEstimator(read_estimator(estimator), asked)
        loaded.keep(content, known)
    described = known.described
    if asked:
        findings = (*findings, _trusted(asked))
    return SkopsCandidate(
        name=artefact.name,
        source=source,
        described=described,
        load=again if estimator is None else lambda: estimator,
        columns=described.columns or _declared_columns(artefact, described.width),
        fingerprint=content,
        findings=(*findings, *described.findings),
        deployed=read_pipeline_file(artefact, DEPLOYED, Task(described.kind, Modality.TABULAR, described.labels)),
    )


def _load(file: Path, trusted: Sequence[str]) -> Any:
    from skops import io as skops_io

    try:
        return skops_io.load(file, trusted=list(trusted))
    except Exception as error:
        raise _unreadable(file, error) from error


def _trusted(types: Sequence[str]) -> Finding:
    return Finding(
        "loading.trusted_types",
        Severity.OK,
        f"You trusted these types: {', '.join(types)}.",
        {"types": list(types)},
    )


def _declared_columns(artefact: Artefact, width: int | None) -> tuple[str, ...]:
    """Return the columns that skops' model card tools write into config.json, where they fit."""
    declared = artefact.config.get("sklearn")
    columns = declared.get("columns") if isinstance(declared, dict) else None
    if not isinstance(columns, list) or len(columns) != width:
        return ()
    return tuple(map(str, columns))


def _unreadable(file: Path, error: Exception) -> UnusableInput:
    first = (str(error).splitlines() or [type(error).__name__])[0]
    return UnusableInput(
        f"{file.name} can't be opened with skops: {first[:300]}",
        "Save it again with skops.io.dump, using the scikit-learn version that Caveat pins.",
    )


def _listed(names: Sequence[str], limit: int = 5) -> str:
    shown = ", ".join(repr(name) for name in names[:limit])
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return f"{'column' if len(names) == 1 else 'columns'} {shown}{more}"
