"""Through the model's eyes: what a pipeline makes of one example, stage by stage, and how two pipelines differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image

from analysis.errors import UnusableInput
from analysis.preprocessing.describe import describe_step
from analysis.preprocessing.image import apply_many, decode, scale_and_bias
from analysis.preprocessing.outputs import apply_outputs
from analysis.preprocessing.tabular import apply_table
from analysis.preprocessing.text import TEXT_STEPS, apply_text
from analysis.types import OUTPUT_STEPS, Candidate, FloatArray, Inputs, Kind, Pipeline, Step

Picture: TypeAlias = npt.NDArray[np.uint8]
Text: TypeAlias = str | tuple[str, str]

#: Steps of an image pipeline that leave a picture of 0–255; the later ones only change numbers.
PIXEL_STEPS = ("decode", "orientation", "background", "color_mode", "channel_order", "resize", "crop")
#: Longer side of a stage's picture, in pixels.
SHOWN = 512


@dataclass(frozen=True)
class Answer:
    """What the model answers to what one pipeline made of an example.

    Attributes
    ----------
    label : str
        The class with the highest score; for a regression empty.
    value : float
        Its score, or the value.
    """

    label: str
    value: float


def answer(candidate: Candidate, inputs: Inputs, pipeline: Pipeline) -> Answer:
    """Return the answer to one example through a pipeline.

    Raises
    ------
    UnusableInput
        If the example can't be prepared.
    """
    scores, labels = apply_outputs(candidate.predict(inputs, pipeline), candidate.task, pipeline)
    if candidate.task.kind is Kind.REGRESSION:
        return Answer("", float(scores[0, 0]))
    best = int(np.argmax(scores[0]))
    return Answer(labels[best], float(scores[0, best]))


def _stages(pipeline: Pipeline) -> Iterator[tuple[Step, Pipeline]]:
    """Yield each input step with the pipeline that ends after it."""
    for position, step in enumerate(pipeline.steps):
        if step.name not in OUTPUT_STEPS:
            yield step, replace(pipeline, steps=pipeline.steps[: position + 1])


@dataclass(frozen=True)
class ImageStage:
    """What an image is after one step.

    Attributes
    ----------
    step, sentence : str
        Name of the step, and what it does with its parameters.
    picture : ndarray of uint8, shape (H, W, 3), or None
        The pixels, reduced to at most 512 a side; None once they are numbers on another scale.
    size : (int, int)
        Height and width.
    low, mean, high : float
        Of the values.
    acted : bool
        Whether the step changed anything.
    """

    step: str
    sentence: str
    picture: Picture | None
    size: tuple[int, int]
    low: float
    mean: float
    high: float
    acted: bool


@dataclass(frozen=True)
class SeenImage:
    """What one pipeline makes of an image.

    Attributes
    ----------
    stages : tuple of ImageStage
    pixels : ndarray of float32, shape (3, H, W)
        What the network receives.
    picture : ndarray of uint8, shape (H, W, 3)
        The same as a network reads it that was trained on the reference pipeline: de-normalised by that one's
        numbers and brought from its channel order to RGB, whatever made the pixels.
    outside : float
        Share of the values that no picture has under the reference: clipped in `picture`.
    """

    stages: tuple[ImageStage, ...]
    pixels: FloatArray
    picture: Picture
    outside: float


def see_image(data: bytes, pipeline: Pipeline, reference: Pipeline) -> SeenImage:
    """Follow one image through a pipeline.

    Parameters
    ----------
    data : bytes
        An encoded file.
    pipeline : Pipeline
        Whose eyes.
    reference : Pipeline
        What the network was trained on, as far as that is known.

    Raises
    ------
    UnusableInput
        If the image can't be decoded.
    """
    steps = list(_stages(pipeline))
    arrays = apply_many(decode(data), [prefix for _, prefix in steps])
    stages: list[ImageStage] = []
    before: FloatArray | None = None
    for (step, _), array in zip(steps, arrays, strict=True):
        stages.append(_image_stage(step, array, before))
        before = array
    picture, outside = read_as(arrays[-1], reference)
    return SeenImage(tuple(stages), arrays[-1], picture, outside)


def _image_stage(step: Step, array: FloatArray, before: FloatArray | None) -> ImageStage:
    acted = before is None or (array is not before and not np.array_equal(array, before))
    picture = None
    if step.name in PIXEL_STEPS:
        picture = _reduced(np.clip(np.round(array), 0, 255).astype(np.uint8).transpose(1, 2, 0))
    return ImageStage(
        step.name,
        describe_step(step),
        picture,
        (int(array.shape[1]), int(array.shape[2])),
        float(array.min()),
        float(array.mean()),
        float(array.max()),
        acted,
    )


def _reduced(picture: Picture) -> Picture:
    if max(picture.shape[:2]) <= SHOWN:
        return np.ascontiguousarray(picture)
    image = Image.fromarray(np.ascontiguousarray(picture))
    image.thumbnail((SHOWN, SHOWN))
    return np.asarray(image)


def read_as(pixels: FloatArray, reference: Pipeline) -> tuple[Picture, float]:
    """Return pixels as a network reads them that was trained on a pipeline, and the share outside of 0–255.

    Parameters
    ----------
    pixels : ndarray of float32, shape (3, H, W)
    reference : Pipeline
    """
    scale, bias = scale_and_bias(reference)
    plain = (pixels.astype(np.float64) - bias[:, None, None]) / scale[:, None, None]
    outside = float(np.mean((plain < -1) | (plain > 256)))
    order = str(reference.param("channel_order", "order", "RGB"))
    natural = plain[[order.index(letter) for letter in "RGB"]]
    picture = np.clip(np.round(natural), 0, 255).astype(np.uint8).transpose(1, 2, 0)
    return np.ascontiguousarray(picture), outside


@dataclass(frozen=True)
class PixelDifference:
    """How two tensors of one image differ.

    Attributes
    ----------
    mean, largest : float
        Absolute difference in the numbers that the network receives.
    map : ndarray of float32, shape (H, W)
        Right minus left, mean over the channels, in those numbers.
    """

    mean: float
    largest: float
    map: FloatArray


def pixel_difference(left: SeenImage, right: SeenImage) -> PixelDifference | None:
    """Return the difference of two tensors, or None where they differ in size."""
    if left.pixels.shape != right.pixels.shape:
        return None
    change = right.pixels - left.pixels
    size = np.abs(change)
    return PixelDifference(float(size.mean()), float(size.max()), change.mean(axis=0))


@dataclass(frozen=True)
class Token:
    """One token as the model receives it.

    Attributes
    ----------
    text : str
    number : int
        Its id.
    kind : "word", "special" or "unknown"
    changed : bool
        Whether the other pipeline has another token here.
    """

    text: str
    number: int
    kind: Literal["word", "special", "unknown"]
    changed: bool = False


@dataclass(frozen=True)
class TextStage:
    """What a text is after one step; pairs are joined by an empty line."""

    step: str
    sentence: str
    text: str
    acted: bool


@dataclass(frozen=True)
class SeenText:
    """What one pipeline makes of a text.

    Attributes
    ----------
    stages : tuple of TextStage
        The steps on strings.
    tokens : tuple of Token
    cut : bool
        Whether the text was too long.
    lost : str
        What was cut off a single text, and empty otherwise.
    side : str
        The end that it was cut off from.
    """

    stages: tuple[TextStage, ...]
    tokens: tuple[Token, ...]
    cut: bool
    lost: str
    side: str

    @property
    def unknown(self) -> int:
        """Tokens that the vocabulary lacks."""
        return sum(token.kind == "unknown" for token in self.tokens)


def see_text(candidate: Candidate, text: Text, pipeline: Pipeline) -> SeenText:
    """Follow one text through a pipeline to its tokens."""
    from analysis.candidates.batches import TokenBatch

    stages, before = [], text
    for step, prefix in _stages(pipeline):
        if step.name in TEXT_STEPS:
            now = apply_text(text, prefix)
            stages.append(TextStage(step.name, describe_step(step), _joined(now), now != before))
            before = now
    batch = cast("TokenBatch", candidate.prepare([text], pipeline))
    unknown = getattr(getattr(candidate, "tokenizer", None), "unk_token_id", None)
    numbers = batch.arrays["input_ids"][0][batch.arrays["attention_mask"][0] == 1].tolist()
    tokens = [
        Token(word, number, "special" if part < 0 else "unknown" if number == unknown else "word")
        for word, number, part in zip(batch.tokens[0], numbers, batch.parts[0], strict=True)
    ]
    side = str(pipeline.param("truncation", "side", "right"))
    return SeenText(tuple(stages), tuple(tokens), batch.truncated[0], _lost(batch, side), side)


def _joined(text: Text) -> str:
    return text if isinstance(text, str) else "\n\n".join(text)


def _lost(batch: object, side: str) -> str:
    from analysis.candidates.batches import TokenBatch

    assert isinstance(batch, TokenBatch)
    text = batch.texts[0]
    kept = [span for span, part in zip(batch.spans[0], batch.parts[0], strict=True) if part >= 0]
    if not batch.truncated[0] or not isinstance(text, str) or not kept:
        return ""
    return text[kept[-1][1] :] if side == "right" else text[: kept[0][0]]


def compare_tokens(left: SeenText, right: SeenText) -> tuple[SeenText, SeenText]:
    """Return both with the tokens marked that the other one doesn't have in that place."""
    matcher = SequenceMatcher(None, [t.number for t in left.tokens], [t.number for t in right.tokens], autojunk=False)
    changed: tuple[set[int], set[int]] = (set(), set())
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            changed[0].update(range(a, b))
            changed[1].update(range(c, d))
    marked = [
        replace(side, tokens=tuple(replace(t, changed=i in there) for i, t in enumerate(side.tokens)))
        for side, there in zip((left, right), changed, strict=True)
    ]
    return marked[0], marked[1]


