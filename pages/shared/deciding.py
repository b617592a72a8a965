"""What the scores are good for: calibration, ranking, thresholds; for a regression margins and errors by range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st

from analysis.types import Estimate
from pages.shared import flow, results, selecting, state, widgets
from pages.shared.flow import Run
from pages.shared.wording import count, interval_of, middle, number, percent, plain, value_of

if TYPE_CHECKING:
    from analysis.failures.regression import RangeErrors
    from analysis.metrics.thresholds import Thresholds

SEED = 0


def calibration(run: Run) -> None:
    """Draw confidence against accuracy, and what a temperature changes."""
    from analysis import figures
    from analysis.metrics.calibration import calibration_error, fit_temperature
    from analysis.metrics.reliability import reliability

    st.subheader("How far its confidence can be believed", anchor=False)
    found = flow.measured("calibration", run, lambda: calibration_error(run.predictions, seed=SEED))
    if found is None:
        st.write("There is no example whose label the model knows.")
        return
    fitted = flow.measured("temperature", run, lambda: fit_temperature(run.predictions, seed=SEED))
    bins = flow.measured("reliability", run, lambda: reliability(run.predictions))
    left, right = st.columns(2, gap="large")
    with left:
        chosen = state.here().selection.part
        drawn = figures.reliability(bins, selected=chosen, theme=widgets.theme())
        widgets.figure(drawn, key="reliability", on_select=selecting.part("reliability"))
        selecting.way_to_part("confidence")
    with right:
        e = found.error
        st.markdown(
            f"**Calibration error {number(e.value)}** (95 % interval {interval_of(e, rate=False)}). Even with perfect "
            f"calibration so few examples would show {number(found.by_chance)} by luck.",
            help="Expected calibration error: the mean distance of confidence and accuracy over ten ranges of "
            "confidence, weighted by their examples.",
        )
        if fitted is None:
            st.caption("There are too few examples to fit a temperature on one half and judge it on the other.")
            return
        losses = f"{number(fitted.log_loss_before)} to {number(fitted.log_loss_after)}"
        was = "too sure" if fitted.value > 1 else "not sure enough"
        gain = "which is more than chance" if fitted.helps else "which may be chance"
        saved = fitted.saved
        st.markdown(
            f"**Temperature {fitted.value:.2f}**: by {count(fitted.fitted_on, 'example')}, to which it is fitted, the "
            f"model is {was}. On the {fitted.judged_on} others it changes the log loss from "
            f"{losses}, {gain} (saved {number(saved.value)}, {number(saved.low)} to "
            f"{number(saved.high)}), and the calibration error from {number(fitted.before.error.value)} to "
            f"{number(fitted.after.error.value)}.",
            help="Scores are divided by the temperature before they become probabilities: it changes no answer, only "
            f"how sure it is. Halves drawn with seed {fitted.seed}.",
        )
        with st.expander("Confidence with this temperature, on the half that it was not fitted on"):
            drawn = figures.reliability(reliability(fitted.judged), theme=widgets.theme())
            widgets.figure(drawn, key="reliability-after")


def top_k(run: Run) -> None:
    """Say how often the true label is among the k highest scores, for a k of the reader's choice."""
    from analysis.metrics.classification import top_k as measured

    classes = len(run.predictions.task.labels)
    if classes < 3 or not run.predictions.known.any():
        return
    k = st.number_input(
        "Among its first",
        1, classes - 1, min(2, classes - 1), key="top_k", width=160,
        help="Top-k accuracy: the share of examples whose true label is among the k classes that score highest.",
    )  # fmt: skip
    found = flow.measured("top_k", run, lambda: measured(run.predictions, k), str(k))
    where = "is its first answer" if k == 1 else f"is among its first {k} answers"
    st.markdown(f"The true label {where}: **{_rate(found)}**.")


def ranking(run: Run) -> None:
    """Draw ROC and precision-recall curves of one class, and the explorer of its threshold."""
    from analysis import figures
    from analysis.metrics.curves import curves

    st.subheader("One class against the rest", anchor=False)
    seen = [c for c in results.per_class(run) if c.n]
    if len(run.predictions.task.labels) < 2 or not seen:
        st.write("There is nothing to tell apart.")
        return
    labels = [c.label for c in sorted(seen, key=lambda c: c.n)]
    label = st.selectbox("Class", labels, key="curve_class", format_func=lambda name: middle(name, 60), width=320)
    found = flow.measured("curves", run, lambda: curves(run.predictions, label), label)
    if found is None:
        st.write("All examples are of this class: there is no other to tell it from.")
        return
    if found.few:
        st.warning(f"Only {found.positives} of {found.n} examples: too few to judge.", icon=":material/warning:")
    chosen, theme = state.here().selection.part, widgets.theme()
    left, right = st.columns(2, gap="large")
    with left:
        widgets.figure(figures.roc(found, selected=chosen, theme=theme), key="roc", on_select=selecting.part("roc"))
    with right:
        drawn = figures.precision_recall(found, selected=chosen, theme=theme)
        widgets.figure(drawn, key="precision-recall", on_select=selecting.part("precision-recall"))
    selecting.way_to_part("score")
    _threshold(run, label)


