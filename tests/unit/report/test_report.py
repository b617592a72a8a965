"""The report: hostile labels stay text, nothing is fetched or run; and how `audit` ends."""

from __future__ import annotations

import base64
import io
import json
import re
import shlex
import shutil
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from analysis.__main__ import build_parser, main
from analysis.audit import Gathered
from analysis.commands.audit import command_of
from analysis.policy import Policy
from analysis.report import SECTIONS, Contents, contents_of, findings_json, model_card, predictions_csv, render
from analysis.report.attributions import Explained, _pieces, explain_failures
from analysis.samples import bundled_root
from analysis.session import open_session
from analysis.types import Attribution, Finding, Kind, Modality, Predictions, Severity, Task
from analysis.verdict import Evidence, judge
from tests.unit.baselines.test_baselines import compared
from tests.unit.report.report_evidence import cost, diagnosis, fed
from tests.unit.test_verdict import harmed

ROOT = bundled_root()
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }} | **b** `c`"
TUMOURS = [
    "--model", str(ROOT / "models" / "breast-cancer-logistic"), "--data", str(ROOT / "data" / "breast-cancer"),
    "--split", "test",
]  # fmt: skip


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))


class Elements(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.text: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def picture() -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (900, 1200, 3), dtype=np.uint8)).save(target, "PNG")
    return target.getvalue()


def gathered(labels: tuple[str, ...], n: int = 40) -> Gathered:
    from types import SimpleNamespace

    from analysis.metrics import summarise
    from analysis.metrics.classification import per_class
    from analysis.types import Dataset

    rng = np.random.default_rng(0)
    truth = rng.integers(0, len(labels), n)
    scores = rng.dirichlet(np.ones(len(labels)), n).astype(np.float32)
    ids = tuple(f"{HOSTILE}/{i}.png" for i in range(n))
    predictions = Predictions(
        Task(Kind.CLASSIFICATION, Modality.IMAGE, labels), ids, ("all",) * n, truth.astype(np.int64),
        tuple(labels[t] for t in truth), scores, "c", "p", "d", versions={"numpy": HOSTILE},
    )  # fmt: skip
    table = pd.DataFrame({"id": ids, "split": "all", "label": [labels[t] for t in truth]})
    data, pipeline = picture(), fed(Modality.IMAGE, labels)
    dataset = Dataset(
        HOSTILE, "d", Modality.IMAGE, Kind.CLASSIFICATION, table, lambda rows: [data for _ in rows], (), "d"
    )
    evidence = Evidence(
        kind=Kind.CLASSIFICATION,
        diligence=(Finding("licence.declared", Severity.UNKNOWN, HOSTILE, {"declared": []}, HOSTILE),),
        metrics=summarise(predictions),
        classes=per_class(predictions),
        robustness=replace(
            harmed(((0.3, 0.2, 0.4, 0.001), (0.0, -0.01, 0.01, 1.0))),
            curves=tuple(replace(c, title=HOSTILE) for c in harmed(((0.3, 0.2, 0.4, 0.001),), refused=HOSTILE).curves),
        ),
        cost=cost(HOSTILE),
        diagnosis=diagnosis(pipeline, scores, np.eye(len(labels), dtype=np.float32)[truth], HOSTILE),
        baselines=compared((HOSTILE, -0.1, -0.2, -0.05, 0.001), ("head", 0.1, 0.05, 0.2, 0.001)),
        n=n,
    )
    candidate = SimpleNamespace(task=predictions.task, fingerprint="c", folder=Path())
    session: Any = SimpleNamespace(dataset=dataset, split=HOSTILE, candidate=candidate, pipeline=pipeline)
    return Gathered(evidence, session, predictions)


