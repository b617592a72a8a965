"""Damaged files by the thousand: whatever a file holds, reading it gives a result or a sentence, never an exception.

``python -m benchmarks mutations`` tries `EXAMPLES` of each kind; the tests try a few of each. A finding that a check
"failed" counts as uncaught too: the app turns such failures into *unknown*, which must not hide them here.
"""

from __future__ import annotations

import io
import json
import logging
import tempfile
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from analysis.errors import UnusableInput

#: Mutations of each kind; there are eight.
EXAMPLES = 1_600
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=True, allow_infinity=True)
    | st.text(max_size=12)
    | st.sampled_from(["../x", "/etc/passwd", "bert", "vit", "gelu", "RGB", "en", 0, 1, -1, 2**63, 1e308, "\ud800"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CELLS = ("", "NA", '"', '""', "a,b", "\n", "é\u202e", "=1+1", "1e999", "-0", "∞", "\x00", "true", "x" * 300, "２")


@dataclass(frozen=True)
class Outcome:
    """What came of one kind of mutations.

    Attributes
    ----------
    tried, refused : int
        Mutations, and those that were refused in words.
    problem : str
        The smallest mutation that ended otherwise, and how; empty where there is none.
    """

    tried: int
    refused: int
    problem: str


def damaged(data: Any, whole: bytes, reach: int | None = None) -> bytes:
    """Return bytes with one to four damages: a byte changed, a piece lost, doubled or put in, the end cut off."""
    made = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 4))):
        end = min(len(made), reach or len(made))
        at, kind = data.draw(st.integers(0, max(0, end - 1))), data.draw(st.integers(0, 4))
        size = data.draw(st.integers(1, 16))
        if kind == 0 and made:
            made[min(at, len(made) - 1)] = data.draw(st.integers(0, 255))
        elif kind == 1:
            del made[at : at + size]
        elif kind == 2:
            made[at:at] = made[at : at + size]
        elif kind == 3:
            made[at:at] = data.draw(st.binary(min_size=1, max_size=16))
        else:
            del made[at:]
    return bytes(made)


def changed(data: Any, whole: Any) -> Any:
    """Return JSON with one to three values removed, added or replaced, at any depth."""
    made = json.loads(json.dumps(whole))
    for _ in range(data.draw(st.integers(1, 3))):
        part = made
        while inner := [v for v in part.values() if isinstance(v, dict)]:
            if data.draw(st.booleans()):
                break
            part = data.draw(st.sampled_from(inner))
        key = data.draw(st.sampled_from(sorted(part)) | st.text(max_size=10) if part else st.text(max_size=10))
        if key in part and data.draw(st.booleans()):
            del part[key]
        else:
            part[key] = data.draw(VALUES)
    return made


def _look(folder: Path) -> bool:
    """Look into a folder, and return whether anything blocks."""
    from analysis.candidates import preflight
    from analysis.diligence import look_into
    from analysis.types import Severity

    findings = (*preflight(folder), *look_into(folder))
    failed = [f for f in findings if f.id.endswith("_failed")]
    assert not failed, failed
    return any(f.severity is Severity.BLOCKER for f in findings)


def configurations(base: Path) -> Callable[[Any], bool]:
    """Mutate the JSON files of a model and its card's header; nothing is loaded."""
    from tests.unit.candidates import zoo

    folders = {"vit": base / "vit", "bert": base / "bert"}
    zoo.save_image_model(folders["vit"], "vit")
    zoo.save_text_model(folders["bert"], "bert")
    card = "---\nlicense: apache-2.0\nlanguage: [en, de]\nbase_model: a/b\ndatasets:\n- c\ntags: [x]\n---\n# It\n"
    files = [(name, file) for name, folder in folders.items() for file in sorted(folder.glob("*.json"))]
    whole = {str(file): json.loads(file.read_text(encoding="utf-8")) for _, file in files}

    def check(data: Any) -> bool:
        name, file = data.draw(st.sampled_from(files))
        folder = folders[name]
        readme = damaged(data, card.encode()) if data.draw(st.booleans()) else card.encode()
        (folder / "README.md").write_bytes(readme)
        try:
            file.write_text(json.dumps(changed(data, whole[str(file)])), encoding="utf-8", errors="surrogatepass")
            return _look(folder)
        finally:
            file.write_text(json.dumps(whole[str(file)]), encoding="utf-8")

    return check


