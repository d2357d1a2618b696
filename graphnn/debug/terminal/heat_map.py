"""A matrix as a small map of shades, each cell an area of it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.debug.terminal.colour import Palette
from graphnn.engine.brief import number

SHADES = {True: "░▒▓█", False: ":=%#"}
"""From weak to strong, with Unicode and without."""

ZERO = {True: "·", False: "."}
TIMES = {True: "×", False: "x"}


def heat_map(
    array: np.ndarray, width: int, palette: Palette, rows: int
) -> list[list[str]]:
    """Draw a vector as one row and a matrix as several; of more axes, the first slice.

    A cell is two columns wide. Positive ones are filled, negative ones begin with a
    minus, so that colour adds to what is seen and does not carry it. The shade is that
    of the mean over the cell's area, in quarters of the largest.

    Parameters
    ----------
    array : ndarray
        Of numbers or bools, not empty; of complex numbers the magnitude is drawn.
    width : int
        Columns that may be used.
    palette : Palette
    rows : int
        The most rows of cells.

    Returns
    -------
    list of list of str
        The rows, each in pieces, and last the texts of the legend.
    """
    index = (0,) * (array.ndim - 2)
    matrix = array[index] if array.ndim > 1 else array[np.newaxis]
    labels = len(str(len(matrix) - 1)) + 1 if array.ndim > 1 else 0
    areas = Areas(matrix, rows, max((width - labels) // 2, 1))
    drawn = []
    for row in range(len(areas.mean)):
        label = f"{row * areas.height:{labels - 1}} " if labels else ""
        cells = [areas.cell(row, i, palette) for i in range(areas.mean.shape[1])]
        drawn.append([palette.faint(label), *cells])
    legend = areas.legend(palette)
    if array.dtype.kind == "c":
        legend.append("magnitude")
    if index:
        legend.append(f"slice [{', '.join(map(str, index))}] of {array.shape}")
    return [*drawn, legend]


class Areas:
    """A matrix cut into areas of one size (the last ones may be smaller).

    Parameters
    ----------
    matrix : ndarray of shape (m, n)
    rows, columns : int
        The most areas there may be along each axis.
    """

    def __init__(self, matrix: np.ndarray, rows: int, columns: int) -> None:
        self.height = math.ceil(matrix.shape[0] / max(rows, 1))
        self.width = math.ceil(matrix.shape[1] / columns)
        strips = [
            Strip(matrix[start : start + self.height], self.width)
            for start in range(0, len(matrix), self.height)
        ]
        largest = max(strip.largest for strip in strips)
        unit = largest or 1.0
        self.mean = np.array([strip.mean * (strip.largest / unit) for strip in strips])
        self.most = np.abs(self.mean).max()
        self.scale = float(self.most * largest)
        self.nan = np.array([strip.nan for strip in strips])
        self.rising = np.array([strip.rising for strip in strips])
        self.falling = np.array([strip.falling for strip in strips])
        self.zero = np.array([strip.zero for strip in strips])

    def cell(self, row: int, column: int, palette: Palette) -> str:
        """Draw one area."""
        place = row, column
        if self.nan[place]:
            return palette.bad(" N")
        if self.rising[place] or self.falling[place]:
            return palette.bad(" I" if self.rising[place] else "-I")
        if self.zero[place]:
            return palette.faint(f" {ZERO[palette.unicode]}")
        mean = self.mean[place]
        shades = SHADES[palette.unicode]
        level = math.ceil(len(shades) * abs(mean) / self.most) if self.most else 0
        shade = shades[min(max(level, 1), len(shades)) - 1]
        if mean < 0:
            return palette.paint("negative", f"-{shade}")
        return palette.paint("positive", shade * 2)

    def legend(self, palette: Palette) -> list[str]:
        """Say what the cells mean."""
        shades = SHADES[palette.unicode]
        texts = []
        if self.most:
            for level, shade in enumerate(shades, start=1):
                texts.append(f"{shade} to {level / len(shades) * self.scale:.3g}")
        if (self.mean < 0).any():
            texts.append(palette.paint("negative", "- negative"))
        if self.zero.any():
            texts.append(f"{ZERO[palette.unicode]} zero")
        if self.nan.any():
            texts.append(palette.bad("N NaN"))
        if (self.rising | self.falling).any():
            texts.append(palette.bad("I Inf"))
        if self.height * self.width > 1:
            area = f"{self.height} {TIMES[palette.unicode]} {self.width}"
            if len(self.mean) == 1 and self.height == 1:
                area = number(self.width)
            texts.append(f"each cell: mean of {area} elements")
        return texts


class Strip:
    """The areas of one row: a large matrix is copied strip by strip only.

    Parameters
    ----------
    matrix : ndarray of shape (m, n)
        The rows of the strip.
    width : int
        Columns of an area.

    Attributes
    ----------
    largest : float
        The largest magnitude of a finite element.
    mean : ndarray
        For each area, the mean of its finite elements in units of `largest`, for a sum
        of large numbers could overflow.
    nan, rising, falling, zero : ndarray of bool
        For each area, whether it has NaN, +Inf, -Inf, and whether it is all zeros.
    """

    def __init__(self, matrix: np.ndarray, width: int) -> None:
        with np.errstate(all="ignore"):
            numbers = np.abs(matrix) if matrix.dtype.kind == "c" else matrix
            if numbers.dtype != np.longdouble:
                numbers = numbers.astype(float)
            finite = np.where(np.isfinite(numbers), numbers, 0.0)
            self.largest = np.abs(finite).max()
            starts = np.arange(0, matrix.shape[1], width)
            sums = (finite / (self.largest or 1.0)).sum(axis=0)
            counts = np.diff([*starts, matrix.shape[1]]) * len(matrix)
            self.mean = np.add.reduceat(sums, starts) / counts

        def in_area(elements: np.ndarray) -> Any:
            return np.logical_or.reduceat(elements.any(axis=0), starts)

        self.nan = in_area(np.isnan(numbers))
        self.rising = in_area(np.isposinf(numbers))
        self.falling = in_area(np.isneginf(numbers))
        self.zero = ~in_area(numbers != 0)
