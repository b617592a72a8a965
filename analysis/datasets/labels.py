"""Labels of the data → labels of the model: by name where it can be told, and shown, so that it can be corrected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.labelled import UNLABELLED
from analysis.strings import Strings
from analysis.types import Dataset, Finding, IntArray, Json, Kind, Severity, fingerprint_of

_SHOWN = 100
_NUMBERED = re.compile(r"label[ _-]?(\d+)", re.IGNORECASE)
_POSITIVE = frozenset({"positive", "pos", "good", "favourable", "favorable", "1"})
_NEGATIVE = frozenset({"negative", "neg", "bad", "unfavourable", "unfavorable", "0", "-1"})


@dataclass(frozen=True)
class Match:
    """How one label of the data was matched.

    Attributes
    ----------
    label : str
        As in the data.
    target : str
        As the model names it; "" where the model doesn't know it.
    how : str
        "same", "spelling", "synonym", "index", "you chose it" or "".
    count : int
        Examples that carry it.
    """

    label: str
    target: str
    how: str
    count: int


def match_labels(
    dataset: Dataset, labels: Sequence[str], *, overrides: Mapping[str, str | None] | None = None
) -> Dataset:
    """Map the data's labels to the model's.

    In this order: the same name; the same but for case, accents' encoding, underscores, hyphens and spaces, or one
    of several names that the model separates by commas; ``LABEL_3`` for the third index; positive and negative of a
    binary sentiment (pos, neg; 1, 0); and, only where no name matches and all labels of the data are whole numbers,
    the index into the model's outputs, counted from 0.

    Parameters
    ----------
    dataset : Dataset
    labels : sequence of str
        The model's, in the order of its outputs.
    overrides : mapping of str to str, optional
        Label in the data → label of the model; "" or None leaves it unmatched. Labels that the data doesn't have
        are ignored.

    Returns
    -------
    Dataset
        With ``label_map`` holding every label of the data ("" where the model doesn't know it), and findings
        ``labels.*`` in place of those of an earlier match. A regression is returned as it is, but for the finding
        that it has no labels where that is so.

    Raises
    ------
    UnusableInput
        If an override names a label that the model doesn't have.
    """
    if dataset.kind is Kind.REGRESSION and dataset.has_labels:
        return dataset
    matches = list_matches(dataset, labels, overrides=overrides)
    findings = tuple(f for f in dataset.findings if not f.id.startswith("labels."))
    return replace(
        dataset,
        label_map={match.label: match.target for match in matches},
        findings=findings + _findings(dataset, matches, labels),
    )


def list_matches(
    dataset: Dataset, labels: Sequence[str], *, overrides: Mapping[str, str | None] | None = None
) -> tuple[Match, ...]:
    """Return how each label of the data would be matched, the most frequent first.

    Parameters
    ----------
    dataset, labels, overrides
        As for `match_labels`.

    Returns
    -------
    tuple of Match

    Raises
    ------
    UnusableInput
        If an override names a label that the model doesn't have.
    """
    if not dataset.has_labels:  # Also where the model has a class of that name.
        return (Match(UNLABELLED, "", "", len(dataset)),) if len(dataset) else ()
    counts = dataset.table["label"].astype("str").value_counts(sort=True)
    found = _match([str(label) for label in counts.index], labels)
    for label, target in (overrides or {}).items():
        if target and target not in labels:
            raise UnusableInput(
                f"The model has no label “{target}”.",
                f"Its labels: {', '.join(labels[:20])}{' …' * (len(labels) > 20)}.",
            )
        if label in found:
            found[label] = (target or "", "you chose it")
    return tuple(Match(str(label), *found[str(label)], int(count)) for label, count in counts.items())


def without_labels(dataset: Dataset) -> Dataset:
    """Return the same data with their labels left out, whatever they are; data without labels stay as they are."""
    columns = {role: column for role, column in dataset.columns.items() if role != "label"}
    if not dataset.has_labels:
        return replace(dataset, columns=columns)
    nothing = float("nan") if dataset.kind is Kind.REGRESSION else UNLABELLED
    summary = "The data have labels, which are left out: they were opened without."
    return replace(
        dataset,
        table=dataset.table.assign(label=nothing),
        fingerprint=fingerprint_of([dataset.fingerprint, "without labels"]),
        columns=columns,
        label_map={},
        findings=(*dataset.findings, Finding("data.labels_left_out", Severity.OK, summary)),
    )


def encode_truth(dataset: Dataset, labels: Sequence[str]) -> tuple[IntArray | npt.NDArray[np.float64], Strings]:
    """Return the truth as numbers.

    Parameters
    ----------
    dataset : Dataset
        After `match_labels`; where that was not applied, it is done here without overrides.
    labels : sequence of str
        Names of the outputs, in order.

    Returns
    -------
    truth : ndarray, shape (n,)
        int64, position in `labels` or -1 where it isn't among them; for a regression float64 values.
    truth_labels : Strings
        Each example's label as the model names it, or as the data does where the model doesn't know it; empty for
        a regression.
    """
    column = dataset.table["label"]
    if dataset.kind is Kind.REGRESSION:
        return column.to_numpy(dtype=np.float64), Strings()
    mapping = dataset.label_map or match_labels(dataset, labels).label_map
    codes, found = Strings(column.astype("str")).factorised
    names = [mapping.get(label, "") or label for label in found]
    positions = {label: position for position, label in reversed(list(enumerate(labels)))}
    known = [positions.get(mapping[label], -1) if mapping.get(label) else -1 for label in found]
    truth: IntArray = np.asarray(known, dtype=np.int64)[codes]
    return truth, Strings.coded(codes, names)


def fold(label: str) -> str:
    """Return a label for comparison: "Brown_Bear" and "brown-bear" are the same; so are "1", "01", "1.0" and "true"."""
    whole = _whole(label)
    if whole is not None:
        return whole
    text = unicodedata.normalize("NFKC", label).casefold()
    return " ".join(re.sub(r"[\s_\-]+", " ", text).split())


def _match(found: Sequence[str], labels: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return label of the data → (label of the model or "", how)."""
    exact, folded = set(labels), _folded(labels)
    matches: dict[str, tuple[str, str]] = {}
    for label in found:
        if label in exact:
            matches[label] = (label, "same")
        else:
            target = folded.get(fold(label), "")
            matches[label] = (target, "spelling" if target else "")
    sentiment = _sentiment(found, labels)
    by_name = any(target for target, _ in matches.values())
    for label, (target, _) in matches.items():
        if not target and fold(label) in sentiment:
            matches[label] = (sentiment[fold(label)], "synonym")
    if not by_name and not any(target for target, _ in matches.values()):
        matches = {label: _by_index(label, labels) for label in found} if _all_indices(found) else matches
    return matches


def _folded(labels: Sequence[str]) -> dict[str, str]:
    """Return folded names → labels; names that would mean two labels are left out."""
    names: dict[str, set[str]] = {}
    for label in labels:
        names.setdefault(fold(label), set()).add(label)
    for label in labels:
        for synonym in label.split(",") if "," in label else ():
            if fold(synonym):
                names.setdefault(fold(synonym), set()).add(label)
    return {name: next(iter(meant)) for name, meant in names.items() if len(meant) == 1}


def _sentiment(found: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """Return words of a binary sentiment → labels of the model; empty where it has no such pair."""
    if len(labels) != 2:
        return {}
    positive = [label for label in labels if fold(label) in _POSITIVE - {"1"}]
    negative = [label for label in labels if fold(label) in _NEGATIVE - {"0", "-1"}]
    if len(positive) != 1 or len(negative) != 1:
        return {}
    words = dict.fromkeys(_POSITIVE, positive[0]) | dict.fromkeys(_NEGATIVE, negative[0])
    # 1 and 0 mean a sentiment only where they are the only numbers: in a rating of 1 to 5, 1 is no praise.
    numbers = {fold(label) for label in found if _whole(label) is not None}
    if numbers <= {"0", "1"} or numbers <= {"-1", "1"}:
        return words
    return {word: label for word, label in words.items() if _whole(word) is None}


def _whole(label: str) -> str | None:
    """Return "3" for "3", "03" and "3.0"; "1" and "0" for true and false; None for what is no whole number."""
    text = label.strip().casefold()
    if text in ("true", "false"):
        return str(int(text == "true"))
    found = re.fullmatch(r"(-?)0*(\d+)(\.0*)?", text)
    return f"{found[1]}{found[2]}" if found and len(text) < 20 else None


def _number(label: str) -> int | None:
    """Return the index that "3", "3.0" or "LABEL_3" gives."""
    numbered = _NUMBERED.fullmatch(label.strip())
    whole = numbered[1] if numbered and len(numbered[1]) < 10 else _whole(label)
    return int(whole) if whole is not None else None


def _all_indices(found: Iterable[str]) -> bool:
    return all((number := _number(label)) is not None and number >= 0 for label in found)


def _by_index(label: str, labels: Sequence[str]) -> tuple[str, str]:
    number = _number(label)
    if number is None or not 0 <= number < len(labels):
        return "", ""
    return labels[number], "index"


def _findings(dataset: Dataset, matches: Sequence[Match], labels: Sequence[str]) -> tuple[Finding, ...]:
    found = [_about_unknown(dataset, matches, labels), _about_indices(matches, labels)]
    found += [_about_repeated(matches, labels), _about_absent(matches, labels)]
    found += [_about_mapping(matches), _about_one_class(dataset, matches)]
    return tuple(finding for finding in found if finding is not None)


def _about_unknown(dataset: Dataset, matches: Sequence[Match], labels: Sequence[str]) -> Finding | None:
    """Count the labels that the model doesn't know."""
    unknown = [m for m in matches if not m.target]
    if not dataset.has_labels:
        examples = len(dataset)
        summary = f"The data have no labels: how often the model is right on the {examples:,} examples isn't known."
        return Finding("labels.none", Severity.UNKNOWN, summary, {"examples": examples}, "Add labels.")
    if not unknown:
        return None
    examples, total = sum(m.count for m in unknown), sum(m.count for m in matches)
    names = ", ".join(f"“{m.label}” ({m.count:,})" for m in unknown[:3]) + (" …" if len(unknown) > 3 else "")
    evidence = {
        "unknown": {m.label: m.count for m in unknown[:_SHOWN]},
        "labels": len(unknown),
        "examples": examples,
        "of": total,
        "model_labels": list(labels[:_SHOWN]),
    }
    action = "Match them by hand if the model means them by another name; else they count as not answerable."
    if len(unknown) == len(matches):
        summary = f"None of the data's {len(unknown)} labels is one that the model knows: {names}."
        return Finding("labels.unknown", Severity.BLOCKER, summary, evidence, action)
    share = f"{examples:,} of {total:,} examples"
    summary = f"{len(unknown)} of the data's {len(matches)} labels are unknown to the model, on {share}: {names}."
    return Finding("labels.unknown", Severity.CAUTION, summary, evidence, action)


def _about_indices(matches: Sequence[Match], labels: Sequence[str]) -> Finding | None:
    """Say that labels were taken for indices, and where they seem to count from 1."""
    numbers = [_number(m.label) for m in matches]
    indices = [number for number in numbers if number is not None]
    if not any(m.how == "index" for m in matches):
        return None
    evidence: dict[str, Json] = {"lowest": min(indices), "highest": max(indices), "outputs": len(labels)}
    if max(indices) == len(labels) and min(indices) >= 1:
        summary = (
            f"The data's labels are numbers from {min(indices)} to {max(indices)}, the model's {len(labels)} outputs "
            "count from 0: the data may count from 1, and then every label is off by one."
        )
        return Finding("labels.one_based", Severity.CAUTION, summary, evidence, "Match the labels by hand.")
    summary = f"The data's labels are numbers; they were taken for positions in the model's {len(labels)} outputs."
    return Finding("labels.index", Severity.CAUTION, summary, evidence, "Check a few examples against their labels.")


def _about_repeated(matches: Sequence[Match], labels: Sequence[str]) -> Finding | None:
    """Name labels that the model has twice, or that differ only in spelling."""
    folded: dict[str, list[str]] = {}
    for label in labels:
        folded.setdefault(fold(label), []).append(label)
    groups = [group for group in folded.values() if len(group) > 1]
    if not groups:
        return None
    touched = [m.label for m in matches if len(folded.get(fold(m.label), [])) > 1]
    names = ", ".join(" and ".join(f"“{label}”" for label in group) for group in groups[:3])
    summary = f"The model has labels that can't be told apart by name: {names}."
    evidence = {"groups": groups[:_SHOWN], "data_labels": touched[:_SHOWN]}
    return Finding("labels.ambiguous", Severity.CAUTION, summary, evidence, "Check the model's label list.")


def _about_absent(matches: Sequence[Match], labels: Sequence[str]) -> Finding | None:
    """Name labels of the model of which the data has no example."""
    present = {m.target for m in matches}
    absent = [label for label in dict.fromkeys(labels) if label not in present]
    if not absent or len(absent) == len(set(labels)):
        return None
    names = ", ".join(f"“{label}”" for label in absent[:3]) + (" …" if len(absent) > 3 else "")
    summary = (
        f"{len(absent)} of the model's {len(labels)} labels have no example, so nothing can be said of them: {names}."
    )
    evidence = {"absent": absent[:_SHOWN], "labels": len(absent), "of": len(labels)}
    return Finding("labels.absent", Severity.UNKNOWN, summary, evidence, "Add examples if they matter to you.")


def _about_mapping(matches: Sequence[Match]) -> Finding | None:
    """Say how the labels were matched."""
    matched = [m for m in matches if m.target]
    if not matched:
        return None
    changed = {m.label: m.target for m in matched if m.label != m.target}
    how = "by the same name" if not changed else f"{len(changed)} of them under another spelling, word or number"
    summary = f"{len(matched)} of the data's {len(matches)} labels were matched, {how}."
    evidence = {"matched": len(matched), "of": len(matches), "changed": dict(list(changed.items())[:_SHOWN])}
    evidence["how"] = {m.label: m.how for m in matched[:_SHOWN]}
    return Finding("labels.matched", Severity.OK, summary, evidence)


def _about_one_class(dataset: Dataset, matches: Sequence[Match]) -> Finding | None:
    """Warn where the data has one label only."""
    if len(matches) != 1 or len(dataset) < 2 or not dataset.has_labels:
        return None
    summary = f"All {len(dataset):,} examples have the label “{matches[0].label}”, so confusions can't show."
    return Finding("labels.one_class", Severity.CAUTION, summary, {"label": matches[0].label}, "Add other classes.")
