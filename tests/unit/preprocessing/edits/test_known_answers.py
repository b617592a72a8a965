"""Families against answers that are known: numbers worked out by hand, orders, and faults with one cure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler
from sklearn.svm import SVC

from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.edits import canonical_order, is_alphabetical
from analysis.preprocessing.edits.base import Context, same
from analysis.preprocessing.edits.column_order import COLUMN_ORDER
from analysis.preprocessing.edits.conventions import CAFFE_BGR, IMAGENET, RESCALINGS, normalisation_words
from analysis.preprocessing.edits.encoding import CATEGORY_ENCODING, TEXT_ENCODING
from analysis.preprocessing.edits.geometry import output_size
from analysis.preprocessing.edits.known_labels import KNOWN, canonical_orders
from analysis.preprocessing.edits.label_order import LABEL_ORDER, structured_orders
from analysis.preprocessing.edits.missing import MISSING, stands_apart
from analysis.preprocessing.edits.normalize import NORMALIZE, applied_twice
from analysis.preprocessing.edits.orientation import ORIENTATION
from analysis.preprocessing.edits.positive_class import POSITIVE_CLASS
from analysis.preprocessing.edits.presets import propose_presets
from analysis.preprocessing.edits.resize import RESIZE, cropped_from
from analysis.preprocessing.edits.scaling import SCALING
from analysis.preprocessing.edits.seen import distance, seen_columns
from analysis.preprocessing.edits.target_scale import TARGET_SCALE
from analysis.preprocessing.edits.truncation import TRUNCATION
from analysis.preprocessing.edits.units import UNITS
from analysis.preprocessing.image import apply_image
from tests.unit.preprocessing.edits.conftest import (
    CIFAR,
    context_of,
    dataset_of,
    estimator_context,
    image_context,
    image_pipeline,
    measurements,
    picture,
    table_context,
    text_context,
    with_inputs,
)

channel = st.floats(0.05, 2.0)


@given(st.lists(channel, min_size=3, max_size=3), st.lists(channel, min_size=3, max_size=3), st.floats(0, 1))
def test_applied_twice_is_applying_it_twice(mean: list[float], std: list[float], value: float) -> None:
    once = (value - np.array(mean)) / np.array(std)
    twice = (once - np.array(mean)) / np.array(std)
    params = applied_twice(mean, std)
    assert (value - np.array(params["mean"])) / np.array(params["std"]) == pytest.approx(twice, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("scale", RESCALINGS, ids=lambda s: s.name)
def test_a_convention_gives_the_same_tensor_on_every_scale(scale: object) -> None:
    data = picture()
    expected = apply_image(data, image_pipeline(normalize={"mean": list(IMAGENET.mean), "std": list(IMAGENET.std)}))
    numbers = IMAGENET.on_scale(scale.factor, scale.offset)  # type: ignore[attr-defined]
    found = apply_image(data, image_pipeline(rescale=scale.params, normalize=numbers))  # type: ignore[attr-defined]
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_caffe_means_on_raw_pixels_are_the_published_ones() -> None:
    params = CAFFE_BGR.on_scale(1.0, 0.0)
    assert same(params, {"mean": [103.939, 116.779, 123.68], "std": [1.0, 1.0, 1.0]})
    assert normalisation_words(params) == "Caffe means for BGR, for pixels 0 to 255"


def test_normalize_doubles_what_is_in_use(contexts: dict[str, Context]) -> None:
    context = contexts["photos"]
    doubled = applied_twice(list(IMAGENET.mean), list(IMAGENET.std))
    assert any(same(edit.after, doubled) for edit in NORMALIZE.propose(context.documented, context))


@given(st.integers(16, 350), st.integers(0, 200))
def test_shorter_side_then_centre_is_expressed_exactly(size: int, more: int) -> None:
    params = cropped_from(size, size + more)
    assert int(size / params["crop_pct"]) == size + more
    assert 0 < params["crop_pct"] <= 1


def test_where_the_crop_is_missing_one_edit_restores_resize_and_crop(contexts: dict[str, Context]) -> None:
    context = contexts["photos"]
    squashed = image_pipeline(
        resize={"mode": "squash", "height": 32, "width": 32, "resample": "bicubic"},
        crop={"height": None, "width": None},
    )
    data = picture(seed=3)
    wanted = apply_image(data, context.documented)
    made = [apply_image(data, check_pipeline(e.apply(squashed))) for e in RESIZE.propose(squashed, context)]
    assert any(np.array_equal(wanted, pixels) for pixels in made)


@pytest.mark.parametrize("name", ["photos", "photos for a transformer"])
def test_only_convolutional_networks_get_other_sizes(name: str, contexts: dict[str, Context]) -> None:
    context = contexts[name]
    squash = {"mode": "squash", "height": 32, "width": 32, "resample": "bicubic"}
    pipeline = image_pipeline(resize=squash, crop={"height": None, "width": None})
    sizes = {output_size(edit.apply(pipeline)) for edit in RESIZE.propose(pipeline, context)}
    assert (sizes == {(32, 32)}) is (name != "photos")


def test_orientation_asks_for_exif_only_where_a_file_has_it() -> None:
    upright = with_inputs(image_context(), [picture(seed=i) for i in range(6)])
    assert not any("exif" in e.after for e in ORIENTATION.propose(upright.documented, upright))
    lying = image_context()
    assert "exif" in ORIENTATION.propose(lying.documented, lying)[0].after


def test_families_look_only_at_the_rows_of_the_search() -> None:
    context = image_context()
    narrowed = replace(context, rows=np.array([0, 1], dtype=np.int64))  # The turned photo is number 5.
    assert not any("exif" in e.after for e in ORIENTATION.propose(narrowed.documented, narrowed))


def test_the_conventions_are_presets(contexts: dict[str, Context]) -> None:
    context = contexts["photos"]
    presets = propose_presets(context.documented, context)
    caffe = next(edits for edits in presets if len(edits) == 3)
    assert [edit.step for edit in caffe] == ["channel_order", "rescale", "normalize"]
    pipeline = context.documented
    for edit in caffe:
        pipeline = edit.apply(pipeline)
    data = picture(seed=5)
    raw = image_pipeline(rescale={"factor": 1.0}, normalize={"mean": None, "std": None})
    expected = apply_image(data, raw)[::-1] - np.array([103.939, 116.779, 123.68], dtype=np.float32)[:, None, None]
    np.testing.assert_allclose(apply_image(data, pipeline), expected, atol=1e-3)


def test_every_known_set_is_recognised_shuffled_and_in_any_case() -> None:
    generator = np.random.default_rng(0)
    for order in KNOWN:
        names = [order[i].upper().replace(" ", "_") for i in generator.permutation(len(order))]
        spelled = [
            tuple(n.upper().replace(" ", "_") for n in known) for known in KNOWN if sorted(known) == sorted(order)
        ]
        assert canonical_order(names) == spelled[0]
        assert canonical_orders(names) == tuple(spelled)


def test_sets_have_the_sizes_that_they_are_known_for() -> None:
    assert sorted(len(order) for order in KNOWN)[-3:] == [14, 28, 100]
    assert canonical_order(["Iris-virginica", "Iris-setosa", "Iris-versicolor"]) == (
        "Iris-setosa",
        "Iris-versicolor",
        "Iris-virginica",
    )
    assert canonical_order(["n02100000", "n01440764", *(f"n0300000{i}" for i in range(8))])[0] == "n01440764"  # type: ignore[index]
    assert canonical_order(["cat", "dog"]) is None
    assert canonical_order(["cat", "Cat", "dog"]) is None


def test_alphabetical_is_said_of_three_names_or_more() -> None:
    assert is_alphabetical(CIFAR)
    assert is_alphabetical(["apple", "Banana", "cherry"])
    assert not is_alphabetical(["negative", "positive"])
    assert not is_alphabetical(["b", "a", "c"])


@given(st.integers(3, 30))
def test_positions_sorted_as_text_are_undone(k: int) -> None:
    names = [f"name {(i * 7) % 31}" for i in range(k)]
    sorted_as_text = dict(structured_orders(names))["positions sorted as text (0, 1, 10, 11, 2 …)"]
    assert dict(structured_orders(sorted_as_text))["positions sorted as text, undone"] == tuple(names)


def test_label_order_leaves_two_classes_to_positive_class() -> None:
    context = text_context(("negative", "positive"))
    assert LABEL_ORDER.propose(context.documented, context) == ()
    (edit,) = POSITIVE_CLASS.propose(context.documented, context)
    assert (edit.step, edit.place, edit.after["labels"]) == ("positive_class", "label_order", ["positive", "negative"])
    assert edit.sentence == "positive class: positive → negative"


def test_label_order_never_changes_the_set_of_names() -> None:
    context = image_context()
    other = image_pipeline(label_order={"labels": [f"LABEL_{i}" for i in range(12)]})
    for edit in LABEL_ORDER.propose(other, context):
        assert sorted(edit.after["labels"]) == sorted(other.labels)


def test_truncation_that_cuts_nothing_is_not_tried() -> None:
    context = text_context(("negative", "positive"))
    short = with_inputs(context, ["one two", "three", "four five six", "seven"])
    assert not TRUNCATION.propose(short.documented, short)
    assert any(e.after.get("side") for e in TRUNCATION.propose(context.documented, context))


def test_text_that_was_misread_is_repaired_first() -> None:
    texts = ["Un café".encode().decode("latin-1"), "plain", "plain", "plain"]
    context = with_inputs(text_context(("negative", "positive")), texts)
    first = TEXT_ENCODING.propose(context.documented, context)[0]
    (repaired,) = context.candidate.prepare(texts[:1], first.apply(context.documented)).texts  # type: ignore[attr-defined]
    assert repaired == "Un café"


def test_plain_text_has_no_encoding_to_try() -> None:
    context = with_inputs(text_context(("negative", "positive")), ["plain"] * 4)
    assert TEXT_ENCODING.propose(context.documented, context) == ()


FRAME = measurements()
TRUTH = np.where(FRAME["height"] + FRAME["weight"] + 40 * FRAME["ratio"] > 260, "yes", "no")
TELLING = {
    "standard": make_pipeline(StandardScaler(), LogisticRegression()),
    "robust": make_pipeline(RobustScaler(), LogisticRegression()),
    "minmax": make_pipeline(MinMaxScaler(), LogisticRegression()),
    "forest": RandomForestClassifier(60, random_state=0),
    "histogram": HistGradientBoostingClassifier(max_iter=40, min_samples_leaf=5),
    "neighbours": KNeighborsClassifier(),
    "vectors": SVC(probability=False),
    "bayes": GaussianNB(),
}


@pytest.mark.parametrize("name", TELLING)
def test_models_tell_what_they_have_seen(name: str) -> None:
    seen = seen_columns(TELLING[name].fit(FRAME, TRUTH), list(FRAME.columns))
    for j, column in enumerate(["height", "weight", "ratio"]):
        values = FRAME[column].to_numpy()
        assert distance(values, seen[j]) < 1
        for factor in (1000, 10, 0.1):
            assert distance(values * factor, seen[j]) > 1.2


@given(st.permutations(["height", "weight", "ratio", "group"]))
@settings(max_examples=24, deadline=None)
def test_columns_in_any_order_are_put_where_the_model_has_seen_them(order: list[str]) -> None:
    context = CONTEXT
    documented = context.documented
    step = documented.get("column_order")
    assert step is not None
    faulty = check_pipeline(
        documented.replacing(step.with_params(columns=order, names=["height", "weight", "ratio", "group"]))
    )
    if order == ["height", "weight", "ratio", "group"]:
        return
    # Not by what is documented, which a stranger's model may not say, but by the values alone.
    found = [
        e.after["columns"] for e in COLUMN_ORDER.propose(faulty, replace(context, candidate=blind(context, faulty)))
    ]
    assert found[0] == ["height", "weight", "ratio", "group"]


CONTEXT = table_context()


def blind(context: Context, pipeline: object) -> object:
    """Return the context's candidate with another documented pipeline and no names of its columns."""
    candidate = object.__new__(type(context.candidate))
    candidate.__dict__.update(context.candidate.__dict__)
    candidate.__dict__.update(pipeline=pipeline, columns=(), fingerprint="blind")
    return candidate


