"""Families of edits: the mistakes that deployments make, each with the ways to put it right."""

from __future__ import annotations

from analysis.preprocessing.edits.background import BACKGROUND
from analysis.preprocessing.edits.base import Context, EditFamily
from analysis.preprocessing.edits.case import CASE
from analysis.preprocessing.edits.channel_order import CHANNEL_ORDER
from analysis.preprocessing.edits.color_mode import COLOR_MODE
from analysis.preprocessing.edits.column_order import COLUMN_ORDER
from analysis.preprocessing.edits.crop import CROP
from analysis.preprocessing.edits.encoding import CATEGORY_ENCODING, TEXT_ENCODING
from analysis.preprocessing.edits.interpolation import INTERPOLATION
from analysis.preprocessing.edits.known_labels import canonical_order, is_alphabetical
from analysis.preprocessing.edits.label_order import LABEL_ORDER
from analysis.preprocessing.edits.layout import LAYOUT
from analysis.preprocessing.edits.markup import MARKUP
from analysis.preprocessing.edits.missing import MISSING
from analysis.preprocessing.edits.normalize import NORMALIZE
from analysis.preprocessing.edits.orientation import ORIENTATION
from analysis.preprocessing.edits.pair_order import PAIR_ORDER
from analysis.preprocessing.edits.positive_class import POSITIVE_CLASS
from analysis.preprocessing.edits.presets import propose_presets
from analysis.preprocessing.edits.rescale import RESCALE
from analysis.preprocessing.edits.resize import RESIZE
from analysis.preprocessing.edits.scaling import SCALING
from analysis.preprocessing.edits.special_tokens import SPECIAL_TOKENS
from analysis.preprocessing.edits.target_scale import TARGET_SCALE
from analysis.preprocessing.edits.truncation import TRUNCATION
from analysis.preprocessing.edits.units import UNITS
from analysis.preprocessing.edits.whitespace import WHITESPACE

#: Every family, one line each; the order is that of the pages.
FAMILIES: tuple[EditFamily, ...] = (
    CHANNEL_ORDER,
    RESCALE,
    NORMALIZE,
    RESIZE,
    CROP,
    INTERPOLATION,
    ORIENTATION,
    BACKGROUND,
    COLOR_MODE,
    LAYOUT,
    CASE,
    TRUNCATION,
    SPECIAL_TOKENS,
    MARKUP,
    TEXT_ENCODING,
    WHITESPACE,
    PAIR_ORDER,
    COLUMN_ORDER,
    SCALING,
    UNITS,
    MISSING,
    CATEGORY_ENCODING,
    TARGET_SCALE,
    LABEL_ORDER,
    POSITIVE_CLASS,
)

__all__ = ["FAMILIES", "Context", "EditFamily", "canonical_order", "is_alphabetical", "propose_presets"]
