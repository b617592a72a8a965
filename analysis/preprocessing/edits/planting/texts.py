"""Faults of text deployments."""

from __future__ import annotations

from analysis.preprocessing.edits.base import Context
from analysis.preprocessing.edits.case import CASE
from analysis.preprocessing.edits.evidence import text_signs, texts_of
from analysis.preprocessing.edits.pair_order import PAIR_ORDER
from analysis.preprocessing.edits.planting import spoil
from analysis.preprocessing.edits.planting.fault import Fault, each_deployed
from analysis.preprocessing.edits.special_tokens import SPECIAL_TOKENS
from analysis.preprocessing.edits.truncation import TRUNCATION


def deployment_faults(context: Context) -> list[Fault]:
    """Return faults of how texts are cut, tokenised, lowered and paired."""
    pairs = {"pair swapped": {"order": "ba"}} if "pair" in text_signs(context) else {}
    return [
        *each_deployed(context, CASE, {"in capitals": {"mode": "upper"}, "in lower case": {"mode": "lower"}}),
        *each_deployed(
            context,
            TRUNCATION,
            {
                "cut to 8 tokens": {"max_length": 8},
                "cut to 16 tokens": {"max_length": 16},
                "the last 16 tokens": {"max_length": 16, "side": "left"},
                "the last 32 tokens": {"max_length": 32, "side": "left"},
            },
        ),
        *each_deployed(context, SPECIAL_TOKENS, {"without special tokens": {"add": False}}),
        *each_deployed(context, PAIR_ORDER, pairs),
    ]


def data_faults(context: Context) -> list[Fault]:
    """Return faults that live in the texts themselves, where they change one."""
    changes = {
        ("texts in capitals", "case"): str.upper,
        ("texts as the source of a web page", "markup"): spoil.as_web_page,
        ("texts with web addresses", "markup"): spoil.with_address,
        ("texts misread as Windows-1252", "encoding"): spoil.misread_as("cp1252"),
        ("texts misread as Latin-1", "encoding"): spoil.misread_as("latin1"),
        ("texts in short lines", "whitespace"): spoil.in_lines,
    }
    texts = texts_of(context)
    return [
        Fault(name, (step,), (), (spoil.each_text(change),))
        for (name, step), change in changes.items()
        if any(change(text) != text for text in texts)
    ]
