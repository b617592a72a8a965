"""The reference of all steps as Markdown: ``python -m analysis.preprocessing.reference`` prints what the docs hold."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

from analysis.preprocessing.params import REQUIRED, Param
from analysis.preprocessing.spec import StepSpec
from analysis.preprocessing.steps import SPECS, steps_of
from analysis.types import Modality

TITLES = {Modality.IMAGE: "Images", Modality.TEXT: "Texts", Modality.TABULAR: "Tables"}


def markdown() -> str:
    """Return every step with its parameters, by modality, in the order in which steps run."""
    shared = [spec for spec in SPECS if len(spec.modalities) > 1]
    lines: list[str] = []
    for modality in Modality:
        lines += [f"## {TITLES[modality]}", ""]
        lines += [line for spec in steps_of(modality) if spec not in shared for line in _step(spec)]
    lines += ["## Outputs", ""]
    lines += [line for spec in shared for line in _step(spec)]
    return "\n".join(lines)


def _step(spec: StepSpec) -> Iterator[str]:
    yield f"### `{spec.name}`"
    yield ""
    yield f"{_plain(spec.sentence)} *Done otherwise:* {_plain(spec.effect[0].lower() + spec.effect[1:])}"
    yield ""
    if spec.params:
        yield "| parameter | takes | unless given | meaning |"
        yield "|---|---|---|---|"
        yield from (_param(param) for param in spec.params)
        yield ""


def _param(param: Param) -> str:
    default = "must be given" if param.default is REQUIRED else f"`{json.dumps(param.default)}`"
    modes = f" (for {', '.join(param.modes)})" if param.modes else ""
    return f"| `{param.name}`{modes} | {_plain(param.takes)} | {default} | {_plain(param.sentence)} |"


def _plain(text: str) -> str:
    for character, written in (("&", "&amp;"), ("|", "\\|"), ("_", "\\_"), ("*", "\\*")):
        text = text.replace(character, written)
    return text


if __name__ == "__main__":
    sys.stdout.write(markdown())