def first_cure(family: object, frame: pd.DataFrame, column: str) -> np.ndarray:
    """Return the column as the model receives it after a family's first proposal."""
    context = with_inputs(CONTEXT, frame)
    edit = family.propose(context.documented, context)[0]  # type: ignore[attr-defined]
    prepared = context.candidate.prepare(frame, check_pipeline(edit.apply(context.documented)))
    return prepared.data[column].to_numpy(dtype=np.float64)  # type: ignore[attr-defined]


@pytest.mark.parametrize("factor", [1000.0, 0.001, 100.0, 0.1, 1 / 2.54])
def test_units_restore_a_column(factor: float) -> None:
    spoiled = FRAME.assign(weight=FRAME["weight"] * factor)
    np.testing.assert_allclose(first_cure(UNITS, spoiled, "weight"), FRAME["weight"], rtol=1e-6)


def test_units_know_fahrenheit_and_logarithms() -> None:
    spoiled = FRAME.assign(weight=FRAME["weight"] * 1.8 + 32)
    np.testing.assert_allclose(first_cure(UNITS, spoiled, "weight"), FRAME["weight"], rtol=1e-6)
    spoiled = FRAME.assign(height=np.log(FRAME["height"]))
    np.testing.assert_allclose(first_cure(UNITS, spoiled, "height"), FRAME["height"], rtol=1e-6)


