"""A model's smaller self as a candidate of its own, to be compared with it on the same examples."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from analysis.errors import UnusableInput
from analysis.types import Candidate, Capabilities, fingerprint_of

if TYPE_CHECKING:
    from analysis.candidates.network import TorchCandidate
    from analysis.session import Session

#: Short names for links and the command line → names of `VARIANTS`.
SMALLER = {
    "int8": "int8",
    "bf16": "bf16",
    "pruned-30": "pruned 30 %",
    "pruned-50": "pruned 50 %",
    "pruned-70": "pruned 70 %",
}


def can_be_smaller(candidate: Candidate) -> bool:
    """Return whether a candidate is a network on a CPU: estimators have no weights to shrink."""
    from analysis.candidates.network import TorchCandidate, pick_device

    return isinstance(candidate, TorchCandidate) and pick_device().type == "cpu"


def smaller(session: Session, name: str) -> Session:
    """Return the same session with a smaller variant of its network.

    Parameters
    ----------
    session : Session
    name : str
        One of `SMALLER`.

    Raises
    ------
    UnusableInput
        If there is no such variant, or the model is no network on a CPU.
    """
    from analysis.diligence.cost.variants import VARIANTS, with_module

    if name not in SMALLER:
        raise UnusableInput(f"There is no smaller variant “{name[:60]}”.", f"Known are {', '.join(SMALLER)}.")
    candidate = session.candidate
    if not can_be_smaller(candidate):
        raise UnusableInput(
            f"{candidate.name} has no smaller variant here.", "Only networks have one, and only on a CPU."
        )
    network = cast("TorchCandidate", candidate)
    made = VARIANTS[SMALLER[name]](network.module)
    other: TorchCandidate
    if name.startswith("pruned"):
        # Some weights are nought: else it is the network that it was, and can be looked into.
        other = network.with_module(made)
    else:
        other = with_module(network, made)
        other.capabilities = Capabilities()
    other.name = f"{candidate.name}, {SMALLER[name]}"
    # Runs are kept by it: the same weights in another precision answer otherwise.
    other.fingerprint = fingerprint_of([candidate.fingerprint, "smaller", name])
    return replace(session, candidate=other)
