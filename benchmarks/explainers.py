"""Our explainers against Captum and SHAP as they come, on the sample models: how much faster, and is it the same map?

Theirs get the network as ``transformers`` loads it, and their own defaults; both get the same baseline, windows and
number of evaluations. The cosine is that of the two maps.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from analysis.explainers.base import Explainer
from analysis.explainers.pixels import baseline_image
from analysis.explainers.registry import EXPLAINERS
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from benchmarks.timing import Row, compare, row, table

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
PHOTO, ROUNDS, EVALUATIONS = "cat/tabby_cat.jpg", 3, 300
Scores = npt.NDArray[np.float64]
#: What is compared, how ours does it, and how theirs does it.
Pair = tuple[str, Callable[[], Scores], Callable[[], Scores]]


def _ours(session: Session, row: int, target: int, explainer: Explainer) -> Callable[[], Scores]:
    raw = session.dataset.inputs(np.array([row]))

    def work() -> Scores:
        found = explainer.explain(session.candidate, raw, session.pipeline, target)
        return np.asarray(found.scores, dtype=np.float64)

    return work


def _pictures() -> Iterator[Pair]:
    import shap
    import torch
    from captum.attr import IntegratedGradients, Occlusion
    from transformers import AutoModelForImageClassification

    session = open_session(MODELS / "photos", DATA / "photos")
    row = session.dataset.position(PHOTO)
    pixels = cast(Any, session.candidate.prepare(session.dataset.inputs(np.array([row])), session.pipeline)).pixels
    target = int(np.argmax(session.candidate.predict(session.dataset.inputs(np.array([row])), session.pipeline)))
    network = AutoModelForImageClassification.from_pretrained(MODELS / "photos").eval()
    given = torch.from_numpy(pixels)
    baselines = {
        name: torch.from_numpy(baseline_image(name, pixels[0], session.pipeline)[0])[None] for name in ("mean", "blur")
    }

    def logits(x: Any) -> Any:
        return network(x).logits

    def gradients() -> Scores:
        found = IntegratedGradients(logits).attribute(given, baselines["mean"], target=target)
        return np.asarray(found[0].sum(dim=0).detach().numpy(), dtype=np.float64)

    def occlusion() -> Scores:
        with torch.no_grad():
            found = Occlusion(logits).attribute(
                given, (3, 32, 32), (3, 16, 16), baselines=baselines["blur"], target=target
            )
        return np.asarray(found[0].mean(dim=0).numpy(), dtype=np.float64)

    def partition() -> Scores:
        def answers(images: Any) -> Any:
            with torch.no_grad():
                return logits(torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float32))).numpy()

        ground = baselines["mean"][0].permute(1, 2, 0).numpy()
        explainer = shap.Explainer(answers, shap.maskers.Image(ground, ground.shape))
        image = pixels.transpose(0, 2, 3, 1)
        found = explainer(image, max_evals=EVALUATIONS, outputs=[target], silent=True)
        return np.asarray(found.values, dtype=np.float64)[0, ..., 0].sum(axis=2)

    ig, covered, tiles = (EXPLAINERS[name] for name in ("integrated_gradients", "occlusion", "shap_partition"))
    even = replace(ig, spacing="even", steps=50)  # type: ignore[call-arg]
    yield "integrated gradients, 50 even steps", _ours(session, row, target, even), gradients
    yield "integrated gradients, adaptive steps", _ours(session, row, target, ig), gradients
    yield "occlusion", _ours(session, row, target, covered), occlusion
    owen = replace(tiles, evaluations=EVALUATIONS, baseline="mean")  # type: ignore[call-arg]
    yield f"SHAP partition, picture, {EVALUATIONS} evaluations", _ours(session, row, target, owen), partition


def _texts() -> Iterator[Pair]:
    import shap
    from transformers import pipeline

    session = open_session(MODELS / "reviews-sentiment", DATA / "tweets.csv")
    texts = list(session.dataset.inputs(np.arange(len(session.dataset))))
    # A text of usual length: the median one.
    row = int(np.argsort([len(text) for text in texts])[len(texts) // 2])
    scores = session.candidate.predict(session.dataset.inputs(np.array([row])), session.pipeline)
    target = int(np.argmax(scores))
    classify = pipeline("text-classification", model=str(MODELS / "reviews-sentiment"), device="cpu", top_k=None)
    # In log-odds, as ours.
    model = shap.models.TransformersPipeline(classify, rescale_to_logits=True)

    def theirs() -> Scores:
        found = shap.Explainer(model, shap.maskers.Text(classify.tokenizer))(
            [texts[row]], max_evals=EVALUATIONS, silent=True
        )
        place = list(found.output_names).index(session.candidate.task.labels[target])
        return np.asarray(found.values[0][:, place], dtype=np.float64)

    owen = replace(EXPLAINERS["shap_partition"], evaluations=EVALUATIONS)  # type: ignore[call-arg]
    yield f"SHAP partition, text, {EVALUATIONS} evaluations", _ours(session, row, target, owen), theirs


def cosine(one: Scores, other: Scores) -> float:
    """Return the cosine of two maps; NaN where they have other shapes."""
    if one.shape != other.shape:
        return float("nan")
    a, b = one.ravel(), other.ravel()
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def ratios(rounds: int = ROUNDS) -> Iterator[Row]:
    """Return a row a method."""
    for family in (_texts, _pictures):
        for name, ours, theirs in family():
            same = cosine(ours(), theirs())
            yield row(name, "SHAP" if "SHAP" in name else "Captum", compare(ours, theirs, rounds), f"cosine {same:.3f}")


def main(rounds: int = ROUNDS) -> None:
    """Print one row a method."""
    warnings.filterwarnings("ignore")
    table(ratios(rounds))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    main(parser.parse_args().rounds)
