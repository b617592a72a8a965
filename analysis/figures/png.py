"""Attributions as one picture file, for the command line; matplotlib draws it, without a browser."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from analysis.types import Attribution

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Tokens or features that one panel shows; the strongest are kept.
SHOWN = 24


def draw_attributions(
    attributions: Sequence[Attribution],
    destination: Path,
    *,
    picture: npt.NDArray[np.uint8] | None = None,
) -> None:
    """Draw one panel a method, and the picture itself first where there is one.

    Parameters
    ----------
    attributions : sequence of Attribution
        Of one example.
    destination : Path
        A PNG file.
    picture : ndarray of uint8, shape (H, W, 3), optional
        What the model received, for maps over images.

    Raises
    ------
    OSError
        If the file can't be written.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    panels = len(attributions) + (picture is not None)
    columns = min(4, max(1, panels))
    rows = -(-max(1, panels) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(4 * columns, 4 * rows), squeeze=False, layout="constrained")
    places = list(axes.flat)
    for place in places[panels:]:
        place.set_axis_off()
    if picture is not None:
        place = places.pop(0)
        place.imshow(picture)
        place.set_title("what the model receives", fontsize=10)
        place.set_axis_off()
    for attribution, place in zip(attributions, places, strict=False):
        _panel(place, attribution, picture)
    try:
        figure.savefig(destination, format="png", dpi=110)
    finally:
        pyplot.close(figure)


def _title(attribution: Attribution) -> str:
    against = f" rather than {attribution.contrast}" if attribution.contrast else ""
    # matplotlib reads a dollar sign as the beginning of a formula.
    return f"{attribution.method}: {attribution.target}{against}".replace("$", r"\$")


def _panel(place: Axes, attribution: Attribution, picture: npt.NDArray[np.uint8] | None) -> None:
    scores = np.asarray(attribution.scores, dtype=np.float64)
    place.set_title(_title(attribution), fontsize=10)
    if scores.ndim == 2:
        limit = float(np.abs(scores).max()) or 1.0
        if picture is not None:
            place.imshow(picture.mean(axis=2), cmap="gray", alpha=0.5)
        over: dict[str, Any] = {"cmap": "PuOr_r", "vmin": -limit, "vmax": limit}
        place.imshow(scores, alpha=0.65, **over)
        place.set_axis_off()
        return
    strongest = np.argsort(-np.abs(scores))[:SHOWN]
    kept = np.sort(strongest)[::-1] if attribution.spans else strongest[::-1]
    names = [_shorten(attribution.units[i]).replace("$", r"\$") for i in kept]
    colours = ["#D55E00" if scores[i] > 0 else "#4338CA" for i in kept]
    place.barh(np.arange(len(kept)), scores[kept], color=colours)
    place.set_yticks(np.arange(len(kept)), names, fontsize=7)
    place.axvline(0, color="#666666", linewidth=0.8)
    place.set_xlabel("spoke against · spoke for", fontsize=8)


def _shorten(name: str, length: int = 28) -> str:
    if len(name) <= length:
        return name
    half = (length - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
