"""Terms of widely used training data as their makers publish them: a short table that a person can check.

Only data sets whose terms are stated in one sentence on their own page; all others stay unknown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.diligence.licences.recognise import Recognised, recognise
from analysis.diligence.licences.terms import RESEARCH


@dataclass(frozen=True)
class KnownData:
    """One data set: how its name begins on the hub, its licence, and where its makers say so."""

    pattern: re.Pattern[str]
    licence: Recognised
    source: str


def _known(pattern: str, licence: Recognised | str, source: str) -> KnownData:
    found = recognise(licence) if isinstance(licence, str) else licence
    return KnownData(re.compile(rf"(?:[\w.-]+/)?(?:{pattern})$", re.IGNORECASE), found, source)


_IMAGENET = Recognised("ImageNet terms of access (non-commercial research and education)", RESEARCH)
_MARCO = Recognised("MS MARCO terms (non-commercial research)", RESEARCH)

KNOWN: tuple[KnownData, ...] = (
    _known(r"imagenet([-_ ]?(1k|21k|22k|12k|2012))?(-wds)?|ilsvrc([-_]?2012)?", _IMAGENET, "image-net.org/download"),
    _known(r"ms[-_]?marco(-.*)?", _MARCO, "microsoft.github.io/msmarco"),
    _known(r"squad(_v2)?", "CC-BY-SA-4.0", "rajpurkar.github.io/SQuAD-explorer"),
    _known(r"wikipedia|wikitext(-.*)?", "CC-BY-SA-3.0", "dumps.wikimedia.org/legal.html"),
    _known(r"common_voice(_\d+_\d+)?", "CC0-1.0", "commonvoice.mozilla.org"),
    _known(r"snli", "CC-BY-SA-4.0", "nlp.stanford.edu/projects/snli"),
    _known(r"anli", "CC-BY-NC-4.0", "github.com/facebookresearch/anli"),
    _known(r"alpaca", "CC-BY-NC-4.0", "github.com/tatsu-lab/stanford_alpaca"),
    _known(r"databricks-dolly-15k", "CC-BY-SA-3.0", "github.com/databrickslabs/dolly"),
    _known(r"oasst[12]", "Apache-2.0", "huggingface.co/OpenAssistant"),
    _known(r"c4", "ODC-By-1.0", "huggingface.co/datasets/allenai/c4"),
)


def known_licence(name: str) -> KnownData | None:
    """Return what is known of a data set by its name on the hub, or None."""
    return next((one for one in KNOWN if one.pattern.match(" ".join(name.split())[:200])), None)
