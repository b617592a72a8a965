"""The labelled examples that a model finds most alike: example-based explanation in its own embedding space."""

from __future__ import annotations

from analysis.neighbours.embeddings import Embeddings, embeddings_of, fed_rows, find_embeddings, misfit
from analysis.neighbours.nearest import Agreement, Neighbours, agreement, nearest
from analysis.neighbours.standard import Standard

__all__ = [
    "Agreement",
    "Embeddings",
    "Neighbours",
    "Standard",
    "agreement",
    "embeddings_of",
    "fed_rows",
    "find_embeddings",
    "misfit",
    "nearest",
]
