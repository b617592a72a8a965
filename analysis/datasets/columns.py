"""Which column is what: guessed, shown with the reason, and correctable."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from analysis.datasets.profiles import Profile, shorten
from analysis.errors import LabelsMissing, UnusableInput
from analysis.types import Kind, Modality


@dataclass(frozen=True)
class Columns:
    """Which column is what. None leaves it to the guess; "" says that there is none.

    Attributes
    ----------
    text, text_pair : str or None
        Columns of the text, and of its second part.
    file : str or None
        Column of file names, relative to the table.
    label : str or None
        Column of the true answer.
    split : str or None
    id : str or None
        Never guessed: ids are row numbers unless a column is named here.
    features : tuple of str or None
        Columns that the model is fed, in this order.
    """

    text: str | None = None
    text_pair: str | None = None
    file: str | None = None
    label: str | None = None
    split: str | None = None
    id: str | None = None
    features: tuple[str, ...] | None = None


class Role(StrEnum):
    """What a column is for."""

    TEXT = "text"
    TEXT_PAIR = "text_pair"
    FILE = "file"
    LABEL = "label"
    SPLIT = "split"
    ID = "id"
    FEATURE = "feature"
    METADATA = "metadata"


@dataclass(frozen=True)
class GuessedColumn:
    """One column as a page shows it.

    Attributes
    ----------
    name : str
    role : Role
    dtype : str
        "number", "text", "category" or "empty".
    samples : tuple of str
        Up to three different values, shortened.
    why : str
        The reason for the role, in a few words.
    """

    name: str
    role: Role
    dtype: str
    samples: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class ColumnGuess:
    """How data would be read.

    Attributes
    ----------
    reader : str
        Registry name of the reader.
    modality : Modality
    kind : Kind
    columns : tuple of GuessedColumn
        In the order of the file; for a folder of images by class: where file and label come from.
    chosen : Columns
        The same as a value that can be corrected and handed to `open_dataset`.
    """

    reader: str
    modality: Modality
    kind: Kind
    columns: tuple[GuessedColumn, ...]
    chosen: Columns


LABEL_NAMES = (
    "label", "labels", "target", "class", "y", "diagnosis", "sentiment", "category", "label_text", "label_name",
    "class_name", "category_name", "true_label", "gold_label", "gold", "ground_truth", "y_true", "outcome", "species",
    "survived", "polarity", "topic", "intent", "emotion", "progression", "rating", "ratings", "mean_rating", "stars",
    "score", "grade", "quality", "price", "output", "expected", "value",
)  # fmt: skip
TEXT_NAMES = (
    "text", "review", "sentence", "tweet", "content", "comment", "body", "message", "document", "utterance", "question",
    "headline", "snippet", "review_text", "review_body", "full_text", "description", "title",
)  # fmt: skip
PAIR_NAMES = (
    ("premise", "hypothesis"), ("sentence1", "sentence2"), ("sentence_1", "sentence_2"), ("sentence_a", "sentence_b"),
    ("question1", "question2"), ("text_a", "text_b"), ("text1", "text2"), ("text", "text_pair"), ("query", "passage"),
    ("question", "sentence"), ("question", "answer"), ("question", "context"),
)  # fmt: skip
FILE_NAMES = (
    "file_name", "filename", "file", "image", "image_path", "img", "img_path", "image_file", "image_name", "filepath",
    "file_path", "path", "picture", "photo",
)  # fmt: skip
SPLIT_NAMES = ("split", "subset", "partition", "dataset_split", "data_split", "fold", "set")
_ID_NAME = re.compile(r"(^|_)(id|ids|uuid|guid|idx|index|rowid|row_number)$|^unnamed_0$")
_MAX_CATEGORIES = 50


@dataclass(frozen=True)
class Known:
    """What the person or the model has already decided.

    Attributes
    ----------
    columns : Columns
    modality : Modality or None
    kind : Kind or None
    is_file : callable or None
        Tells whether a cell names a file that is there; None where files are not looked for.
    label_by_name : bool
        Whether only a column with a well-known name may be the label: where folders could name the classes too.
    unlabelled, keep_unlabelled : bool
        Whether data without labels will do: no column is taken for one unless its name says so. Whether a row is kept
        although its label is missing or can't be read: labels will be left out anyway.
    """

    columns: Columns = Columns()
    modality: Modality | None = None
    kind: Kind | None = None
    is_file: Callable[[str], bool] | None = None
    label_by_name: bool = False
    unlabelled: bool = False
    keep_unlabelled: bool = False


def normalise(name: str) -> str:
    """Return a column's name for comparison: "True Label " and "trueLabel" both become ``true_label``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^\w]+", "_", spaced.casefold()).strip("_")


