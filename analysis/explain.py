"""Explain one example with all methods that fit, or with those that are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import Cancelled, UnusableInput
from analysis.explainers.base import Explainer, turn
from analysis.explainers.networks import text_of
from analysis.explainers.pixels import to_picture
from analysis.explainers.registry import EXPLAINERS, METHODS, fitting
from analysis.explainers.tables import BACKGROUND_ROWS
from analysis.preprocessing.outputs import apply_outputs
from analysis.progress import Progress
from analysis.types import Attribution, Candidate, Dataset, FloatArray, Inputs, Kind, Modality, Pipeline

if TYPE_CHECKING:
    from analysis.candidates.batches import ImageBatch

#: What people call methods: the first that fits the candidate is meant.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "shap": ("shap_tree", "shap_linear", "shap_partition", "shap_permutation"),
    "ig": ("integrated_gradients", "layer_integrated_gradients"),
    "integratedgradients": ("integrated_gradients", "layer_integrated_gradients"),
    "lig": ("layer_integrated_gradients",),
}


@dataclass(frozen=True)
class Explanation:
    """What explainers said about one example.

    Attributes
    ----------
    example_id : str
    truth : str or float
        The label as matched, or the true value of a regression.
    predicted : str or float
        The label with the highest score, or the predicted value.
    labels : tuple of str
        Names of the outputs, as the pipeline's ``label_order`` says.
    scores : ndarray of float32, shape (k,)
        Probability of each label, or the value, as predictions report them.
    target, contrast : str, str or None
        What was explained.
    attributions : tuple of Attribution
    refused : tuple of (str, str)
        Methods of this modality that gave nothing, and why.
    text : str or None
        Text: what the spans of the attributions refer to.
    """

    example_id: str
    truth: str | float
    predicted: str | float
    labels: tuple[str, ...]
    scores: FloatArray
    target: str
    contrast: str | None
    attributions: tuple[Attribution, ...]
    refused: tuple[tuple[str, str], ...]
    text: str | None = None


def explain_example(
    candidate: Candidate,
    dataset: Dataset,
    example_id: str,
    pipeline: Pipeline,
    methods: Sequence[str] | Literal["all"] = "all",
    target: str | None = None,
    contrast: str | None = None,
    *,
    options: Mapping[str, Mapping[str, object]] | None = None,
    progress: Progress | None = None,
    seed: int = 0,
) -> Explanation:
    """Explain one example.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
        Matched to the candidate's labels. Rows of its training split (or of all) stand for usual ones where a
        method for tables compares with some.
    example_id : str
    pipeline : Pipeline
    methods : "all" or sequence of str
        Registry names, or what people call them: "Grad-CAM", "shap".
    target : str, optional
        Label to explain; the predicted one where not given. A regression has one target only.
    contrast : str, optional
        Explain the target against this label.
    options : mapping, optional
        Changed parameters of methods: ``{"integrated_gradients": {"baseline": "blur"}}``.
    progress : Progress, optional
    seed : int

    Returns
    -------
    Explanation

    Raises
    ------
    UnusableInput
        If there is no such example, method, parameter or label, or if no named method fits.
    Cancelled
    """
    row = dataset.position(example_id)
    raw = dataset.inputs(np.array([row], dtype=np.int64))
    with turn(candidate, progress or Progress()):
        scores, labels = apply_outputs(candidate.predict(raw, pipeline), candidate.task, pipeline)
    best = int(np.argmax(scores[0]))
    regression = candidate.task.kind is Kind.REGRESSION
    wanted = best if target is None else _position(target, labels, "label")
    against = None if contrast is None else _position(contrast, labels, "label")
    if against == wanted:
        raise UnusableInput(
            f"“{labels[wanted]}” can't be explained against itself.",
            "A regression has one target only." if regression else "Choose another label as contrast.",
        )
    explainers, refused = chosen(candidate, methods, options or {})
    usual = usual_rows(dataset, row, seed)
    done, failed = _explain_all(explainers, candidate, raw, pipeline, wanted, against, usual, progress, seed)
    if not done and methods != "all":
        method, reason = (*refused, *failed)[0]
        names = ", ".join(e.name for e in fitting(candidate))
        title = METHODS[method].title
        raise UnusableInput(f"{title}: {reason}", f"Methods that fit: {names or 'none'}.")
    return Explanation(
        example_id=example_id,
        truth=_truth(dataset, row, regression),
        predicted=float(scores[0, 0]) if regression else labels[best],
        labels=labels,
        scores=np.asarray(scores[0], dtype=np.float32),
        target=labels[wanted],
        contrast=None if against is None else labels[against],
        attributions=done,
        refused=(*refused, *failed),
        text=text_of(candidate, raw, pipeline) if candidate.task.modality is Modality.TEXT else None,
    )


def chosen(
    candidate: Candidate,
    methods: Sequence[str] | Literal["all"],
    options: Mapping[str, Mapping[str, object]] | None = None,
) -> tuple[tuple[Explainer, ...], tuple[tuple[str, str], ...]]:
    """Return the named methods that fit a candidate with their parameters, and those that don't, with the reason.

    Raises
    ------
    UnusableInput
        If a method or a parameter is unknown.
    """
    if methods == "all":
        same = [e for e in EXPLAINERS.values() if candidate.task.modality in e.modalities]
    else:
        same = [_find(name, candidate) for name in dict.fromkeys(methods)]
    reasons = [(explainer, explainer.is_compatible(candidate)) for explainer in same]
    known = options or {}
    for name in known:
        _find(name, candidate)
    fit = tuple(_with_options(e, known.get(e.name, {})) for e, reason in reasons if reason is None)
    return fit, tuple((e.name, reason) for e, reason in reasons if reason is not None)


def model_input_picture(candidate: Candidate, data: bytes, pipeline: Pipeline) -> npt.NDArray[np.uint8]:
    """Return what an image network receives as a picture on its input grid, (H, W, 3) uint8.

    ``rescale`` and ``normalize`` are undone; channel order and colours are as the network receives them, so that a
    picture fed as BGR looks blue where it was red.

    Raises
    ------
    UnusableInput
        If the file can't be decoded.
    """
    prepared = cast("ImageBatch", candidate.prepare([data], pipeline))
    return to_picture(prepared.pixels[0], pipeline)


def _explain_all(
    explainers: Sequence[Explainer],
    candidate: Candidate,
    raw: Inputs,
    pipeline: Pipeline,
    target: int,
    contrast: int | None,
    usual: Inputs | None,
    progress: Progress | None,
    seed: int,
) -> tuple[tuple[Attribution, ...], tuple[tuple[str, str], ...]]:
    done, failed = [], []
    for explainer in explainers:
        try:
            done.append(
                explainer.explain(
                    candidate, raw, pipeline, target, contrast, background=usual, progress=progress, seed=seed
                )
            )
        except Cancelled:
            raise
        except UnusableInput as error:
            failed.append((explainer.name, error.what))
        except Exception as error:  # One method that a strange network breaks must not cost the others.
            first = (str(error).splitlines() or [""])[0][:200]
            failed.append((explainer.name, f"it failed on this model: {type(error).__name__}: {first}"))
    return tuple(done), tuple(failed)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())


def _find(name: str, candidate: Candidate) -> Explainer:
    """Return the method that a name or title means, else raise with the choices."""
    for explainer in METHODS.values():
        if _plain(name) in (_plain(explainer.name), _plain(explainer.title)) and _plain(name) not in ALIASES:
            return explainer
    meant = [EXPLAINERS[entry] for entry in ALIASES.get(_plain(name), ())]
    if meant:
        return next((explainer for explainer in meant if explainer.is_compatible(candidate) is None), meant[0])
    fit = ", ".join(explainer.name for explainer in fitting(candidate))
    raise UnusableInput(f"There is no method “{name}”.", f"Methods that fit {candidate.name}: {fit or 'none'}.")


def _with_options(explainer: Explainer, options: Mapping[str, object]) -> Explainer:
    known = explainer.params()
    for key, value in options.items():
        if key not in known:
            raise UnusableInput(
                f"{explainer.title} has no parameter “{key}”.", f"It has: {', '.join(known) or 'none'}."
            )
        if type(value) is not type(known[key]):
            raise UnusableInput(f"{explainer.title} can't take {value!r} as {key}.", f"Its default is {known[key]!r}.")
    return replace(explainer, **cast(Mapping[str, str], options)) if options else explainer


def _position(label: str, labels: Sequence[str], what: str) -> int:
    if label in labels:
        return list(labels).index(label)
    same = [i for i, name in enumerate(labels) if name.casefold() == label.casefold()]
    if len(same) == 1:
        return same[0]
    shown = ", ".join(labels[:40]) + (f" … ({len(labels)} in all)" if len(labels) > 40 else "")
    raise UnusableInput(f"The model has no {what} “{label}”.", f"Choose one of: {shown}.")


def _truth(dataset: Dataset, row: int, regression: bool) -> str | float:
    label = dataset.table["label"].iloc[row]
    return float(label) if regression else dataset.label_map.get(str(label), str(label))


def usual_rows(dataset: Dataset, row: int, seed: int) -> Inputs | None:
    """Return usual rows of a table: of the training split where there is one, without the example itself."""
    if dataset.modality is not Modality.TABULAR:
        return None
    rows = np.arange(len(dataset))
    if "train" in dataset.splits:
        rows = rows[(dataset.table["split"] == "train").to_numpy(dtype=np.bool_)]
    rows = rows[rows != row]
    if not len(rows):
        return None
    drawn = np.random.default_rng(seed).choice(rows, min(len(rows), BACKGROUND_ROWS), replace=False)
    usual = dataset.inputs(np.sort(drawn).astype(np.int64))
    assert isinstance(usual, pd.DataFrame)
    return usual
