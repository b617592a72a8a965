"""What loading a model found, kept on disk: the same files are not loaded again only to learn it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

from analysis import kept
from analysis.predict import library_versions
from analysis.types import Capabilities, Finding

Found = TypeVar("Found")


@dataclass(frozen=True)
class Loaded:
    """What only loading tells of a network.

    Attributes
    ----------
    capabilities : Capabilities
    findings : tuple of Finding
        ``loading.…``
    longest : int
        Text: how many tokens it takes.
    side : str
        Text: "left" or "right", where the tokenizer cuts.
    simplified : bool
        Images: whether a simpler form of the network was shown to compute the same; see `folding`.
    """

    capabilities: Capabilities
    findings: tuple[Finding, ...]
    longest: int = 0
    side: str = "right"
    simplified: bool = False


def _place(fingerprint: str) -> Path:
    code = kept.code_of(Path(__file__).parent)
    versions = library_versions() | {"skops": version("skops")}
    return kept.place_of("loaded", {"candidate": fingerprint, "versions": versions, "code": code})


def find(fingerprint: str, kind: type[Found]) -> Found | None:
    """Return what loading the files with this fingerprint found, with these libraries, or None."""
    return kept.find(_place(fingerprint), kind)


def keep(fingerprint: str, found: object) -> None:
    """Remember what loading found; nothing that was refused is to be kept."""
    kept.keep(_place(fingerprint), found)