def guess_roles(profiles: Mapping[str, Profile], known: Known, *, reader: str) -> ColumnGuess:
    """Guess the role of every column, keeping to what is already decided.

    Parameters
    ----------
    profiles : mapping of str to Profile
    known : Known
    reader : str
        Registry name, for the result.

    Returns
    -------
    ColumnGuess

    Raises
    ------
    UnusableInput
        If a column that was named is not there, or no label (or text, or feature) can be found.
    """
    _check_named(profiles, known.columns)
    guess = _Guess(profiles, known)
    guess.take_given()
    if known.is_file is not None:
        guess.take("file", _find_file(guess, known.is_file))
    guess.take("split", _find_split(guess))
    guess.take("label", _find_label(guess))
    modality = known.modality or _guess_modality(guess)
    label = guess.chosen["label"]
    kind = known.kind or (Kind.REGRESSION if label and profiles[label].continuous else Kind.CLASSIFICATION)
    if modality is Modality.TEXT:
        _take_texts(guess)
    features = _features(guess) if modality is Modality.TABULAR else ()
    _check_complete(guess, modality, features)
    columns = tuple(guess.describe(name, features) for name in profiles)
    chosen = Columns(**guess.chosen, features=features or None)
    return ColumnGuess(reader, modality, kind, columns, chosen)


class _Guess:
    """The roles that were taken so far, each with its reason."""

    def __init__(self, profiles: Mapping[str, Profile], known: Known) -> None:
        self.profiles = profiles
        self.known = known
        self.chosen: dict[str, str | None] = dict.fromkeys(("text", "text_pair", "file", "label", "split", "id"))
        self.why: dict[str, str] = {}

    def take_given(self) -> None:
        """Take the columns that the person named; "" means none and stays none."""
        for role in self.chosen:
            given = getattr(self.known.columns, role)
            if given is not None:
                self.chosen[role] = given
                self.why[given] = "you chose it"

    def take(self, role: str, found: tuple[str, str] | None) -> None:
        """Give a role to a column unless that was decided before."""
        if found is not None and self.chosen[role] is None:
            self.chosen[role], self.why[found[0]] = found

    def free(self) -> list[Profile]:
        """Columns with something in them and no role yet."""
        taken = {*self.chosen.values(), *(self.known.columns.features or ())}
        return [p for p in self.profiles.values() if p.name not in taken and p.filled]

    def named(self, names: Iterable[str]) -> list[Profile]:
        """Free columns with one of these names, in the order of `names`."""
        order = {name: position for position, name in enumerate(names)}
        found = [p for p in self.free() if normalise(p.name) in order]
        return sorted(found, key=lambda p: order[normalise(p.name)])

    def describe(self, name: str, features: tuple[str, ...]) -> GuessedColumn:
        """Say what one column was taken for."""
        profile = self.profiles[name]
        role = next((Role(role) for role, column in self.chosen.items() if column == name), None)
        if role is None:
            role = Role.FEATURE if name in features else Role.METADATA
        why = self.why.get(name) or ("a feature" if role is Role.FEATURE else _why_metadata(profile))
        samples = tuple(map(shorten, profile.first[:3]))
        return GuessedColumn(name, role, profile.dtype, samples, why)