def openings(base: Path) -> Callable[[Any], bool]:
    """Mutate the JSON files of a model, open it, and let it answer once."""
    from analysis.candidates import open_candidate
    from analysis.types import Modality
    from tests.unit.candidates import zoo

    folders = [base / "vit", base / "bert"]
    zoo.save_image_model(folders[0], "vit")
    zoo.save_text_model(folders[1], "bert")
    files = [file for folder in folders for file in sorted(folder.glob("*.json"))]
    whole = {str(file): json.loads(file.read_text(encoding="utf-8")) for file in files}

    def check(data: Any) -> bool:
        file = data.draw(st.sampled_from(files))
        try:
            file.write_text(json.dumps(changed(data, whole[str(file)])), encoding="utf-8", errors="surrogatepass")
            candidate = open_candidate(file.parent)
            inputs = [zoo.photo()] if candidate.task.modality is Modality.IMAGE else ["the film was good", "bad"]
            scores = candidate.predict(inputs, candidate.pipeline)
            if scores.shape != (len(inputs), len(candidate.task.labels)):
                raise RuntimeError(f"{scores.shape} scores for {len(candidate.task.labels)} labels")
            return False
        finally:
            file.write_text(json.dumps(whole[str(file)]), encoding="utf-8")

    return check


def headers(base: Path) -> Callable[[Any], bool]:
    """Damage the header of a safetensors file, its length included."""
    from analysis.candidates.headers import BadHeader, read_header
    from tests.unit.candidates import zoo

    folder = base / "headers"
    zoo.save_image_model(folder, "vit")
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    reach = 8 + int.from_bytes(whole[:8], "little")

    def check(data: Any) -> bool:
        path.write_bytes(damaged(data, whole, reach))
        try:
            read_header(path)
        except BadHeader:
            assert _look(folder)
            return True
        return _look(folder)

    return check


def _read(path: Path, **options: Any) -> None:
    from analysis.datasets import open_dataset

    dataset = open_dataset(path, **options)
    assert len(dataset) or dataset.rejected
    if len(dataset):
        dataset.inputs(np.arange(len(dataset), dtype=np.int64))


def tables(base: Path) -> Callable[[Any], bool]:
    """Damage tables of texts and of numbers, in their bytes and in their cells."""
    from analysis.types import Kind, Modality

    texts = 'text,label,split\n"a, b",good,train\n"said ""no""",bad,test\né,good,test\n' + "plain,bad,test\n" * 6
    numbers = "a;b;c;target\n1;2,5;x;0\n3;;y;1\n-1e3;4,0;x;0\n" + "5;6;z;1\n" * 6
    base.mkdir(parents=True, exist_ok=True)

    def check(data: Any) -> bool:
        textual = data.draw(st.booleans())
        whole = texts if textual else numbers
        if data.draw(st.booleans()):
            rows = [line.split("," if textual else ";") for line in whole.splitlines()]
            row = data.draw(st.sampled_from(rows))
            row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.sampled_from(CELLS) | st.text(max_size=8))
            whole = "\n".join(("," if textual else ";").join(line) for line in rows)
        content = whole.encode(data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])), errors="replace")
        path = base / data.draw(st.sampled_from(["t.csv", "t.tsv", "t.txt"]))
        path.write_bytes(damaged(data, content) if data.draw(st.booleans()) else content)
        modality = Modality.TEXT if textual else Modality.TABULAR
        _read(path, modality=modality, kind=data.draw(st.sampled_from(Kind)))
        return False

    return check


def lines(base: Path) -> Callable[[Any], bool]:
    """Mutate the records of a file of JSON lines."""
    from analysis.types import Kind, Modality

    base.mkdir(parents=True, exist_ok=True)
    path, whole = base / "t.jsonl", {"text": "fine", "label": "good", "split": "test"}

    def check(data: Any) -> bool:
        rows = [json.dumps(changed(data, whole)) for _ in range(data.draw(st.integers(1, 3)))]
        rows += [json.dumps(whole)] * 8
        content = "\n".join(rows).encode()
        path.write_bytes(damaged(data, content) if data.draw(st.booleans()) else content)
        _read(path, modality=Modality.TEXT, kind=Kind.CLASSIFICATION)
        return False

    return check


def images(base: Path) -> Callable[[Any], bool]:
    """Damage pictures of every format; read the folder that they lie in, and decode them in full."""
    from PIL import Image

    from analysis.preprocessing.decoding import decode
    from analysis.types import Kind, Modality

    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), dtype=np.uint8)
    picture, whole = Image.fromarray(pixels), {}
    for kind in ("JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"):
        target = io.BytesIO()
        picture.save(target, kind)
        whole[kind.lower()] = target.getvalue()
    folder = base / "pictures"
    for label in ("a", "b"):
        (folder / label).mkdir(parents=True, exist_ok=True)
        picture.save(folder / label / "sound.png")

    def check(data: Any) -> bool:
        ending = data.draw(st.sampled_from(sorted(whole)))
        made = damaged(data, whole[ending], data.draw(st.sampled_from([64, None])))
        path = folder / "a" / f"damaged.{ending}"
        path.write_bytes(made)
        try:
            _read(folder, modality=Modality.IMAGE, kind=Kind.CLASSIFICATION)
        finally:
            path.unlink()
        decode(made)
        return False

    return check