def test_units_say_nothing_of_a_healthy_table() -> None:
    assert UNITS.propose(CONTEXT.documented, CONTEXT) == ()
    assert SCALING.propose(CONTEXT.documented, CONTEXT) == ()
    assert MISSING.propose(CONTEXT.documented, CONTEXT) == ()


def test_a_table_that_is_standardised_already_is_undone() -> None:
    spoiled = (FRAME - FRAME.mean()) / FRAME.std(ddof=0)
    np.testing.assert_allclose(first_cure(SCALING, spoiled, "height"), FRAME["height"], rtol=1e-6)


def test_sentinels_are_filled_for_a_model_that_takes_no_gaps() -> None:
    spoiled = FRAME.assign(weight=FRAME["weight"].where(FRAME.index % 5 != 0, -999.0))
    cured = first_cure(MISSING, spoiled, "weight")
    assert cured.min() > 50
    assert cured[0] == pytest.approx(FRAME["weight"].mean(), rel=0.01)


def test_a_value_that_could_be_a_measurement_is_no_sentinel() -> None:
    generator = np.random.default_rng(0)
    assert stands_apart(np.append(generator.normal(50, 5, 99), -999.0), -999.0)
    assert not stands_apart(np.append(generator.normal(0, 1, 99), 0.0), 0.0)
    assert not stands_apart(generator.integers(-3, 4, 100).astype(float), -1.0)


