"""What a network's outputs mean, from its configuration: classes, one sigmoid, or a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from analysis.candidates.labels import declared_labels, label_count, output_names
from analysis.errors import UnusableInput
from analysis.types import Finding, Json, Kind, Severity

PROBLEMS = ("regression", "single_label_classification", "multi_label_classification")


@dataclass(frozen=True)
class Head:
    """What the outputs are.

    Attributes
    ----------
    kind : Kind
    labels : tuple of str
        In the order of the outputs as Caveat shows them; for a regression its one target.
    binary : bool
        One output through a sigmoid, shown as the two classes "not X" and "X".
    findings : tuple of Finding
        Where the configuration left it open.
    """

    kind: Kind
    labels: tuple[str, ...]
    binary: bool = False
    findings: tuple[Finding, ...] = ()


def read_head(config: Mapping[str, Json]) -> Head:
    """Decide what a network's outputs are.

    One output means a regression where ``problem_type`` says so or says nothing, as transformers itself takes
    it; one output with ``multi_label_classification`` is a sigmoid, shown as two classes.

    Raises
    ------
    UnusableInput
        For several labels at once, several regression targets, or one class alone.
    """
    outputs, problem = label_count(config), config.get("problem_type")
    names = output_names(config, outputs)
    if problem not in (None, *PROBLEMS):
        raise UnusableInput(
            f"config.json declares the problem type {str(problem)[:60]!r}.", f"Known ones: {', '.join(PROBLEMS)}."
        )
    if problem == "multi_label_classification":
        if outputs > 1:
            raise UnusableInput(
                "This model gives several labels to one input (multi-label classification).",
                "Caveat judges models that give one label, or one value.",
            )
        name = "positive" if names[0] == "LABEL_0" else names[0]
        return Head(Kind.CLASSIFICATION, (f"not {name}", name), binary=True)
    if problem == "regression" or (problem is None and outputs == 1):
        if outputs > 1:
            raise UnusableInput(
                f"This model predicts {outputs} values at once.", "Caveat judges models that predict one value."
            )
        return Head(Kind.REGRESSION, _target(config), findings=() if problem else (_UNSAID,))
    if outputs == 1:
        raise UnusableInput(
            "This model has one class only, so its answer is always the same.",
            'If it predicts a value, set "problem_type": "regression" in config.json.',
        )
    return Head(Kind.CLASSIFICATION, names)


def _target(config: Mapping[str, Json]) -> tuple[str]:
    name = next(iter((declared_labels(config) or {}).values()), "LABEL_0")
    return ("value" if name == "LABEL_0" else name,)


_UNSAID = Finding(
    "loading.regression_assumed",
    Severity.CAUTION,
    "config.json has one output and no problem type: it is taken as a regression, as transformers does.",
    {"num_labels": 1},
    'If the output goes through a sigmoid, set "problem_type": "multi_label_classification".',
)
