"""What a check was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphnn.testing.comparison import Comparer
from graphnn.testing.differences import Tolerance

DOUBLE = (1e-6, 1e-8)
SINGLE = (2e-4, 2e-5)
HALF = (2e-2, 2e-2)
"""Relative to an element, and to the largest slope of its array."""


@dataclass(frozen=True)
class Settings:
    """The parameters of :func:`graphnn.check_gradients`."""

    order: int = 2
    samples: int = 64
    seed: int = 0
    eps: float | None = None
    rtol: float | None = None
    atol: float | None = None

    def tolerance(self, dtypes: Sequence[Any], summed: float) -> Tolerance:
        """Choose the tolerance by the least precise of the dtypes."""
        units = [float(np.finfo(d).eps) for d in dtypes if np.dtype(d).kind in "fc"]
        unit = max(units)
        rtol, scaled = DOUBLE if unit < 1e-12 else SINGLE if unit < 1e-6 else HALF
        rtol = rtol if self.rtol is None else self.rtol
        return Tolerance(rtol, self.atol, scaled, unit, summed)

    def comparer(
        self, rank: int, dtypes: Sequence[Any], summed: float = 0.0
    ) -> Comparer:
        """Make what compares; each node draws samples of its own."""
        tolerance = self.tolerance(dtypes, summed)
        return Comparer(self.samples, self.seed + rank, tolerance)
