"""Models whose answers can be worked out by hand, with data for them."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from analysis.errors import UnusableInput
from analysis.preprocessing.decoding import decode
from analysis.session import Session
from analysis.types import Capabilities, Dataset, Kind, Modality, Pipeline, Step, Task


@dataclass
class Rule:
    """A candidate that answers by `rule`: from raw inputs to float32 scores (n, k)."""

    task: Task
    rule: Any
    name: str = "rule"
    source: str = "rule"
    folder: Path = Path()
    fingerprint: str = "rule"
    deployed: Pipeline | None = None
    capabilities: Capabilities = field(default_factory=Capabilities)
    findings: tuple[Any, ...] = ()
    lock: Any = field(default_factory=threading.RLock)

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.task.modality, (Step("label_order", {"labels": list(self.task.labels)}),))

    def prepare(self, inputs: Any, pipeline: Pipeline) -> Any:  # noqa: ARG002
        return np.asarray(self.rule(inputs), dtype=np.float32)

    def forward(self, prepared: Any, *, precision: str = "fp32") -> Any:  # noqa: ARG002
        return prepared

    def to_scores(self, outputs: Any) -> Any:
        return outputs

    def predict(self, inputs: Any, pipeline: Pipeline) -> Any:
        return self.prepare(inputs, pipeline)


def _session(
    rule: Any, labels: tuple[str, ...], modality: Modality, kind: Kind, truth: list[Any], inputs: Any
) -> Session:
    table = pd.DataFrame({"id": [str(i) for i in range(len(truth))], "split": "all", "label": truth})
    dataset = Dataset("data", "data", modality, kind, table, inputs, (), f"{modality}-{len(truth)}")
    candidate: Any = Rule(Task(kind, modality, labels), rule)
    return Session(candidate, dataset, candidate.pipeline, None)


def two(share: Any) -> np.ndarray:
    """Return scores of two labels from the second one's."""
    share = np.asarray(share, dtype=np.float64)
    return np.stack([1 - share, share], axis=1)


def bright_or_dark(n: int = 40) -> Session:
    """Return pictures of one grey, and a model that calls "light" what is above 100."""
    greys = [60 + 80 * (i % 2) for i in range(n)]
    files = [png(np.full((20, 30, 3), grey, np.uint8)) for grey in greys]
    rule = lambda inputs: two([float(np.asarray(decode(data).convert("L")).mean() > 100) for data in inputs])  # noqa: E731
    truth = ["light" if grey > 100 else "dark" for grey in greys]
    labels = ("dark", "light")
    return _session(rule, labels, Modality.IMAGE, Kind.CLASSIFICATION, truth, lambda rows: [files[r] for r in rows])


def png(pixels: np.ndarray) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def with_a_word(n: int = 200) -> Session:
    """Return texts with or without the word "Good", and a model that looks for exactly that."""
    texts = [f"A {'Good' if i % 2 else 'plain'} film of number {i}" for i in range(n)]
    rule = lambda inputs: two([float("Good" in text.split()) for text in inputs])  # noqa: E731
    truth = ["good" if i % 2 else "other" for i in range(n)]
    labels = ("other", "good")
    return _session(rule, labels, Modality.TEXT, Kind.CLASSIFICATION, truth, lambda rows: [texts[r] for r in rows])


def sum_of_columns(n: int = 300, *, refuses: bool = True) -> Session:
    """Return rows of three numbers, and a regression that answers with their sum, which is right."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n, 3)), columns=["a", "b", "c"]).assign(count=np.arange(n, dtype=float))

    def rule(rows: pd.DataFrame) -> np.ndarray:
        values = rows[["a", "b", "c"]].to_numpy(dtype=float)
        if refuses and np.isnan(values).any():
            raise UnusableInput("A number is missing.", "Fill it.")
        return np.nansum(values, axis=1, keepdims=True)

    truth = frame[["a", "b", "c"]].sum(axis=1) + np.random.default_rng(1).normal(size=n)
    inputs = lambda rows: frame.iloc[rows].reset_index(drop=True)  # noqa: E731
    return _session(rule, ("sum",), Modality.TABULAR, Kind.REGRESSION, truth.tolist(), inputs)