def _threshold(run: Run, label: str) -> None:
    from analysis import figures
    from analysis.metrics.thresholds import find_threshold

    st.markdown(f"**From which score on should it count as “{plain(middle(label, 40))}”?**")
    settings, picture = st.columns([1, 2], gap="large")
    with settings:
        false = st.number_input("Cost of calling it so falsely", 0.0, 1e9, 1.0, key="cost_fp", step=1.0)
        missed = st.number_input("Cost of missing one", 0.0, 1e9, 1.0, key="cost_fn", step=1.0)
    if not false and not missed:
        st.write("If no mistake costs anything, every threshold is as good.")
        return

    def make() -> Thresholds | None:
        costs = {"cost_false_positive": false, "cost_false_negative": missed}
        return find_threshold(run.predictions, label, **costs, seed=SEED)

    found = flow.measured("threshold", run, make, label, str(false), str(missed))
    if found is None:
        with picture:
            st.write("Each half needs five examples of the class and five others: there are too few.")
        return
    with picture:
        drawn = figures.threshold_costs(found, selected=state.here().selection.part, theme=widgets.theme())
        widgets.figure(drawn, key="thresholds", on_select=selecting.part("thresholds"))
    with settings:
        saved = found.saved
        gain = "cheaper than 0.5, more than by chance" if found.helps else "can’t be told from 0.5"
        st.markdown(
            f"Chosen on {found.chosen_on} examples, judged on {found.judged_on} others: **{gain}** (saves "
            f"{number(saved.value)} an example, {number(saved.low)} to {number(saved.high)}).",
            help=f"Halves drawn with seed {found.seed}. What it is chosen on flatters a threshold.",
        )
    rows = [
        (name, f"{j.threshold:.3f}", f"{number(j.cost.value)} ({number(j.cost.low)} to {number(j.cost.high)})",
         j.false_positives, j.false_negatives, _rate(j.precision), _rate(j.recall))
        for name, j in (("Chosen", found.best), ("Usual", found.usual))
    ]  # fmt: skip
    columns = ["Threshold", "From", "Mean cost", "Called so falsely", "Missed", "Precision", "Recall"]
    st.dataframe(pd.DataFrame(rows, columns=columns), hide_index=True, alt="Both thresholds on the half that judges")


def margins(run: Run) -> None:
    """Say within which margin a regression's answers hold, and where its errors are largest."""
    from analysis.failures.regression import errors_by_range
    from analysis.metrics.conformal import conformal

    st.subheader("Within which margin it can be believed", anchor=False)
    found = flow.measured("conformal", run, lambda: conformal(run.predictions, seed=SEED))
    if found is None:
        st.write("Each half needs 19 examples for a margin that holds in 95 % of cases: there are too few.")
    else:
        c = found.coverage
        st.markdown(
            f"**The answer plus or minus {number(found.margin)}** holds 95 % of true values, by the errors on "
            f"{count(found.calibrated_on, 'example')}. Of the {c.n} others {percent(c.value)} lie within "
            f"(95 % interval {interval_of(c, rate=True)}).",
            help=f"Split conformal prediction; halves drawn with seed {found.seed}. The promise holds on average, not "
            "for every kind of example.",
        )
        rows = [
            (f"{number(low)} to {number(high)}", value_of(e, rate=True), interval_of(e, rate=True))
            for low, high, e in found.by_range
        ]
        table = pd.DataFrame(rows, columns=["Answer", "True value within the margin", "95 % interval"])
        st.dataframe(table, hide_index=True, alt="How often the margin holds, by range of the answer")
    st.subheader("Errors by range of the target", anchor=False)
    _ranges(errors_by_range(run.predictions))


def _ranges(ranges: tuple[RangeErrors, ...]) -> None:
    """Draw the errors by range of the true value; a row that is picked selects its examples."""
    from analysis.failures.parts import between

    parts = between("true", [*(r.low for r in ranges), *(r.high for r in ranges[-1:])])

    def picked() -> None:
        at = st.session_state["ranges"].selection.rows
        state.select(part=parts[at[0]] if at else None, example=None)

    rows = [(f"{number(r.low)} to {number(r.high)}", _signed(r.mae), _signed(r.bias), r.n, r.n < 10) for r in ranges]
    columns = ["True value", "Mean absolute error", "Mean error (above 0: too high)", "Examples", "Too few to judge"]
    st.dataframe(
        pd.DataFrame(rows, columns=columns), key="ranges", hide_index=True, on_select=picked,
        selection_mode="single-row", alt="Errors by range of the true value",
    )  # fmt: skip
    selecting.way_to_part("true")


def _rate(estimate: Estimate) -> str:
    return f"{value_of(estimate, rate=True)} ({interval_of(estimate, rate=True)})"


def _signed(estimate: Estimate) -> str:
    return f"{number(estimate.value)} ({interval_of(estimate, rate=False).split(', n')[0]})"
