"""What the model looked at in its worst failures, each map with how far it can be believed on that example."""

from __future__ import annotations

import base64
import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Attribution, Modality

if TYPE_CHECKING:
    from analysis.explain import Explanation
    from analysis.session import Session

#: Failures that are explained; sides of their maps; features named; characters of a text.
EXPLAINED, SIDE, FEATURES, TEXT = 6, 220, 8, 600
#: Colours of what spoke for and against, as everywhere; the share of the map in the deepest colour.
FOR, AGAINST, DEEPEST = (213, 94, 0), (31, 78, 156), 0.75


@dataclass(frozen=True)
class Explained:
    """One failure explained.

    Attributes
    ----------
    example : str
    method, target : str
        The method's title, and the label (or value) that it explains.
    believed : str
        How far the map can be believed on this example: "trustworthy on this example" …
    picture : str
        A JPEG as base64: the map over the picture; empty for other data.
    parts : tuple of (str, float)
        Pieces of the text in order, or the strongest features, each with its share of the strongest score, −1 to 1.
    """

    example: str
    method: str
    target: str
    believed: str
    picture: str
    parts: tuple[tuple[str, float], ...]


def explain_failures(
    session: Session, examples: Sequence[str], *, seed: int = 0, progress: Progress | None = None
) -> tuple[Explained, ...]:
    """Explain the first of some failures by the method that fits the model best.

    Parameters
    ----------
    session : Session
    examples : sequence of str
        Ids, the worst first; `EXPLAINED` of them are explained.
    seed : int
    progress : Progress, optional

    Returns
    -------
    tuple of Explained
        Examples that can't be explained are left out.

    Raises
    ------
    Cancelled
    """
    from analysis.explainers.registry import fitting

    progress = progress or Progress()
    fit = fitting(session.candidate)[:1]
    wanted = list(examples[:EXPLAINED]) if fit else []
    progress.start("Explaining the worst failures", len(wanted))
    found = []
    for example in wanted:
        with contextlib.suppress(UnusableInput):
            found.append(_explained(session, example, fit[0].name, fit[0].title, seed, progress))
        progress.advance()
    return tuple(found)


def _explained(session: Session, example: str, method: str, title: str, seed: int, progress: Progress) -> Explained:
    from analysis.explain import explain_example

    explanation = explain_example(
        session.candidate, session.dataset, example, session.pipeline, (method,), progress=progress.part(), seed=seed
    )
    attribution = explanation.attributions[0]
    picture, parts = "", tuple[tuple[str, float], ...]()
    if session.dataset.modality is Modality.IMAGE:
        picture = _map(session, example, attribution)
    elif session.dataset.modality is Modality.TEXT:
        parts = _pieces(explanation.text or "", attribution)
    else:
        parts = _features(session, example, attribution)
    return Explained(
        example, title, attribution.target, _believed(session, explanation, seed, progress), picture, parts
    )


def _believed(session: Session, explanation: Explanation, seed: int, progress: Progress) -> str:
    from analysis.faithfulness import Verdict, examine

    try:
        examination = examine(session.candidate, session.dataset, explanation, session.pipeline, seed=seed)
        return examination.judge(explanation.attributions[0], progress.part()).verdict.value
    except UnusableInput:
        return Verdict.UNKNOWN.value


def _shares(scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    from analysis.figures.attributions import shared_scale

    values = np.nan_to_num(np.asarray(scores, dtype=np.float64))
    return np.clip(values / shared_scale([values]), -1.0, 1.0)


def _map(session: Session, example: str, attribution: Attribution) -> str:
    """Lay the map over the picture that the model received, turned grey."""
    from PIL import Image

    from analysis.explain import model_input_picture

    row = np.array([session.dataset.position(example)], dtype=np.int64)
    data = cast("Sequence[bytes]", session.dataset.inputs(row))[0]
    grey = Image.fromarray(model_input_picture(session.candidate, data, session.pipeline)).convert("L")
    shares = Image.fromarray(_shares(attribution.scores).astype(np.float32)).resize(
        grey.size, Image.Resampling.BILINEAR
    )
    share = np.asarray(shares, dtype=np.float64)[..., None]
    base = np.asarray(grey.convert("RGB"), dtype=np.float64)
    colour = np.where(share > 0, np.array(FOR, dtype=np.float64), np.array(AGAINST, dtype=np.float64))
    weight = DEEPEST * np.abs(share)
    made = Image.fromarray(np.rint(base * (1 - weight) + colour * weight).astype(np.uint8))
    made.thumbnail((SIDE, SIDE))
    target = io.BytesIO()
    made.save(target, "JPEG", quality=80)
    return base64.b64encode(target.getvalue()).decode("ascii")


def _pieces(text: str, attribution: Attribution) -> tuple[tuple[str, float], ...]:
    """Cut a text into its tokens and what lies between them."""
    pieces: list[tuple[str, float]] = []
    at = 0
    for (start, end), share in zip(attribution.spans, _shares(attribution.scores), strict=False):
        if end > TEXT:
            break
        if start < at or end <= start:
            continue  # Special tokens stand for no characters.
        if start > at:
            pieces.append((text[at:start], 0.0))
        pieces.append((text[start:end], round(float(share), 2)))
        at = end
    rest = text[at:TEXT] + (" …" if len(text) > TEXT else "")
    return (*pieces, (rest, 0.0)) if rest else tuple(pieces)


def _features(session: Session, example: str, attribution: Attribution) -> tuple[tuple[str, float], ...]:
    row = cast("pd.DataFrame", session.dataset.inputs(np.array([session.dataset.position(example)], dtype=np.int64)))
    shares = _shares(attribution.scores)
    order = np.argsort(-np.abs(shares), kind="stable")[:FEATURES]

    def said(name: str) -> str:
        return f"{name} = {row[name].iloc[0]}" if name in row.columns else name

    return tuple((said(attribution.units[i]), round(float(shares[i]), 2)) for i in order)
