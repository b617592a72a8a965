"""Every step that a pipeline may have: its parameters, what they may be, and what the step does, in words."""

from __future__ import annotations

from dataclasses import dataclass

from analysis.preprocessing.geometry import RESAMPLE
from analysis.types import Json, Modality


@dataclass(frozen=True)
class Param:
    """One parameter of a step.

    Attributes
    ----------
    name : str
    kind : str
        "bool", "int", "float", "choice", "floats" (three numbers), "strings", "map", "any".
    default : JSON value
    choices : tuple
        What a "choice" may be.
    low, high : float
        Bounds of numbers, inclusive.
    optional : bool
        Whether null is allowed.
    meaning : str
        What it says, in a few words.
    """

    name: str
    kind: str
    default: Json
    meaning: str
    choices: tuple[Json, ...] = ()
    low: float = float("-inf")
    high: float = float("inf")
    optional: bool = False


@dataclass(frozen=True)
class StepSpec:
    """One step.

    Attributes
    ----------
    name, title : str
    modalities : tuple of Modality
    params : tuple of Param
    sentence : str
        What it does and what goes wrong with it, for a person.
    """

    name: str
    title: str
    modalities: tuple[Modality, ...]
    params: tuple[Param, ...]
    sentence: str


_IMAGE, _TEXT, _TABLE = (Modality.IMAGE,), (Modality.TEXT,), (Modality.TABULAR,)
_ALL = (Modality.IMAGE, Modality.TEXT, Modality.TABULAR)
_ORDERS = ("RGB", "RBG", "GRB", "GBR", "BRG", "BGR")


def _edge(name: str, meaning: str) -> Param:
    return Param(name, "int", None, meaning, low=1, high=4096, optional=True)


