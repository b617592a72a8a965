"""What was measured: frozen results."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.types import Estimate, Kind, Modality


@dataclass(frozen=True)
class Group:
    """One group of layers.

    Attributes
    ----------
    path : tuple of str
        Names from the outermost module inwards, two at most.
    parameters : int
    """

    path: tuple[str, ...]
    parameters: int


@dataclass(frozen=True)
class Latency:
    """Seconds a call took, measured one after the other.

    Attributes
    ----------
    batch : int
        Examples a call.
    length : int
        Tokens an example; 0 for images and rows.
    p50, p95 : float
        Quantiles in seconds.
    runs : int
    """

    batch: int
    length: int
    p50: float
    p95: float
    runs: int

    @property
    def throughput(self) -> float:
        """Examples a second at the median."""
        return self.batch / self.p50 if self.p50 > 0 else float("nan")


@dataclass(frozen=True)
class ClassChange:
    """What a variant does to one class.

    Attributes
    ----------
    label : str
    change : Estimate
        Recall of the variant minus that of the original, on the same examples.
    p_value : float
        Exact McNemar test, corrected over the classes (Holm).
    """

    label: str
    change: Estimate
    p_value: float


@dataclass(frozen=True)
class Variant:
    """One smaller version of the network, against the original on the same examples and the same engine.

    Attributes
    ----------
    name : str
        "int8", "bf16", "pruned 30 %" …
    bytes : int
        Of its state, as torch writes it.
    size_ratio : float
        How many times smaller than the delivered weights on disk; 1 is no gain.
    memory_ratio, speed_ratio : float
        How many times smaller in memory and faster than the original in float32.
    change : Estimate
        Accuracy minus that of the original (Agresti–Min interval); for a regression the mean absolute error,
        where less is better (t interval). Of no example, and NaN, where the data have no labels.
    flipped : int
        Answers that differ (a regression: that move by more than a tenth of the answers' spread).
    n : int
    classes : tuple of ClassChange
        Classes with examples; empty for a regression.
    sentence : str
        What it gains and costs.
    """

    name: str
    bytes: int
    size_ratio: float
    memory_ratio: float
    speed_ratio: float
    change: Estimate
    flipped: int
    n: int
    classes: tuple[ClassChange, ...]
    sentence: str

    @property
    def judged(self) -> bool:
        """Whether labels tell what it costs; else only how many answers differ is known."""
        return self.change.n > 0


@dataclass(frozen=True)
class Peak:
    """Resident memory of a fresh process, in bytes: after its libraries, with the model, and at its highest."""

    libraries: int
    loaded: int
    peak: int


@dataclass(frozen=True)
class Fit:
    """Whether the model fits a device: weights and working memory in half of the device's memory."""

    device: str
    memory: int
    precision: str
    needed: int

    @property
    def fits(self) -> bool:
        """The other half is left to the system, the libraries and the application."""
        return self.needed <= self.memory / 2


@dataclass(frozen=True)
class Cost:
    """All that a model costs here.

    Attributes
    ----------
    kind : Kind
    modality : Modality
    groups : tuple of Group
        Parameters by layer group; empty for estimators.
    disk : int
        Bytes of the model's files.
    memory : int
        Bytes of its parameters and buffers as loaded (float32); 0 for estimators.
    flops : int or None
        Floating point operations for one example, two a multiply-add; None for estimators.
    length : int
        Tokens of that example; 0 where there are none.
    latency : tuple of Latency
        As the app predicts, by batch size; then one example by length.
    peak : Peak or None
        None where the fresh process failed.
    variants : tuple of Variant
    fits : tuple of Fit
    device : str
    threads : int
    """

    kind: Kind
    modality: Modality
    groups: tuple[Group, ...]
    disk: int
    memory: int
    flops: int | None
    length: int
    latency: tuple[Latency, ...]
    peak: Peak | None
    variants: tuple[Variant, ...]
    fits: tuple[Fit, ...]
    device: str
    threads: int

    @property
    def parameters(self) -> int:
        """All parameters; 0 for estimators."""
        return sum(group.parameters for group in self.groups)

    @property
    def single(self) -> Latency:
        """One example a call."""
        return self.latency[0]
