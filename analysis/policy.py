"""What somebody requires of a model: thresholds as frozen data, readable from TOML."""

from __future__ import annotations

import math
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from analysis.diligence.licences.terms import Use
from analysis.errors import UnusableInput
from analysis.types import Json


@dataclass(frozen=True)
class Policy:
    """Thresholds of a verdict. None sets no limit.

    Attributes
    ----------
    accuracy : float
        Least share of right answers; the whole interval must lie above it.
    class_recall : float or None
        The same for every class that has examples enough.
    r2 : float
        Least R² of a regression.
    uses : tuple of str
        What is meant to be done with it: "evaluation", "commercial", "redistribution".
    licences : tuple of str
        Names that are accepted; empty accepts all that are known.
    latency_ms : float or None
        95 % of single calls end within it.
    memory_mb, disk_mb : float or None
        Peak of a fresh process; the model's files.
    robustness : float or None
        Most accuracy that a mild corruption may cost, as a share; of a regression the growth of its mean error.
    baseline : bool
        Whether it must be better than simple models that are fitted on the same data.
    diagnosis : bool
        Whether the doctor must have looked at how it is fed.
    """

    accuracy: float = 0.8
    class_recall: float | None = None
    r2: float = 0.5
    uses: tuple[str, ...] = (Use.EVALUATION.value, Use.COMMERCIAL.value)
    licences: tuple[str, ...] = ()
    latency_ms: float | None = None
    memory_mb: float | None = None
    disk_mb: float | None = None
    robustness: float | None = None
    baseline: bool = False
    diagnosis: bool = True

    @property
    def limits_cost(self) -> bool:
        """Whether the cost must be measured to judge."""
        return any(limit is not None for limit in (self.latency_ms, self.memory_mb, self.disk_mb))

    def to_json(self) -> dict[str, Json]:
        """Return the thresholds as plain JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    def to_toml(self) -> str:
        """Return a file that `read_policy` reads."""
        import json

        lines = ["# What is required of a model. Leave a line out to set no limit of that kind."]
        for key, value in self.to_json().items():
            if value is not None:
                lines.append(f"{key} = {json.dumps(value, ensure_ascii=False)}")
        return "\n".join(lines) + "\n"


_NUMBERS = ("accuracy", "class_recall", "r2", "latency_ms", "memory_mb", "disk_mb", "robustness")
_SHARES = ("accuracy", "class_recall", "robustness")


def read_policy(path: str | Path) -> Policy:
    """Read a policy from a TOML file.

    Raises
    ------
    UnusableInput
        If it can't be read, or names or values are not those of a policy; the message names them.
    """
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableInput(f"The policy {path} can't be read: {error.strerror}.", "Give a TOML file.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UnusableInput(f"{path} is not TOML: {error}.", "See docs/verdict.md for an example.") from error
    return policy_from(data, str(path))


def policy_from(data: dict[str, Json], name: str = "The policy") -> Policy:
    """Return a policy from plain values.

    Raises
    ------
    UnusableInput
    """
    known = [field.name for field in fields(Policy)]
    for key, value in data.items():
        if key not in known:
            raise UnusableInput(f"{name}: there is no threshold “{key}”.", f"Known are {', '.join(known)}.")
        reason = _misfit(key, value)
        if reason:
            raise UnusableInput(f"{name}: {key} {reason}.", "See docs/verdict.md for an example.")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items()}
    return Policy(**values)


def _misfit(key: str, value: Json) -> str:
    if key in ("diagnosis", "baseline"):
        return "" if isinstance(value, bool) else "is true or false"
    if key in ("uses", "licences"):
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            return "is a list of names"
        uses = [use.value for use in Use]
        wrong = [v for v in value if v not in uses] if key == "uses" else []
        return f"knows {', '.join(uses)}, not {wrong[0]}" if wrong else ""
    if (
        key not in _NUMBERS
        or isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not math.isfinite(value)
    ):
        return "is a number"
    if key in _SHARES and not 0 <= value <= 1:
        return "is a share between 0 and 1"
    return "is not negative" if value < 0 and key != "r2" else ""
