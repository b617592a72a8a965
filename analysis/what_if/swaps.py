"""Words exchanged for near ones of the data, as few as change the answer.

Near is what the model's own word vectors say: the cosine between input embeddings, after their common mean is taken
away (Mu & Viswanath 2018, arXiv:1702.01417). Words with opposite meanings stand in the same places, and are near too:
an exchange shows what the model hangs on, not that two texts mean the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.errors import UnusableInput
from analysis.progress import Progress
from analysis.types import Candidate, Dataset, Pipeline
from analysis.what_if.answers import answer_to, margin_for, scores_of
from analysis.what_if.texts import common_words, words_of

Floats = npt.NDArray[np.float64]

#: Words of the data among which near ones are looked for: the most frequent.
KNOWN = 2_000
#: Places that are tried, those without whose words the answer moves most, and near words in each; then fewer places
#: with words that are farther away.
WAVES = ((16, 8), (6, 40))
#: Exchanges that a suggestion may make.
MOST = 4


@dataclass(frozen=True)
class Swap:
    """One word exchanged for another.

    Attributes
    ----------
    place : int
        Position among the text's words.
    before, after : str
    nearness : float
        Cosine of the model's vectors of both, from -1 to 1.
    """

    place: int
    before: str
    after: str
    nearness: float


@dataclass(frozen=True)
class Swaps:
    """Exchanges that change the answer.

    Attributes
    ----------
    swaps : tuple of Swap
        In the order of the text; empty where none were found.
    text : str
        With all of them made.
    tried : int
        Texts that were predicted.
    """

    swaps: tuple[Swap, ...]
    text: str
    tried: int


class WordVectors:
    """The model's own vectors of the data's most frequent words.

    Parameters
    ----------
    candidate : Candidate
        With a network and a tokenizer.
    words : sequence of str

    Raises
    ------
    UnusableInput
        If the candidate has no word vectors.
    """

    def __init__(self, candidate: Candidate, words: Sequence[str]) -> None:
        module, tokenizer = getattr(candidate, "module", None), getattr(candidate, "tokenizer", None)
        if module is None or tokenizer is None:
            raise UnusableInput(f"{candidate.name} has no word vectors.", "Leave words out instead.")
        with candidate.lock:
            weights = module.get_input_embeddings().weight.detach().float().cpu().numpy()
        self._table: npt.NDArray[np.float32] = weights
        self._tokenizer: Any = tokenizer
        self._mean: Floats = np.asarray(weights.mean(axis=0), dtype=np.float64)
        made = [(word, vector) for word in words if (vector := self.vector(word)) is not None]
        self.words = tuple(word for word, _ in made)
        self._vectors: Floats = np.array([vector for _, vector in made]).reshape(len(made), len(self._mean))

    def vector(self, word: str) -> Floats | None:
        """Return a word's vector of length 1, or None where the tokenizer doesn't know the word."""
        # Tokenizers of the GPT kind spell a word within a text with the space before it.
        ids = self._tokenizer(f" {word}", add_special_tokens=False)["input_ids"]
        unknown = getattr(self._tokenizer, "unk_token_id", None)
        if not ids or (unknown is not None and unknown in ids):
            return None
        found = self._table[ids].mean(axis=0, dtype=np.float64) - self._mean
        length = float(np.linalg.norm(found))
        return found / length if length > 0 else None

    def near(self, word: str, limit: int) -> tuple[tuple[str, float], ...]:
        """Return the nearest other words with their cosines, the nearest first; of an unknown word none."""
        own = self.vector(word)
        if own is None:  # A tokenizer that tells capitals apart may know the plain word alone.
            own = self.vector(word.casefold())
        if own is None or not len(self.words):
            return ()
        cosines = self._vectors @ own
        order = np.argsort(-cosines, kind="stable").tolist()
        others = [(self.words[i], float(cosines[i])) for i in order if not self._same(self.words[i], word)]
        return tuple(others[:limit])

    def _same(self, a: str, b: str) -> bool:
        """Whether two words are one to the model: only their case differs, or one tokenizer's spelling is both."""
        if a.casefold() == b.casefold():
            return True
        spelled = [self._tokenizer(f" {word}", add_special_tokens=False)["input_ids"] for word in (a, b)]
        return bool(spelled[0] == spelled[1])


