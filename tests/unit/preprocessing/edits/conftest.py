"""Small models and data of every kind, built in code, that the contract of edit families is tested on."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from analysis.candidates.batches import ImageBatch, TokenBatch
from analysis.candidates.estimators import read_estimator
from analysis.candidates.sklearn import SkopsCandidate
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.image import apply_image
from analysis.preprocessing.text import apply_text
from analysis.types import Capabilities, Dataset, Finding, Kind, Modality, Pipeline, Step, Task

CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")


@dataclass
class Stub:
    """A candidate that answers with numbers drawn from what it receives."""

    task: Task
    pipeline: Pipeline
    batch: Callable[[Sequence[Any], Pipeline], Any]
    capabilities: Capabilities = field(default_factory=Capabilities)
    name: str = "stub"
    source: str = "stub"
    fingerprint: str = "stub"
    findings: tuple[Finding, ...] = ()
    lock: Any = field(default_factory=threading.RLock)

    def prepare(self, inputs: Sequence[Any], pipeline: Pipeline) -> Any:
        return self.batch(inputs, pipeline)

    def forward(self, prepared: Any) -> np.ndarray:
        return np.full((len(prepared), len(self.task.labels)), 1 / len(self.task.labels), dtype=np.float32)

    def to_scores(self, outputs: np.ndarray) -> np.ndarray:
        return outputs

    def predict(self, inputs: Sequence[Any], pipeline: Pipeline) -> np.ndarray:
        return self.to_scores(self.forward(self.prepare(inputs, pipeline)))


def dataset_of(inputs: Any, labels: Sequence[Any], modality: Modality, kind: Kind = Kind.CLASSIFICATION) -> Dataset:
    """Return a data set that hands out `inputs`: a list, or a table."""
    table = pd.DataFrame({"id": [str(i) for i in range(len(labels))], "split": "test", "label": list(labels)})

    def rows_of(rows: np.ndarray) -> Any:
        if isinstance(inputs, pd.DataFrame):
            return inputs.iloc[rows].reset_index(drop=True)
        return [inputs[int(row)] for row in rows]

    fingerprint = str(abs(hash((modality, repr(inputs)))))
    return Dataset("data", "data", modality, kind, table, rows_of, (), fingerprint)


def context_of(candidate: Any, dataset: Dataset) -> Context:
    """Return a context whose search may look at all rows."""
    return Context(candidate, dataset, np.arange(len(dataset), dtype=np.int64))


def picture(mode: str = "RGB", size: tuple[int, int] = (48, 36), orientation: int = 1, seed: int = 0) -> bytes:
    """Return a PNG of random pixels."""
    shape = (size[1], size[0], len(mode))
    image = Image.fromarray(np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8), mode)
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    image.save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


def image_pipeline(**changes: dict[str, Any]) -> Pipeline:
    """Return a documented image pipeline with some steps changed: shorter side 40, crop 32, torchvision's numbers."""
    params: dict[str, dict[str, Any]] = {
        "decode": {},
        "orientation": {"exif": True, "rotate": 0, "flip": "none"},
        "background": {"color": [255, 255, 255]},
        "color_mode": {"mode": "rgb"},
        "channel_order": {"order": "RGB"},
        "resize": {"mode": "shorter", "size": 40, "resample": "bicubic"},
        "crop": {"height": 32, "width": 32},
        "rescale": {"factor": 1 / 255, "offset": 0.0},
        "normalize": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
        "layout": {"order": "CHW"},
        "label_order": {"labels": list(CIFAR)},
    }
    steps = tuple(Step(name, changes.get(name, value)) for name, value in params.items())
    return check_pipeline(Pipeline(Modality.IMAGE, steps))


def text_pipeline(labels: Sequence[str]) -> Pipeline:
    """Return a documented text pipeline: nothing changed, 48 tokens."""
    steps = [
        Step("encoding", {"mojibake": "none"}),
        Step("markup", {"unescape": False, "strip_tags": False, "urls": "keep"}),
        Step("whitespace", {"collapse": False}),
        Step("case", {"mode": "keep"}),
        Step("pair_order", {"order": "ab"}),
        Step("special_tokens", {"add": True}),
        Step("truncation", {"max_length": 48, "side": "right"}),
        Step("label_order", {"labels": list(labels)}),
    ]
    return check_pipeline(Pipeline(Modality.TEXT, tuple(steps)))