def _check_named(profiles: Mapping[str, Profile], columns: Columns) -> None:
    """Refuse names that are no columns, suggesting the nearest one."""
    given = [getattr(columns, field.name) for field in fields(Columns) if field.name != "features"]
    for name in [*given, *(columns.features or ())]:
        if name and name not in profiles:
            close = difflib.get_close_matches(name, profiles, 1)
            hint = f" Did you mean “{close[0]}”?" if close else ""
            shown = ", ".join(f"“{column}”" for column in list(profiles)[:20])
            raise UnusableInput(f"There is no column “{name}”.{hint}", f"Columns: {shown}.")


def find_file_column(profiles: Mapping[str, Profile], known: Known) -> str | None:
    """Return the column most of whose cells name files that are there, or the one that the person named."""
    guess = _Guess(profiles, known)
    guess.take_given()
    found = _find_file(guess, known.is_file) if known.is_file is not None else None
    return guess.chosen["file"] or (found[0] if found else None)


def _find_file(guess: _Guess, is_file: Callable[[str], bool]) -> tuple[str, str] | None:
    """A column with a well-known name some cell of which names a file; else one of which most do."""
    named = guess.named(FILE_NAMES)
    for profile in named:
        if any(map(is_file, profile.first)):
            return profile.name, f"it is called “{profile.name}” and names files that are there"
    others = [p for p in guess.free() if not p.numeric and p not in named and 2 < p.characters < 300]
    for profile in others:
        if sum(map(is_file, profile.first)) * 2 > len(profile.first):
            return profile.name, "its cells name files that are there"
    return None


def _find_split(guess: _Guess) -> tuple[str, str] | None:
    for profile in guess.named(SPLIT_NAMES):
        if profile.distinct <= 10:
            return profile.name, f"it is called “{profile.name}” and has {profile.distinct} values"
    return None


def _find_label(guess: _Guess) -> tuple[str, str] | None:
    """By a well-known name; for a regression the numeric ones first; else the last column that could be one."""
    kind = guess.known.kind
    named = [p for p in guess.named(LABEL_NAMES) if kind is not Kind.REGRESSION or p.numeric]
    if kind is not None:
        named.sort(key=lambda p: p.continuous is not (kind is Kind.REGRESSION))
    if named:
        return named[0].name, f"it is called “{named[0].name.strip()}”"
    if guess.known.label_by_name or guess.known.unlabelled:
        return None
    rest = [p for p in guess.free() if not _is_id(p)]
    if kind is Kind.REGRESSION:
        last = next((p for p in reversed(rest) if p.numeric), None)
        return (last.name, "it is the last column of numbers") if last else None
    for profile in reversed(rest):
        few = profile.distinct <= max(2, min(_MAX_CATEGORIES, 0.2 * profile.filled))
        if few and profile.words < 6 and not profile.continuous:
            return profile.name, f"it is the last column with few values ({profile.distinct})"
    last = rest[-1] if rest else None
    if kind is None and last is not None and last.continuous and not _texts(guess):
        return last.name, "it is the last column, and holds measurements"
    return None


def _texts(guess: _Guess) -> list[Profile]:
    """Columns that hold running text, the likeliest first."""
    wordy = [p for p in guess.free() if not p.numeric and not _is_id(p)]
    named = set(TEXT_NAMES) | {name for pair in PAIR_NAMES for name in pair}
    found = [p for p in wordy if p.words >= 6 or normalise(p.name) in named]
    return sorted(found, key=lambda p: (normalise(p.name) not in named, -p.characters))


