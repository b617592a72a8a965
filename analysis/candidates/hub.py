"""Fetch a model from a hub of Hugging Face: only files that can't run code, and never more than a cap."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx2
import huggingface_hub
from huggingface_hub import errors
from huggingface_hub.utils import tqdm

from analysis.errors import Cancelled, UnusableInput
from analysis.progress import Progress

#: "owner/name", as hubs spell it.
REPO_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
ALLOWED = ("*.json", "*.txt", "*.safetensors", "*.model", "README*", "LICENSE*", "*.skops")
#: Folders of other formats and earlier checkpoints: nothing in them is opened.
IGNORED = ("onnx/*", "openvino/*", "checkpoint-*/*", "runs/*", "coreml/*")
#: The largest download, in bytes.
SIZE_CAP = 20_000_000_000


def is_repo_id(source: str) -> bool:
    """Return whether a string has the form "owner/name"."""
    return bool(REPO_ID.fullmatch(source)) and ".." not in source and "--" not in source


def download(repo_id: str, revision: str | None = None, *, progress: Progress | None = None) -> Path:
    """Download a model, or find it in the hub's cache on this computer.

    Parameters
    ----------
    repo_id : str
        "owner/name".
    revision : str, optional
        Branch, tag or commit; the main branch by default.
    progress : Progress, optional

    Returns
    -------
    Path
        The snapshot's folder. Its files are links into the repository's own folder in the cache.

    Raises
    ------
    UnusableInput
        If it doesn't exist, asks for permission, is too large, or can't be reached.

    Notes
    -----
    Goes to the hub that ``HF_ENDPOINT`` names, with the token that `huggingface_hub` finds, if any.
    """
    chosen: dict[str, Any] = {
        "repo_id": repo_id,
        "revision": revision,
        "allow_patterns": list(ALLOWED),
        "ignore_patterns": list(IGNORED),
    }
    try:
        size = _planned_bytes(chosen)
        bar = _bar(progress or Progress(), repo_id, size)
        return Path(huggingface_hub.snapshot_download(**chosen, local_files_only=size is None, tqdm_class=bar))
    except (UnusableInput, Cancelled):
        raise
    except Exception as error:
        raise _in_words(repo_id, revision, error) from error


def _planned_bytes(chosen: dict[str, Any]) -> int | None:
    """Return what a download would take, or None where only the copy on this computer can be had.

    Raises
    ------
    UnusableInput
        If it is too much, or nothing.
    """
    name = chosen["repo_id"]
    try:
        plan = huggingface_hub.snapshot_download(**chosen, dry_run=True, tqdm_class=_bar(Progress(), name, 0))
    except errors.DryRunError as error:
        try:
            huggingface_hub.snapshot_download(**chosen, local_files_only=True)
        except errors.LocalEntryNotFoundError:
            raise (error.__cause__ or error) from error
        return None
    if not plan:
        raise UnusableInput(f"{name} holds no file that Caveat opens.", f"It reads {', '.join(ALLOWED)}.")
    size = sum(file.file_size for file in plan)
    if size > SIZE_CAP:
        raise UnusableInput(
            f"{name} has {size / 1e9:.0f} GB; Caveat downloads up to {SIZE_CAP / 1e9:.0f} GB.",
            "Download it yourself and give the folder.",
        )
    left: int = sum(file.file_size for file in plan if file.will_download)
    return left


def _bar(progress: Progress, name: str, size: int | None) -> type[Any]:
    """Return a progress bar that prints nothing and hands the bytes received to `progress`."""
    progress.start(f"Downloading {name}", size or 0)

    class Bar(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._counts = kwargs.get("name") == "huggingface_hub.snapshot_download"
            super().__init__(*args, **{**kwargs, "disable": True})

        def update(self, n: float | None = 1) -> None:
            if self._counts:
                progress.advance(int(n or 0))
            super().update(n)

    return Bar


def _in_words(repo_id: str, revision: str | None, error: Exception) -> UnusableInput:
    if isinstance(error, errors.GatedRepoError):
        return UnusableInput(
            f"{repo_id} is given only to people who accepted its terms.",
            "Accept them on the hub, log in with `hf auth login`, and try again.",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return UnusableInput(f"{repo_id} has no revision {revision!r}.", "Give a branch, a tag or a commit.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return UnusableInput(
            f"There is no folder and no hub model called {repo_id}.",
            "Check the spelling; a private model needs `hf auth login`.",
        )
    if isinstance(error, errors.HFValidationError):
        return UnusableInput(f"{repo_id!r} is not a hub id.", 'Hub ids read "owner/name".')
    if _is_offline(error):
        return UnusableInput(
            f"There is no folder called {repo_id}, and the hub can't be reached to look for it there.",
            "Check the path or the connection; a model that was downloaded before opens offline.",
        )
    first = (str(error).splitlines() or [type(error).__name__])[0]
    return UnusableInput(f"{repo_id} can't be downloaded: {first[:300]}", "Try again later.")


def _is_offline(error: BaseException | None) -> bool:
    offline = (
        errors.OfflineModeIsEnabled,
        errors.IncompleteSnapshotError,
        errors.LocalEntryNotFoundError,
        httpx2.TransportError,
        ConnectionError,
    )
    while error is not None:
        if isinstance(error, offline):
            return True
        error = error.__cause__
    return False
