"""A model that was never opened on this machine is loaded in a process of its own first, with limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis import storage
from analysis.candidates.artefact import Artefact
from analysis.diligence.trial import finding_from, finding_json, try_loading
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.samples import bundled_root
from analysis.types import Finding, Severity, fingerprint_of

FORMAT = 1


class TrialEnded(UnusableInput):
    """A model didn't load in a process of its own: the process ran out of time or memory, or ended.

    Parameters
    ----------
    name : str
        The model's name.
    finding : Finding
        ``loading.trial``, *unknown*.
    """

    def __init__(self, name: str, finding: Finding) -> None:
        self.finding = finding
        super().__init__(f"{name} was tried in a process of its own: {finding.summary}", finding.action)


def place(artefact: Artefact, trusted: Sequence[str] = ()) -> Path:
    """Return where it is kept that a model was tried: known by its files' names, sizes, inodes and times."""
    files = artefact.files if artefact.path.is_dir() else (artefact.path.name,)
    facts = {}
    for name in files:
        stat = (artefact.folder / name).stat()
        facts[name] = [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
    key = {"format": FORMAT, "place": str(artefact.path.resolve()), "files": facts, "trusted": sorted(trusted)}
    return storage.home() / "tried" / f"{fingerprint_of(key)}.json"


def is_ours(path: Path) -> bool:
    """Whether a model is one of those that come with Caveat."""
    return path.resolve().is_relative_to(bundled_root())


def try_once(artefact: Artefact, *, trusted: Sequence[str] = (), progress: Progress | None = None) -> None:
    """Load a model in a process of its own, unless that went well before or it came with Caveat.

    Parameters
    ----------
    artefact : Artefact
        That passed the preflight.
    trusted : sequence of str
        Types in a skops file that the person trusts.
    progress : Progress, optional

    Raises
    ------
    TrialEnded
        If the process ran out of time or memory, or ended otherwise: it would have taken this one with it.
    Cancelled
    """
    if is_ours(artefact.path):
        return
    kept = place(artefact, trusted)
    if _went_well(kept):
        return
    progress = progress or Progress()
    progress.start("Trying the model in a process of its own", 0)
    findings = try_loading(artefact.path, trusted=trusted, progress=progress)
    ended = next((f for f in findings if f.id == "loading.trial" and f.severity is Severity.UNKNOWN), None)
    if ended is not None:
        raise TrialEnded(artefact.name, ended)
    # What loading itself complains about, opening says in full; here it only matters that nothing was taken down.
    storage.write_json(kept, [finding_json(f) for f in findings])


def _went_well(kept: Path) -> bool:
    data = storage.read_json(kept)
    try:
        found: list[Finding] = [finding_from(f) for f in data or ()]
    except (KeyError, TypeError, ValueError):
        return False
    return bool(found)
