"""The steps of pipelines for tables."""

from __future__ import annotations

from analysis.preprocessing.params import Param, Wrong, choice, finite, listed, mapping, names, whole
from analysis.preprocessing.spec import StepSpec
from analysis.types import Json, Modality

#: Functions that ``units`` may apply last, and what undoes each.
LOGS = ("none", "log", "log10", "log1p", "exp", "exp10", "expm1")

log = choice("logs", "", LOGS).read


def nonzero(value: Json) -> float:
    """Return a number other than 0, or raise `Wrong`."""
    found = finite(value, "a number other than 0")
    if found == 0:
        raise Wrong("a number other than 0")
    return found


def positive(value: Json) -> float:
    """Return a number above 0, or raise `Wrong`."""
    found = finite(value, "a number above 0")
    if found <= 0:
        raise Wrong("a number above 0")
    return found


def cell(value: Json) -> Json:
    """Return what may stand in a table, or raise `Wrong`."""
    if value is None or isinstance(value, str):
        return value
    return finite(value, "a number, a text or null")


def codes(value: Json) -> dict[str, Json]:
    """Return an object from category to code, or raise `Wrong`."""
    if not isinstance(value, dict):
        raise Wrong("an object from category to code")
    return {str(key): cell(item) for key, item in value.items()}


def sentinels(value: Json) -> list[Json]:
    """Return a list of numbers and texts, or raise `Wrong`."""
    found = [cell(item) for item in listed(value, "a list of numbers and texts")]
    if any(item is None for item in found):
        raise Wrong("a list of numbers and texts")
    return found


def fill(value: Json) -> Json:
    """Return what fills gaps, for all columns or for each, or raise `Wrong`."""
    if isinstance(value, dict):
        return {str(key): cell(item) for key, item in value.items() if item is not None}
    return cell(value)


TABULAR = (Modality.TABULAR,)
#: Modes of ``scaling`` that do something.
SCALED = ("standard", "minmax")

COLUMN_ORDER = StepSpec(
    "column_order",
    "column order",
    TABULAR,
    "Selects a column of the data for each input of the model, in the model's order. Later steps know the columns by "
    "the data's names; at the end they get the names that the model knows its inputs by.",
    "The model takes one quantity for another.",
    (
        names("columns", "The data's column for each input; null takes all as they come.", nullable=True, default=None),
        names(
            "names",
            "The model's own names of its inputs; null keeps the data's, by which models sort their inputs themselves.",
            distinct=True,
            nullable=True,
            default=None,
        ),
    ),
    {"columns": None, "names": None},
)
MISSING = StepSpec(
    "missing",
    "missing values",
    TABULAR,
    "Recognises stand-ins for missing values, and fills gaps.",
    "−999 is taken for a measurement.",
    (
        Param("sentinels", sentinels, "a list of numbers and texts", "Values that mean “missing”, in any column.", []),
        Param(
            "fill",
            fill,
            "a number, a text, null, or an object from column names to those",
            "What gaps are filled with; null leaves them.",
            None,
        ),
    ),
    {"sentinels": [], "fill": None},
)
UNITS = StepSpec(
    "units",
    "units",
    TABULAR,
    "Changes units: value · factor + offset, then a logarithm or its inverse.",
    "Grams are read as kilograms, degrees Fahrenheit as Celsius.",
    (
        mapping("factors", "What a column is multiplied by.", nonzero, "numbers other than 0"),
        mapping("offsets", "What is then added.", finite, "finite numbers"),
        mapping("logs", "The function that is applied last.", log, f"one of {', '.join(LOGS)}"),
    ),
    {"factors": {}, "offsets": {}, "logs": {}},
)
CATEGORIES = StepSpec(
    "encoding",
    "codes of categories",
    TABULAR,
    "Turns categories into the codes that the model was trained on.",
    "“yes” means 0 where the model learnt 1.",
    (
        mapping("categories", "For each column its categories' codes.", codes, "objects from category to code"),
        choice("unknown", "Categories without a code are kept, or become missing.", ("keep", "missing"), "keep"),
    ),
    {"categories": {}, "unknown": "keep"},
)
SCALING = StepSpec(
    "scaling",
    "scaling",
    TABULAR,
    "Scales columns before the model sees them: (value − mean) / std, or (value − min) / (max − min).",
    "Values are scaled that should be raw, raw that should be scaled, or scaled twice.",
    (
        choice("mode", "none, standard or minmax.", ("none", *SCALED), "none"),
        mapping("mean", "Mean of each column that is scaled.", finite, "finite numbers", modes=("standard",)),
        mapping("std", "Standard deviation of each column.", positive, "numbers above 0", modes=("standard",)),
        mapping("min", "Minimum of each column that is scaled.", finite, "finite numbers", modes=("minmax",)),
        mapping("max", "Maximum of each column.", finite, "finite numbers", modes=("minmax",)),
        whole("times", "How often it is applied; negative undoes it as often.", -3, 3, default=1, modes=SCALED),
    ),
    {"mode": "none"},
)

TABLE_STEPS = (COLUMN_ORDER, MISSING, UNITS, CATEGORIES, SCALING)
