"""What every family of edits keeps to, on every kind of task that it is for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.preprocessing.checks import check_pipeline
from analysis.preprocessing.edits import FAMILIES, propose_presets
from analysis.preprocessing.edits.base import MOST, Context, EditFamily
from analysis.types import Edit, Modality, Pipeline
from tests.unit.preprocessing.edits.conftest import CONTEXTS

#: Names that the command line prints: they stay.
STEPS = {
    Modality.IMAGE: "channel_order rescale normalize resize crop interpolation orientation background color_mode "
    "layout",
    Modality.TEXT: "case truncation special_tokens markup encoding whitespace pair_order",
    Modality.TABULAR: "column_order scaling units missing encoding",
}
DOCS = Path(__file__).resolve().parents[4] / "docs" / "edits.md"


def cases() -> list[tuple[str, EditFamily]]:
    modality = {"photos": Modality.IMAGE, "photos for a transformer": Modality.IMAGE, "texts": Modality.TEXT}
    modality |= {"pairs of texts": Modality.TEXT, "table": Modality.TABULAR, "regression": Modality.TABULAR}
    assert modality.keys() == CONTEXTS.keys()
    return [(name, family) for family in FAMILIES for name in CONTEXTS if modality[name] in family.modalities]


each = pytest.mark.parametrize(("name", "family"), cases(), ids=lambda v: v if isinstance(v, str) else v.step)


def assert_runs(pipeline: Pipeline, context: Context) -> None:
    scores = context.candidate.predict(context.dataset.inputs(context.rows), pipeline)
    assert len(scores) == len(context.rows)


def assert_proper(edit: Edit, family: EditFamily, pipeline: Pipeline) -> None:
    step = pipeline.get(edit.place)
    assert step is not None
    assert edit.step == family.step
    assert edit.before.keys() == edit.after.keys()
    assert all(step.params.get(key) == value for key, value in edit.before.items())
    assert all(edit.before[key] != value for key, value in edit.after.items())
    assert edit.sentence.startswith(f"{family.title}: ")
    assert " → " in edit.sentence
    assert edit.sentence.split(": ", 1)[1].split(" → ")[0] != edit.sentence.split(" → ")[-1]


@each
def test_proposals_are_proper_edits_that_run(name: str, family: EditFamily, contexts: dict[str, Context]) -> None:
    context = contexts[name]
    pipeline = context.documented
    edits = family.propose(pipeline, context)
    assert len(edits) <= MOST
    made = [check_pipeline(edit.apply(pipeline)) for edit in edits]
    assert len({p.fingerprint for p in [pipeline, *made]}) == len(made) + 1
    for edit, changed in zip(edits, made, strict=True):
        assert_proper(edit, family, pipeline)
        assert_runs(changed, context)


@each
def test_the_way_back_to_the_documented_pipeline_is_proposed_first(
    name: str, family: EditFamily, contexts: dict[str, Context]
) -> None:
    context = contexts[name]
    for edit in family.propose(context.documented, context):
        faulty = check_pipeline(edit.apply(context.documented))
        back = family.propose(faulty, context)
        assert back, edit.sentence
        assert check_pipeline(back[0].apply(faulty)) == context.documented, edit.sentence


@each
def test_proposals_are_the_same_every_time(name: str, family: EditFamily, contexts: dict[str, Context]) -> None:
    context = contexts[name]
    assert family.propose(context.documented, context) == family.propose(context.documented, context)


@pytest.mark.parametrize("name", CONTEXTS)
@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_few_edits_in_turn_make_a_pipeline_that_runs(
    name: str, contexts: dict[str, Context], data: st.DataObject
) -> None:
    context = contexts[name]
    pipeline = context.documented
    families = [f for f in FAMILIES if pipeline.modality in f.modalities]
    for family in data.draw(st.permutations(families))[:4]:
        edits = family.propose(pipeline, context)
        if edits:
            edit = data.draw(st.sampled_from(edits))
            assert_proper(edit, family, pipeline)
            pipeline = check_pipeline(edit.apply(pipeline))
    assert_runs(pipeline, context)


@pytest.mark.parametrize("name", CONTEXTS)
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_presets_begin_with_the_documented_pipeline_and_all_run(
    name: str, contexts: dict[str, Context], data: st.DataObject
) -> None:
    context = contexts[name]
    faulty = context.documented
    families = [
        f for f in FAMILIES if faulty.modality in f.modalities and f.step not in ("label_order", "positive_class")
    ]
    for family in data.draw(st.permutations(families))[:3]:
        edits = family.propose(faulty, context)
        faulty = check_pipeline(data.draw(st.sampled_from(edits)).apply(faulty)) if edits else faulty
    presets = propose_presets(faulty, context)
    for position, edits in enumerate(presets):
        assert edits
        pipeline = faulty
        for edit in edits:
            pipeline = edit.apply(pipeline)
        pipeline = check_pipeline(pipeline)
        assert_runs(pipeline, context)
        if position == 0 and faulty != context.documented:
            assert pipeline == context.documented


def test_step_names_are_those_of_the_command_line() -> None:
    for modality, names in STEPS.items():
        wanted = {*names.split(), "label_order", "positive_class", "target_scale"}
        found = [f.step for f in FAMILIES if modality in f.modalities]
        assert len(found) == len(set(found))
        assert set(found) == wanted


def test_every_family_is_documented() -> None:
    text = DOCS.read_text(encoding="utf-8")
    for family in FAMILIES:
        assert f"`{family.step}`" in text, family.step


def test_every_family_proposes_something_somewhere(contexts: dict[str, Context]) -> None:
    silent = {family.title for family in FAMILIES}
    for name, family in cases():
        if family.propose(contexts[name].documented, contexts[name]):
            silent.discard(family.title)
    # Whether these say anything depends on the data and is tested beside them.
    assert silent <= {"scaling of columns", "units", "missing values", "unit of the answers"}
