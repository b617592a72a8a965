"""What licences say about three uses: one table, so that a person can check every line of it.

Sources: the licences' texts (spdx.org/licenses; the model licences on their publishers' pages), read for these three
questions only. Terms as declared, not legal advice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Use(StrEnum):
    """What somebody wants to do with a model."""

    EVALUATION = "evaluation"
    COMMERCIAL = "commercial"
    REDISTRIBUTION = "redistribution"


USES = {
    Use.EVALUATION: "internal evaluation",
    Use.COMMERCIAL: "commercial use",
    Use.REDISTRIBUTION: "fine-tuning and passing on",
}


class Answer(IntEnum):
    """What a licence answers; the larger one wins where several apply together."""

    ALLOWED = 0
    CONDITIONS = 1
    UNKNOWN = 2
    FORBIDDEN = 3

    @property
    def word(self) -> str:
        """The answer as JSON and people have it."""
        return self.name.lower()


@dataclass(frozen=True)
class Terms:
    """Answers to the three uses, and the conditions in one sentence."""

    evaluation: Answer
    commercial: Answer
    redistribution: Answer
    conditions: str = ""

    def of(self, use: Use) -> Answer:
        """Return the answer for one use."""
        answers = {Use.EVALUATION: self.evaluation, Use.COMMERCIAL: self.commercial}
        return answers.get(use, self.redistribution)


_A, _C, _U, _F = Answer.ALLOWED, Answer.CONDITIONS, Answer.UNKNOWN, Answer.FORBIDDEN
FREE = Terms(_A, _A, _A)
PERMISSIVE = Terms(_A, _A, _C, "keep the licence text and the copyright notice")
ATTRIBUTION = Terms(_A, _C, _C, "name the authors, link the licence, say what was changed")
WEAK = Terms(_A, _C, _C, "changes to these files stay under the same licence")
COPYLEFT = Terms(_A, _C, _C, "what is passed on goes under the same licence, with its source")
NETWORK = Terms(_A, _C, _C, "what is passed on or offered over a network goes under the same licence, with its source")
SHARE_ALIKE = Terms(_A, _C, _C, "name the authors; what is adapted and passed on goes under the same licence")
NO_DERIVATIVES = Terms(_A, _C, _F, "name the authors; an adapted version may not be passed on")
NON_COMMERCIAL = Terms(_C, _F, _C, "only for purposes that are not commercial; name the authors")
NON_COMMERCIAL_ND = Terms(_C, _F, _F, "only for purposes that are not commercial, and unchanged")
RAIL = Terms(_C, _C, _C, "its list of forbidden uses holds for you and for everybody whom you pass it on to")
RAIL_RESEARCH = Terms(_C, _F, _C, "research only, within its list of forbidden uses")
COMMUNITY = Terms(
    _C, _C, _C, "the publisher's own licence: acceptable use policy, naming rules and limits of size hold"
)
RESEARCH = Terms(_C, _F, _C, "research only")
UNKNOWN = Terms(_U, _U, _U)

#: SPDX identifiers in lower case; one that ends in "*" stands for all that begin so. The first that fits counts.
SPDX: Mapping[str, Terms] = {
    **dict.fromkeys(("cc0-1.0", "unlicense", "wtfpl", "0bsd", "pddl-1.0", "mit-0", "cc-pddc"), FREE),
    **dict.fromkeys(
        (
            "mit*", "apache-*", "bsd-*", "isc", "zlib", "bsl-1.0", "postgresql", "ncsa", "ecl-2.0", "afl-3.0",
            "artistic-2.0", "ofl-1.1", "cdla-permissive-*", "upl-1.0", "hpnd*", "x11", "c-uda-1.0", "psf-2.0", "ms-pl",
            "blueoak-1.0.0", "mulanpsl-2.0", "python-2.0*",
        ),
        PERMISSIVE,
    ),
    "cc-by-nc-nd-*": NON_COMMERCIAL_ND,
    "cc-by-nc-*": NON_COMMERCIAL,
    "cc-by-nd-*": NO_DERIVATIVES,
    "cc-by-sa-*": SHARE_ALIKE,
    "cc-by-*": ATTRIBUTION,
    "etalab-2.0": ATTRIBUTION,
    "odc-by-1.0": ATTRIBUTION,
    "odbl-1.0": SHARE_ALIKE,
    "cdla-sharing-1.0": SHARE_ALIKE,
    "gfdl-*": COPYLEFT,
    **dict.fromkeys(("mpl-*", "epl-*", "lgpl-*", "lppl-*", "cddl-*", "ms-rl"), WEAK),
    **dict.fromkeys(("agpl-*", "osl-*", "eupl-*", "sspl-1.0", "rpl-*"), NETWORK),
    **dict.fromkeys(("gpl-*", "cecill-*"), COPYLEFT),
    "polyform-noncommercial-1.0.0": NON_COMMERCIAL,
}  # fmt: skip

#: Ids and names of the model hub that are no SPDX identifiers: how they are called, and their terms.
HUB: Mapping[str, tuple[str, Terms]] = {
    "openrail": ("OpenRAIL", RAIL),
    "openrail++": ("CreativeML OpenRAIL++-M", RAIL),
    "creativeml-openrail-m": ("CreativeML OpenRAIL-M", RAIL),
    "bigscience-openrail-m": ("BigScience OpenRAIL-M", RAIL),
    "bigscience-bloom-rail-1.0": ("BigScience BLOOM RAIL 1.0", RAIL),
    "bigcode-openrail-m": ("BigCode OpenRAIL-M", RAIL),
    "deepfloyd-if-license": ("DeepFloyd IF", RAIL_RESEARCH),
    "llama2": ("Llama 2 Community License", COMMUNITY),
    "llama3": ("Llama 3 Community License", COMMUNITY),
    "llama3.1": ("Llama 3.1 Community License", COMMUNITY),
    "llama3.2": ("Llama 3.2 Community License", COMMUNITY),
    "llama3.3": ("Llama 3.3 Community License", COMMUNITY),
    "llama4": ("Llama 4 Community License", COMMUNITY),
    "gemma": ("Gemma Terms of Use", COMMUNITY),
    "apple-ascl": ("Apple Sample Code License", PERMISSIVE),
    "apple-amlr": ("Apple Machine Learning Research Model License", RESEARCH),
    "intel-research": ("Intel Research Use License", RESEARCH),
    "h-research": ("H Company Research License", RESEARCH),
    "fair-noncommercial-research-license": ("FAIR Noncommercial Research License", RESEARCH),
    "open-mdw": ("OpenMDW", PERMISSIVE),
    "c-uda": ("C-UDA 1.0", PERMISSIVE),
    "cdla-permissive-1.0": ("CDLA-Permissive-1.0", PERMISSIVE),
    "pddl": ("PDDL-1.0", FREE),
    "odbl": ("ODbL-1.0", SHARE_ALIKE),
    "lgpl-lr": ("LGPL-LR", WEAK),
    "gfdl": ("GFDL, no version given", COPYLEFT),
    "bsd": ("BSD, no version given", PERMISSIVE),
    "gpl": ("GPL, no version given", COPYLEFT),
    "lgpl": ("LGPL, no version given", WEAK),
    "agpl": ("AGPL, no version given", NETWORK),
    "cc-by": ("CC-BY, no version given", ATTRIBUTION),
    "cc-by-sa": ("CC-BY-SA, no version given", SHARE_ALIKE),
    "cc-by-nc": ("CC-BY-NC, no version given", NON_COMMERCIAL),
    "cc-by-nc-sa": ("CC-BY-NC-SA, no version given", NON_COMMERCIAL),
    "cc-by-nd": ("CC-BY-ND, no version given", NO_DERIVATIVES),
    "cc-by-nc-nd": ("CC-BY-NC-ND, no version given", NON_COMMERCIAL_ND),
    "falcon-llm-license": ("Falcon LLM License", COMMUNITY),
    "stabilityai-ai-community": ("Stability AI Community License", COMMUNITY),
    "mrl": ("Mistral AI Research License", RESEARCH),
    "mnpl": ("Mistral AI Non-Production License", RESEARCH),
    "tongyi-qianwen": ("Tongyi Qianwen License", COMMUNITY),
    "qwen-research": ("Qwen Research License", RESEARCH),
    "nvidia-open-model-license": ("NVIDIA Open Model License", COMMUNITY),
    "deepseek": ("DeepSeek License", COMMUNITY),
}

#: Declarations that name no licence.
NOTHING = frozenset(("other", "unknown", "none", "null", "n/a", "na", "no", "tbd", "todo", "-", "false", "no license"))


def terms_of_spdx(identifier: str) -> Terms:
    """Return the terms of an SPDX identifier, or `UNKNOWN` where the table has none."""
    key = identifier.lower().removesuffix("+")
    for pattern, terms in SPDX.items():
        if key == pattern or (pattern.endswith("*") and key.startswith(pattern[:-1])):
            return terms
    return UNKNOWN
