"""Find the pipeline that made tensors which production fed the model: no labels and no network needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.types import Dataset, Inputs, Modality

Array = npt.NDArray[np.float64]

#: More tensors than this add nothing.
MOST = 48
#: Bytes that one captured file may have.
FILE_CAP = 512_000_000


@dataclass(frozen=True)
class Captured:
    """Tensors of some examples.

    Attributes
    ----------
    rows : tuple of int
        Positions in the data set.
    tensors : tuple of ndarray of float64
        Images (3, H, W); texts token ids (length,); tables one row's values (d,).
    channels_last : bool
        Whether images came as (H, W, 3) and were turned round.
    unmatched : tuple of str
        Names of tensors that belong to no example.
    """

    rows: tuple[int, ...]
    tensors: tuple[Array, ...]
    channels_last: bool
    unmatched: tuple[str, ...]


def read_captured(folder: str | Path, dataset: Dataset) -> Captured:
    """Read the tensors of a folder of ``.npy`` or ``.safetensors`` files.

    A tensor is named after its raw input: ``cat/tabby.npy``, ``cat/tabby.jpg.npy`` or, where no other input
    has that name, ``tabby.npy`` for the photo ``cat/tabby.jpg``; ``17.npy`` for row 17. A ``.safetensors`` file
    holds one tensor of the file's name, or several under their inputs' names.

    Raises
    ------
    UnusableInput
        If the folder holds no tensor of an example.
    """
    root = Path(folder).expanduser()
    if not root.is_dir():
        raise UnusableInput(f"There is no folder {folder}.", "Give the folder with the captured tensors.")
    named = {name: array for file in sorted(root.rglob("*")) for name, array in _arrays(file, root)}
    ids = _names_of(dataset)
    found = [(ids[name], array) for name, array in named.items() if name in ids]
    if not found:
        raise UnusableInput(
            f"No tensor in {root.name} is named after an example.",
            "Name them after the raw inputs: cat/tabby.npy for cat/tabby.jpg, 17.npy for row 17.",
        )
    unmatched = tuple(name for name in named if name not in ids)
    return _shaped(found, dataset.modality, unmatched)


def run_function(function: Callable[[object], object], dataset: Dataset) -> Captured:
    """Return the tensors that a function of the user's own makes of some examples.

    Parameters
    ----------
    function : callable
        Takes one raw input (bytes of an image file, a text, a dictionary of a row's columns) and returns an array.
    dataset : Dataset

    Raises
    ------
    UnusableInput
        If it fails or returns something that is no array; the message names the example.
    """
    rows = np.linspace(0, len(dataset) - 1, min(MOST, len(dataset))).astype(np.int64)
    inputs = dataset.inputs(np.unique(rows))
    found = []
    for row, raw in zip(np.unique(rows), _one_by_one(inputs), strict=True):
        try:
            array = np.asarray(function(raw), dtype=np.float64)
        except Exception as error:  # The user's code may raise anything.
            name = dataset.table["id"].iloc[int(row)]
            raise UnusableInput(
                f"Your function failed on {name}: {type(error).__name__}: {error}.",
                "It takes one raw input and returns an array.",
            ) from error
        found.append((int(row), array))
    return _shaped(found, dataset.modality, ())


def _one_by_one(inputs: Inputs) -> list[object]:
    if hasattr(inputs, "to_dict"):
        return list(inputs.to_dict("records"))
    return list(inputs)


def _arrays(file: Path, root: Path) -> list[tuple[str, Array]]:
    name = file.relative_to(root).with_suffix("").as_posix()
    if file.suffix not in (".npy", ".safetensors") or not file.is_file():
        return []
    if file.is_symlink() or file.stat().st_size > FILE_CAP:
        raise UnusableInput(f"{file.name} is a link or larger than {FILE_CAP // 1_000_000} MB.", "Leave it out.")
    try:
        if file.suffix == ".npy":
            return [(name, np.load(file, allow_pickle=False).astype(np.float64))]
        from safetensors.numpy import load_file

        tensors = load_file(file)
    except Exception as error:  # Damaged files raise half a dozen types.
        raise UnusableInput(f"{file.name} can't be read as a tensor: {error}.", "Save it with numpy.save.") from error
    if len(tensors) == 1:
        return [(name, next(iter(tensors.values())).astype(np.float64))]
    return [(key, tensor.astype(np.float64)) for key, tensor in tensors.items()]


def _names_of(dataset: Dataset) -> dict[str, int]:
    """Return every name that a tensor of an example may have; names of several examples are left out."""
    names: dict[str, set[int]] = {}
    for row, identity in enumerate(dataset.table["id"].astype(str)):
        path = Path(identity)
        for name in {identity, path.with_suffix("").as_posix(), path.name, path.stem}:
            names.setdefault(name, set()).add(row)
    return {name: next(iter(rows)) for name, rows in names.items() if len(rows) == 1}


def _shaped(found: list[tuple[int, Array]], modality: Modality, unmatched: tuple[str, ...]) -> Captured:
    rows, tensors, last = [], [], False
    for row, array in found[:MOST]:
        squeezed = array[0] if array.ndim > 1 and array.shape[0] == 1 else array
        if modality is Modality.IMAGE:
            if squeezed.ndim != 3 or 3 not in (squeezed.shape[0], squeezed.shape[2]):
                raise UnusableInput(
                    f"A captured image has the shape {array.shape}.",
                    "Expected (3, height, width) or (height, width, 3).",
                )
            if squeezed.shape[0] != 3:
                squeezed, last = squeezed.transpose(2, 0, 1), True
        else:
            squeezed = squeezed.reshape(-1)
        rows.append(row)
        tensors.append(squeezed)
    return Captured(tuple(rows), tuple(tensors), last, unmatched)