def _guess_modality(guess: _Guess) -> Modality:
    """Images where files are named; a table of numbers without running text is tabular; else text."""
    if guess.chosen["file"]:
        return Modality.IMAGE
    if guess.chosen["text"]:
        return Modality.TEXT
    if guess.known.columns.features:
        return Modality.TABULAR
    texts = _texts(guess)
    if not texts:
        return Modality.TABULAR
    numeric = sum(p.numeric and not _is_id(p) for p in guess.free())
    named = normalise(texts[0].name) in TEXT_NAMES or texts[0].words >= 12
    return Modality.TABULAR if numeric >= 5 and not named else Modality.TEXT


def _take_texts(guess: _Guess) -> None:
    """Find the text, and its second part where two columns have the names of a pair."""
    if guess.chosen["text"] is None and guess.chosen["text_pair"] is None:
        by_name = {normalise(p.name): p for p in guess.free() if not p.numeric}
        for first, second in PAIR_NAMES:
            if first in by_name and second in by_name:
                guess.take("text", (by_name[first].name, "it is the first of a pair of texts"))
                guess.take("text_pair", (by_name[second].name, "it is the second of a pair of texts"))
                return
    found = _texts(guess) or sorted((p for p in guess.free() if not p.numeric), key=lambda p: -p.characters)
    if found:
        why = "it is the column of running text" if len(found) == 1 else "it is the longest column of running text"
        guess.take("text", (found[0].name, why))


def _is_id(profile: Profile) -> bool:
    """Whether a column only tells rows apart."""
    if _ID_NAME.search(normalise(profile.name)) and not (profile.numeric and not profile.whole):
        return True
    return profile.numeric and profile.counts_up and profile.rows >= 10


def _features(guess: _Guess) -> tuple[str, ...]:
    """What the model is fed: as named, else numbers and categories that can tell examples apart."""
    if guess.known.columns.features is not None:
        guess.why.update(dict.fromkeys(guess.known.columns.features, "you chose it"))
        return guess.known.columns.features
    return tuple(p.name for p in guess.free() if _why_metadata(p) == "")


def _why_metadata(profile: Profile) -> str:
    """Why a column is no feature; "" if it is one. A constant number stays: the model may have been fitted with it."""
    if not profile.filled:
        return "it is empty"
    if _is_id(profile):
        return "it tells rows apart"
    if profile.numeric:
        return ""
    if profile.distinct == 1 and profile.rows >= 2:
        return "it is the same in every row"
    if profile.dates:
        return "it holds dates"
    if profile.words >= 6:
        return "it holds running text"
    if profile.distinct > max(_MAX_CATEGORIES, 0.5 * profile.filled):
        return "it has too many different values for a category"
    return ""


#: What is left to somebody who has no labels.
NO_LABELS = "If there are none: “Open without labels” in the app, or --without-labels (predict, explain, diagnose …)."


def _check_complete(guess: _Guess, modality: Modality, features: tuple[str, ...]) -> None:
    """Refuse to go on without a label, or without what the model is fed."""
    shown = ", ".join(f"“{name}”" for name in list(guess.profiles)[:20])
    if not guess.chosen["label"] and modality is not Modality.IMAGE and not guess.known.unlabelled:
        want = " of numbers" if guess.known.kind is Kind.REGRESSION else ""
        raise LabelsMissing(f"No column{want} looks like the label (columns: {shown}).", f"{_hint(guess)} {NO_LABELS}")
    if modality is Modality.TEXT and not guess.chosen["text"]:
        raise UnusableInput(f"No column looks like text (columns: {shown}).", _hint(guess))
    if modality is Modality.IMAGE and not guess.chosen["file"]:
        raise UnusableInput(
            f"No column names image files that are there (columns: {shown}).",
            "Paths must be relative to the table. Say which column it is.",
        )
    if modality is Modality.TABULAR and not features:
        raise UnusableInput(f"No column is left as a feature (columns: {shown}).", "Say which columns are features.")


def _hint(guess: _Guess) -> str:
    return "Say which column it is." if len(guess.profiles) > 1 else "One column only: check what separates the cells."
