"""Every corruption, one file a kind of data; the order is that of the pages."""

from __future__ import annotations

from analysis.errors import UnusableInput
from analysis.robustness import images, tables, texts
from analysis.robustness.base import Corruption
from analysis.types import Modality

CORRUPTIONS: dict[str, Corruption] = {
    one.name: one for one in (*images.CORRUPTIONS, *texts.CORRUPTIONS, *tables.CORRUPTIONS)
}


def corruptions_for(modality: Modality, names: tuple[str, ...] = ()) -> tuple[Corruption, ...]:
    """Return the corruptions of one kind of data, all or those that are named.

    Raises
    ------
    UnusableInput
        If a name is not known, or is one of another kind of data.
    """
    fitting = tuple(one for one in CORRUPTIONS.values() if one.modality is modality)
    known = {one.name for one in fitting}
    for name in names:
        if name not in known:
            raise UnusableInput(
                f"There is no corruption “{name}” of {modality.value} data.", f"Known are {', '.join(sorted(known))}."
            )
    return tuple(one for one in fitting if not names or one.name in names)
