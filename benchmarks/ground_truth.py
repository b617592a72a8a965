"""Do the methods find what a network is known to use? Pointing game and mass in the mask, controls included.

Two networks have weights set by hand; two were trained on examples with a planted cue. Of those it is checked by
intervention that they use it: only examples count whose answer turns when the cue is taken away.
"""

from __future__ import annotations

import argparse
import warnings
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import binary_dilation

from analysis.errors import UnusableInput
from analysis.explainers.registry import CONTROLS, EXPLAINERS
from analysis.faithfulness.parts import Words, parts_of
from analysis.faithfulness.removal import Chance, compare
from analysis.faithfulness.verdict import Verdict, judge
from analysis.metrics.intervals import wilson
from analysis.progress import Progress
from benchmarks.known_networks import Example, Known, known_networks

EXAMPLES = 24
WITH = 1
#: Pixels around the mask that count as hit.
TOLERANCE = 2


@dataclass(frozen=True)
class Found:
    """What one method said of one example."""

    hit: bool
    mass: float
    trusted: bool


def turned(known: Known, example: Example) -> bool:
    """Return whether the network answers "with", and "without" once the cue is taken away."""
    answers = [known.candidate.predict(raw, known.pipeline)[0] for raw in (example.raw, example.without)]
    return bool(answers[0][WITH] > 0.5 and answers[1][WITH] < 0.5)


def measure(known: Known, example: Example, number: int) -> dict[str, Found | None]:
    """Return what every method and control that fits says of one example; None where it refuses it."""
    candidate = known.candidate
    found: dict[str, Found | None] = {}
    parts = parts_of(candidate, example.raw, known.pipeline, WITH, None, None)
    chance = Chance(parts, number)
    for explainer in {**EXPLAINERS, **CONTROLS}.values():
        if explainer.is_compatible(candidate) is not None:
            continue
        try:
            attribution = explainer.explain(candidate, example.raw, known.pipeline, WITH, seed=number)
        except UnusableInput:
            found[explainer.name] = None
            continue
        scores = parts.worth(attribution.scores) if isinstance(parts, Words) else attribution.scores
        worth = parts.worth(attribution.scores)
        deletion, insertion = compare(chance, worth, Progress())
        verdict = judge(deletion, insertion, parts.count, parts.noun, None).verdict
        hit, mass = _inside(np.asarray(scores, dtype=np.float64), example, number)
        found[explainer.name] = Found(hit, mass, verdict is Verdict.TRUSTWORTHY)
    return found


def _inside(scores: npt.NDArray[np.float64], example: Example, number: int) -> tuple[bool, float]:
    """Return whether the highest score lies in the mask (ties drawn), and the share of what spoke for it that does.

    As in the pointing game of Zhang et al. 2018, a pixel near the mask counts: 3 % of the side here, as there.
    """
    near = binary_dilation(example.mask, iterations=TOLERANCE) if example.mask.ndim == 2 else example.mask
    drawn = np.random.default_rng(number).random(scores.shape)
    best = np.lexsort((drawn.ravel(), scores.ravel()))[-1]
    positive = np.clip(scores, 0, None)
    total = float(positive.sum())
    return bool(near.ravel()[best]), float(positive[example.mask].sum()) / total if total else 0.0


def main(count: int = EXAMPLES) -> None:
    """Print one table a network."""
    warnings.filterwarnings("ignore")
    for known in known_networks():
        examples = [known.examples(number) for number in range(count)]
        used = [(number, e) for number, e in enumerate(examples) if turned(known, e)]
        share = float(np.mean([e.mask.mean() for e in examples]))
        print(
            f"\n**{known.title}**: {len(used)} of {count} answers turn when the cue, {share:.1%} of the input, goes.\n"
        )
        results: dict[str, list[Found | None]] = defaultdict(list)
        for number, example in used:
            for method, found in measure(known, example, number).items():
                results[method].append(found)
        print("| method | pointing game | mass in the mask | called trustworthy |\n|---|---|---|---|")
        for method, rows in results.items():
            _print(method, [row for row in rows if row is not None], len(rows))


def _print(method: str, rows: list[Found], asked: int) -> None:
    title = {**EXPLAINERS, **CONTROLS}[method].title
    if not rows:
        print(f"| {title} | refused on all {asked} | | |", flush=True)
        return
    hits, trusted, n = sum(r.hit for r in rows), sum(r.trusted for r in rows), len(rows)
    interval = wilson(hits, n)
    mass = float(np.mean([r.mass for r in rows]))
    of = f"{hits} of {n} ({interval.low:.0%}–{interval.high:.0%})"
    print(f"| {title} | {of} | {mass:.0%} | {trusted} of {n} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=EXAMPLES)
    main(parser.parse_args().examples)
