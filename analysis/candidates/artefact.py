"""A model as files on disk, looked at without loading anything: what the preflight's checks are handed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from analysis.candidates.families import PROCESSORS
from analysis.candidates.headers import BadHeader, Tensor, read_header
from analysis.samples import bundled_root
from analysis.types import Json

#: A folder of more entries than this is no model folder.
FILES_CAP = 10_000
#: Larger JSON files than this are not read (the largest real tokenizers have about 35 MB).
JSON_CAP = 100_000_000

WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
IMAGE_PROCESSORS = ("preprocessor_config.json", "processor_config.json")
#: What a tokenizer can be built from; any one of them will do.
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "spiece.model", "sentencepiece.bpe.model", "tokenizer.model")


class BadJson(Exception):
    """A JSON file can't be read; the message says why, to follow the file's name."""


@dataclass(frozen=True)
class Artefact:
    """A model folder, or a single file.

    Attributes
    ----------
    path : Path
        The folder or file.
    root : Path
        The folder that links may not leave.
    """

    path: Path
    root: Path

    @property
    def folder(self) -> Path:
        """The folder that the model's files lie in."""
        return self.path if self.path.is_dir() else self.path.parent

    @property
    def name(self) -> str:
        """A short name: the folder's, the file's without its ending, or the repository's for a hub's snapshot."""
        absolute = self.path.absolute()
        if absolute.parent.name == "snapshots":
            return absolute.parents[1].name.rpartition("--")[2]
        return absolute.stem if absolute.suffix == ".skops" else absolute.resolve().name

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Names of all files below the folder, sorted, with ``/``; links to folders are named, not followed."""
        if not self.path.is_dir():
            return (self.path.name,)
        return tuple(sorted(_walk(self.path)))

    def has(self, name: str) -> bool:
        """Return whether the folder itself has a file of that name that stays inside `root`."""
        return name in self.files and (self.folder / name).is_file() and self.contains(name)

    def contains(self, name: str) -> bool:
        """Return whether a named file, links resolved, lies inside `root`."""
        try:
            resolved = (self.folder / name).resolve()
            return resolved.is_relative_to(self.root.resolve())
        except (OSError, RuntimeError, ValueError):
            return False

    def read_json(self, name: str) -> Json:
        """Return a JSON file's content.

        Raises
        ------
        BadJson
            If it is too large, no UTF-8, or no JSON.
        """
        path = self.folder / name
        try:
            if path.stat().st_size > JSON_CAP:
                raise BadJson(f"has {path.stat().st_size:,} bytes, more than any real one")
            return json.loads(path.read_text(encoding="utf-8"))
        except RecursionError:
            raise BadJson("is nested too deeply") from None
        except UnicodeDecodeError:
            raise BadJson("is not text in UTF-8") from None
        except ValueError as error:
            raise BadJson(f"is not JSON ({error})") from None
        except OSError as error:
            raise BadJson(f"can't be read ({error.strerror})") from None

    def read_object(self, name: str) -> dict[str, Json]:
        """Return a JSON file's content where it is an object, and an empty one otherwise."""
        try:
            value = self.read_json(name) if self.has(name) else {}
        except BadJson:
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def config(self) -> dict[str, Json]:
        """``config.json``, or an empty dictionary where there is none that can be read."""
        return self.read_object("config.json")

    @cached_property
    def processor(self) -> dict[str, Json] | None:
        """The image processor's configuration, or None where there is no file with one.

        Where it doesn't name the processor, the model's type does, as in transformers.
        """
        if self.has(IMAGE_PROCESSORS[0]):
            found = self.read_object(IMAGE_PROCESSORS[0])
        else:
            nested = self.read_object(IMAGE_PROCESSORS[1]).get("image_processor")
            if not isinstance(nested, dict):
                return None
            found = nested
        named = found.get("image_processor_type") or found.get("feature_extractor_type")
        implied = PROCESSORS.get(str(self.config.get("model_type")))
        return found if named or not implied else {**found, "image_processor_type": f"{implied}ImageProcessor"}

    @cached_property
    def shards(self) -> tuple[str, ...]:
        """The safetensors files that the loader will read, by name, present or not."""
        if self.has(WEIGHTS):
            return (WEIGHTS,)
        weight_map = self.read_object(INDEX).get("weight_map")
        if not isinstance(weight_map, dict):
            return ()
        return tuple(sorted({str(name) for name in weight_map.values()}))

    @cached_property
    def tensors(self) -> dict[str, Tensor]:
        """All tensors of the shards whose headers can be read."""
        found: dict[str, Tensor] = {}
        for name in self.shards:
            try:
                found |= read_header(self.folder / name) if self.has(name) else {}
            except (BadHeader, OSError):
                continue
        return found

    @property
    def elements(self) -> int:
        """How many numbers the weights hold in all."""
        return sum(tensor.elements for tensor in self.tensors.values())

    @cached_property
    def skops_files(self) -> tuple[str, ...]:
        """Names of the ``.skops`` files of the folder itself."""
        return tuple(name for name in self.files if name.endswith(".skops") and "/" not in name)

    @property
    def is_skops(self) -> bool:
        """Whether this is a scikit-learn model rather than one of Hugging Face."""
        return bool(self.skops_files) and not (self.config.get("model_type") or self.config.get("architectures"))

    def names_with(self, *suffixes: str) -> tuple[str, ...]:
        """Return the files whose names end in one of `suffixes`, whatever their case."""
        return tuple(name for name in self.files if PurePosixPath(name).name.lower().endswith(suffixes))


def _walk(folder: Path) -> Iterator[str]:
    count = 0
    for base, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if name != ".git"]
        links = [name for name in folders if os.path.islink(os.path.join(base, name))]
        for name in (*names, *links):
            count += 1
            if count > FILES_CAP:
                return
            yield Path(base, name).relative_to(folder).as_posix()


def root_of(path: Path) -> Path:
    """Return the folder that links of a model at `path` may not leave.

    A snapshot in the hub's cache (``models--owner--name/snapshots/<commit>``) links to the blobs of its own
    repository; the bundled models share their weights; everything else must stay inside itself.
    """
    absolute, bundled = path.absolute(), bundled_root() / "models"
    if absolute.resolve().is_relative_to(bundled):
        return bundled
    if absolute.parent.name == "snapshots" and absolute.parents[1].name.startswith("models--"):
        return absolute.parents[1]
    return absolute if absolute.is_dir() else absolute.parent
