"""What every figure function returns."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import plotly.graph_objects as go


@dataclass(frozen=True)
class Figure:
    """A figure with what it says and what it shows.

    Attributes
    ----------
    plot : plotly.graph_objects.Figure
        Its title is `title`, wrapped; labels from data are escaped in it.
    title : str
        The finding in one sentence, plain text.
    text : str
        What the figure shows, for those who can't see it; plain text that may quote data.
    data : pandas.DataFrame
        The numbers behind it, one observation a row; labels as they are in the data.
    """

    plot: go.Figure
    title: str
    text: str
    data: pd.DataFrame
