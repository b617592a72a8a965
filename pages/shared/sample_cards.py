"""Cards of the bundled samples, each with a glimpse of its real data; drawn without loading any model."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd

from analysis.samples import SAMPLES, Sample
from analysis.types import Kind, Modality
from pages.shared import cache
from pages.shared.picker import Card

_SIDE = 160
_TINTS = ("#645BD2", "#D55E00")


def sample_cards() -> list[Card]:
    """Return one card for each sample whose files are there."""
    return [_card(sample) for sample in SAMPLES if sample.model.exists() and sample.data.exists()]


def _card(sample: Sample) -> Card:
    pictures, quote = (), ""
    if sample.modality is Modality.IMAGE:
        pictures = tuple(cache.sample_picture(path, _SIDE) for path in _four_photos(sample.data))
    elif sample.modality is Modality.TABULAR:
        pictures = cache.keep("glimpse", (sample.id,), lambda: _four_columns(sample))
    else:
        quote = _quote(sample.data)
    return Card(sample.id, sample.title, sample.sentence, quote, pictures)


def _four_photos(folder: Path) -> list[Path]:
    classes = [folder / name for name in ("cat", "lion", "broccoli", "guitar")]
    found = [next(iter(sorted(path.glob("*.jpg"))), None) for path in classes if path.is_dir()]
    return [path for path in found if path is not None]


def _quote(table: Path) -> str:
    frame = cache.sample_head(table)
    texts = [frame[column].astype(str) for column in frame if frame[column].dtype.kind not in "iuf"]
    longest = max(texts, key=lambda column: float(column.str.len().mean()), default=pd.Series(dtype=str))
    fitting = longest[longest.str.len().between(60, 150)]
    return f"“{fitting.iloc[0]}”" if len(fitting) else ""


def _four_columns(sample: Sample) -> tuple[bytes, ...]:
    frame = cache.sample_head(sample.data / "train.csv", 400)
    target = frame.columns[-1]
    features = [column for column in frame.columns[:-1] if frame[column].nunique() > 10]
    if sample.kind is Kind.REGRESSION:
        return tuple(_scatter(frame[column], frame[target]) for column in features[:4])
    return tuple(_histograms(frame[column], frame[target]) for column in features[:4])


def _canvas() -> tuple[object, object]:
    from PIL import Image, ImageDraw

    image = Image.new("RGBA", (_SIDE, _SIDE), "#FFFFFF00")
    return image, ImageDraw.Draw(image, "RGBA")


def _saved(image: object) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG")  # type: ignore[attr-defined]
    return target.getvalue()


def _scatter(x: pd.Series, y: pd.Series) -> bytes:
    image, draw = _canvas()
    across = (x - x.min()) / (x.max() - x.min()) * (_SIDE - 24) + 12
    up = _SIDE - 12 - (y - y.min()) / (y.max() - y.min()) * (_SIDE - 24)
    for a, b in zip(across, up, strict=True):
        draw.ellipse((a - 2.5, b - 2.5, a + 2.5, b + 2.5), fill="#645BD2AA")  # type: ignore[attr-defined]
    return _saved(image)


def _histograms(x: pd.Series, y: pd.Series) -> bytes:
    image, draw = _canvas()
    bins = pd.cut(x, 14, labels=False)
    for tint, (_, group) in zip(_TINTS, bins.groupby(y), strict=False):
        shares = group.value_counts(normalize=True)
        for at, share in shares.items():
            left = 10 + int(at) * 10
            top = _SIDE - 10 - min(1.0, share / 0.35) * (_SIDE - 20)
            draw.rectangle((left, top, left + 9, _SIDE - 10), fill=f"{tint}99")  # type: ignore[attr-defined]
    return _saved(image)
