"""A pipeline as lines of Python that a person can paste: Pillow, NumPy, pandas, transformers, and nothing of Caveat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from analysis.preprocessing.image_specs import ORDERS
from analysis.preprocessing.tabular import as_text
from analysis.preprocessing.text import PLACEHOLDER, TAG, URL
from analysis.types import Json, Modality, Params, Pipeline

_FLIPS = {"horizontal": "FLIP_LEFT_RIGHT", "vertical": "FLIP_TOP_BOTTOM"}


def python_lines(pipeline: Pipeline) -> str:
    """Return Python that does what a pipeline says; its function ``preprocess`` makes what the model receives.

    Images: ``preprocess(file)`` returns float32 (3, H, W). Text: ``preprocess(tokenizer, text, text_pair=None)``
    returns the tokenizer's answer as PyTorch tensors. Tables: ``preprocess(frame)`` returns the model's columns.
    ``LABELS`` names the outputs; ``postprocess(values)`` is there for a regression.

    Parameters
    ----------
    pipeline : Pipeline
        Checked by `check_pipeline`.
    """
    lines = {Modality.IMAGE: _image, Modality.TEXT: _text, Modality.TABULAR: _table}[pipeline.modality](pipeline)
    text = "\n".join([*lines, *_outputs(pipeline)]) + "\n"
    # Backticks come from data only, inside string literals; escaped, they can't end a code block in Markdown.
    return text.replace("`", "\\x60")


def _outputs(pipeline: Pipeline) -> Iterator[str]:
    if pipeline.labels:
        yield from ("", "", f"LABELS = {list(pipeline.labels)!r}")
    scale, offset = pipeline.param("target_scale", "scale", 1.0), pipeline.param("target_scale", "offset", 0.0)
    if (scale, offset) != (1.0, 0.0):
        yield from ("", "", "def postprocess(values):", f"    return values * {scale!r} + {offset!r}")


def _image(pipeline: Pipeline) -> Iterator[str]:
    yield "import numpy as np"
    yield "from PIL import Image, ImageOps"
    yield from ("", "", "def preprocess(file):")
    yield "    image = Image.open(file)"
    yield from _turns(_of(pipeline, "orientation"))
    yield "    if image.mode.startswith('I'):  # 16 bits: scale, or they saturate"
    yield "        image = Image.fromarray(np.rint(np.asarray(image) / 257).astype(np.uint8))"
    color = pipeline.param("background", "color")
    if color is not None:
        yield "    if image.has_transparency_data:"
        yield f"        ground = Image.new('RGBA', image.size, {(*color, 255)!r})"
        yield "        image = Image.alpha_composite(ground, image.convert('RGBA'))"
    elif pipeline.get("background") is not None:
        yield "    if image.has_transparency_data:"
        yield "        image = image.convert('RGBA')"
    yield "    image = image.convert('RGB')"
    mode = pipeline.param("color_mode", "mode", "rgb")
    if mode == "grey":
        yield "    image = image.convert('L').convert('RGB')"
    elif mode == "inverted":
        yield "    image = ImageOps.invert(image)"
    order = str(pipeline.param("channel_order", "order", "RGB"))
    yield from _resize(_of(pipeline, "resize"), order)
    crop = _of(pipeline, "crop")
    if crop.get("height") is not None:
        yield from _crop(crop["height"], crop["width"])
    yield from _numbers(pipeline, order)


def _of(pipeline: Pipeline, name: str) -> Params:
    step = pipeline.get(name)
    return {} if step is None else step.params


def _turns(params: Params) -> Iterator[str]:
    if params.get("exif"):
        yield "    image = ImageOps.exif_transpose(image)"
    if params.get("rotate"):
        yield f"    image = image.transpose(Image.Transpose.ROTATE_{params['rotate']})"
    if params.get("flip", "none") != "none":
        yield f"    image = image.transpose(Image.Transpose.{_FLIPS[params['flip']]})"


def _resize(params: Params, order: str) -> Iterator[str]:
    mode = params.get("mode", "none")
    if mode == "none":
        return
    if mode == "squash":
        yield f"    width, height = {params['width']}, {params['height']}"
    elif mode == "shorter" and params.get("longer_max") is not None:
        yield from _capped(params["size"], params["longer_max"])
    elif mode in ("shorter", "crop_pct"):
        size = params["size"] if mode == "shorter" else int(params["size"] / params["crop_pct"])
        yield f"    width, height = (int({size} * side / min(image.size)) for side in image.size)"
    else:
        most = (params["size"],) * 2 if mode == "longest" else (params["height"], params["width"])
        yield f"    scale = min({most[0]} / image.height, {most[1]} / image.width)"
        yield "    width, height = (max(1, int(side * scale)) for side in image.size)"
    name = str(params.get("resample", "bilinear")).upper()
    yield f"    image = image.resize((width, height), Image.Resampling.{name})"
    if mode == "crop_pct":
        yield from _crop(params["size"], params["size"])
    if mode == "pad":
        fed = params.get("color") or [0, 0, 0]
        stored = tuple(fed[order.index(letter)] for letter in "RGB")
        yield f"    ground = Image.new('RGB', ({params['width']}, {params['height']}), {stored!r})"
        yield "    ground.paste(image, ((ground.width - width) // 2, (ground.height - height) // 2))"
        yield "    image = ground"


def _capped(size: int, longest: int) -> Iterator[str]:
    yield "    short, long = sorted(image.size)"
    yield f"    scale, size = {size}, {size}"
    yield f"    if long / short * size > {longest}:"
    yield f"        scale = {longest} * short / long"
    yield "        size = round(scale)"
    yield "    width, height = image.size"
    yield "    if size != short:"
    yield "        wide, tall = int(scale * width / height), int(scale * height / width)"
    yield "        width, height = (size, tall) if width < height else (wide, size)"


def _crop(height: int, width: int) -> Iterator[str]:
    yield f"    left, top = (image.width - {width}) // 2, (image.height - {height}) // 2"
    yield f"    image = image.crop((left, top, left + {width}, top + {height}))"


def _numbers(pipeline: Pipeline, order: str) -> Iterator[str]:
    yield "    pixels = np.asarray(image, dtype=np.float32)  # height, width, channel"
    if order != ORDERS[0]:
        yield f"    pixels = pixels[:, :, {['RGB'.index(letter) for letter in order]!r}]  # {order}"
    factor, offset = pipeline.param("rescale", "factor", 1.0), pipeline.param("rescale", "offset", 0.0)
    if (factor, offset) != (1.0, 0.0):
        minus = f" - {offset!r}" if offset else ""
        yield f"    pixels = pixels * {factor!r}{minus}"
    mean, std = pipeline.param("normalize", "mean"), pipeline.param("normalize", "std")
    if mean is not None:
        yield f"    pixels = pixels - np.array({list(mean)!r}, dtype=np.float32)"
    if std is not None:
        yield f"    pixels = pixels / np.array({list(std)!r}, dtype=np.float32)"
    if pipeline.param("layout", "order", "CHW") == "CHW":
        yield "    return np.ascontiguousarray(pixels.transpose(2, 0, 1))"
    else:
        yield "    return pixels.reshape(3, *pixels.shape[:2])"


def _text(pipeline: Pipeline) -> Iterator[str]:
    body = list(_string_lines(pipeline))
    if any("html." in line for line in body):
        yield "import html"
    if any("re." in line for line in body):
        yield "import re"
    if body:
        yield from ("", "", "def clean(text):", *body, "    return text", "", "")
    yield "def preprocess(tokenizer, text, text_pair=None):"
    if body:
        yield "    text = clean(text)"
        yield "    text_pair = None if text_pair is None else clean(text_pair)"
    if pipeline.param("pair_order", "order", "ab") == "ba":
        yield "    if text_pair is not None:"
        yield "        text, text_pair = text_pair, text"
    yield f"    tokenizer.truncation_side = {pipeline.param('truncation', 'side', 'right')!r}"
    yield "    return tokenizer("
    yield "        text,"
    yield "        text_pair,"
    yield f"        add_special_tokens={bool(pipeline.param('special_tokens', 'add', True))},"
    yield "        truncation=True,"
    yield f"        max_length={int(pipeline.param('truncation', 'max_length', 512))},"
    yield "        return_tensors='pt',"
    yield "    )"


def _string_lines(pipeline: Pipeline) -> Iterator[str]:
    yield from _encoding_lines(str(pipeline.param("encoding", "mojibake", "none")))
    markup = _of(pipeline, "markup")
    if markup.get("unescape"):
        yield "    text = html.unescape(text)"
    if markup.get("strip_tags"):
        yield f"    text = re.sub({TAG.pattern!r}, ' ', text, flags=re.IGNORECASE | re.DOTALL)"
    if markup.get("urls", "keep") != "keep":
        replacement = "" if markup["urls"] == "drop" else PLACEHOLDER
        yield f"    text = re.sub({URL.pattern!r}, {replacement!r}, text, flags=re.IGNORECASE)"
    if pipeline.param("whitespace", "collapse", False):
        yield "    text = ' '.join(text.split())"
    case = pipeline.param("case", "mode", "keep")
    if case != "keep":
        yield f"    text = text.{case}()"


def _encoding_lines(mojibake: str) -> Iterator[str]:
    undefined = "bytes([b]).decode('cp1252') if b not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(b)"
    if mojibake == "latin1":
        yield "    text = text.encode('utf-8').decode('latin1')"
    elif mojibake == "cp1252":
        yield f"    text = ''.join({undefined} for b in text.encode('utf-8'))"
    elif mojibake == "repair":
        yield f"    codes = {{({undefined}): b for b in range(256)}}"
        yield "    try:"
        yield "        text = bytes(codes.get(c, ord(c)) for c in text).decode('utf-8')"
        yield "    except ValueError:"
        yield "        pass  # it was read rightly"


def _table(pipeline: Pipeline) -> Iterator[str]:
    yield "import numpy as np"
    yield "import pandas as pd"
    yield from ("", "", "def preprocess(frame):")
    order = _of(pipeline, "column_order")
    if order.get("columns") is not None:
        yield f"    frame = frame[{list(order['columns'])!r}].copy()"
    else:
        yield "    frame = frame.copy()"
    yield from _missing_lines(_of(pipeline, "missing"))
    yield from _unit_lines(_of(pipeline, "units"))
    yield from _code_lines(_of(pipeline, "encoding"))
    yield from _scaling_lines(_of(pipeline, "scaling"))
    if order.get("names") is not None:
        yield f"    frame.columns = {list(order['names'])!r}"
    yield "    return frame"


def _code_lines(params: Params) -> Iterator[str]:
    for name, codes in (params.get("categories") or {}).items():
        keys = {as_text(category): code for category, code in codes.items()}
        kept = "" if params.get("unknown") == "missing" else f".where(texts.isin({list(keys)!r}), frame[{name!r}])"
        yield f"    texts = frame[{name!r}].astype(str).str.replace(r'^(-?[0-9]+)[.]0+$', r'\\1', regex=True)"
        yield f"    frame[{name!r}] = texts.map({keys!r}).astype(object){kept}"


def _missing_lines(params: Params) -> Iterator[str]:
    sentinels, fill = params.get("sentinels") or [], params.get("fill")
    if sentinels:
        yield f"    frame = frame.replace({list(sentinels)!r}, np.nan)"
    if fill is not None:
        yield f"    frame = frame.fillna({fill!r})"


def _unit_lines(params: Params) -> Iterator[str]:
    factors, offsets, logs = (params.get(key) or {} for key in ("factors", "offsets", "logs"))
    for name in dict.fromkeys([*factors, *offsets, *logs]):
        value = f"pd.to_numeric(frame[{name!r}])"
        value += f" * {factors[name]!r}" if name in factors else ""
        value += f" + {offsets[name]!r}" if name in offsets else ""
        log = logs.get(name, "none")
        if log != "none":
            value = f"10.0 ** ({value})" if log == "exp10" else f"np.{log}({value})"
            value = f"({value}).replace([np.inf, -np.inf], np.nan)"
        yield f"    frame[{name!r}] = {value}"


def _scaling_lines(params: Params) -> Iterator[str]:
    mode, times = params.get("mode", "none"), int(params.get("times", 1))
    if mode == "none" or times == 0:
        return
    shifts: Mapping[str, Json] = params["mean"] if mode == "standard" else params["min"]
    spreads: Mapping[str, Json] = params["std"] if mode == "standard" else params["max"]
    for name, shift in shifts.items():
        spread = (spreads[name] if mode == "standard" else spreads[name] - shift) or 1.0
        column = f"frame[{name!r}]"
        for _ in range(abs(times)):
            value = f"({column} - {shift!r}) / {spread!r}" if times > 0 else f"{column} * {spread!r} + {shift!r}"
            yield f"    {column} = {value}"
