"""The labelled examples that a model finds most alike: example-based explanation in its own embedding space."""

from __future__ import annotations

from analysis.neighbours.embeddings import Embeddings, embeddings_of, find_embeddings, misfit
from analysis.neighbours.nearest import Agreement, Neighbours, agreement, nearest

__all__ = [
    "Agreement",
    "Embeddings",
    "Neighbours",
    "agreement",
    "embeddings_of",
    "find_embeddings",
    "misfit",
    "nearest",
]
