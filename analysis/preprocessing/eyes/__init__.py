"""Through the model's eyes: what a pipeline makes of one example, stage by stage, and how two pipelines differ."""

from __future__ import annotations

from analysis.preprocessing.eyes.answers import Answer, answer
from analysis.preprocessing.eyes.images import (
    ImageStage,
    PixelDifference,
    SeenImage,
    pixel_difference,
    read_as,
    see_image,
)
from analysis.preprocessing.eyes.rows import SeenRow, TableStage, compare_rows, see_row
from analysis.preprocessing.eyes.texts import SeenText, TextStage, Token, compare_tokens, see_text

__all__ = [
    "Answer",
    "ImageStage",
    "PixelDifference",
    "SeenImage",
    "SeenRow",
    "SeenText",
    "TableStage",
    "TextStage",
    "Token",
    "answer",
    "compare_rows",
    "compare_tokens",
    "pixel_difference",
    "read_as",
    "see_image",
    "see_row",
    "see_text",
]