@dataclass(frozen=True)
class TableStage:
    """What one step did to a row.

    Attributes
    ----------
    step, sentence : str
    changed : int
        Inputs whose value or place it changed.
    """

    step: str
    sentence: str
    changed: int


@dataclass(frozen=True)
class SeenRow:
    """What one pipeline makes of a row.

    Attributes
    ----------
    stages : tuple of TableStage
    inputs : pandas.Series
        What the model receives, in its order, under its own names.
    """

    stages: tuple[TableStage, ...]
    inputs: pd.Series


def see_row(candidate: Candidate, row: pd.DataFrame, pipeline: Pipeline) -> SeenRow:
    """Follow a table of one row through a pipeline.

    Raises
    ------
    UnusableInput
        If a column isn't there or can't be used; the message names it.
    """
    from analysis.candidates.batches import Frame

    stages, before = [], row.iloc[0]
    for step, prefix in _stages(pipeline):
        now = apply_table(row, prefix).iloc[0]
        stages.append(TableStage(step.name, describe_step(step), _changes(before, now)))
        before = now
    received = cast("Frame", candidate.prepare(row, pipeline)).data
    return SeenRow(tuple(stages), received.iloc[0])


def _changes(before: pd.Series, after: pd.Series) -> int:
    if len(before) != len(after):
        return abs(len(before) - len(after))
    return sum(not _same(a, b) for a, b in zip(before, after, strict=True))


