"""What a planted fault is, and how two become one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from analysis.preprocessing.edits.base import Alternatives, Context
from analysis.preprocessing.edits.planting.spoil import Spoiler
from analysis.types import Dataset, Edit, Inputs, InputSource, IntArray, Json, Params, Pipeline, fingerprint_of


@dataclass(frozen=True)
class SpoiledInputs:
    """Raw inputs that are spoiled when they are asked for."""

    source: InputSource
    spoilers: tuple[Spoiler, ...]

    def __call__(self, rows: IntArray) -> Inputs:
        """Return some rows' inputs, spoiled."""
        inputs = self.source(rows)
        for spoiler in self.spoilers:
            inputs = spoiler(inputs)
        return inputs


@dataclass(frozen=True)
class Fault:
    """A fault that was planted on purpose.

    Attributes
    ----------
    name : str
        "channels as BGR", unique among the faults of one model and data set; joined by " + " where several are.
    steps : tuple of str
        Stable names of the steps that are at fault: what has to be named.
    edits : tuple of Edit
        Turn the documented pipeline into that of the faulty deployment; empty where the fault lives in the data.
    spoilers : tuple of callable
        What was done to the raw inputs.
    target_factor : float
        What the labels of a regression were multiplied by.
    """

    name: str
    steps: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    spoilers: tuple[Spoiler, ...] = ()
    target_factor: float = 1.0

    @property
    def step(self) -> str:
        """The step at fault; of several, joined by " + "."""
        return " + ".join(self.steps)

    def deploy(self, documented: Pipeline) -> Pipeline:
        """Return the pipeline of the faulty deployment."""
        for edit in self.edits:
            documented = edit.apply(documented)
        return documented

    def spoil(self, dataset: Dataset) -> Dataset:
        """Return the data set as the fault leaves it; itself where the fault is not one of the data."""
        if not self.spoilers and self.target_factor == 1.0:
            return dataset
        table = dataset.table
        if self.target_factor != 1.0:
            table = table.assign(label=table["label"].astype(float) * self.target_factor)
        return replace(
            dataset,
            table=table,
            inputs=SpoiledInputs(dataset.inputs, self.spoilers),
            fingerprint=fingerprint_of([dataset.fingerprint, self.name]),
        )


def combine(faults: Sequence[Fault]) -> Fault:
    """Return several faults at once.

    Raises
    ------
    ValueError
        If two of them change the same parameters: the later one would undo the earlier.
    """
    touched = [(edit.place, key) for fault in faults for edit in fault.edits for key in edit.after]
    if len(set(touched)) < len(touched):
        raise ValueError(f"{' + '.join(f.name for f in faults)}: two of them set the same parameter")
    factor = 1.0
    for fault in faults:
        factor *= fault.target_factor
    return Fault(
        " + ".join(f.name for f in faults),
        tuple(step for f in faults for step in f.steps),
        tuple(edit for f in faults for edit in f.edits),
        tuple(spoiler for f in faults for spoiler in f.spoilers),
        factor,
    )


def deployed(context: Context, name: str, family: Alternatives, params: Params) -> Fault | None:
    """Return the fault of a deployment that sets other parameters, or None where it would be none or can't run."""
    pipeline = context.documented
    edit = family.edit(pipeline, params)
    if edit is None or (family.fits is not None and not family.fits(edit.apply(pipeline), context)):
        return None
    return Fault(name, (family.step,), (edit,))


def each_deployed(context: Context, family: Alternatives, named: dict[str, dict[str, Json]]) -> list[Fault]:
    """Return `deployed` for several values of one family, without those that are none."""
    found = [deployed(context, name, family, params) for name, params in named.items()]
    return [fault for fault in found if fault is not None]


#: Makes faults of one kind for a model and its data.
Planter = Callable[[Context], list[Fault]]
