"""The steps of text pipelines."""

from __future__ import annotations

from analysis.preprocessing.params import choice, flag, whole
from analysis.preprocessing.spec import StepSpec
from analysis.types import Modality

TEXT = (Modality.TEXT,)

MOJIBAKE = StepSpec(
    "encoding",
    "text encoding",
    TEXT,
    "Simulates or repairs text that was read in the wrong encoding.",
    "Accents and quotation marks become two or three strange characters each.",
    (
        choice(
            "mojibake",
            "none; latin1 or cp1252 (UTF-8 read as such); repair (either undone, where that can be done).",
            ("none", "latin1", "cp1252", "repair"),
            "none",
        ),
    ),
    {"mojibake": "none"},
)
MARKUP = StepSpec(
    "markup",
    "markup",
    TEXT,
    "Removes what is left of web pages.",
    "The model reads tags, entities and addresses that it never saw in training.",
    (
        flag("unescape", "Whether HTML entities such as &amp; become characters.", False),
        flag("strip_tags", "Whether HTML tags are removed.", False),
        choice(
            "urls",
            "Web addresses are kept, dropped, or replaced by the word http (placeholder).",
            ("keep", "drop", "placeholder"),
            "keep",
        ),
    ),
    {"unescape": False, "strip_tags": False, "urls": "keep"},
)
WHITESPACE = StepSpec(
    "whitespace",
    "whitespace",
    TEXT,
    "Turns runs of spaces, tabs and line breaks into one space and trims the ends.",
    "Some tokenizers make tokens of every space.",
    (flag("collapse", "Whether it is done.", False),),
    {"collapse": False},
)
CASE = StepSpec(
    "case",
    "case",
    TEXT,
    "Changes the case of all letters.",
    "A model that tells case apart meets unknown words.",
    (choice("mode", "keep, lower or upper.", ("keep", "lower", "upper"), "keep"),),
    {"mode": "keep"},
)
PAIR_ORDER = StepSpec(
    "pair_order",
    "order of the two texts",
    TEXT,
    "Says which text of a pair comes first; single texts aren't changed.",
    "Premise and hypothesis are swapped.",
    (choice("order", "ab as the data has them, ba swapped.", ("ab", "ba"), "ab"),),
    {"order": "ab"},
)
SPECIAL_TOKENS = StepSpec(
    "special_tokens",
    "special tokens",
    TEXT,
    "Adds the tokens that mark beginning, end and the border of a pair.",
    "The model looks for its answer at a token that isn't there.",
    (flag("add", "Whether they are added.", True),),
    {"add": True},
)
TRUNCATION = StepSpec(
    "truncation",
    "truncation",
    TEXT,
    "Cuts texts that are too long.",
    "What decides the answer is cut off.",
    (
        whole("max_length", "In tokens, special ones included.", 1, 1_000_000),
        choice("side", "The end that is cut off.", ("right", "left"), "right"),
    ),
    {"max_length": 512, "side": "right"},
)

TEXT_STEPS = (MOJIBAKE, MARKUP, WHITESPACE, CASE, PAIR_ORDER, SPECIAL_TOKENS, TRUNCATION)
