"""Results drawn as plotly figures: pure, with a title, a text alternative and their data."""

from __future__ import annotations

from analysis.figures.answers import answer_bars, answer_histogram
from analysis.figures.attributions import feature_attribution, image_attribution, shared_scale, token_attribution
from analysis.figures.calibration import reliability
from analysis.figures.causes import causes
from analysis.figures.classes import class_scores, interval_dots, per_class_bars
from analysis.figures.comparison import agreement, class_differences, slice_differences
from analysis.figures.confusion import confusion_matrix
from analysis.figures.cost import latency_lines, length_lines, parameter_treemap
from analysis.figures.curves import precision_recall, roc, threshold_costs
from analysis.figures.features import coefficient_bars, feature_dependence, feature_importance
from analysis.figures.figure import Figure
from analysis.figures.patterns import group_differences
from analysis.figures.plane import Colouring, embedding_map
from analysis.figures.ranking import candidate_ranking
from analysis.figures.regression import error_histogram, predicted_against_true, residuals
from analysis.figures.robustness import changed_curve, robustness_curve
from analysis.figures.side_by_side import two_precision_recall, two_reliability, two_roc
from analysis.figures.slices import slices
from analysis.figures.splits import splits
from analysis.figures.template import PALETTES, Palette, Theme, template
from analysis.figures.what_if import before_after

__all__ = [
    "PALETTES",
    "Colouring",
    "Figure",
    "Palette",
    "Theme",
    "agreement",
    "answer_bars",
    "answer_histogram",
    "before_after",
    "candidate_ranking",
    "causes",
    "changed_curve",
    "class_differences",
    "class_scores",
    "coefficient_bars",
    "confusion_matrix",
    "embedding_map",
    "error_histogram",
    "feature_attribution",
    "feature_dependence",
    "feature_importance",
    "group_differences",
    "image_attribution",
    "interval_dots",
    "latency_lines",
    "length_lines",
    "parameter_treemap",
    "per_class_bars",
    "precision_recall",
    "predicted_against_true",
    "reliability",
    "residuals",
    "robustness_curve",
    "roc",
    "shared_scale",
    "slice_differences",
    "slices",
    "splits",
    "template",
    "threshold_costs",
    "token_attribution",
    "two_precision_recall",
    "two_reliability",
    "two_roc",
]
