"""What is planted to make examples fail for a known cause: changed labels and changed inputs."""

from __future__ import annotations

import argparse
import ast
import heapq
import inspect
import io
import json.decoder
import statistics
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from analysis.samples import bundled_root
from analysis.types import Dataset, Modality


@dataclass(frozen=True)
class Planted:
    """What is done to one example.

    Attributes
    ----------
    input : object or None
        Its new raw input; None leaves it.
    relabelled : bool
        Whether it takes the other example's label.
    """

    input: Any = None
    relabelled: bool = False


#: Data, position of an example, position of one with another label, random numbers → what is done to the first.
Planter: TypeAlias = Callable[[Dataset, int, int, np.random.Generator], Planted]

#: Modules of the standard library whose lines no critic of films would write.
SOURCES = (argparse, ast, heapq, inspect, json.decoder, statistics, textwrap)
#: Neither would anybody write these in a review, nor in its language.
FOREIGN = (
    "Préchauffez le four à 180 degrés et beurrez un moule à cake avant de verser la pâte.",
    "Der Zug nach Hannover hat heute leider vierzig Minuten Verspätung und hält nicht in Celle.",
    "El paciente presenta fiebre, tos seca y dolor de garganta desde ayer por la tarde.",
    "Le train de nuit pour Briançon part du quai numéro sept à vingt heures trente.",
    "Quartalszahlen: Umsatz 4,2 Mio. EUR, EBIT 310 TEUR, Eigenkapitalquote 41 Prozent.",
    "Il comune di Siena comunica che la biblioteca resta chiusa fino al primo settembre.",
    "De gemeente haalt op dinsdag het oud papier op, behalve in de vakantieweken.",
    "Składniki należy dokładnie wymieszać i odstawić na pół godziny w chłodne miejsce.",
    "A reunião foi adiada para quinta-feira porque o elevador do prédio está avariado.",
    "Hallituksen esitys koskee kiinteistöveron alarajaa ja tulee voimaan ensi vuonna.",
)
#: Sentences without an opinion, longer together than the network reads.
NEUTRAL = (
    "The film was shot in Ohio and in Ontario between March and August.",
    "It runs for one hour and forty minutes and is shown in two formats.",
    "The story is set in a town by the sea, where a family owns a hotel.",
    "Two sisters return there in the autumn to sell the house of their father.",
    "The score was recorded with an orchestra of sixty players in Prague.",
    "The same studio released another picture by this director in the spring.",
    "The screenplay is based on a novel that was published in the seventies.",
)


