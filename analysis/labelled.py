"""Whether there are labels at all: the same question to data and to a run over them."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.strings import Strings

#: The label of every example where nothing tells one; what has it has no label. Ask `has_labels`, compare no strings.
UNLABELLED = "unlabelled"


class LabelledData:
    """Examples in a table whose column ``label`` may say nothing."""

    table: pd.DataFrame

    @cached_property
    def has_labels(self) -> bool:
        """Whether any example has a label; where none has, nothing can be called right or wrong."""
        column = self.table["label"]
        if pd.api.types.is_float_dtype(column):
            return bool(column.notna().any())
        return bool((column != UNLABELLED).any())


class LabelledRun:
    """Predictions whose truth may be unknown throughout."""

    truth: npt.NDArray[np.int64] | npt.NDArray[np.float64]
    truth_labels: Strings

    @cached_property
    def has_labels(self) -> bool:
        """Whether any example has a label; where none has, nothing can be called right or wrong."""
        if self.truth.dtype.kind == "f":
            return not len(self.truth) or bool(np.isfinite(self.truth).any())
        return bool((self.truth >= 0).any()) or self.truth_labels.distinct != (UNLABELLED,)
