"""Run text pipelines: the steps on strings, and what the tokenizer is told by the others."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping, Sequence

from analysis.types import Json, Kind, Modality, Params, Pipeline, Step

Text = str | tuple[str, str]

#: A web address ends before the punctuation that follows it in a sentence.
URL = re.compile(r"\b(?:https?://|www\.)[^\s<>\"]*[^\s<>\".,;:!?)\]}'’”]", re.IGNORECASE)
#: A tag needs a letter after its bracket: "a < b and c > d" is none. Comments are bounded, or a text of nothing but
#: their beginnings would take minutes.
TAG = re.compile(r"<!--.{0,1000}?-->|</?[a-z][^<>]*>", re.IGNORECASE | re.DOTALL)
#: What the tweets of cardiffnlp and others put in the place of an address.
PLACEHOLDER = "http"

# Bytes that cp1252 leaves undefined: web browsers read them as control characters.
_UNDEFINED = {0x81, 0x8D, 0x8F, 0x90, 0x9D}
_CP1252 = {byte: chr(byte) if byte in _UNDEFINED else bytes([byte]).decode("cp1252") for byte in range(256)}
_TO_CP1252 = {character: byte for byte, character in _CP1252.items()}


def apply_text(text: Text, pipeline: Pipeline) -> Text:
    """Run the steps on strings: ``encoding``, ``markup``, ``whitespace``, ``case`` and ``pair_order``.

    Parameters
    ----------
    text : str or (str, str)
    pipeline : Pipeline
        Checked by `check_pipeline`.

    Returns
    -------
    str or (str, str)
        As it came: a single text or a pair.
    """
    for name, function in TEXT_STEPS.items():
        step = pipeline.get(name)
        if step is not None:
            text = function(text, step.params)
    return text


def tokenizer_options(pipeline: Pipeline) -> dict[str, Json]:
    """Return what the steps ``special_tokens`` and ``truncation`` tell a tokenizer.

    Returns
    -------
    dict
        ``add_special_tokens`` (bool), ``truncation`` (True), ``max_length`` (int) and ``truncation_side`` (str),
        which is an attribute of the tokenizer and no argument of its call.
    """
    return {
        "add_special_tokens": bool(pipeline.param("special_tokens", "add", True)),
        "truncation": True,
        "max_length": int(pipeline.param("truncation", "max_length", 512)),
        "truncation_side": str(pipeline.param("truncation", "side", "right")),
    }


def default_text_pipeline(
    labels: Sequence[str],
    *,
    max_length: int = 512,
    side: str = "right",
    lower: bool = False,
    kind: Kind = Kind.CLASSIFICATION,
) -> Pipeline:
    """Return the pipeline that hands texts to the tokenizer as they are.

    Parameters
    ----------
    labels : sequence of str
        The model's outputs in order.
    max_length : int
        In tokens, special ones included.
    side : str
        The end at which too long texts are cut: "right" or "left".
    lower : bool
        Whether the model was trained on lower case that its tokenizer doesn't make.
    kind : Kind
        A regression's pipeline also has a ``target_scale``.
    """
    steps = [
        Step("encoding", {"mojibake": "none"}),
        Step("markup", {"unescape": False, "strip_tags": False, "urls": "keep"}),
        Step("whitespace", {"collapse": False}),
        Step("case", {"mode": "lower" if lower else "keep"}),
        Step("pair_order", {"order": "ab"}),
        Step("special_tokens", {"add": True}),
        Step("truncation", {"max_length": max_length, "side": side}),
    ]
    if kind is Kind.REGRESSION:
        steps.append(Step("target_scale", {"scale": 1.0, "offset": 0.0}))
    return Pipeline(Modality.TEXT, (*steps, Step("label_order", {"labels": list(labels)})))


def misread(text: str, encoding: str) -> str:
    """Return what becomes of a text that is stored as UTF-8 and read as "latin1" or "cp1252"."""
    stored = text.encode("utf-8", errors="surrogatepass")
    if encoding == "latin1":
        return stored.decode("latin1")
    return "".join(_CP1252[byte] for byte in stored)


def repaired(text: str) -> str:
    """Undo `misread`, whichever encoding it was; return the text as it is where that can't be.

    A text that was read rightly holds characters that no such mistake makes, or isn't valid UTF-8 when stored as
    one byte a character, so it stays as it is.
    """
    if text.isascii():
        return text
    # Characters of both encodings may stand in one text: those that cp1252 lacks are Latin-1's own.
    codes = [_TO_CP1252.get(character, ord(character)) for character in text]
    if max(codes) > 255:
        return text
    try:
        return bytes(codes).decode("utf-8")
    except UnicodeDecodeError:
        return text


def _encoding(text: str, params: Params) -> str:
    mode = params.get("mojibake", "none")
    if mode == "none":
        return text
    return repaired(text) if mode == "repair" else misread(text, mode)


def _markup(text: str, params: Params) -> str:
    if params.get("unescape"):
        text = html.unescape(text)
    if params.get("strip_tags"):
        text = TAG.sub(" ", text)
    urls = params.get("urls", "keep")
    return text if urls == "keep" else URL.sub("" if urls == "drop" else PLACEHOLDER, text)


def _whitespace(text: str, params: Params) -> str:
    return " ".join(text.split()) if params.get("collapse") else text


def _case(text: str, params: Params) -> str:
    mode = params.get("mode", "keep")
    return text.lower() if mode == "lower" else text.upper() if mode == "upper" else text


def _each(function: Callable[[str, Params], str]) -> Callable[[Text, Params], Text]:
    """Return a step on one text as a step on a text or a pair."""

    def step(text: Text, params: Params) -> Text:
        if isinstance(text, str):
            return function(text, params)
        return function(text[0], params), function(text[1], params)

    return step


def _pair_order(text: Text, params: Params) -> Text:
    if isinstance(text, str) or params.get("order", "ab") == "ab":
        return text
    return text[1], text[0]


#: Steps on strings, in the order in which they run.
TEXT_STEPS: Mapping[str, Callable[[Text, Params], Text]] = {
    "encoding": _each(_encoding),
    "markup": _each(_markup),
    "whitespace": _each(_whitespace),
    "case": _each(_case),
    "pair_order": _pair_order,
}
