"""How an image model is to be fed: written down, or filled in silently by defaults."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.candidates.artefact import IMAGE_PROCESSORS, Artefact
from analysis.candidates.checks.base import Check, blocker, caution, is_network
from analysis.candidates.corrected import DEPLOYED
from analysis.candidates.families import modality_in
from analysis.errors import UnusableInput
from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.huggingface import pipeline_from_processor
from analysis.types import Finding, Json, Modality, Pipeline

WRITE = "Ask the publisher how images are to be prepared, and write it into preprocessor_config.json."


def run(artefact: Artefact) -> Iterator[Finding]:
    """Yield what the processor's configuration leaves out."""
    found = next((name for name in IMAGE_PROCESSORS if artefact.has(name)), IMAGE_PROCESSORS[0])
    processor = artefact.processor
    if processor is None:
        if artefact.has(DEPLOYED):
            yield caution(
                "processor.missing",
                f"There is no preprocessor_config.json; {DEPLOYED} alone says how images are prepared.",
                WRITE,
            )
        else:
            yield blocker(
                "processor.missing",
                "There is no preprocessor_config.json: nothing says at which size and scale the network wants images.",
                WRITE,
            )
        return
    try:
        pipeline = check_pipeline(pipeline_from_processor(processor, ()))
    except UnusableInput as error:
        yield blocker("processor.unknown", f"{found}: {error.what}", error.action or WRITE, file=found)
        return
    absent = _absent(processor)
    if absent:
        yield caution(
            "processor.defaults",
            f"{found} doesn't say {', '.join(absent)}. Loaders fill that in silently: {_in_use(pipeline)}.",
            WRITE,
            file=found,
            absent=absent,
        )


def _absent(processor: dict[str, Json]) -> list[str]:
    """Return which of the essentials a configuration neither gives nor switches off."""
    absent = []
    if processor.get("do_resize", True) and not processor.get("size") and not processor.get("crop_size"):
        absent.append("the size")
    if processor.get("do_normalize", True):
        absent += [
            words
            for key, words in (("image_mean", "the mean"), ("image_std", "the deviation"))
            if not processor.get(key)
        ]
    return absent


def _in_use(pipeline: Pipeline) -> str:
    resize, normalize = pipeline.get("resize"), pipeline.get("normalize")
    parts = []
    if resize is not None:
        sizes = {key: value for key, value in resize.params.items() if isinstance(value, int) and value is not True}
        parts.append("resize to " + " × ".join(str(size) for size in sizes.values()) if sizes else "no resize")
    if normalize is not None:
        parts.append(f"mean {normalize.params.get('mean')}, deviation {normalize.params.get('std')}")
    return "; ".join(parts)


CHECK = Check(
    "The processor's configuration says how images are prepared.",
    run,
    lambda artefact: is_network(artefact) and modality_in(artefact.config) is Modality.IMAGE,
)
