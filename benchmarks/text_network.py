"""Texts through a network of BERT's usual size: against ``transformers.pipeline``, and against the processor's peak.

The weights are random, since speed doesn't depend on them; what bf16 changes is counted on the sample model, whose
weights mean something. The peak is the best that torch's matrix product reaches on this machine, in this run.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from analysis.candidates.network import TorchCandidate
from analysis.predict import predict
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from benchmarks.timing import Row, compare, row, seconds, table

MODELS, DATA = bundled_root() / "models", bundled_root() / "data"
SAMPLE, TWEETS = MODELS / "reviews-sentiment", DATA / "tweets.csv"
#: Sizes of the square matrices among which the peak is looked for.
SIZES = (1024, 2048, 3072)
TEXTS = 128


def base_network(folder: Path) -> Path:
    """Save a BERT of base size with random weights and the sample's tokenizer."""
    import torch
    import transformers

    own = transformers.AutoConfig.from_pretrained(SAMPLE)
    config = transformers.BertConfig(
        vocab_size=own.vocab_size, num_labels=2, id2label=own.id2label, label2id=own.label2id, pad_token_id=0
    )
    torch.manual_seed(0)
    transformers.BertForSequenceClassification(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (SAMPLE / name).exists():
            shutil.copy(SAMPLE / name, folder)
    return folder


def some_texts(folder: Path) -> Path:
    """Write a table of some tweets."""
    import pandas as pd

    table = folder / "tweets.csv"
    pd.read_csv(TWEETS, dtype=str, keep_default_na=False).head(TEXTS).to_csv(table, index=False)
    return table


def peak() -> float:
    """Return the most floating-point operations a second that a matrix product in float32 reaches."""
    import torch

    best = 0.0
    for size in SIZES:
        a, b = torch.randn(size, size), torch.randn(size, size)
        torch.mm(a, b)
        best = max(best, *(2 * size**3 / seconds(lambda a=a, b=b: torch.mm(a, b)) for _ in range(8)))
    return best


def useful(session: Session) -> float:
    """Return the floating-point operations that the texts need, each at its own length."""
    from analysis.diligence.cost.network import flops_of

    candidate = session.candidate
    assert isinstance(candidate, TorchCandidate)
    counted: dict[int, int] = {}
    total = 0
    for text in session.dataset.inputs(np.arange(len(session.dataset))):
        tensors = candidate.tensors(candidate.prepare([text], session.pipeline))
        length = int(tensors["input_ids"].shape[1])
        if length not in counted:
            counted[length] = flops_of(candidate.module, tensors)
        total += counted[length]
    return float(total)


def run(session: Session, precision: str) -> object:
    """Predict everything."""
    return predict(session.candidate, session.dataset, session.pipeline, precision=precision)


def flips() -> tuple[int, int]:
    """Return how many answers of the sample model bf16 changes, and of how many."""
    session = open_session(SAMPLE, TWEETS)
    exact, rough = (
        predict(session.candidate, session.dataset, session.pipeline, precision=p).predicted for p in ("fp32", "bf16")
    )
    return int((exact != rough).sum()), len(exact)


def ratios() -> Iterator[Row]:
    """Return a row a precision, and one with the share of the peak."""
    from transformers import pipeline

    folder = Path(tempfile.mkdtemp())
    model, data = base_network(folder), some_texts(folder)
    session = open_session(model, data)
    texts = list(session.dataset.inputs(np.arange(len(session.dataset))))
    classify = pipeline("text-classification", model=str(model), device="cpu")

    def theirs() -> object:
        return classify(texts, truncation=True)

    changed, of = flips()
    said = {"fp32": "scores to 1e-5", "bf16": f"{changed} of {of:,} answers of the sample model change"}
    for precision, same in said.items():
        found = compare(lambda precision=precision: run(session, precision), theirs, rounds=3)
        yield row(f"predict {len(texts)} texts, BERT base, {precision}", "transformers.pipeline, fp32", found, same)
    yield _share(session)


def _share(session: Session) -> Row:
    """Return the share of the peak that prediction in fp32 reaches, the median of five."""
    needed, found = useful(session), []
    for _ in range(5):
        best, took = peak(), seconds(lambda: run(session, "fp32"))
        found.append((needed / took / best, best, took))
    share, best, took = sorted(found)[len(found) // 2]
    what = "tokenising included, padding not counted"
    return Row(
        "the same in fp32", f"this machine's matrix product, {best / 1e9:.0f} GFLOP/s", f"{took:.2f} s",
        f"{needed / best:.2f} s", f"**{share:.0%}** of its peak ({min(found)[0]:.0%}–{max(found)[0]:.0%})", what,
    )  # fmt: skip


def main() -> None:
    """Print the rows."""
    warnings.filterwarnings("ignore")
    table(ratios())


if __name__ == "__main__":
    main()
