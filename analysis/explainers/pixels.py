"""Between the numbers that an image network receives and the picture that a person sees."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.preprocessing.image import scale_and_bias
from analysis.types import FloatArray, Pipeline

BASELINES = ("mean", "black", "blur", "noise")


def to_picture(pixels: FloatArray, pipeline: Pipeline) -> npt.NDArray[np.uint8]:
    """Undo ``rescale`` and ``normalize``; channel order, colours and layout stay as the network receives them.

    Parameters
    ----------
    pixels : ndarray of float32, shape (3, H, W)
    pipeline : Pipeline
        That made them.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    scale, bias = scale_and_bias(pipeline)
    if pipeline.param("layout", "order", "CHW") == "HWC_as_CHW":
        height, width = pixels.shape[1:]
        plain = ((pixels.reshape(height, width, 3) - bias) / scale).reshape(3, height, width).transpose(1, 2, 0)
    else:
        plain = (pixels.transpose(1, 2, 0) - bias) / scale
    return np.clip(np.round(plain), 0, 255).astype(np.uint8)


def from_colours(colours: npt.NDArray[np.float64], pipeline: Pipeline) -> FloatArray:
    """Return colours (H, W, 3) between 0 and 255 as the network would receive them, float32 (3, H, W)."""
    scale, bias = scale_and_bias(pipeline)
    scaled = (colours * scale + bias).astype(np.float32)
    if pipeline.param("layout", "order", "CHW") == "HWC_as_CHW":
        return np.ascontiguousarray(scaled).reshape(3, *scaled.shape[:2])
    return np.ascontiguousarray(scaled.transpose(2, 0, 1))


def baseline_image(name: str, pixels: FloatArray, pipeline: Pipeline, seed: int = 0) -> tuple[FloatArray, str]:
    """Return the picture that stands for "nothing to see", as the network would receive it.

    Parameters
    ----------
    name : {"mean", "black", "blur", "noise"}
        The picture's own mean colour; black; the picture blurred by a tenth of its side; every pixel drawn
        evenly between 0 and 255.
    pixels : ndarray of float32, shape (3, H, W)
        What the network receives for the example.
    pipeline : Pipeline
    seed : int
        For "noise".

    Returns
    -------
    baseline : ndarray of float32, shape (3, H, W)
    words : str
        What it is, in words.

    Raises
    ------
    UnusableInput
        If there is no such baseline.
    """
    height, width = pixels.shape[1:]
    if name == "mean":
        mean = pixels.mean(axis=(1, 2), keepdims=True)
        return np.broadcast_to(mean, pixels.shape).astype(np.float32), "the picture's mean colour"
    if name == "black":
        return from_colours(np.zeros((height, width, 3)), pipeline), "a black picture"
    if name == "blur":
        from scipy.ndimage import gaussian_filter

        sigma = max(height, width) / 10
        blurred = gaussian_filter(pixels, (0, sigma, sigma), mode="nearest")
        return blurred.astype(np.float32), "the picture, blurred"
    if name == "noise":
        colours = np.random.default_rng(seed).uniform(0, 255, (height, width, 3))
        return from_colours(colours, pipeline), "random pixels"
    raise UnusableInput(f"There is no baseline “{name}”.", f"Choose one of: {', '.join(BASELINES)}.")
