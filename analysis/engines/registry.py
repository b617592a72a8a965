"""Which engines there are: one line each."""

from __future__ import annotations

from collections.abc import Callable

from analysis.engines.base import Engine, Options
from analysis.engines.local import LOCAL
from analysis.errors import UnusableInput


def _local(options: Options) -> Engine:
    if options != Options():
        raise UnusableInput(
            "The local engine is this process: it takes no workers, GPUs or address.", "Add --engine ray."
        )
    return LOCAL


def _ray(options: Options) -> Engine:
    from analysis.engines.ray import RayEngine

    return RayEngine(options)


ENGINES: dict[str, Callable[[Options], Engine]] = {
    "local": _local,
    "ray": _ray,
}


def engine_of(name: str, options: Options | None = None) -> Engine:
    """Return an engine by its name.

    Raises
    ------
    UnusableInput
        If there is none of that name, or it can't be used.
    """
    if name not in ENGINES:
        raise UnusableInput(f"There is no engine “{name}”.", f"Choose one of: {', '.join(ENGINES)}.")
    return ENGINES[name](options or Options())
