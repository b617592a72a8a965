"""Cost: operations against a count by hand, paired intervals with known answers, and what variants really do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.diligence.cost import cost_of, kept_cost, measure, network, peak, timing, variants, words
from analysis.diligence.cost.peak import measure_peak
from analysis.diligence.cost.result import Peak
from analysis.diligence.cost.timing import measure as time_call
from analysis.samples import bundled_root
from analysis.session import open_session
from analysis.types import Estimate, Severity

ROOT = bundled_root()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAVEAT_HOME", str(tmp_path / "home"))
    torch.set_num_threads(1)


def resnet() -> tuple[torch.nn.Module, dict[str, torch.Tensor], int]:
    """Return a ResNet with basic blocks, an input, and its operations counted by hand."""
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic", num_labels=5, num_channels=3
    )
    stem = 2 * 3 * 8 * 7 * 7 * 32 * 32  # 64 → 32 by stride; then max pooling to 16.
    first = 2 * (2 * 8 * 8 * 3 * 3 * 16 * 16)
    second = 2 * 8 * 16 * 3 * 3 * 8 * 8 + 2 * 16 * 16 * 3 * 3 * 8 * 8 + 2 * 8 * 16 * 8 * 8  # Two, and the shortcut.
    head = 2 * 16 * 5
    module = transformers.ResNetForImageClassification(config).eval()
    return module, {"pixel_values": torch.zeros(1, 3, 64, 64)}, stem + first + second + head


def encoder(tokens: int, width: int, inner: int, layers: int) -> int:
    """Return the operations of a transformer's layers: four projections, two attention products, two of the MLP."""
    projections = 4 * 2 * tokens * width * width
    attention = 2 * 2 * tokens * tokens * width
    return layers * (projections + attention + 2 * 2 * tokens * width * inner)


def vit() -> tuple[torch.nn.Module, dict[str, torch.Tensor], int]:
    config = transformers.ViTConfig(
        hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=64, image_size=32, patch_size=8,
        num_labels=5,
    )  # fmt: skip
    patches = 2 * 3 * 8 * 8 * 32 * 16
    expected = patches + encoder(17, 32, 64, 3) + 2 * 32 * 5
    module = transformers.ViTForImageClassification(config).eval()
    return module, {"pixel_values": torch.zeros(1, 3, 32, 32)}, expected


def bert() -> tuple[torch.nn.Module, dict[str, torch.Tensor], int]:
    config = transformers.BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64, vocab_size=50, num_labels=3
    )
    expected = encoder(20, 32, 64, 2) + 2 * 32 * 32 + 2 * 32 * 3  # Pooler and head see one token.
    module = transformers.BertForSequenceClassification(config).eval()
    return module, {"input_ids": torch.ones(1, 20, dtype=torch.long)}, expected


@pytest.mark.parametrize("make", [resnet, vit, bert], ids=["resnet", "vit", "bert"])
def test_operations_are_those_counted_by_hand(
    make: Callable[[], tuple[torch.nn.Module, dict[str, torch.Tensor], int]],
) -> None:
    module, tensors, expected = make()
    assert network.flops_of(module, tensors) == pytest.approx(expected, rel=0.02)
    groups = network.groups_of(module)
    assert sum(g.parameters for g in groups) == sum(p.numel() for p in module.parameters())
    assert len(groups) > 2


def test_pruning_takes_the_share_and_the_smallest() -> None:
    module, _, _ = vit()
    thinned = variants.pruned(0.5)(module)
    before = torch.cat(
        [p.detach().flatten() for n, p in module.named_parameters() if p.ndim > 1 and "embedding" not in n]
    )
    after = torch.cat(
        [p.detach().flatten() for n, p in thinned.named_parameters() if p.ndim > 1 and "embedding" not in n]
    )
    assert float((after == 0).float().mean()) == pytest.approx(0.5, abs=0.01)
    assert float(before[after == 0].abs().max()) <= float(before[after != 0].abs().min())
    assert network.state_bytes(thinned) == network.state_bytes(module)


def test_bf16_halves_and_int8_quarters_linear_layers() -> None:
    module = torch.nn.Sequential(torch.nn.Linear(512, 512), torch.nn.Linear(512, 512)).eval()
    whole = network.state_bytes(module)
    assert whole / network.state_bytes(variants.bf16(module)) == pytest.approx(2, rel=0.03)
    assert whole / network.state_bytes(variants.int8(module)) == pytest.approx(4, rel=0.05)
    assert module[0].weight.dtype == torch.float32


def test_the_interval_of_agresti_and_min() -> None:
    """The example of their paper (2005), table 1: 53 both, 16 lost, 8 won, 23 neither."""
    before = np.array([True] * 69 + [False] * 31)
    after = np.array([True] * 53 + [False] * 16 + [True] * 8 + [False] * 23)
    found = variants.accuracy_change(before, after)
    assert found.value == pytest.approx(-0.08)
    difference, n = (8.5 - 16.5) / 102, 102
    half = 1.959964 * np.sqrt(25 - 64 / n) / n
    assert (found.low, found.high) == pytest.approx((difference - half, difference + half))


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80))
@settings(max_examples=80, deadline=None)
def test_a_paired_interval_holds_its_value_and_is_never_a_point(pairs: list[tuple[bool, bool]]) -> None:
    before, after = (np.array(side) for side in zip(*pairs, strict=True))
    found = variants.accuracy_change(before, after)
    assert -1 <= found.low < found.high <= 1
    assert found.low - 0.05 <= found.value <= found.high + 0.05 or len(pairs) < 20
    mirrored = variants.accuracy_change(after, before)
    assert mirrored.value == pytest.approx(-found.value)
    assert mirrored.low == pytest.approx(-found.high)


