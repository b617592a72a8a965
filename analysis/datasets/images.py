"""Folders of images: by class, or beside a table that names the files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from analysis.datasets.columns import NO_LABELS, ColumnGuess, Columns, GuessedColumn, Known, Role
from analysis.datasets.image_files import MAX_DECODED, ImageFacts, check_images
from analysis.datasets.image_tree import MAX_FILES, Tree, holds_images, shown, walk
from analysis.datasets.inputs import ImageInputs
from analysis.datasets.interpret import READING
from analysis.datasets.rows import about_rejected
from analysis.errors import LabelsMissing, UnusableInput
from analysis.labelled import UNLABELLED
from analysis.progress import Progress
from analysis.types import Dataset, Finding, Json, Kind, Modality, Rejection, Severity, fingerprint_of

_NO_CLASS = "it lies in no class folder, so nothing tells its label"


@dataclass(frozen=True)
class LabelledImage:
    """An image that is to be opened.

    Attributes
    ----------
    id : str
        Path relative to the data, with forward slashes.
    split : str
    label : str or float
    item : str
        What it is called in a rejection.
    metadata : mapping
        Further columns of the table that names it.
    """

    id: str
    split: str
    label: str | float
    item: str
    metadata: dict[str, Json]


@dataclass(frozen=True)
class ImageFolder:
    """Images in one folder a class: ``cat/1.jpg``, also ``test/cat/1.jpg`` and ``cat/2024/1.jpg``."""

    name: str = "image_folder"
    title: str = "a folder of images, one folder a class"
    modalities: tuple[Modality, ...] = (Modality.IMAGE,)

    def can_read(self, path: Path) -> bool:
        """Whether there is an image somewhere below the folder."""
        return path.is_dir() and holds_images(path)

    def guess(self, path: Path, known: Known) -> ColumnGuess:
        """Say where file, split and label come from; raises `UnusableInput`."""
        _check_known(path, known)
        tree = walk(path)
        _check_labels(path, tree, known)
        labels = tuple(dict.fromkeys(filter(None, map(tree.folder, tree.names))))[:3]
        columns = [GuessedColumn("file", Role.FILE, "text", tree.names[:3], "the files below the folder")]
        if labels:
            columns.append(GuessedColumn("label", Role.LABEL, "category", labels, "the folder that a file lies in"))
        if tree.has_splits:
            splits = tuple(dict.fromkeys(map(tree.split, tree.names)))[:3]
            columns.append(GuessedColumn("split", Role.SPLIT, "category", splits, "the folders at the top are splits"))
        return ColumnGuess(self.name, Modality.IMAGE, Kind.CLASSIFICATION, tuple(columns), Columns())

    def read(self, path: Path, known: Known, progress: Progress) -> Dataset:
        """Open the folder; ids are paths relative to it."""
        _check_known(path, known)
        tree = walk(path)
        if len(tree.names) > MAX_FILES:
            raise UnusableInput(
                f"{path.name} holds more than {MAX_FILES:,} files.", "Give the folder of images itself."
            )
        _check_labels(path, tree, known)
        refused = list(tree.rejected)
        if not known.unlabelled:
            refused += [Rejection(name, _NO_CLASS) for name in tree.names if not tree.folder(name)]
        kind = known.kind or Kind.CLASSIFICATION
        images = [
            LabelledImage(name, tree.split(name), _label(tree.folder(name), kind), name, {})
            for name in tree.names
            if tree.folder(name) or known.unlabelled
        ]
        columns = {"file": "path", "label": "folder", **({"split": "top folder"} if tree.has_splits else {})}
        return open_images(path, images, refused, kind, columns, (), progress)


def _label(folder: str, kind: Kind) -> str | float:
    """Return the label that a class folder gives; a folder's name is no number to a regression."""
    return float("nan") if kind is Kind.REGRESSION else folder or UNLABELLED


def _check_labels(path: Path, tree: Tree, known: Known) -> None:
    """Refuse a folder in which nothing names a class, unless it may do without."""
    if not known.unlabelled and not any(map(tree.folder, tree.names)):
        raise LabelsMissing(
            f"{path.name} has {len(tree.names):,} files, but none in a class folder, and no table names their labels.",
            "Put each image into a folder named after its class, or add a metadata.csv (file_name, label). "
            + NO_LABELS,
        )