def contents(labels: tuple[str, ...] = ("cat", HOSTILE, "\u202eltr"), **more: Any) -> Contents:
    found = gathered(labels)
    parts = ((HOSTILE, 0.5), (HOSTILE, -1.0))
    explained = [Explained(f"{HOSTILE}/{i}.png", HOSTILE, HOSTILE, HOSTILE, "", parts) for i in range(40)]
    return contents_of(
        found, judge(found.evidence, Policy()), model=HOSTILE, data=HOSTILE, title=HOSTILE, explained=explained, **more
    )


def test_hostile_names_stay_text() -> None:
    seen = Elements(render(contents(notes=HOSTILE, command=HOSTILE)))
    assert "script" not in seen.tags
    assert not [a for a in seen.attributes if a[1].startswith("on")]
    assert all(value.startswith("data:image/jpeg;base64,") for tag, name, value in seen.attributes if name == "src")
    assert HOSTILE in "".join(seen.text)


def section_of(text: str, section: str) -> str:
    return text.split(f'<section id="{section}">')[1].split("</section>")[0]


def test_what_was_measured_stands_in_the_report() -> None:
    text = render(contents())
    for section in ("compared", "robustness", "feeding", "cost"):
        assert HOSTILE in "".join(Elements(section_of(text, section)).text)
    assert "−30" in text


def test_nothing_is_fetched() -> None:
    text = render(contents())
    for tag, name, value in Elements(text).attributes:
        if name in ("src", "href"):
            assert value.startswith(("data:", "#")), (tag, value)
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import", text)


def test_it_stays_small_whatever_the_data() -> None:
    text = render(contents(tuple(f"class {i}" for i in range(400))))
    assert len(text.encode()) < 1_500_000
    pictures = re.findall(r"base64,([A-Za-z0-9+/=]+)", text)
    assert pictures
    with Image.open(io.BytesIO(base64.b64decode(pictures[0]))) as image:
        assert max(image.size) <= 220


def test_it_stays_small_whatever_a_name() -> None:
    huge = "\n".join("<b>" * 100 for _ in range(5_000))
    made = contents((huge, f"{huge}2", "b"))
    failures = tuple(replace(one, id=huge, text=huge) for one in made.failures)
    text = render(replace(made, failures=failures, explained={huge: replace(made.explained[made.failures[0].id])}))
    assert len(text.encode()) < 1_500_000
    assert "…" in "".join(Elements(text).text)
    assert "b" not in Elements(text).tags


def test_what_the_person_wrote_is_whole() -> None:
    notes = "We need this. " * 500
    assert notes in "".join(Elements(render(contents(notes=notes))).text)


@pytest.mark.parametrize("section", sorted(SECTIONS))
def test_each_section_can_be_left_out(section: str) -> None:
    whole = render(contents())
    without = render(contents(sections=[key for key in SECTIONS if key != section]))
    assert f'<section id="{section}">' in whole
    assert f'<section id="{section}">' not in without


def test_the_matrix_holds_every_example() -> None:
    found = contents()
    text = section_of(render(found), "matrix")
    cells = re.findall(r'<td class="(?:right|wrong)[^>]*>(\d+)</td>', text)
    assert sum(map(int, cells)) == 40
    predictions = found.gathered.predictions
    assert predictions is not None
    right = re.findall(r'<td class="right[^>]*>(\d+)</td>', text)
    assert sum(map(int, right)) == int((predictions.predicted == predictions.truth).sum())


def test_failures_are_wrong_and_the_surest_come_first() -> None:
    found = contents()
    assert all(f.truth != f.predicted for f in found.failures)
    sure = [int(f.score.split()[0]) for f in found.failures]
    assert sure == sorted(sure, reverse=True)


def test_the_card_has_one_header_and_no_markup_from_data() -> None:
    import yaml

    text = model_card(contents(("cat", "\n---\nlicense: mit\n# x", "b"), notes="# big\n<b>"))
    header = text.split("---\n")[1]
    assert yaml.safe_load(header)["model_name"] == HOSTILE
    assert "\n# big" not in text
    body = text.split("---\n", 2)[2]
    assert not re.search(r"(?<!\\)<", body)