def _same(a: object, b: object) -> bool:
    if pd.isna(a) and pd.isna(b):  # type: ignore[call-overload]
        return True
    x, y = pd.to_numeric(pd.Series([a, b]), errors="coerce").tolist()
    return bool(np.isclose(x, y, rtol=1e-9, atol=0)) if not (pd.isna(x) or pd.isna(y)) else str(a) == str(b)


def compare_rows(left: SeenRow, right: SeenRow) -> pd.DataFrame:
    """Return one row an input of the model: input, left, right, difference (float64), changed.

    Raises
    ------
    UnusableInput
        If the pipelines hand over different numbers of inputs.
    """
    if len(left.inputs) != len(right.inputs):
        raise UnusableInput(
            f"One pipeline hands over {len(left.inputs)} inputs, the other {len(right.inputs)}.",
            "Correct the column_order step of one of them.",
        )
    a, b = list(left.inputs), list(right.inputs)
    x, y = (pd.to_numeric(pd.Series(values, dtype=object), errors="coerce") for values in (a, b))
    return pd.DataFrame(
        {
            "input": [str(name) for name in right.inputs.index],
            "left": a,
            "right": b,
            "difference": (y - x).astype(np.float64),
            "changed": [not _same(p, q) for p, q in zip(a, b, strict=True)],
        }
    )
