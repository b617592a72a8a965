"""Walk a folder of images: what lies where, what is passed over, and which folders are splits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from analysis.datasets.foreign import is_clutter, is_document
from analysis.datasets.image_files import SUFFIXES
from analysis.datasets.tables import SPLIT_WORDS
from analysis.types import Rejection

#: More files than this are refused: a home folder was given by mistake.
MAX_FILES = 2_000_000
#: Files looked at to find out whether a folder holds images at all.
_LOOKED_AT = 20_000


@dataclass(frozen=True)
class Tree:
    """Files below a folder that may be examples.

    Attributes
    ----------
    names : tuple of str
        Paths relative to the folder with forward slashes, sorted.
    rejected : tuple of Rejection
        What can't be followed or named.
    has_splits : bool
        Whether every folder at the top is named like a split.
    """

    names: tuple[str, ...]
    rejected: tuple[Rejection, ...]
    has_splits: bool

    def split(self, name: str) -> str:
        """Return the split of a file: its top folder where those are splits, else "all"."""
        return PurePosixPath(name).parts[0] if self.has_splits else "all"

    def folder(self, name: str) -> str:
        """Return the class folder of a file, "" where it lies in none."""
        parts = PurePosixPath(name).parts[1 if self.has_splits else 0 : -1]
        return parts[0] if parts else ""


def walk(root: Path) -> Tree:
    """Collect the files below `root`; hidden ones, documents and clutter are passed over, links not followed.

    Parameters
    ----------
    root : Path

    Returns
    -------
    Tree
    """
    names: list[str] = []
    rejected: list[Rejection] = []
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        for name in sorted(folders):
            if is_clutter(name):
                folders.remove(name)
            elif (here / name).is_symlink():
                folders.remove(name)
                rejected.append(
                    Rejection(shown(_relative(root, here / name)), "a link to a folder; it is not followed")
                )
        folders.sort()
        for name in sorted(files):
            if is_clutter(name) or is_document(name):
                continue
            relative = _relative(root, here / name)
            if not _encodable(relative):
                rejected.append(Rejection(shown(relative), "its name is not valid UTF-8"))
            else:
                names.append(relative)
        if len(names) > MAX_FILES:
            break
    return Tree(tuple(sorted(names)), tuple(rejected), has_splits(root))


def has_splits(root: Path) -> bool:
    """Whether all folders directly in `root` (there is one at least) are named like splits."""
    folders = [item.name for item in root.iterdir() if item.is_dir() and not is_clutter(item.name)]
    return bool(folders) and all(name.casefold() in SPLIT_WORDS for name in folders)


def holds_images(root: Path) -> bool:
    """Whether some file below `root` is named like an image; looks at the first 20,000 files."""
    return any(name.casefold().endswith(SUFFIXES) for name in _first_files(root))


def _first_files(root: Path) -> Iterator[str]:
    seen = 0
    for _, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not is_clutter(name)]
        for name in files:
            if not is_clutter(name):
                yield name
        seen += len(files)
        if seen > _LOOKED_AT:
            return


def _relative(root: Path, path: Path) -> str:
    return path.relative_to(root).as_posix()


def _encodable(name: str) -> bool:
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def shown(name: str) -> str:
    """Return a file's name so that it can be displayed: bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")