def test_predictions_are_harmless_to_spreadsheets() -> None:
    found = gathered(("=1+1", "b")).predictions
    assert found is not None
    text = predictions_csv(found)
    table = pd.read_csv(io.StringIO(text), dtype=str)
    assert len(table) == 40
    assert not table["predicted"].str.startswith("=").any()


@given(st.text(max_size=40), st.text(max_size=200))
@settings(max_examples=40, deadline=None)
def test_any_title_and_notes(title: str, notes: str) -> None:
    found = Gathered(Evidence(Kind.CLASSIFICATION))
    made = contents_of(found, judge(found.evidence, Policy()), model="m", data="d", title=title, notes=notes)
    assert set(Elements(render(made)).tags) == set(
        Elements(render(replace(made, title="t", notes="x" if notes else ""))).tags
    )
    json.dumps(findings_json(made), allow_nan=False)
    model_card(made)


def audit(tmp_path: Path, *arguments: str) -> tuple[int, Path]:
    out = tmp_path / "out"
    return main(["audit", *arguments, "--out", str(out)]), out


def test_audit_writes_everything_and_adopts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = audit(tmp_path, *TUMOURS)
    assert code == 0
    assert {f.name for f in out.iterdir()} == {"report.html", "model-card.md", "findings.json", "predictions.csv"}
    found = json.loads((out / "findings.json").read_text())
    assert found["verdict"] == "adopt"
    assert {"id", "severity", "summary", "evidence", "action"} == set(found["findings"][0])
    session = open_session(TUMOURS[1], TUMOURS[3], split="test")
    assert len(pd.read_csv(out / "predictions.csv")) == len(session.predictions())
    said = capsys.readouterr().out
    assert said.startswith("Adopt")
    assert len(said.splitlines()) < 20


