"""The command line's commands: one file each, one line here."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from types import ModuleType
from typing import Protocol, cast

from analysis.commands import (
    audit,
    causes,
    compare,
    diagnose,
    explain,
    features,
    inspect,
    labels,
    metrics,
    patterns,
    predict,
    rank,
    robustness,
    slices,
    validate,
    what_if,
)


class Command(Protocol):
    """What a command's module offers."""

    summary: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the command's options."""
        ...

    def run(self, arguments: Namespace) -> int:
        """Do it and return the exit code."""
        ...


def _command(module: ModuleType) -> Command:
    return cast(Command, module)


COMMANDS: dict[str, Command] = {
    "predict": _command(predict),
    "metrics": _command(metrics),
    "compare": _command(compare),
    "rank": _command(rank),
    "slices": _command(slices),
    "labels": _command(labels),
    "causes": _command(causes),
    "validate": _command(validate),
    "explain": _command(explain),
    "patterns": _command(patterns),
    "features": _command(features),
    "what-if": _command(what_if),
    "diagnose": _command(diagnose),
    "robustness": _command(robustness),
    "inspect": _command(inspect),
    "audit": _command(audit),
}
