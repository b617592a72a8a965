"""What inputs tell without labels, and what they can't."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from analysis.candidates.batches import ImageBatch
from analysis.candidates.statistics import channel_moments, trained_layers
from analysis.errors import UnusableInput
from analysis.preprocessing.doctor.measures import ChannelStatistics
from analysis.preprocessing.doctor.result import Conclusion
from analysis.preprocessing.doctor.without_labels import diagnose_without_labels
from analysis.samples import bundled_root
from analysis.session import Session, open_session
from tests.unit.preprocessing.edits.conftest import measurements, table_context, with_inputs


@pytest.fixture(scope="module")
def photos() -> Session:
    root = bundled_root()
    return open_session(root / "models" / "photos", root / "data" / "photos")


def test_folded_layers_remember_what_they_put_out_in_training(photos: Session) -> None:
    layers = trained_layers(photos.candidate.module)
    assert len(layers) == 49
    assert sum(not layer.of_input for layer in layers) > 30


def test_moments_are_those_of_the_channels() -> None:
    """Against numpy, on a batch normalisation whose running statistics are set by hand."""
    from types import SimpleNamespace

    norm = torch.nn.BatchNorm2d(2).eval()
    norm.running_mean.copy_(torch.tensor([1.0, -2.0]))
    norm.running_var.copy_(torch.tensor([4.0, 9.0]))
    pixels = np.random.default_rng(0).normal(size=(3, 2, 5, 4)).astype(np.float32)
    candidate = SimpleNamespace(
        lock=torch.no_grad(),
        tensors=lambda prepared: {"pixel_values": torch.from_numpy(prepared.pixels)},
        forward_tensors=lambda pixel_values: norm(pixel_values),
    )
    found = channel_moments(candidate, trained_layers(norm), ImageBatch(pixels))  # type: ignore[arg-type]
    scaled = (pixels - np.array([1, -2])[:, None, None]) / np.array([2, 3])[:, None, None]
    np.testing.assert_allclose(found[..., 0], scaled.mean(axis=(2, 3)), atol=1e-5)
    np.testing.assert_allclose(found[..., 1], (scaled**2).mean(axis=(2, 3)), atol=1e-5)
    assert not norm._forward_hooks


def test_photos_fed_as_0_to_255_are_noticed_and_healthy_ones_are_not(photos: Session) -> None:
    healthy = diagnose_without_labels(photos.candidate, photos.dataset, photos.pipeline)
    assert (healthy.conclusion, healthy.edits) == (Conclusion.UNDETERMINED, ())
    step = photos.pipeline.get("rescale")
    assert step is not None
    wrong = photos.pipeline.replacing(step.with_params(factor=1.0))
    found = diagnose_without_labels(photos.candidate, photos.dataset, wrong)
    assert found.conclusion is Conclusion.MISMATCH
    assert [e.step for e in found.edits] == ["rescale"]
    assert found.best < 0.8 * found.baseline


def test_a_network_without_batch_normalisation_cannot_be_compared(photos: Session) -> None:
    bare = photos.candidate.with_module(torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3)))
    with pytest.raises(UnusableInput, match="no batch normalisation"):
        ChannelStatistics(bare, photos.dataset, np.arange(3))


def test_columns_out_of_place_are_noticed() -> None:
    frame = measurements()
    context = with_inputs(table_context(), frame.assign(height=frame["ratio"], ratio=frame["height"]))
    found = diagnose_without_labels(context.candidate, context.dataset, context.documented)
    assert found.conclusion is Conclusion.MISMATCH
    assert [e.sentence for e in found.edits] == ["column order: height and ratio change places"]


def test_texts_full_of_markup_are_noticed_and_plain_ones_are_not(tmp_path: Path) -> None:
    root = bundled_root()
    session = open_session(root / "models" / "reviews-sentiment", root / "data" / "tweets.csv")
    healthy = diagnose_without_labels(session.candidate, session.dataset, session.pipeline)
    assert healthy.conclusion is Conclusion.UNDETERMINED
    texts = session.dataset.inputs(np.arange(80))
    lines = "\n".join(f'"<p class=&quot;x&quot;>{str(t).replace(chr(34), "")}</p><br/>",positive' for t in texts)
    file = tmp_path / "pages.csv"
    file.write_text(f"text,label\n{lines}\n", encoding="utf-8")
    marked = open_session(root / "models" / "reviews-sentiment", file)
    found = diagnose_without_labels(marked.candidate, marked.dataset, marked.pipeline)
    assert [e.step for e in found.edits] == ["markup"]