def test_codes_that_are_one_off_are_moved_back() -> None:
    spoiled = FRAME.assign(group=FRAME["group"] - 1)
    context = with_inputs(CONTEXT, spoiled)
    edits = CATEGORY_ENCODING.propose(context.documented, context)
    prepared = [context.candidate.prepare(spoiled, check_pipeline(e.apply(context.documented))) for e in edits]
    assert any(np.array_equal(p.data["group"], FRAME["group"]) for p in prepared)  # type: ignore[attr-defined]


def test_words_for_numbers_get_alphabetical_codes() -> None:
    frame = FRAME.assign(group=np.where(FRAME["group"] == 1, "a", "b"))
    context = with_inputs(CONTEXT, frame)
    edit = CATEGORY_ENCODING.propose(context.documented, context)[0]
    assert edit.after["categories"] == {"group": {"a": 0.0, "b": 1.0}}


@pytest.mark.parametrize(("scale", "offset"), [(1000.0, 0.0), (0.01, 0.0), (1.0, 300.0), (-1.0, 0.0)])
def test_target_scale_restores_the_labels_unit(scale: float, offset: float, contexts: dict[str, Context]) -> None:
    context = contexts["regression"]
    labels = context.dataset.table["label"].to_numpy(dtype=float)
    data = dataset_of(FRAME, labels * scale + offset, context.dataset.modality, context.dataset.kind)
    moved = context_of(context.candidate, data)
    errors = []
    for edit in TARGET_SCALE.propose(moved.documented, moved):
        answers = context.candidate.predict(FRAME, moved.documented)[:, 0]
        corrected = answers * edit.after.get("scale", 1.0) + edit.after.get("offset", 0.0)
        errors.append(float(np.abs(corrected - data.table["label"]).mean()) / abs(scale))
    assert min(errors) < np.std(labels)


def test_an_imperfect_model_is_no_other_unit() -> None:
    generator = np.random.default_rng(0)
    frame = measurements(200, seed=1)
    noise = generator.normal(0, 40, 200)
    values = (frame["height"] * 2 + noise).to_numpy()
    from sklearn.linear_model import Ridge

    context = estimator_context(make_pipeline(StandardScaler(), Ridge()).fit(frame, values), frame, values)
    assert TARGET_SCALE.propose(context.documented, context) == ()


def test_target_scale_uses_the_answers_that_the_search_has(contexts: dict[str, Context]) -> None:
    context = contexts["regression"]
    asked = []

    def outputs(pipeline: object) -> np.ndarray:
        asked.append(pipeline)
        return context.dataset.table["label"].to_numpy(dtype=np.float32)[:, None] / 1000

    edits = TARGET_SCALE.propose(context.documented, replace(context, outputs=outputs))
    assert asked
    assert edits[0].after == {"scale": 1000.0}
