"""Open a pre-trained model: a folder, a skops file, or a hub id. See ``docs/candidates.md``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from analysis.candidates.artefact import Artefact, root_of
from analysis.candidates.corrected import CORRECTED, read_pipeline_file
from analysis.candidates.preflight import Refused, examine, preflight, refuse_blockers
from analysis.candidates.registry import ADAPTERS, Adapter
from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.remote import fetch, is_url
from analysis.types import Candidate, Finding, Severity

__all__ = ["ADAPTERS", "Adapter", "Refused", "locate", "open_candidate", "preflight"]


def open_candidate(
    source: str | Path,
    *,
    revision: str | None = None,
    trusted: Sequence[str] = (),
    guard: Callable[[Artefact], None] | None = None,
    progress: Progress | None = None,
) -> Candidate:
    """Open a model after looking at its files.

    Parameters
    ----------
    source : str or Path
        A folder of Hugging Face, a ``.skops`` file or a folder with one, a hub id "owner/name", or the address of
        one in a store: ``s3://…``.
    revision : str, optional
        Of a hub id: branch, tag or commit.
    trusted : sequence of str
        Types in a skops file that the person trusts.
    guard : callable, optional
        Called with the model's files after the preflight and before anything loads them; raises to refuse.
    progress : Progress, optional

    Raises
    ------
    Refused
        If the preflight or the loading found a blocker; its ``findings`` say all of it.
    analysis.candidates.sklearn.NeedsTrust
        If a skops file holds types that are not trusted yet; its ``types`` lists them.
    UnusableInput
        If there is nothing there, or nothing that Caveat opens.
    """
    path = locate(source, revision=revision, progress=progress)
    artefact = Artefact(path, root_of(path))
    findings = examine(artefact)
    refuse_blockers(artefact.name, findings)
    adapter = next((adapter for adapter in ADAPTERS.values() if adapter.accepts(artefact)), None)
    if adapter is None:
        known = "; ".join(adapter.title for adapter in ADAPTERS.values())
        raise UnusableInput(f"{artefact.name} is not a model that Caveat knows.", f"It opens: {known}.")
    if guard is not None:
        guard(artefact)
    candidate = adapter.open(artefact, str(source), findings, trusted)
    candidate.folder = artefact.folder
    corrected = read_pipeline_file(artefact, CORRECTED, candidate.task)
    if corrected is not None:
        candidate.pipeline = corrected
        summary = f"{CORRECTED} says how to feed this model; it is used instead of the model's own configuration."
        candidate.findings = (*candidate.findings, Finding("loading.corrected", Severity.OK, summary))
    return candidate


def locate(source: str | Path, *, revision: str | None = None, progress: Progress | None = None) -> Path:
    """Return the folder or file of a model, downloading it where `source` is a hub id or lies in a store.

    Raises
    ------
    UnusableInput
        If there is no such path and no such model.
    """
    if is_url(source):
        return fetch(str(source), progress=progress)
    path = Path(source).expanduser()
    try:
        if path.is_dir() or (path.suffix == ".skops" and path.is_file()):
            return path
        exists = path.exists()
    except (OSError, ValueError) as error:  # A null byte, or a name that is too long.
        raise UnusableInput(
            f"{str(source)[:200]!r} is not a path.", "Give a folder, a skops file or a hub id."
        ) from error
    if exists:
        raise UnusableInput(
            f"{path.name} is a single file that Caveat doesn't open.",
            "Give the model's folder, or a .skops file.",
        )
    from analysis.candidates import hub

    if isinstance(source, str) and hub.is_repo_id(source):
        return hub.download(source, revision, progress=progress)
    raise UnusableInput(f"There is no file or folder {source}.", 'Check the path. Hub ids read "owner/name".')