def settings_files(base: Path) -> Callable[[Any], bool]:
    """Mutate pipelines and policies, as JSON and as TOML."""
    from analysis.policy import Policy, policy_from, read_policy
    from analysis.preprocessing.checks import check_pipeline
    from analysis.samples import bundled_root
    from analysis.types import Pipeline

    base.mkdir(parents=True, exist_ok=True)
    path, toml = base / "policy.toml", Policy(latency_ms=3.0, licences=("MIT",)).to_toml().encode()
    pipeline = json.loads((bundled_root() / "models" / "photos-as-delivered" / "pipeline.json").read_text())
    policy = {"accuracy": 0.8, "uses": ["commercial"], "robustness": 0.1, "baseline": True}

    def check(data: Any) -> bool:
        kind = data.draw(st.integers(0, 2))
        if kind == 0:
            made = changed(data, {"whole": pipeline, **{str(i): s for i, s in enumerate(pipeline["steps"])}})
            steps = [made[key] for key in made if key != "whole"]
            check_pipeline(Pipeline.from_json({"modality": pipeline["modality"], "steps": steps}))
        elif kind == 1:
            policy_from(changed(data, policy))
        else:
            path.write_bytes(damaged(data, toml))
            read_policy(path)
        return False

    return check


def pickles(base: Path) -> Callable[[Any], bool]:
    """Damage pickles, arrays and archives; none of them is ever loaded."""
    import gzip
    import pickle
    import zipfile

    folder = base / "pickles"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}")
    plain = pickle.dumps({"a": [1, (2.5, "x")], "b": np.arange(4)})
    archive, array = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("archive/data.pkl", plain)
        made.writestr("archive/version", "3")
    np.save(array, np.array([{"x": 1}], dtype=object), allow_pickle=True)
    whole = [plain, archive.getvalue(), array.getvalue(), gzip.compress(plain), pickle.dumps(print, 0)]

    def check(data: Any) -> bool:
        path = folder / data.draw(st.sampled_from(["model.bin", "model.pt", "m.pkl", "m.npy", "m.joblib", "m.dat"]))
        path.write_bytes(damaged(data, data.draw(st.sampled_from(whole))))
        try:
            return _look(folder)
        finally:
            path.unlink()

    return check


#: Kind → what makes its check, given a folder of its own. A check returns whether the mutation was refused.
TARGETS: dict[str, Callable[[Path], Callable[[Any], bool]]] = {
    "configurations and cards": configurations,
    "configurations, opened": openings,
    "safetensors headers": headers,
    "tables": tables,
    "JSON lines": lines,
    "images": images,
    "pipelines and policies": settings_files,
    "pickles and archives": pickles,
}


def attempt(name: str, examples: int, number: int = 0) -> Outcome:
    """Try mutations of one kind.

    Parameters
    ----------
    name : str
        Of `TARGETS`.
    examples : int
    number : int
        Seeds the mutations.
    """
    counts = {"tried": 0, "refused": 0}
    with tempfile.TemporaryDirectory() as base:
        check = TARGETS[name](Path(base))

        @seed(number)
        @settings(
            max_examples=examples, database=None, deadline=None, derandomize=False,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
        )  # fmt: skip
        @given(st.data())
        def search(data: Any) -> None:
            counts["tried"] += 1
            try:
                counts["refused"] += check(data)
            except UnusableInput as error:
                if not error.what:
                    raise RuntimeError("refused without a word") from error
                counts["refused"] += 1

        problem = ""
        try:
            search()
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            problem = "".join(traceback.format_exception(error, limit=-5))
    return Outcome(counts["tried"], counts["refused"], problem)


def main(examples: int = EXAMPLES) -> None:
    """Print one line a kind."""
    logging.disable(logging.WARNING)
    print("| files | mutations | refused in words | uncaught |\n|---|---|---|---|")
    outcomes = {name: attempt(name, examples) for name in TARGETS}
    for name, found in outcomes.items():
        print(f"| {name} | {found.tried:,} | {found.refused:,} | {'**yes**' if found.problem else 'none'} |")
    print(f"\n{sum(found.tried for found in outcomes.values()):,} mutations in all.")
    for name, found in outcomes.items():
        if found.problem:
            print(f"\n### {name}\n\n{found.problem}")
