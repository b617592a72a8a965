"""Faults of image deployments."""

from __future__ import annotations

from analysis.preprocessing.edits.background import BACKGROUND
from analysis.preprocessing.edits.base import Context, same
from analysis.preprocessing.edits.channel_order import CHANNEL_ORDER
from analysis.preprocessing.edits.color_mode import COLOR_MODE
from analysis.preprocessing.edits.conventions import CAFFE_BGR, CLIP, HALF, IMAGENET, RAW, SYMMETRIC, TWICE, UNIT
from analysis.preprocessing.edits.crop import CROP, NO_CROP
from analysis.preprocessing.edits.geometry import model_size
from analysis.preprocessing.edits.interpolation import INTERPOLATION
from analysis.preprocessing.edits.layout import LAYOUT
from analysis.preprocessing.edits.normalize import NORMALIZE, applied_twice
from analysis.preprocessing.edits.orientation import ORIENTATION
from analysis.preprocessing.edits.planting import spoil
from analysis.preprocessing.edits.planting.fault import Fault, each_deployed
from analysis.preprocessing.edits.rescale import RESCALE
from analysis.preprocessing.edits.resize import RESIZE, cropped_from, padded, shorter, squash


def colour_faults(context: Context) -> list[Fault]:
    """Return faults of channel order, scale, normalisation, colour mode and layout."""
    documented = context.documented
    mean, std = documented.param("normalize", "mean"), documented.param("normalize", "std")
    scale = float(documented.param("rescale", "factor", 1 / 255)), float(documented.param("rescale", "offset", 0.0))
    order = str(documented.param("channel_order", "order", "RGB"))
    known = {"ImageNet": IMAGENET, "0.5": HALF, "CLIP": CLIP, "Caffe": CAFFE_BGR}
    normals = {f"normalised as {name}": value.on_scale(*scale) for name, value in known.items()}
    # On pixels that are rescaled to −1…1 already, 0.5 comes to nothing at all: that is "not normalised".
    normals = {name: v for name, v in normals.items() if not same(v, {"mean": [0.0] * 3, "std": [1.0] * 3})}
    return [
        *each_deployed(
            context,
            CHANNEL_ORDER,
            {"channels reversed": {"order": order[::-1]}, "channels rotated": {"order": order[1:] + order[:1]}},
        ),
        *each_deployed(
            context,
            RESCALE,
            {
                "pixels 0–255": RAW.params,
                "pixels −1–1": SYMMETRIC.params,
                "pixels 0–1": UNIT.params,
                "divided by 255 twice": TWICE.params,
            },
        ),
        *each_deployed(
            context,
            NORMALIZE,
            {
                "not normalised": {"mean": None, "std": None},
                **normals,
                "normalised twice": dict(applied_twice(mean, std)) if mean or std else {},
            },
        ),
        *each_deployed(context, COLOR_MODE, {"in grey": {"mode": "grey"}, "negative": {"mode": "inverted"}}),
        *each_deployed(context, LAYOUT, {"channels last": {"order": "HWC_as_CHW"}}),
    ]


def geometry_faults(context: Context) -> list[Fault]:
    """Return faults of resizing, cropping, interpolation and orientation."""
    size = model_size(context, context.documented)
    faults: list[Fault] = []
    if size is not None:
        height, width = size
        cropped = context.documented.param("crop", "height") is not None
        # Without a crop after it, a resize of the shorter side must cut out the centre itself.
        near, far = (shorter(2 * height), shorter(height)) if cropped else (cropped_from(height, 2 * height), {})
        faults += each_deployed(
            context,
            RESIZE,
            {
                "squashed": squash(height, width),
                "padded with black": padded(height, width, [0, 0, 0]),
                "shorter side twice as long": near,
                "shorter side as the input": far,
            },
        )
        smaller = {"height": round(height * 5 / 7), "width": round(width * 5 / 7)}
        faults += each_deployed(context, CROP, {"cropped smaller": smaller, "not cropped": dict(NO_CROP)})
    faults += each_deployed(
        context, INTERPOLATION, {name: {"resample": name} for name in ("nearest", "bilinear", "bicubic", "box")}
    )
    faults += each_deployed(
        context,
        ORIENTATION,
        {
            "turned by 90°": {"rotate": 90},
            "upside down": {"rotate": 180},
            "turned by 270°": {"rotate": 270},
            "mirrored left to right": {"flip": "horizontal"},
            "mirrored top to bottom": {"flip": "vertical"},
        },
    )
    return faults


def file_faults(context: Context) -> list[Fault]:
    """Return faults that live in the files, and those of reading them."""
    unread = ORIENTATION.edit(context.documented, {"exif": False})
    laid = BACKGROUND.edit(context.documented, {"color": None})
    return [
        Fault("files written as BGR", ("channel_order",), (), (spoil.each_image(spoil.swapped_channels),)),
        Fault("files of negatives", ("color_mode",), (), (spoil.each_image(spoil.inverted),)),
        Fault("files upside down", ("orientation",), (), (spoil.each_image(spoil.upside_down),)),
        Fault("EXIF ignored", ("orientation",), (unread,) if unread else (), (spoil.each_image(spoil.lying),)),
        Fault("transparency dropped", ("background",), (laid,) if laid else (), (spoil.each_image(spoil.cut_out),)),
    ]
