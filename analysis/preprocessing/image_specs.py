"""The steps of image pipelines."""

from __future__ import annotations

from analysis.preprocessing.params import REQUIRED, Param, Wrong, choice, finite, flag, listed, number, whole
from analysis.preprocessing.spec import StepSpec
from analysis.types import Json, Modality

#: Largest side of an image that a step may produce, in pixels.
MAX_SIDE = 4096
ORDERS = ("RGB", "RBG", "GRB", "GBR", "BRG", "BGR")
RESAMPLE = ("nearest", "bilinear", "bicubic", "lanczos", "box", "hamming")
#: Modes of ``resize``: those that take height and width, those that take a size, and all that do something.
BOXED, SIZED = ("squash", "fit", "pad"), ("shorter", "longest", "crop_pct")
RESIZED = (*BOXED, *SIZED)
RESIZES = ("none", *RESIZED)


def color(
    name: str, sentence: str, *, default: Json = REQUIRED, nullable: bool = False, modes: tuple[str, ...] = ()
) -> Param:
    """Return a parameter that takes a colour."""
    words = "three whole numbers from 0 to 255" + (", or null" if nullable else "")

    def read(value: Json) -> list[int] | None:
        if value is None and nullable:
            return None
        found = [finite(v, words) for v in listed(value, words)]
        if len(found) != 3 or any(v != int(v) or not 0 <= v <= 255 for v in found):
            raise Wrong(words)
        return [int(v) for v in found]

    return Param(name, read, words, sentence, default, modes)


def triple(name: str, sentence: str, *, zero: bool) -> Param:
    """Return a parameter that takes three numbers, one a channel; `zero` says whether 0 may be among them."""
    words = f"three {'finite numbers' if zero else 'numbers other than 0'}, or null"

    def read(value: Json) -> list[float] | None:
        if value is None:
            return None
        found = [finite(v, words) for v in listed(value, words)]
        if len(found) != 3 or (not zero and 0 in found):
            raise Wrong(words)
        return found

    return Param(name, read, words, sentence, None)


def resample(name: str, sentence: str, *, modes: tuple[str, ...]) -> Param:
    """Return a parameter that takes one of Pillow's filters."""
    plain = choice(name, sentence, RESAMPLE, "bilinear")
    return Param(name, plain.read, plain.takes, sentence, plain.default, modes)


IMAGE = (Modality.IMAGE,)

