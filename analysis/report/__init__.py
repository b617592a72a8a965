"""The report to hand over: one HTML file without network or scripts, a model card, and the findings as JSON."""

from __future__ import annotations

from analysis.report.card import model_card
from analysis.report.contents import SECTIONS, Contents, contents_of
from analysis.report.html import render
from analysis.report.results import findings_json, predictions_csv

__all__ = ["SECTIONS", "Contents", "contents_of", "findings_json", "model_card", "predictions_csv", "render"]
