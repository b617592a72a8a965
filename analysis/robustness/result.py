"""What was measured under corruptions: frozen results."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.comparison.differences import LEVEL, Difference
from analysis.types import Estimate, Kind, Modality


@dataclass(frozen=True)
class Point:
    """One level of one corruption, against the same examples as they are.

    Attributes
    ----------
    level : float
    label : str
        The level in a few characters.
    score : Estimate
        Accuracy with Wilson's interval; for a regression the mean absolute error.
    difference : Difference
        ``a`` corrupted, ``b`` as they are: accuracies, or mean absolute errors; paired.
    p_adjusted : float
        Its p-value, corrected for all levels of all corruptions that were measured (Holm).
    altered : tuple of int
        Places in `Robustness.examples` whose answer differs (a regression: moves by more than a tenth of the answers'
        spread).
    unanswered : int
        Examples that the model did not answer any more: they count as wrong.
    """

    level: float
    label: str
    score: Estimate
    difference: Difference
    p_adjusted: float
    altered: tuple[int, ...]
    unanswered: int

    @property
    def changed(self) -> int:
        """How many answers differ."""
        return len(self.altered)

    @property
    def significant(self) -> bool:
        """Whether chance alone is an unlikely reason."""
        return self.p_adjusted < LEVEL


@dataclass(frozen=True)
class Curve:
    """One corruption at growing severity.

    Attributes
    ----------
    name, title, unit : str
        As the registry has them.
    points : tuple of Point
        From mild to severe; empty where the model refuses such inputs.
    refused : str
        Why the model takes none of them; else empty.
    untouched : int
        Texts or rows that even the severest level leaves as they are; pictures are not counted.
    """

    name: str
    title: str
    unit: str
    points: tuple[Point, ...]
    refused: str = ""
    untouched: int = 0


@dataclass(frozen=True)
class Robustness:
    """What corruptions cost.

    Attributes
    ----------
    kind : Kind
    modality : Modality
    baseline : Estimate
        Accuracy, or mean absolute error, of the same examples as they are.
    curves : tuple of Curve
    examples : tuple of str
        Ids of those that were measured.
    of : int
        Labelled examples that there are.
    seed : int
    judged : bool
        Whether labels tell what is right. Where the data have none, the answers to the inputs as they are stand for
        them, and only how many answers change says something; see `analysis.robustness.unjudged`.
    """

    kind: Kind
    modality: Modality
    baseline: Estimate
    curves: tuple[Curve, ...]
    examples: tuple[str, ...]
    of: int
    seed: int
    judged: bool = True

    @property
    def n(self) -> int:
        """How many examples were measured."""
        return len(self.examples)

    def altered(self, corruption: str, level: float) -> tuple[str, ...] | None:
        """Return the ids of the examples that a level makes the model answer otherwise; None where it has no such."""
        for curve in self.curves:
            for point in curve.points:
                if (curve.name, point.level) == (corruption, level):
                    return tuple(self.examples[i] for i in point.altered)
        return None

    def loss(self, point: Point) -> tuple[float, float, float]:
        """Return what a level costs, with its interval: a share of all answers.

        Accuracy that is lost; for a regression the growth of the mean absolute error, as a share of the error of the
        examples as they are (whose own uncertainty is left out).
        """
        d = point.difference
        if self.kind is Kind.CLASSIFICATION:
            return 0.0 - d.difference, 0.0 - d.high, 0.0 - d.low
        scale = d.b if d.b > 0 else float("nan")
        return d.difference / scale, d.low / scale, d.high / scale
