"""Tokens that belong to one word, and attributions merged to words for reading."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.types import Attribution

Span = tuple[int, int]


def group_words(
    tokens: Sequence[str], spans: Sequence[Span], text: str, parts: Sequence[int]
) -> tuple[tuple[int, ...], ...]:
    """Return the positions of the tokens of each word, without special tokens.

    WordPiece says itself what continues a word (``##``). Elsewhere tokens belong together that touch in the text
    where a letter or digit meets another; letters of scripts that are written without spaces stay apart.

    Parameters
    ----------
    tokens : sequence of str
    spans : sequence of (int, int)
        Each token's range of characters in `text`.
    text : str
    parts : sequence of int
        -1 for special tokens.
    """
    wordpiece = any(token.startswith("##") for token in tokens)
    words: list[list[int]] = []
    previous: int | None = None
    for position, token in enumerate(tokens):
        if parts[position] < 0:
            previous = None
            continue
        if previous is not None and _continues(token, spans[previous], spans[position], text, wordpiece):
            words[-1].append(position)
        else:
            words.append([position])
        previous = position
    return tuple(tuple(word) for word in words)


def _continues(token: str, before: Span, here: Span, text: str, wordpiece: bool) -> bool:
    if wordpiece:
        return token.startswith("##")
    # A byte-level token may share its character with the one before it, or be empty of characters.
    if here[0] < before[1] or here[0] == here[1]:
        return True
    if here[0] > before[1]:
        return False
    last, first = text[before[1] - 1 : before[1]], text[here[0] : here[0] + 1]
    return _inside_word(last) and _inside_word(first)


def _inside_word(character: str) -> bool:
    return character.isalnum() and unicodedata.east_asian_width(character) not in "WF"


def merge_to_words(attribution: Attribution, text: str) -> Attribution:
    """Return a text attribution with one score a word: the sum of its tokens' scores; special tokens stay.

    Parameters
    ----------
    attribution : Attribution
        Of a text: one score a token.
    text : str
        What its spans refer to.
    """
    spans = attribution.spans
    parts = [-1 if start == end else 0 for start, end in spans]
    words = {word[0]: word for word in group_words(attribution.units, spans, text, parts)}
    inside = {position for word in words.values() for position in word}
    groups = [words.get(i, (i,)) for i in range(len(spans)) if i in words or i not in inside]
    merged = [(spans[g[0]][0], spans[g[-1]][1]) for g in groups]
    units = tuple(text[a:b] if b > a else attribution.units[g[0]] for g, (a, b) in zip(groups, merged, strict=True))
    scores = np.array([attribution.scores[list(g)].sum() for g in groups], dtype=np.float32)
    return replace(attribution, units=units, spans=tuple(merged), scores=scores)
