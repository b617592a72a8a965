"""Pipelines in words, the difference between two, and the Python that does one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.preprocessing.constants import CLIP_MEAN, CLIP_STD, IMAGENET_MEAN, IMAGENET_STD
from analysis.preprocessing.steps import SPECS
from analysis.types import Edit, Json, Params, Pipeline, Step

_NAMED = (
    ("ImageNet's mean and std", IMAGENET_MEAN, IMAGENET_STD),
    ("CLIP's mean and std", CLIP_MEAN, CLIP_STD),
    ("mean 0.5, std 0.5", [0.5] * 3, [0.5] * 3),
    ("mean 0, std 1", [0.0] * 3, [1.0] * 3),
)


def describe_step(step: Step) -> str:
    """Return what a step does with its parameters, in a few words."""
    writer = _WRITERS.get(step.name)
    if writer is not None:
        return writer(step.params)
    shown = [f"{key} {_short(value)}" for key, value in step.params.items() if value not in (None, {}, [])]
    return ", ".join(shown) or "nothing"


def _short(value: Json) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 60 else f"{text[:40]} … {text[-15:]}"


def name_of_normalization(mean: Sequence[float] | None, std: Sequence[float] | None) -> str:
    """Return a normalisation's name, or its numbers."""
    if mean is None and std is None:
        return "none"
    mean, std = list(mean or [0.0] * 3), list(std or [1.0] * 3)
    for name, known_mean, known_std in _NAMED:
        if np.allclose(mean, known_mean, atol=1e-6) and np.allclose(std, known_std, atol=1e-6):
            return name
    if len(set(mean)) == 1 and len(set(std)) == 1:
        return f"mean {mean[0]:.3g}, std {std[0]:.3g}"
    return f"mean {', '.join(f'{m:.3g}' for m in mean)}; std {', '.join(f'{s:.3g}' for s in std)}"


def _orientation(p: Params) -> str:
    parts = ["turned as EXIF says" if p.get("exif") else "EXIF ignored"]
    if p.get("rotate"):
        parts.append(f"rotated by {p['rotate']}°")
    if p.get("flip", "none") != "none":
        parts.append(f"flipped {p['flip']}ly")
    return ", ".join(parts)


def _resize(p: Params) -> str:
    mode, how = p.get("mode", "none"), p.get("resample", "bilinear")
    return {
        "none": "as large as it is",
        "squash": f"squashed to {p.get('width')} × {p.get('height')}, {how}",
        "shorter": f"shorter side {p.get('size')}, {how}",
        "crop_pct": f"shorter side {p.get('size')} / {p.get('crop_pct')} and cropped, {how}",
        "pad": f"fitted into {p.get('width')} × {p.get('height')} with a margin, {how}",
    }[mode]


def _rescale(p: Params) -> str:
    factor, offset = float(p.get("factor", 1.0)), float(p.get("offset", 0.0))
    names = {1.0: "0–255", 1 / 255: "divided by 255", 1 / 127.5: "divided by 127.5", 1 / 255**2: "divided by 255 twice"}
    name = next((n for value, n in names.items() if np.isclose(factor, value, rtol=1e-6)), f"times {factor:.4g}")
    return f"{name}, minus {offset:g}" if offset else name


def _background(p: Params) -> str:
    colour = p.get("color")
    named = {(255.0,) * 3: "white", (0.0,) * 3: "black"}
    return "none" if colour is None else named.get(tuple(map(float, colour)), f"colour {_short(colour)}")


def _crop(p: Params) -> str:
    return "none" if p.get("height") is None else f"{p.get('width')} × {p.get('height')} from the middle"


def _labels(p: Params) -> str:
    labels = list(p.get("labels") or [])
    return ", ".join(labels[:4]) + (f" … ({len(labels)})" if len(labels) > 4 else "")


_WRITERS = {
    "decode": lambda p: "to 8 bits",
    "orientation": _orientation,
    "background": _background,
    "color_mode": lambda p: str(p.get("mode", "rgb")),
    "channel_order": lambda p: str(p.get("order", "RGB")),
    "resize": _resize,
    "crop": _crop,
    "rescale": _rescale,
    "normalize": lambda p: name_of_normalization(p.get("mean"), p.get("std")),
    "label_order": _labels,
}


def diff(a: Pipeline, b: Pipeline) -> tuple[Edit, ...]:
    """Return the edits that lead from `a` to `b`, one a step; interpolation is told apart from resizing."""
    edits: list[Edit] = []
    for step in b.steps:
        old = a.get(step.name)
        if old is None:
            continue
        changed = [k for k in {**old.params, **step.params} if old.params.get(k) != step.params.get(k)]
        if step.name == "resize" and "resample" in changed:
            edits.append(_edit(old, step, ["resample"], "interpolation"))
            changed.remove("resample")
        if changed:
            edits.append(_edit(old, step, changed, step.name))
    return tuple(edits)


def _edit(old: Step, new: Step, keys: Sequence[str], name: str) -> Edit:
    before = {key: old.params.get(key) for key in keys}
    after = {key: new.params.get(key) for key in keys}
    if name == "interpolation":
        sentence = f"interpolation: {before['resample']} → {after['resample']}"
        return Edit(name, before, after, sentence, within="resize")
    title = SPECS[name].title
    return Edit(name, before, after, f"{title}: {describe_step(old)} → {describe_step(new)}")
