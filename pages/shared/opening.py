"""What a person opened: as plain values that fit into a link, and remembered on this machine."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO

from analysis import samples, storage
from analysis.datasets.columns import Columns
from analysis.errors import UnusableInput
from analysis.types import Json, Pipeline, fingerprint_of

SAMPLE = "sample:"
DELIVERED = "delivered"
#: What a link says of labels where data are opened without.
NO_LABELS = "none"
MODEL_CAP = 200 * 1024**2
_KEPT = 30
_writing = threading.Lock()


@dataclass(frozen=True)
class Opening:
    """A model, data, and what was decided about them.

    Attributes
    ----------
    model : str
        ``sample:<id>``, a path, or a hub id.
    data : str
        A path; empty for a sample's own data.
    revision : str
        Of a hub id.
    pipeline : str
        Empty: the sample's own, or the model's configuration; ``delivered``: the model's configuration;
        else the fingerprint of a pipeline that was kept by `keep_pipeline`.
    columns : tuple of (str, str)
        Role → column, where the guess was corrected; features joined by line breaks.
    labels : tuple of (str, str)
        Label in the data → label of the model, where the guess was corrected.
    trusted : tuple of str
        Types in a skops file that the person trusts. Never taken from a link.
    unlabelled : bool
        Whether the data are opened without labels: they have none, or those that they have are left out.
    """

    model: str
    data: str = ""
    revision: str = ""
    pipeline: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    trusted: tuple[str, ...] = ()
    unlabelled: bool = False

    @property
    def sample(self) -> samples.Sample | None:
        """The bundled sample that the model is from, or None."""
        return samples.find_sample(self.model.removeprefix(SAMPLE)) if self.model.startswith(SAMPLE) else None

    @property
    def is_unknown_sample(self) -> bool:
        """Whether it names a sample that isn't bundled."""
        return self.model.startswith(SAMPLE) and self.sample is None

    @property
    def key(self) -> str:
        """The same for the same openings (hex, 16 characters)."""
        return fingerprint_of(asdict(self))

    @property
    def setup(self) -> str:
        """Names the corrections in a link (hex, 16 characters), or empty where there are none."""
        corrections = {"columns": self.columns, "labels": self.labels}
        return fingerprint_of(corrections) if self.columns or self.labels else ""

    @property
    def model_path(self) -> str:
        """Path or hub id of the model.

        Raises
        ------
        UnusableInput
            If there is no such sample.
        """
        return str(self._known_sample().model) if self.model.startswith(SAMPLE) else self.model

    @property
    def data_path(self) -> str:
        """Path of the data.

        Raises
        ------
        UnusableInput
        """
        return self.data or str(self._known_sample().data)

    @property
    def default_split(self) -> str | None:
        """The split that is judged on unless another is chosen; None is all of the data."""
        return self.sample.split if self.sample and not self.data else None

    @property
    def title(self) -> str:
        """A short name; it may hold text from a link or a path."""
        if self.sample:
            return self.sample.title
        return self.model if is_hub_id(self.model) else Path(self.model).name

    def _known_sample(self) -> samples.Sample:
        if self.sample is None:
            what = f"There is no sample “{self.model.removeprefix(SAMPLE)}”." if self.model else "No model is named."
            raise UnusableInput(what, "Choose one on the page Open.")
        return self.sample

    def column_choice(self) -> Columns | None:
        """The corrected columns, or None where nothing was corrected."""
        if not self.columns:
            return None
        given: dict[str, str | None] = dict(self.columns)
        features = given.pop("features", None)
        return Columns(**given, features=tuple(features.split("\n")) if features else None)

    def chosen_pipeline(self) -> Path | None:
        """The pipeline file to open with, or None for the model's own configuration.

        Raises
        ------
        UnusableInput
            If the pipeline isn't kept on this machine.
        """
        if not self.pipeline:
            return self.sample.pipeline if self.sample else None
        if self.pipeline == DELIVERED:
            return None
        path = _pipelines() / f"{self.pipeline}.json"
        if not self.pipeline.isalnum() or not path.is_file():
            raise UnusableInput("The pipeline in this link is not on this machine.", "Open its JSON file again.")
        return path


def is_hub_id(model: str) -> bool:
    """Whether a model would be downloaded: nothing of that name is on this machine."""
    try:
        return not Path(model).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # A name that no file can have.
        return True


