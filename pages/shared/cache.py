"""The only place with Streamlit's caches. Every key is made of content fingerprints, never of the content itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st

from analysis.types import Dataset
from pages.shared.jobs import Jobs

Value = TypeVar("Value")


@st.cache_resource(max_entries=1, show_spinner=False)
def jobs() -> Jobs:
    """Return the jobs of this server, shared by its browser sessions; opened models live in them."""
    return Jobs()


@st.cache_resource(max_entries=256, show_spinner=False)
def _kept(what: str, key: tuple[str, ...], _make: Callable[[], Value]) -> Value:  # noqa: ARG001
    return _make()


def keep(what: str, key: tuple[str, ...], make: Callable[[], Value]) -> Value:
    """Return ``make()``, computed once for `what` and `key`; the result is shared, so it must be frozen.

    Parameters
    ----------
    what : str
        Name of the result: "summary", "confusion".
    key : tuple of str
        Fingerprints of all that it depends on.
    make : callable
    """
    return _kept(what, key, make)


@st.cache_resource(max_entries=4, show_spinner=False)
def _kept_large(what: str, key: tuple[str, ...], _make: Callable[[], Value]) -> Value:  # noqa: ARG001
    return _make()


def keep_large(what: str, key: tuple[str, ...], make: Callable[[], Value]) -> Value:
    """Return the same for results that hold many scores: only the last four stay."""
    return _kept_large(what, key, make)


@st.cache_data(max_entries=2000, show_spinner=False)
def _thumbnail(dataset: str, example: str, size: int, _read: Callable[[], bytes]) -> bytes | None:  # noqa: ARG001
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(_read())) as image:
            image.draft("RGB", (size * 2, size * 2))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
            upright.thumbnail((size, size))
            ground = Image.new("RGBA", upright.size, "white")
            picture = Image.alpha_composite(ground, upright).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()


def thumbnail(dataset: Dataset, row: int, size: int = 224) -> bytes | None:
    """Return a JPEG of one image, its longer side at most `size` pixels, or None where it can't be decoded."""
    import numpy as np

    example = str(dataset.table["id"].iloc[row])
    return _thumbnail(
        dataset.fingerprint, example, size, lambda: bytes(dataset.inputs(np.array([row], dtype=np.int64))[0])
    )


@st.cache_data(max_entries=32, show_spinner=False)
def _sample_picture(path: str, changed: float, size: int) -> bytes:  # noqa: ARG001
    from PIL import Image

    with Image.open(path) as image:
        picture = image.convert("RGB")
        picture.thumbnail((size, size))
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=85)
    return target.getvalue()


def sample_picture(path: Path, size: int = 160) -> bytes:
    """Return a small JPEG of a bundled photo."""
    return _sample_picture(str(path), path.stat().st_mtime, size)


@st.cache_data(max_entries=16, show_spinner=False)
def _head(path: str, changed: float, rows: int) -> pd.DataFrame:  # noqa: ARG001
    return pd.read_csv(path, nrows=rows)


def sample_head(path: Path, rows: int = 60) -> pd.DataFrame:
    """Return the first rows of a bundled table."""
    return _head(str(path), path.stat().st_mtime, rows)