def exchanged(text: str, swaps: Sequence[tuple[int, str]]) -> str:
    """Return a text with the words in some places exchanged; a capital stays one."""
    spans = words_of(text)
    for place, word in sorted(swaps, reverse=True):
        start, end = spans[place]
        old = text[start:end]
        if old[:1].isupper():
            word = word.upper() if len(old) > 1 and old.isupper() else word[:1].upper() + word[1:]
        text = text[:start] + word + text[end:]
    return text


def smallest_swaps(
    candidate: Candidate,
    dataset: Dataset,
    text: str,
    pipeline: Pipeline,
    *,
    goal: float | None = None,
    most: int = MOST,
    progress: Progress | None = None,
    seed: int = 0,
) -> Swaps:
    """Search the fewest exchanges of words for near ones that change the answer.

    The places that matter most are found by leaving each word out. In each of them the nearest words of the data are
    tried, then farther ones; of single exchanges that change the answer, the one between the nearest words is taken.
    Where none does, the one that comes nearest to it is made, and the search goes on; in the end exchanges that need
    not be are undone.

    Parameters
    ----------
    candidate : Candidate
    dataset : Dataset
        Its most frequent words are tried.
    text : str
    pipeline : Pipeline
    goal : float, optional
        A regression: the value to be reached.
    most : int
        Exchanges at most.
    progress : Progress, optional
    seed : int
        Draws the texts whose words are counted, where there are many.

    Raises
    ------
    UnusableInput
        If the candidate has no word vectors.
    Cancelled
    """
    progress = progress or Progress()
    progress.start("Exchanging words", 0)
    margin = margin_for(answer_to(candidate, [text], pipeline), goal)
    vectors, tried = WordVectors(candidate, common_words(dataset, seed)[:KNOWN]), 0
    words = [text[slice(*span)] for span in words_of(text)]

    def beyond(texts: Sequence[str]) -> list[float]:
        nonlocal tried
        tried += len(texts)
        return [float(m) for m in margin(scores_of(candidate, texts, pipeline, progress=progress))]

    if not words:
        return Swaps((), text, 0)
    gone = beyond([exchanged(text, [(place, "")]) for place in range(len(words))])
    places = np.argsort(-np.array(gone), kind="stable").tolist()
    for width, depth in WAVES:
        options = [
            Swap(place, words[place], other, cosine)
            for place in places[:width]
            for other, cosine in vectors.near(words[place], depth)
        ]
        kept = _fewest(text, options, most, beyond)
        if kept:
            return Swaps(kept, _with(text, kept), tried)
    return Swaps((), text, tried)


def _fewest(
    text: str, options: Sequence[Swap], most: int, beyond: Callable[[Sequence[str]], list[float]]
) -> tuple[Swap, ...]:
    """Return the fewest of some exchanges that change the answer, or none where all together are not enough."""
    made: tuple[Swap, ...] = ()
    for _ in range(most):
        left = [swap for swap in options if all(swap.place != other.place for other in made)]
        if not left:
            break
        trials = [(*made, swap) for swap in left]
        found = beyond([_with(text, trial) for trial in trials])
        flips = [i for i, value in enumerate(found) if value > 0]
        if flips:
            nearest = max(flips, key=lambda i: left[i].nearness)
            return _needed(trials[nearest], lambda trial: beyond([_with(text, trial)])[0] > 0)
        made = trials[int(np.argmax(found))]
    return ()


def _with(text: str, swaps: Sequence[Swap]) -> str:
    return exchanged(text, [(swap.place, swap.after) for swap in swaps])


def _needed(swaps: tuple[Swap, ...], changes: Callable[[tuple[Swap, ...]], bool]) -> tuple[Swap, ...]:
    """Undo each exchange without which the answer is changed all the same."""
    for swap in swaps:
        rest = tuple(other for other in swaps if other is not swap)
        if rest and len(swaps) > 1 and changes(rest):
            swaps = rest
    return tuple(sorted(swaps, key=lambda swap: swap.place))