DECODE = StepSpec(
    "decode",
    "decoding",
    IMAGE,
    "Reads the file in full: the first frame of an animation, 16-bit values scaled to 8 bits, palettes and CMYK "
    "turned into RGB, transparency kept.",
    "A file that ends too early is filled up with grey instead of being refused.",
    (),
    {},
)
ORIENTATION = StepSpec(
    "orientation",
    "orientation",
    IMAGE,
    "Turns the image as its EXIF note says, then by a fixed angle, then mirrors it.",
    "The network sees objects lying on their side or upside down.",
    (
        flag("exif", "Whether the orientation that the camera noted in EXIF is applied.", True),
        choice("rotate", "Degrees that the image is turned by, anticlockwise.", (0, 90, 180, 270), 0),
        choice(
            "flip",
            "Whether the image is mirrored left to right (horizontal) or top to bottom (vertical).",
            ("none", "horizontal", "vertical"),
            "none",
        ),
    ),
    {"exif": False, "rotate": 0, "flip": "none"},
)
BACKGROUND = StepSpec(
    "background",
    "background of transparent images",
    IMAGE,
    "Lays a transparent image on a colour.",
    "Dropping the transparency uncovers whatever colour was hidden under it.",
    (color("color", "Red, green and blue; null drops the transparency.", default=None, nullable=True),),
    {"color": None},
)
COLOR_MODE = StepSpec(
    "color_mode",
    "colour mode",
    IMAGE,
    "Leaves the colours, turns them to grey, or inverts them.",
    "Colour is missing, or dark and light are swapped.",
    (
        choice(
            "mode", "rgb, grey (three equal channels), or inverted (255 − value).", ("rgb", "grey", "inverted"), "rgb"
        ),
    ),
    {"mode": "rgb"},
)
CHANNEL_ORDER = StepSpec(
    "channel_order",
    "channel order",
    IMAGE,
    "Puts the colour channels into the order that is fed.",
    "Red and blue are swapped.",
    (choice("order", "Which channel comes first, second and third; OpenCV hands out BGR.", ORDERS, "RGB"),),
    {"order": "RGB"},
)
RESIZE = StepSpec(
    "resize",
    "resizing",
    IMAGE,
    "Brings the image to another size.",
    "Objects look stretched, or larger or smaller than what the network learnt.",
    (
        choice(
            "mode",
            "none; squash (to height × width, whatever the aspect ratio); shorter (shorter side to size); longest "
            "(longer side to size); fit (as large as fits into height × width); pad (fit, then filled up with a colour "
            "all around); crop_pct (shorter side to size / crop_pct, then the centre size × size is cut out).",
            RESIZES,
            "none",
        ),
        whole("height", "In pixels.", 1, MAX_SIDE, modes=BOXED),
        whole("width", "In pixels.", 1, MAX_SIDE, modes=BOXED),
        whole("size", "In pixels.", 1, MAX_SIDE, modes=SIZED),
        whole(
            "longer_max",
            "The longer side becomes no longer than this, in pixels.",
            1,
            MAX_SIDE,
            default=None,
            nullable=True,
            modes=("shorter",),
        ),
        number("crop_pct", "Share of the shorter side that is kept.", above=0, high=1, modes=("crop_pct",)),
        color("color", "What is filled up with, one value a channel as fed.", default=[0, 0, 0], modes=("pad",)),
        resample("resample", "The filter: Pillow's, which widen when an image shrinks.", modes=RESIZED),
    ),
    {"mode": "none"},
)
CROP = StepSpec(
    "crop",
    "centre crop",
    IMAGE,
    "Cuts out the centre; fills up with black where the image is smaller.",
    "The network sees margins that it never saw in training, or misses them.",
    (
        whole("height", "In pixels; null doesn't crop.", 1, MAX_SIDE, default=None, nullable=True),
        whole("width", "In pixels; null doesn't crop.", 1, MAX_SIDE, default=None, nullable=True),
    ),
    {"height": None, "width": None},
)
RESCALE = StepSpec(
    "rescale",
    "pixel values",
    IMAGE,
    "Turns pixel values from 0 to 255 into value · factor − offset.",
    "Values 255 times too large saturate a network, 255 times too small ones look black to it.",
    (
        number("factor", "What each value is multiplied by: 1/255 gives 0 to 1."),
        number("offset", "What is then subtracted: 1 after a factor of 1/127.5 gives −1 to 1.", default=0.0),
    ),
    {"factor": 1.0, "offset": 0.0},
)
NORMALIZE = StepSpec(
    "normalize",
    "normalisation",
    IMAGE,
    "Subtracts a mean from each channel and divides by a standard deviation.",
    "Colours are shifted and contrast is changed.",
    (
        triple("mean", "One a channel as fed, on the scale that `rescale` left; null subtracts nothing.", zero=True),
        triple("std", "One a channel as fed; null divides by nothing.", zero=False),
    ),
    {"mean": None, "std": None},
)
LAYOUT = StepSpec(
    "layout",
    "layout",
    IMAGE,
    "Hands the channels over first, as networks expect them.",
    "An array with its channels last that is read as if they were first is a scrambled image.",
    (
        choice(
            "order",
            "CHW, or HWC_as_CHW: rows of pixels reshaped instead of transposed.",
            ("CHW", "HWC_as_CHW"),
            "CHW",
        ),
    ),
    {"order": "CHW"},
)

IMAGE_STEPS = (DECODE, ORIENTATION, BACKGROUND, COLOR_MODE, CHANNEL_ORDER, RESIZE, CROP, RESCALE, NORMALIZE, LAYOUT)
