"""Parts of a run that a figure stands for: a bar, a point of a curve. A link carries one as text, a page counts it.

``"confidence 0.3 0.4"`` are the examples whose answer has such a score, ``"score 0.34 inf cat"`` those that count as
"cat" from a score of 0.34 on, ``"error -1.5 -1.0"`` those that are so far off, ``"changed 2.0 2.0 blur"`` those that
are answered otherwise under that level of a corruption, ``"word -inf inf not"`` the texts that hold that word.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from analysis.failures.regression import residuals
from analysis.failures.wording import number, percent
from analysis.types import IntArray, Kind, Predictions

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """A number that a run has for each example.

    Attributes
    ----------
    title : str
        In words, before a range.
    kind : Kind
        Of the runs that have it.
    values : callable
        From predictions and a name (of a class; else empty) to float64 (n,); NaN where an example is not counted.
    show : callable
        From a number to words.
    upper : bool
        Whether a range holds its upper end, and not its lower one.
    """

    title: str
    kind: Kind
    values: Callable[[Predictions, str], Floats]
    show: Callable[[float], str]
    upper: bool = False


def _confidence(predictions: Predictions, name: str) -> Floats:  # noqa: ARG001
    return np.where(predictions.known, np.asarray(predictions.confidence, dtype=np.float64), np.nan)


def _score(predictions: Predictions, name: str) -> Floats:
    labels = predictions.task.labels
    if name not in labels:
        return np.full(len(predictions), np.nan)
    scores = np.asarray(predictions.scores[:, labels.index(name)], dtype=np.float64)
    return np.where(predictions.known, scores, np.nan)


def _true(predictions: Predictions, name: str) -> Floats:  # noqa: ARG001
    return np.asarray(predictions.truth, dtype=np.float64)


def _answer(predictions: Predictions, name: str) -> Floats:  # noqa: ARG001
    return predictions.values


def _error(predictions: Predictions, name: str) -> Floats:  # noqa: ARG001
    return residuals(predictions)


QUANTITIES: Mapping[str, Quantity] = MappingProxyType(
    {
        "confidence": Quantity("confidence", Kind.CLASSIFICATION, _confidence, percent, upper=True),
        "score": Quantity("a score for", Kind.CLASSIFICATION, _score, lambda value: f"{value:.3g}"),
        "answer": Quantity("an answer", Kind.REGRESSION, _answer, number),
        "error": Quantity("an error", Kind.REGRESSION, _error, number),
        "true": Quantity("a true value", Kind.REGRESSION, _true, number),
    }
)
#: Parts whose examples are answered otherwise under a corruption, and whose texts hold a word. Predictions alone don't
#: tell which these are.
CHANGED, WORD = "changed", "word"


@dataclass(frozen=True)
class Part:
    """Examples with a number in a range, that a corruption changes, or that hold a word.

    Attributes
    ----------
    of : str
        A key of `QUANTITIES`, `CHANGED` or `WORD`.
    low, high : float
        Ends of the range; infinite where it is open. Of `CHANGED` both are the level.
    name : str
        The class whose score is meant, the corruption, or the word.
    """

    of: str
    low: float
    high: float
    name: str = ""

    def __str__(self) -> str:
        """Return the part as a link carries it, so that `part_of` reads the same numbers."""
        return " ".join((self.of, repr(self.low), repr(self.high), *((self.name,) if self.name else ())))

    @property
    def title(self) -> str:
        """What a person reads, plain text."""
        if self.of == CHANGED:
            return _changed(self.name, self.low)
        if self.of == WORD:
            return f"the word “{self.name}”"
        about = QUANTITIES[self.of]
        what = f"{about.title} “{self.name}”" if self.name else about.title
        if math.isinf(self.high):
            return what if math.isinf(self.low) else f"{what} from {about.show(self.low)}"
        if math.isinf(self.low):
            return f"{what} under {about.show(self.high)}"
        low = about.show(self.low)
        return f"{what} of {low.rstrip('%').rstrip()} to {about.show(self.high)}"

    def rows(self, predictions: Predictions) -> IntArray:
        """Return the positions of its examples in a run, none where the run has no such number.

        Raises
        ------
        ValueError
            For `CHANGED` and `WORD`.
        """
        if self.of in (CHANGED, WORD):
            raise ValueError(f"Predictions don't tell which examples “{self.of}” means.")
        about = QUANTITIES[self.of]
        if predictions.task.kind is not about.kind:
            return np.empty(0, np.int64)
        values = about.values(predictions, self.name)
        above = values > self.low if about.upper else values >= self.low
        below = values <= self.high if about.upper else values < self.high
        return np.flatnonzero(above & below).astype(np.int64)


def between(of: str, edges: Sequence[float]) -> list[str]:
    """Return the parts between edges as a figure carries them; of ranges that hold their lower ends.

    The last one holds its upper end too, as the last bar of a histogram does: it is open.
    """
    highs = [*edges[1:-1], math.inf][: len(edges) - 1]
    return [str(Part(of, low, high)) for low, high in zip(edges[:-1], highs, strict=True)]


def _changed(corruption: str, level: float) -> str:
    from analysis.robustness.registry import CORRUPTIONS

    one = CORRUPTIONS.get(corruption)
    title, label = (one.title, one.label(level)) if one is not None else (corruption, f"level {level:g}")
    return f"another answer under “{title}”, {label}"


def texts_with(word: str, texts: Sequence[str | tuple[str, str]]) -> IntArray:
    """Return the positions of the texts, or pairs of texts, that hold a word, in any case."""
    ends = (r"(?<!\w)" if word[:1].isalnum() else "", r"(?!\w)" if word[-1:].isalnum() else "")
    found = re.compile(f"{ends[0]}{re.escape(word.casefold())}{ends[1]}")
    held = [
        any(found.search(part.casefold()) for part in (text if isinstance(text, tuple) else (text,))) for text in texts
    ]
    return np.flatnonzero(held).astype(np.int64)


def part_of(text: str) -> Part | None:
    """Read a part as `str` writes it, or return None where the text is none."""
    of, *rest = text.split(" ", 3)
    if (of not in QUANTITIES and of not in (CHANGED, WORD)) or len(rest) < 2:
        return None
    try:
        low, high = float(rest[0]), float(rest[1])
    except ValueError:
        return None
    name = rest[2] if len(rest) > 2 else ""
    named = of in ("score", CHANGED, WORD)
    if math.isnan(low) or math.isnan(high) or low > high or named != bool(name):
        return None
    return Part(of, low, high, name)