def test_a_policy_that_is_not_met_ends_with_one(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('diagnosis = false\nlicences = ["MIT"]\n')
    code, out = audit(tmp_path, *TUMOURS, "--policy", str(policy))
    assert code == 1
    found = json.loads((out / "findings.json").read_text())
    assert found["verdict"] == "do not adopt"
    assert "BSD-3-Clause" in next(x for x in found["scorecard"] if x["id"] == "licence.accepted")["summary"]


def test_a_refused_model_has_its_report_and_ends_with_one(tmp_path: Path) -> None:
    model = tmp_path / "bad"
    shutil.copytree(ROOT / "models" / "photos", model)
    (model / "model.safetensors").write_bytes(b"\x80\x04cos\nmkdir\n(S'x'\ntR.")
    code, out = audit(tmp_path, "--model", str(model), "--data", str(ROOT / "data" / "photos"))
    assert code == 1
    assert json.loads((out / "findings.json").read_text())["verdict"] == "do not adopt"
    assert "os.mkdir" in (out / "report.html").read_text()


def test_the_command_of_a_report_makes_it_again() -> None:
    given = {
        "trust": ["a.Type", "b.Type"],
        "seed": ["7"],
        "engine": ["ray"],
        "workers": ["3"],
        "gpus_per_worker": ["0.5"],
    }
    arguments = ["audit", *TUMOURS]
    (audits,) = [a.choices["audit"] for a in build_parser()._actions if isinstance(a.choices, dict)]
    for action in audits._actions:
        if action.dest in ("help", "model", "data", "split", "json"):
            continue
        for value in [None] if action.nargs == 0 else given.get(action.dest, [f"{action.dest} of 'mine'"]):
            arguments += [action.option_strings[0]] + ([] if value is None else [value])
    parsed = build_parser().parse_args(arguments)
    again = build_parser().parse_args(shlex.split(command_of(parsed))[3:])
    assert vars(again) == vars(parsed)


@pytest.mark.parametrize(
    "arguments",
    [
        [*TUMOURS[:2], "--data", "nowhere.csv"],
        ["--model", "no/such", *TUMOURS[2:]],
        [*TUMOURS, "--policy", "absent.toml"],
    ],
)
def test_unusable_input_ends_with_two(arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert audit(tmp_path, *arguments)[0] == 2


def test_another_model_and_simple_ones_stand_in_the_report(tmp_path: Path) -> None:
    trees = ["--against", str(ROOT / "models" / "breast-cancer-trees"), "--trust", "sklearn.tree._tree.Tree"]
    policy = tmp_path / "policy.toml"
    policy.write_text("diagnosis = false\n")
    code, out = audit(tmp_path, *TUMOURS, *trees, "--robustness", "--policy", str(policy))
    found = json.loads((out / "findings.json").read_text())
    lines = {line["id"]: line for line in found["scorecard"]}
    assert code == 0
    assert "breast-cancer-trees" in lines["against"]["summary"]
    assert lines["baseline"]["severity"] == "ok"
    assert lines["robustness"]["severity"] == "caution"
    assert {"comparison.against", "baseline.constant", "robustness.jitter"} <= {f["id"] for f in found["findings"]}
    text = (out / "report.html").read_text()
    for section in ("compared", "robustness"):
        assert f'<section id="{section}">' in text
    assert "Inexact numbers" in text
    assert "--against" in found["command"]
    accuracy = found["against"]["differences"]["accuracy"]
    assert accuracy["difference"] == pytest.approx(accuracy["a"] - accuracy["b"])
    assert accuracy["low"] <= accuracy["difference"] <= accuracy["high"]


def test_another_model_that_can_not_be_opened_ends_with_two(tmp_path: Path) -> None:
    other = tmp_path / "bad"
    shutil.copytree(ROOT / "models" / "photos", other)
    (other / "model.safetensors").write_bytes(b"\x80\x04cos\nmkdir\n(S'x'\ntR.")
    assert audit(tmp_path, *TUMOURS, "--against", str(other))[0] == 2


def test_failures_stand_with_what_the_model_looked_at() -> None:
    from analysis.session import Session
    from tests.unit.explainers import tiny_models

    candidate = tiny_models.image_candidate(tiny_models.BrightSpots())
    pictures = [tiny_models.spotted(0, 0), tiny_models.spotted(16, 16, 1)]
    dataset = tiny_models.dataset(pictures, [tiny_models.LABELS[2]] * 2, Modality.IMAGE)
    session = Session(candidate, dataset, candidate.pipeline, None)
    found = explain_failures(session, ["0", "no such", "1"])
    assert [one.example for one in found] == ["0", "1"]
    assert found[0].method == "Grad-CAM"
    assert found[0].believed in ("trustworthy on this example", "no better than random", "can't tell")
    with Image.open(io.BytesIO(base64.b64decode(found[0].picture))) as image:
        pixels = np.asarray(image.convert("RGB"), dtype=float)
    orange = pixels[..., 0] - pixels[..., 2]
    half = len(pixels) // 2
    assert orange[:half, :half].max() > 40, "the spot is at the top left"
    assert orange[half:, half:].max() < 40


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12))
@settings(max_examples=150, deadline=None)
def test_the_pieces_of_a_text_are_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    within = tuple((min(a, len(text)), min(b, len(text))) for a, b in spans)
    scores = np.linspace(-1, 1, len(within), dtype=np.float32)
    attribution = Attribution("m", "t", None, ("x",) * len(within), scores, "", {}, None, 0.0, within)
    assert "".join(piece for piece, _ in _pieces(text, attribution)) == text


def test_columns_are_named_with_their_values() -> None:
    session = open_session(TUMOURS[1], TUMOURS[3], split="test")
    run = session.predictions()
    (one,) = explain_failures(session, [run.ids[0]])
    assert len(one.parts) == 8
    assert " = " in one.parts[0][0]
    assert max(abs(share) for _, share in one.parts) == abs(one.parts[0][1])