def _collapse() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return true classes, and who was right before and after: the first class loses 12 of 20."""
    after = np.ones(40, dtype=bool)
    after[:12] = False
    return np.repeat([0, 1], 20).astype(np.int64), np.ones(40, dtype=bool), after


def test_a_class_that_collapses_is_named_and_others_are_not() -> None:
    found = {c.label: c for c in variants.class_changes(*_collapse(), ("a", "b", "absent"))}
    assert set(found) == {"a", "b"}
    assert found["a"].p_value < 0.01
    assert found["b"].p_value == 1.0


def test_a_gain_of_nothing_is_said() -> None:
    none = Estimate(0.0, -0.02, 0.02, 100, "x")
    assert "gains nothing" in words.variant_sentence("pruned 50 %", (1, 1, 1), none, 0, 100, regression=False)
    assert "at a price" in words.variant_sentence(
        "int8", (2, 3, 2), Estimate(-0.2, -0.3, -0.1, 100, "x"), 20, 100, regression=False
    )


def test_without_labels_only_answers_are_counted() -> None:
    nothing = Estimate(float("nan"), float("nan"), float("nan"), 0, "no labels")
    said = words.variant_sentence("int8", (2, 3, 2), nothing, 7, 100, regression=False)
    assert said.endswith("7 of 100 answers differ.")
    assert "loss" not in said
    assert "nan" not in said


def test_timing_sees_what_takes_longer() -> None:
    import time

    found = time_call(lambda: time.sleep(0.01), seconds=0.1)
    assert 0.009 < found.p50 <= found.p95
    assert found.runs >= 5


def test_peak_of_a_fresh_process(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measure_peak(ROOT / "models" / "diabetes-ridge")
    assert found is not None
    assert 50e6 < found.libraries <= found.loaded <= found.peak < 5e9
    monkeypatch.setattr(peak, "SECONDS", 0.01)
    assert measure_peak(ROOT / "models" / "diabetes-ridge") is None


def test_a_whole_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "measure_peak", lambda *_, **__: None)
    monkeypatch.setattr(measure, "SAMPLE", 40)
    monkeypatch.setattr(timing, "LEAST", 2)
    monkeypatch.setattr(timing, "MOST", 2)
    monkeypatch.setattr(measure, "LENGTHS", (16, 32))
    session = open_session(ROOT / "models" / "reviews-sentiment", ROOT / "data" / "tweets.csv")
    cost = measure.measure_cost(session)
    assert cost.parameters == sum(p.numel() for p in session.candidate.module.parameters())  # type: ignore[attr-defined]
    assert {v.name for v in cost.variants} == set(variants.VARIANTS)
    assert {x.batch for x in cost.latency} == {1, 8, 32}
    assert {x.length for x in cost.latency} == {0, 16, 32}
    sizes = {v.name: v for v in cost.variants}
    assert sizes["bf16"].memory_ratio == pytest.approx(2, rel=0.05)
    assert sizes["bf16"].flipped <= 1
    assert sizes["pruned 30 %"].memory_ratio == pytest.approx(1, abs=0.01)
    found = {f.id: f for f in words.findings_of(cost)}
    assert found["cost.memory"].severity.value == "unknown"
    assert found["cost.operations"].evidence["flops"] == cost.flops
    classes = found["cost.variant.pruned_70"].evidence["classes"]
    assert {c["label"] for c in classes} == {"negative", "positive"}
    assert sum(c["n"] for c in classes) == 40
    assert all(c["low"] <= c["change"] <= c["high"] and 0 <= c["p_adjusted"] <= 1 for c in classes)
    lost = replace(cost.variants[0], classes=variants.class_changes(*_collapse(), labels=("a", "b")))
    told = next(f for f in words.findings_of(replace(cost, variants=(lost,))) if f.id.startswith("cost.variant."))
    assert told.summary.endswith("It costs most for a.")
    assert told.evidence["worse_classes"] == ["a"]
    on_gpu = {f.id: f for f in words.findings_of(replace(cost, device="cuda", variants=(), peak=Peak(1, 2, 3)))}
    assert on_gpu["cost.variants"].severity is Severity.UNKNOWN
    assert on_gpu["cost.memory"].summary.endswith("memory of the GPU is not counted.")
    assert "cost.variants" not in found


def test_where_it_fits_is_told_by_hand() -> None:
    """Half of 512 MB holds 64 million numbers as float32; what isn't linear stays as it is in int8."""
    module = torch.nn.Sequential(torch.nn.Linear(8000, 8000, bias=False), torch.nn.Embedding(1000, 8000))
    found = {(f.device, f.precision): f for f in measure.fits(module, None)}
    assert found["edge device, 512 MB", "fp32"].needed == 4 * 72_000_000
    assert found["edge device, 512 MB", "bf16"].needed == 2 * 72_000_000
    assert found["edge device, 512 MB", "int8"].needed == 64_000_000 + 4 * 8_000_000
    assert [f.fits for f in measure.fits(module, None)] == [False, True, True] + [True] * 6
    said = words._fits(measure.fits(module, None))
    assert "as bf16, int8 (edge device, 512 MB);" in said.summary
    assert len(said.evidence["devices"]) == 9


def test_a_measurement_is_kept_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "measure_peak", lambda *_, **__: None)
    session = open_session(ROOT / "models" / "diabetes-ridge", ROOT / "data" / "diabetes", split="test")
    assert kept_cost(session) is None
    found = cost_of(session)
    monkeypatch.setattr(measure, "measure_cost", lambda *_, **__: pytest.fail("measured again"))
    assert cost_of(session) == kept_cost(session) == found
    monkeypatch.setattr("platform.node", lambda: "another machine")
    assert kept_cost(session) is None