def _check_known(path: Path, known: Known) -> None:
    """Refuse what a folder of images can't be."""
    if known.modality not in (None, Modality.IMAGE):
        assert known.modality is not None
        raise UnusableInput(
            f"{path.name} is a folder of images, where {known.modality.value} data is needed.",
            "Give a table of examples.",
        )
    if known.kind is Kind.REGRESSION and not known.unlabelled:
        raise LabelsMissing(
            f"{path.name} names classes by its folders, where a regression needs a number for each image.",
            f"Add a metadata.csv with the columns file_name and label. {NO_LABELS}",
        )
    named = [value for value in asdict(known.columns).values() if value]
    if named:
        raise UnusableInput(f"{path.name} has no table with a column “{named[0]}”.", "Take the column names out.")


def open_images(
    root: Path,
    images: Sequence[LabelledImage],
    refused: Sequence[Rejection],
    kind: Kind,
    columns: dict[str, Json],
    findings: tuple[Finding, ...],
    progress: Progress,
) -> Dataset:
    """Check the files and build the data set.

    Parameters
    ----------
    root : Path
        Folder that ids are relative to.
    images : sequence of LabelledImage
        With unique ids.
    refused : sequence of Rejection
        Found before.
    kind : Kind
    columns : dict
        For `Dataset.columns`.
    findings : tuple of Finding
        Found before.
    progress : Progress

    Returns
    -------
    Dataset
        Its table has the images' size and format beside the table's own columns.

    Raises
    ------
    UnusableInput
        If no image is left.
    Cancelled
    """
    facts = check_images(root.resolve(), [image.id for image in images], progress)
    kept = [(image, fact) for image, fact in zip(images, facts, strict=True) if not fact.reason]
    broken = [Rejection(i.item, f.reason) for i, f in zip(images, facts, strict=True) if f.reason]
    rejected = (*refused, *broken)
    if not kept:
        first = "; ".join(f"{shown(r.item)}: {r.reason}" for r in rejected[:3])
        raise UnusableInput(f"No image in {root.name} can be used ({first}).", "Check that this is the right folder.")
    return Dataset(
        name=root.resolve().name,
        source=str(root),
        modality=Modality.IMAGE,
        kind=kind,
        table=_table(kept, kind),
        inputs=ImageInputs(root, tuple(image.id for image, _ in kept)),
        rejected=rejected,
        fingerprint=_fingerprint(kept, kind),
        columns=columns,
        findings=(*findings, *about_rejected(rejected, len(kept), "files"), *_about_decoding(len(images))),
    )


def _table(kept: Sequence[tuple[LabelledImage, ImageFacts]], kind: Kind) -> pd.DataFrame:
    label = pd.Series([image.label for image, _ in kept], dtype="float64" if kind is Kind.REGRESSION else "str")
    head = {
        "id": pd.Series([image.id for image, _ in kept], dtype="str"),
        "split": pd.Series([image.split for image, _ in kept], dtype="str"),
        "label": label,
        "width": pd.Series([fact.width for _, fact in kept], dtype="int64"),
        "height": pd.Series([fact.height for _, fact in kept], dtype="int64"),
        "format": pd.Series([fact.format for _, fact in kept], dtype="str"),
    }
    extra = pd.DataFrame([image.metadata for image, _ in kept], index=range(len(kept)))
    extra = extra.rename(columns={name: f"{name} (column)" for name in extra.columns if name in head})
    return pd.concat([pd.DataFrame(head), extra], axis=1)


def _fingerprint(kept: Sequence[tuple[LabelledImage, ImageFacts]], kind: Kind) -> str:
    """Hash ids, splits, labels and contents (see `ImageFacts.digest` for what stands for those)."""
    rows = [[image.id, image.split, image.label, fact.digest] for image, fact in kept]
    return fingerprint_of({"reading": READING, "kind": kind, "images": rows})


def _about_decoding(total: int) -> tuple[Finding, ...]:
    if total <= MAX_DECODED:
        return ()
    summary = f"Of {total:,} images only the headers were checked; broken ones show up when they are predicted."
    return (Finding("data.images_not_decoded", Severity.UNKNOWN, summary, {"images": total, "cap": MAX_DECODED}),)