def image_context(transformer: bool = False) -> Context:
    """Return photos for CIFAR-10, some transparent, some lying on their side."""
    photos = [picture(seed=i) for i in range(4)] + [picture("RGBA"), picture(orientation=6)]
    capabilities = Capabilities(convolutional=not transformer, transformer=transformer)
    task = Task(Kind.CLASSIFICATION, Modality.IMAGE, CIFAR)

    def batch(inputs: Sequence[bytes], pipeline: Pipeline) -> ImageBatch:
        return ImageBatch(np.stack([apply_image(data, pipeline) for data in inputs]))

    candidate = Stub(task, image_pipeline(), batch, capabilities, fingerprint=f"image {transformer}")
    return context_of(candidate, dataset_of(photos, [CIFAR[i] for i in range(6)], Modality.IMAGE))


def token_batch(inputs: Sequence[Any], pipeline: Pipeline) -> TokenBatch:
    """Return words as tokens, truncated as the pipeline says."""
    texts = [apply_text(text, pipeline) for text in inputs]
    words = [" ".join([text] if isinstance(text, str) else text).split() for text in texts]
    length = int(pipeline.param("truncation", "max_length"))
    cut = [w[:length] if pipeline.param("truncation", "side") == "right" else w[-length:] for w in words]
    return TokenBatch({}, texts, cut, [[]] * len(texts), [[]] * len(texts), [len(w) > length for w in words])


def text_context(labels: Sequence[str], *, pairs: bool = False) -> Context:
    """Return texts with entities, tags, addresses, accents and line breaks."""
    texts: list[Any] = [
        "A fine film &amp; a good one",
        "<br/>Never   again:\nsee https://example.org/x",
        "Un café très agréable",
        " ".join(["word"] * 40),
    ]
    if pairs:
        texts = [(text, text[::-1]) for text in texts]
    task = Task(Kind.CLASSIFICATION, Modality.TEXT, tuple(labels))
    candidate = Stub(task, text_pipeline(labels), token_batch, fingerprint=f"text {pairs}")
    return context_of(candidate, dataset_of(texts, [labels[i % len(labels)] for i in range(4)], Modality.TEXT))


def measurements(n: int = 120, seed: int = 0) -> pd.DataFrame:
    """Return four columns of quite different size, one of them of codes."""
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "height": generator.normal(170, 10, n),
            "weight": generator.normal(70, 4, n),
            "ratio": generator.normal(0.5, 0.05, n),
            "group": generator.integers(1, 3, n).astype(np.float64),
        }
    )


def estimator_context(estimator: Any, frame: pd.DataFrame, labels: Sequence[Any]) -> Context:
    """Return an estimator, fitted on a table already, with that table as data."""
    described = read_estimator(estimator)
    candidate = SkopsCandidate(
        name="estimator",
        source="",
        described=described,
        load=lambda: estimator,
        columns=described.columns,
        fingerprint=str(id(estimator)),
        findings=(),
    )
    return context_of(candidate, dataset_of(frame, labels, Modality.TABULAR, candidate.task.kind))


def table_context() -> Context:
    """Return a scaler and a logistic regression, with measurements and a yes or no."""
    frame = measurements()
    truth = np.where(frame["height"] + frame["weight"] > 240, "yes", "no")
    return estimator_context(make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, truth), frame, truth)


def regression_context() -> Context:
    """Return boosted trees with measurements and a value."""
    frame = measurements()
    values = (frame["height"] * 2 + frame["weight"]).to_numpy()
    model = GradientBoostingRegressor(n_estimators=40, random_state=0).fit(frame, values)
    return estimator_context(model, frame, values)


CONTEXTS: dict[str, Callable[[], Context]] = {
    "photos": image_context,
    "photos for a transformer": lambda: image_context(transformer=True),
    "texts": lambda: text_context(("negative", "positive")),
    "pairs of texts": lambda: text_context(("entailment", "neutral", "contradiction"), pairs=True),
    "table": table_context,
    "regression": regression_context,
}


@pytest.fixture(scope="session")
def contexts() -> dict[str, Context]:
    """Every kind of task, by name."""
    return {name: make() for name, make in CONTEXTS.items()}


def with_inputs(context: Context, inputs: Any) -> Context:
    """Return a context with the same candidate and labels and other raw inputs."""
    labels = context.dataset.table["label"].tolist()
    dataset = dataset_of(inputs, labels, context.dataset.modality, context.dataset.kind)
    return replace(context, dataset=dataset)
