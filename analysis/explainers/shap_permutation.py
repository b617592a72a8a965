"""SHAP by permutations (Štrumbelj & Kononenko 2014; Mitchell et al. 2022), for any estimator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.candidates.batches import Frame
from analysis.explainers.base import Scored, convergence_notes
from analysis.explainers.partition import Masks, shapley_by_permutation
from analysis.explainers.tables import RowView, TableExplainer


@dataclass(frozen=True)
class ShapPermutation(TableExplainer):
    """Shapley values from random orders of the columns; an absent column takes the values of usual rows.

    Attributes
    ----------
    orders : int
        Random orders, each walked forwards and backwards.
    rows : int
        Usual rows that absent columns are filled from.
    """

    name: ClassVar[str] = "shap_permutation"
    title: ClassVar[str] = "SHAP (permutation)"
    when: ClassVar[str] = (
        "For any estimator, in probability or in the unit of the value; needs usual rows to compare with."
    )
    cost: ClassVar[str] = "20 predictions a column, for 50 usual rows each"

    orders: int = 10
    rows: int = 50

    def attribute(self, view: RowView) -> Scored:
        """Explain one row."""
        usual = view.usual()
        if len(usual) > self.rows:
            usual = usual.sample(self.rows, random_state=view.question.seed)
        width = len(view.columns)
        view.question.progress.start(self.title, self.orders * (2 * width + 1))

        def game(masks: Masks) -> npt.NDArray[np.float64]:
            answers = view.candidate.forward(Frame(filled(view.row, usual, masks))).astype(np.float64)
            view.question.progress.advance(len(masks))
            return np.asarray(_pick(answers, view).reshape(len(masks), len(usual)).mean(axis=1))

        values = shapley_by_permutation(game, width, self.orders, view.question.seed)
        ends = game(np.array([np.zeros(width, dtype=bool), np.ones(width, dtype=bool)]))
        difference = float(ends[1] - ends[0])
        delta = float(values.sum()) - difference
        output = "value" if view.regression else "probability"
        note = (
            "The scores are in the unit of the predicted value."
            if view.regression
            else "The scores are in probability: 0.1 is ten percentage points."
        )
        words = f"the values of {len(usual)} rows of the data"
        return Scored(
            values.astype(np.float32), output, words, delta, (note, *convergence_notes(delta, difference, ""))
        )


def _pick(answers: npt.NDArray[np.float64], view: RowView) -> npt.NDArray[np.float64]:
    if view.regression:
        return answers[:, 0]
    contrast = view.question.contrast
    return answers[:, view.question.target] - (0.0 if contrast is None else answers[:, contrast])


def filled(row: pd.DataFrame, usual: pd.DataFrame, masks: Masks) -> pd.DataFrame:
    """Return, for each mask, the usual rows with the present columns set to the row's values."""
    present = np.repeat(masks, len(usual), axis=0)
    columns = {}
    for place, name in enumerate(row.columns):
        absent = pd.Series(np.tile(usual.iloc[:, place].to_numpy(), len(masks)))
        columns[name] = absent.where(~present[:, place], row.iloc[0, place])
    return pd.DataFrame(columns)
