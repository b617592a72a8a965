"""The doctor: find what is wrong with how a model is fed, prove it, and hand over the fix."""

from __future__ import annotations

from analysis.preprocessing.doctor.diagnose import diagnose
from analysis.preprocessing.doctor.result import Conclusion, Diagnosis, Scorecard, Tested

__all__ = ["Conclusion", "Diagnosis", "Scorecard", "Tested", "diagnose"]