STEPS: tuple[StepSpec, ...] = (
    StepSpec("decode", "decode", _IMAGE, (), "The file becomes pixels, 8 bits a channel."),
    StepSpec(
        "orientation",
        "orientation",
        _IMAGE,
        (
            Param("exif", "bool", False, "turn the photo as its EXIF tag says"),
            Param("rotate", "choice", 0, "degrees counter-clockwise", (0, 90, 180, 270)),
            Param("flip", "choice", "none", "mirror the photo", ("none", "horizontal", "vertical")),
        ),
        "Turns the photo upright; phones store many photos lying on their side.",
    ),
    StepSpec(
        "background",
        "background",
        _IMAGE,
        (Param("color", "floats", None, "colour under transparent pixels; null drops transparency", optional=True),),
        "Puts a colour under transparent pixels, which otherwise show whatever lies there.",
    ),
    StepSpec(
        "color_mode",
        "colour mode",
        _IMAGE,
        (Param("mode", "choice", "rgb", "colours as they are, grey, or inverted", ("rgb", "grey", "inverted")),),
        "Colours as they are, in grey, or as a negative.",
    ),
    StepSpec(
        "channel_order",
        "channel order",
        _IMAGE,
        (Param("order", "choice", "RGB", "which channel comes first", _ORDERS),),
        "Which of red, green and blue comes first; OpenCV reads blue first.",
    ),
    StepSpec(
        "resize",
        "resize",
        _IMAGE,
        (
            Param("mode", "choice", "none", "how", ("none", "squash", "shorter", "crop_pct", "pad")),
            _edge("height", "height in pixels (squash, pad)"),
            _edge("width", "width in pixels (squash, pad)"),
            _edge("size", "shorter side in pixels (shorter, crop_pct)"),
            _edge("longer_max", "limit of the longer side (shorter)"),
            Param("crop_pct", "float", 0.875, "share that the crop keeps (crop_pct)", low=0.05, high=1.0),
            Param("color", "floats", None, "colour of the margin (pad)", optional=True),
            Param("resample", "choice", "bilinear", "how pixels are interpolated", tuple(RESAMPLE)),
        ),
        "Brings the photo to the network's size: squashed, by its shorter side, or with a margin.",
    ),
    StepSpec(
        "crop",
        "crop",
        _IMAGE,
        (_edge("height", "height in pixels; null keeps all"), _edge("width", "width in pixels; null keeps all")),
        "Cuts out the middle.",
    ),
    StepSpec(
        "rescale",
        "rescale",
        _IMAGE,
        (
            Param("factor", "float", 1 / 255, "pixels are multiplied by it", low=-1e6, high=1e6),
            Param("offset", "float", 0.0, "then this is subtracted", low=-1e6, high=1e6),
        ),
        "Brings pixels from 0–255 to the range that the network was trained on.",
    ),
    StepSpec(
        "normalize",
        "normalise",
        _IMAGE,
        (
            Param("mean", "floats", None, "subtracted from each channel; null for none", optional=True),
            Param("std", "floats", None, "each channel is divided by it; null for none", optional=True),
        ),
        "Subtracts a mean and divides by a standard deviation, for each channel.",
    ),
    StepSpec(
        "layout",
        "layout",
        _IMAGE,
        (Param("order", "choice", "CHW", "order of the axes in memory", ("CHW", "HWC_as_CHW")),),
        "The order of the axes in memory: channels first, or channels last read as if they were first.",
    ),
    StepSpec(
        "encoding",
        "encoding",
        (Modality.TEXT, Modality.TABULAR),
        (
            Param(
                "mojibake",
                "choice",
                "none",
                "texts: undo (or make) UTF-8 read as a one-byte encoding",
                ("none", "latin1", "cp1252", "make_latin1", "make_cp1252"),
            ),
            Param("categories", "map", {}, "tables: column → category → code"),
        ),
        "Texts: repairs letters such as Ã©. Tables: which code each category becomes.",
    ),
    StepSpec(
        "markup",
        "markup",
        _TEXT,
        (
            Param("unescape", "bool", False, "turn &amp;amp; into &amp;"),
            Param("strip_tags", "bool", False, "remove HTML tags"),
            Param("urls", "choice", "keep", "what becomes of links", ("keep", "drop", "placeholder")),
        ),
        "Removes what the web left in a text: entities, tags, links.",
    ),
    StepSpec(
        "whitespace",
        "white space",
        _TEXT,
        (Param("collapse", "bool", False, "runs of white space become one space"),),
        "Collapses line breaks and runs of spaces.",
    ),
    StepSpec(
        "case",
        "case",
        _TEXT,
        (Param("mode", "choice", "keep", "letters as they are, lower or upper case", ("keep", "lower", "upper")),),
        "Upper and lower case.",
    ),
    StepSpec(
        "pair_order",
        "order of the pair",
        _TEXT,
        (Param("order", "choice", "ab", "which text of a pair comes first", ("ab", "ba")),),
        "Which text of a pair comes first: premise or hypothesis.",
    ),
    StepSpec(
        "special_tokens",
        "special tokens",
        _TEXT,
        (Param("add", "bool", True, "add [CLS], [SEP] and their like"),),
        "The tokens at the beginning and end that the network was trained with.",
    ),
    StepSpec(
        "truncation",
        "truncation",
        _TEXT,
        (
            Param("max_length", "int", 512, "tokens that are kept", low=1, high=1_000_000),
            Param("side", "choice", "right", "which end is cut off", ("right", "left")),
        ),
        "How many tokens are kept, and which end is cut off.",
    ),
    StepSpec(
        "column_order",
        "column order",
        _TABLE,
        (
            Param("columns", "strings", [], "the data's column for each input of the model"),
            Param("names", "strings", [], "what the model calls these inputs"),
        ),
        "Which column of the data feeds which input of the model.",
    ),
    StepSpec(
        "missing",
        "missing values",
        _TABLE,
        (
            Param("sentinels", "any", [], "values that mean missing, such as −999"),
            Param("fill", "any", None, "what missing values become: a number, or one for each column", optional=True),
            Param("columns", "strings", None, "columns that sentinels are looked for in; null for all", optional=True),
        ),
        "Which values mean that nothing was measured, and what they become.",
    ),
    StepSpec(
        "units",
        "units",
        _TABLE,
        (
            Param("factors", "map", {}, "column → factor"),
            Param("offsets", "map", {}, "column → what is added after the factor"),
            Param("functions", "map", {}, "column → log or exp, applied last"),
        ),
        "Changes a column's unit: grams to kilograms, °F to °C, a logarithm.",
    ),
    StepSpec(
        "scaling",
        "scaling",
        _TABLE,
        (
            Param("mode", "choice", "none", "how", ("none", "standard", "minmax", "unstandard", "unminmax")),
            Param("times", "int", 1, "how often", low=1, high=4),
            Param("mean", "map", {}, "column → mean (standard)"),
            Param("scale", "map", {}, "column → standard deviation (standard)"),
            Param("min", "map", {}, "column → minimum (minmax)"),
            Param("range", "map", {}, "column → range (minmax)"),
        ),
        "Standardises columns, scales them to 0–1, or undoes it.",
    ),
    StepSpec(
        "target_scale",
        "target's unit",
        _ALL,
        (
            Param("scale", "float", 1.0, "predictions are multiplied by it"),
            Param("offset", "float", 0.0, "then this is added"),
        ),
        "The unit of a regression's answers.",
    ),
    StepSpec(
        "label_order",
        "label order",
        _ALL,
        (Param("labels", "strings", [], "name of each output, in order"),),
        "Which output of the network has which name.",
    ),
)

SPECS: dict[str, StepSpec] = {spec.name: spec for spec in STEPS}
