"""The one look of all figures, light and dark: colours that keep their meaning, and a quiet frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import plotly.graph_objects as go
import plotly.io as pio

from analysis.figures.labels import wrapped

Theme: TypeAlias = Literal["light", "dark"]

FONT = '"Source Sans", "Source Sans 3", "Source Sans Pro", system-ui, -apple-system, "Segoe UI", sans-serif'
_TITLE_LINE = 20
#: Steps between the marks that plotly chooses for an axis, at most; the room at its ends, as a share of what it shows.
_MARKS, _ROOM = 10, 0.04


@dataclass(frozen=True)
class Palette:
    """Colours of one theme. The meaning of each is the same in every figure.

    Attributes
    ----------
    ink, muted, line, quiet, paper : str
        Text; second text; axis lines; an empty cell or a bar without meaning; the page behind.
    right, wrong, doubt, accent, neutral : str
        As the page's own colours.
    right_faint, wrong_faint : str
        Where a scale of right or wrong answers begins.
    categorical, sequential, diverging : tuple of str
        Scales; the diverging one runs from blue (against) through nothing to orange (for).
    """

    ink: str
    muted: str
    line: str
    quiet: str
    paper: str
    right: str
    wrong: str
    doubt: str
    accent: str
    neutral: str
    right_faint: str
    wrong_faint: str
    categorical: tuple[str, ...]
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]


PALETTES: Mapping[Theme, Palette] = MappingProxyType(
    {
        "light": Palette(
            ink="#12151B",
            muted="#565F70",
            line="#D9DCE3",
            quiet="#F4F5F7",
            paper="#FFFFFF",
            right="#0F766E",
            wrong="#D55E00",
            doubt="#B7791F",
            accent="#4338CA",
            neutral="#98A1B3",
            right_faint="#D7ECE9",
            wrong_faint="#FCE3D0",
            categorical=("#4338CA", "#D55E00", "#0F766E", "#B7791F", "#0072B2", "#8A5082", "#667085"),
            sequential=("#F2F1FC", "#C7C4F1", "#9690E2", "#645BD2", "#251E76"),
            diverging=("#1F4E9C", "#6F9BD1", "#FFFFFF", "#F4BE93", "#D55E00"),
        ),
        "dark": Palette(
            ink="#E8EAEF",
            muted="#A9B1C1",
            line="#343A47",
            quiet="#1E222B",
            paper="#14171D",
            right="#2FA99C",
            wrong="#E8762B",
            doubt="#D9A441",
            accent="#8F88F2",
            neutral="#667085",
            right_faint="#173F3B",
            wrong_faint="#4A2A15",
            categorical=("#8F88F2", "#E8762B", "#2FA99C", "#D9A441", "#56B4E9", "#C08BB8", "#98A1B3"),
            sequential=("#262851", "#3A3793", "#5A53CB", "#938EE7", "#D5D3F9"),
            diverging=("#7FB0F0", "#4477C0", "#14171D", "#BE651C", "#FFA468"),
        ),
    }
)


def template(theme: Theme) -> go.layout.Template:
    """Return the plotly template of a theme; the first call registers it as "caveat-light" or "caveat-dark"."""
    name = f"caveat-{theme}"
    if name not in pio.templates:
        pio.templates[name] = _template(PALETTES[theme])
    return pio.templates[name]


def _template(palette: Palette) -> go.layout.Template:
    clear = "rgba(0,0,0,0)"
    axis = {
        "gridcolor": palette.line,
        "linecolor": palette.line,
        "zerolinecolor": palette.line,
        "tickcolor": palette.line,
        "tickfont": {"color": palette.muted, "size": 12},
        "title": {"font": {"color": palette.muted, "size": 12}, "standoff": 8},
        "automargin": True,
        "zeroline": False,
    }
    return go.layout.Template(
        layout={
            "font": {"family": FONT, "size": 13, "color": palette.ink},
            "title": {"font": {"size": 15, "color": palette.ink, "weight": 600}, "x": 0, "xanchor": "left"},
            "paper_bgcolor": clear,
            "plot_bgcolor": clear,
            "colorway": list(palette.categorical),
            "colorscale": {"sequential": list(palette.sequential), "diverging": list(palette.diverging)},
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": palette.paper,
                "bordercolor": palette.muted,
                "font": {"family": FONT, "size": 13, "color": palette.ink},
                "align": "left",
                "namelength": 0,
            },
            "modebar": {"bgcolor": clear, "color": palette.neutral, "activecolor": palette.ink},
            "bargap": 0.25,
        }
    )  # fmt: skip


#: How a line answers clicks: plotly selects markers only, so that each of its points has one that can't be seen.
CLICKABLE: Mapping[str, Any] = MappingProxyType(
    {
        "mode": "lines+markers",
        "marker": {"size": 9, "opacity": 0},
        "selected": {"marker": {"opacity": 0}},
        "unselected": {"marker": {"opacity": 0}},
    }
)


def named_rows(names: Sequence[str], *, above: float = 0.5, below: float = 0.5) -> dict[str, Any]:
    """Return a vertical axis with one named row after the other from the top, and so much room around them in rows.

    Parameters
    ----------
    names : sequence of str
        Safe already.
    above, below : float
    """
    return {
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "range": [len(names) - 1 + below, -above],
        "showgrid": False,
        "fixedrange": True,
    }


def value_axis(
    title: str, low: float = -0.02, high: float = 1.02, *, rate: bool = True, signed: bool = False
) -> dict[str, Any]:
    """Return an axis of values between two ends; those of rates are marked "20 %", with a no-break space.

    Plotly writes "20%" and chooses the marks by the width at hand: each that it may choose is given its other name.

    Parameters
    ----------
    title : str
        Safe already.
    low, high : float
        Where the axis ends; `around` finds it from values.
    rate : bool
        Whether values are shares, or differences of shares.
    signed : bool
        Whether values are differences: what is above zero has a plus.
    """
    axis: dict[str, Any] = {"title": {"text": title}, "range": [low, high], "fixedrange": True}
    sign = "+" if signed else ""
    if rate:
        # A step of 1, 2 or 5 that is no smaller than that: half a percent has a digit, more has none.
        digits = max(0, 1 - math.ceil(math.log10(2 * 100 * (high - low) / _MARKS)))
        axis |= {"tickformat": f"{sign}.{digits}%", "labelalias": _percents(low, high, sign, digits)}
    elif signed:
        axis["tickformat"] = sign
    return axis


def _percents(low: float, high: float, sign: str, digits: int) -> dict[str, str]:
    """Return each percentage of so many digits between two ends: as plotly writes it, and as it is to be read."""
    unit = 10**digits
    names = {}
    for i in range(math.floor(100 * low * unit), math.ceil(100 * high * unit) + 1):
        written = f"{i / unit:{sign}.{digits}f}%".replace("-", "−")
        names[written] = (written if i else written.removeprefix("+")).replace("%", "\u00a0%")
    return names


def around(values: Iterable[float]) -> tuple[float, float]:
    """Return the ends of an axis that shows all values that are finite, with some room; 0 to 1 where there are none."""
    finite = [float(value) for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    room = _ROOM * ((high - low) or 1.0)
    return low - room, high + room


def framed(plot: go.Figure, title: str, theme: Theme, *, height: int, legend: str = "", **layout: Any) -> go.Figure:
    """Give a plot its template, its title and its margins, and return it.

    Parameters
    ----------
    plot : plotly.graph_objects.Figure
    title : str
        Plain text: it is escaped and wrapped here, since plotly breaks no lines by itself.
    theme : "light" or "dark"
    height : int
        Of the drawing below the title, in pixels; the width follows the page.
    legend : str
        A line below the title, made by `legend_of`: plotly's own legend covers the title on a narrow screen.
    **layout
        What else the layout needs.
    """
    text = wrapped(title) + (f"<br>{legend}" if legend else "")
    below = _TITLE_LINE * text.count("<br>")
    plot.update_layout(
        template=template(theme),
        # Plotly anchors the first line only: the others hang below it.
        title={"text": text, "x": 0, "y": 1, "yref": "paper", "yanchor": "bottom", "pad": {"b": 10 + below, "l": 2}},
        margin={"t": 16 + _TITLE_LINE + below, "l": 8, "r": 16, "b": 8},
        height=height + 16 + _TITLE_LINE + below,
        showlegend=False,
        **layout,
    )
    return plot


def legend_of(entries: Sequence[tuple[str, str, str]], palette: Palette) -> str:
    """Return a legend as one line of text: (sign, its colour, what it stands for). Not for text from data."""
    parts = (f'<span style="color:{colour}">{sign}</span> {name}' for sign, colour, name in entries)
    style = f"font-size:12px;font-weight:400;color:{palette.muted}"
    return f'<span style="{style}">' + "\u2003".join(parts) + "</span>"