def label(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:  # noqa: ARG001
    """Give it another example's label."""
    return Planted(relabelled=True)


@lru_cache(maxsize=1)
def strange_lines() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return lines of programs, and lines of a licence."""
    programs = [line for module in SOURCES for line in inspect.getsource(module).splitlines()]
    licence = (bundled_root() / "data" / "photos.GPL-2.txt").read_text().splitlines()
    code, law = (
        tuple(dict.fromkeys(line.strip() for line in lines if 40 <= len(line.strip()) <= 90))
        for lines in (programs, licence)
    )
    return code, law


def strange_text(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:  # noqa: ARG001
    """Put something in its place that is no review."""
    pool = (*strange_lines(), FOREIGN)[int(rng.integers(3))]
    return Planted(" ".join(rng.choice(pool, 2, replace=False)), relabelled=bool(rng.random() < 0.5))


def both_opinions(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:
    """Say both: a review for it and one against it."""
    texts = [str(data.inputs(np.array([i]))[0]) for i in (row, other)]
    return Planted(" ".join(texts if rng.random() < 0.5 else texts[::-1]), relabelled=bool(rng.random() < 0.5))


def opinion_at_the_end(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:  # noqa: ARG001
    """Say nothing for longer than the network reads, and then the opinion."""
    return Planted(" ".join([*rng.permutation(NEUTRAL), str(data.inputs(np.array([row]))[0])]))


def _picture(data: Dataset, row: int) -> Any:
    from PIL import Image

    with Image.open(io.BytesIO(bytes(data.inputs(np.array([row]))[0]))) as image:  # type: ignore[arg-type]
        return image.convert("RGB").resize((256, 256))


def _jpeg(picture: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=92)
    return target.getvalue()


def strange_picture(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:  # noqa: ARG001
    """Put something else in its place: part of a temple or a flower, noise, stripes, a page of writing."""
    from PIL import Image, ImageDraw
    from sklearn.datasets import load_sample_image

    kind = int(rng.integers(4))
    if kind == 0:
        whole = Image.fromarray(load_sample_image(str(rng.choice(["china.jpg", "flower.jpg"]))))
        x, y = int(rng.integers(0, whole.width - 220)), int(rng.integers(0, whole.height - 220))
        return Planted(_jpeg(whole.crop((x, y, x + 220, y + 220))))
    if kind == 1:
        return Planted(_jpeg(Image.fromarray(rng.integers(0, 256, (64, 64, 3), np.uint8)).resize((256, 256))))
    picture = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(picture)
    if kind == 2:
        step = int(rng.integers(8, 40))
        for x in range(0, 256, step):
            draw.rectangle((x, 0, x + step // 2, 255), fill=tuple(int(c) for c in rng.integers(0, 256, 3)))
    else:
        for line in range(12):
            draw.text((8, 8 + 20 * line), str(rng.choice(strange_lines()[0]))[:40], fill="black")
    return Planted(_jpeg(picture))


def blend(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:
    """Lay two photos over each other."""
    from PIL import Image

    both = Image.blend(_picture(data, row), _picture(data, other), 0.5)
    return Planted(_jpeg(both), relabelled=bool(rng.random() < 0.5))


def hardly_a_picture(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:  # noqa: ARG001
    """Leave one even colour, or a thumbnail of 16 by 16 pixels."""
    from PIL import Image

    if rng.random() < 0.5:
        return Planted(_jpeg(Image.new("RGB", (256, 256), tuple(int(c) for c in rng.integers(0, 256, 3)))))
    return Planted(_jpeg(_picture(data, row).resize((16, 16))))


def wild_row(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:  # noqa: ARG001
    """Read a fifth of its features in a unit a hundred times too small."""
    frame = data.inputs(np.array([row]))
    values = frame.iloc[0].astype(float).copy()  # type: ignore[union-attr]
    columns = rng.choice(len(values), max(1, len(values) // 5), replace=False)
    values.iloc[columns] *= 100
    return Planted(values, relabelled=bool(rng.random() < 0.5))


def midway(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:
    """Lie midway between two examples of different labels."""
    frame = data.inputs(np.array([row, other])).astype(float)  # type: ignore[union-attr]
    return Planted(frame.mean(axis=0), relabelled=bool(rng.random() < 0.5))


def gaps(data: Dataset, row: int, other: int, rng: np.random.Generator) -> Planted:  # noqa: ARG001
    """Lose three quarters of the features."""
    values = data.inputs(np.array([row])).iloc[0].astype(float).copy()  # type: ignore[union-attr]
    values.iloc[rng.choice(len(values), 3 * len(values) // 4, replace=False)] = np.nan
    return Planted(values)


#: Kind of data → cause → how it is planted. How a model is fed is planted in the deployment instead.
PLANTERS: dict[Modality, dict[str, Planter]] = {
    Modality.IMAGE: {
        "unreadable": hardly_a_picture,
        "scope": strange_picture,
        "label": label,
        "ambiguous": blend,
    },
    Modality.TEXT: {
        "unreadable": opinion_at_the_end,
        "scope": strange_text,
        "label": label,
        "ambiguous": both_opinions,
    },
    Modality.TABULAR: {"unreadable": gaps, "scope": wild_row, "label": label, "ambiguous": midway},
}
