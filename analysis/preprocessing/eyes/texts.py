"""Texts as a model receives them: tokens, with what was cut off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Literal, TypeAlias, cast

from analysis.preprocessing.describe import describe_step
from analysis.preprocessing.eyes.stages import stages_of
from analysis.preprocessing.text import TEXT_STEPS, apply_text
from analysis.types import Candidate, Pipeline

Text: TypeAlias = str | tuple[str, str]


@dataclass(frozen=True)
class Token:
    """One token as the model receives it.

    Attributes
    ----------
    text : str
    number : int
        Its id.
    kind : "word", "special" or "unknown"
    changed : bool
        Whether the other pipeline has another token here.
    """

    text: str
    number: int
    kind: Literal["word", "special", "unknown"]
    changed: bool = False


@dataclass(frozen=True)
class TextStage:
    """What a text is after one step; pairs are joined by an empty line."""

    step: str
    sentence: str
    text: str
    acted: bool


@dataclass(frozen=True)
class SeenText:
    """What one pipeline makes of a text.

    Attributes
    ----------
    stages : tuple of TextStage
        The steps on strings.
    tokens : tuple of Token
    cut : bool
        Whether the text was too long.
    lost : str
        What was cut off a single text, and empty otherwise.
    side : str
        The end that it was cut off from.
    """

    stages: tuple[TextStage, ...]
    tokens: tuple[Token, ...]
    cut: bool
    lost: str
    side: str

    @property
    def unknown(self) -> int:
        """Tokens that the vocabulary lacks."""
        return sum(token.kind == "unknown" for token in self.tokens)


def see_text(candidate: Candidate, text: Text, pipeline: Pipeline) -> SeenText:
    """Follow one text through a pipeline to its tokens."""
    from analysis.candidates.batches import TokenBatch

    stages, before = [], text
    for step, prefix in stages_of(pipeline):
        if step.name in TEXT_STEPS:
            now = apply_text(text, prefix)
            stages.append(TextStage(step.name, describe_step(step), _joined(now), now != before))
            before = now
    batch = cast("TokenBatch", candidate.prepare([text], pipeline))
    unknown = getattr(getattr(candidate, "tokenizer", None), "unk_token_id", None)
    numbers = batch.arrays["input_ids"][0][batch.arrays["attention_mask"][0] == 1].tolist()
    tokens = [
        Token(word, number, "special" if part < 0 else "unknown" if number == unknown else "word")
        for word, number, part in zip(batch.tokens[0], numbers, batch.parts[0], strict=True)
    ]
    side = str(pipeline.param("truncation", "side", "right"))
    return SeenText(tuple(stages), tuple(tokens), batch.truncated[0], _lost(batch, side), side)


def _joined(text: Text) -> str:
    return text if isinstance(text, str) else "\n\n".join(text)


def _lost(batch: object, side: str) -> str:
    from analysis.candidates.batches import TokenBatch

    assert isinstance(batch, TokenBatch)
    text = batch.texts[0]
    kept = [span for span, part in zip(batch.spans[0], batch.parts[0], strict=True) if part >= 0]
    if not batch.truncated[0] or not isinstance(text, str) or not kept:
        return ""
    return text[kept[-1][1] :] if side == "right" else text[: kept[0][0]]


def compare_tokens(left: SeenText, right: SeenText) -> tuple[SeenText, SeenText]:
    """Return both with the tokens marked that the other one doesn't have in that place."""
    matcher = SequenceMatcher(None, [t.number for t in left.tokens], [t.number for t in right.tokens], autojunk=False)
    changed: tuple[set[int], set[int]] = (set(), set())
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag != "equal":
            changed[0].update(range(a, b))
            changed[1].update(range(c, d))
    marked = [
        replace(side, tokens=tuple(replace(t, changed=i in there) for i, t in enumerate(side.tokens)))
        for side, there in zip((left, right), changed, strict=True)
    ]
    return marked[0], marked[1]