def _pipelines() -> Path:
    return storage.home() / "pipelines"


def keep_pipeline(pipeline: Pipeline) -> str:
    """Keep a pipeline on this machine, and return the name that a link can carry."""
    storage.write_json(_pipelines() / f"{pipeline.fingerprint}.json", pipeline.to_json())
    return pipeline.fingerprint


def keep_pipeline_file(content: bytes) -> str:
    """Check an uploaded pipeline and keep it; returns what `keep_pipeline` does.

    Raises
    ------
    UnusableInput
    """
    try:
        data = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UnusableInput("The pipeline file is not JSON.", "Download a pipeline to see the format.") from error
    return keep_pipeline(Pipeline.from_json(data))


def keep_model(file: BinaryIO, name: str) -> Path:
    """Store an uploaded ``.skops`` file under its content's hash, and return its path; loads nothing.

    Raises
    ------
    UnusableInput
        If it is too large or another kind of file.
    """
    stem = "".join(c if c.isalnum() or c in "-_ " else "_" for c in Path(name).stem)[:80] or "model"
    if not name.lower().endswith(".skops"):
        raise UnusableInput("Only a .skops file can be uploaded as a model.", "Give other models as a folder.")
    content = file.read(MODEL_CAP + 1)
    if len(content) > MODEL_CAP:
        raise UnusableInput(f"The model is larger than {MODEL_CAP // 1024**2} MB.", "Give its path instead.")
    path = storage.home() / "uploads" / hashlib.sha256(content).hexdigest() / f"{stem}.skops"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def _recent_path() -> Path:
    return storage.home() / "recent.json"


def _from_json(entry: Json) -> Opening | None:
    try:
        values = entry["opening"]
        pairs = {k: tuple((str(a), str(b)) for a, b in values.get(k, ())) for k in ("columns", "labels")}
        plain = {k: str(values.get(k, "")) for k in ("model", "data", "revision", "pipeline")}
        trusted, unlabelled = tuple(map(str, values.get("trusted", ()))), bool(values.get("unlabelled", False))
        return Opening(**plain, **pairs, trusted=trusted, unlabelled=unlabelled)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def recent() -> list[Opening]:
    """Openings on this machine, the last first."""
    entries = storage.read_json(_recent_path())
    found = [_from_json(entry) for entry in entries] if isinstance(entries, list) else []
    return [opening for opening in found if opening is not None]


def remember(opening: Opening) -> None:
    """Put an opening first among the recent ones."""
    with _writing:
        others = [o for o in recent() if o.key != opening.key]
        entries = [{"opening": asdict(o)} for o in [opening, *others][:_KEPT]]
        entries[0]["at"] = time.time()
        storage.write_json(_recent_path(), entries)


def is_familiar(opening: Opening) -> bool:
    """Whether this may be opened without asking: a bundled sample, or opened on this machine before.

    A sample that doesn't exist may be, too: there is nothing to open, and the answer says so.
    """
    if opening.model.startswith(SAMPLE) and not opening.data:
        return True
    return any((o.model_path, o.data_path, o.revision) == _place(opening) for o in recent() if _place(o))


def _place(opening: Opening) -> tuple[str, str, str] | None:
    try:
        return opening.model_path, opening.data_path, opening.revision
    except UnusableInput:
        return None


def from_link(params: Mapping[str, str]) -> Opening | None:
    """Read what a link asks to open; corrections and trust come from this machine's memory only."""
    if not params.get("model"):
        return None
    asked = Opening(
        params["model"],
        params.get("data", ""),
        params.get("revision", ""),
        params.get("pipeline", ""),
        unlabelled=params.get("labels") == NO_LABELS,
    )
    setup = params.get("setup", "")
    for known in recent():
        if _opens(known) == _opens(asked) and known.setup == setup:
            return replace(known, pipeline=asked.pipeline)
    return asked


def _opens(opening: Opening) -> tuple[str, str, str, bool]:
    return opening.model, opening.data, opening.revision, opening.unlabelled


def to_link(opening: Opening) -> dict[str, str]:
    """Return the query parameters that open this again."""
    params = {
        "model": opening.model,
        "data": opening.data,
        "revision": opening.revision,
        "pipeline": opening.pipeline,
        "setup": opening.setup,
        "labels": NO_LABELS if opening.unlabelled else "",
    }
    return {k: v for k, v in params.items() if v}
