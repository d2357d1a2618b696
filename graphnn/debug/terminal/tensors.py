"""Tensors as text for a terminal: one line of statistics, then numbers or a map."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.debug.terminal.colour import PLAIN, Palette, plain, printable
from graphnn.debug.terminal.heat_map import heat_map
from graphnn.engine.brief import brief, number
from graphnn.engine.norms import euclidean_norm

SMALL = 40
"""The most elements that are printed as numbers."""

TALL = 10
"""The most lines that an array is printed on as numbers."""


def tensor_lines(
    value: Any, width: int = 80, palette: Palette = PLAIN, rows: int = 8
) -> list[str]:
    r"""Show a value in a few lines, as numbers if it is small, else as a heat map.

    Parameters
    ----------
    value : object
        An array or a number; a tuple of them; None; anything.
    width : int
        Columns of the terminal, at least 20 of which are used.
    palette : Palette
        How to colour; see :func:`~graphnn.debug.terminal.colour.palette_for`.
    rows : int
        The most rows of a heat map.

    Returns
    -------
    list of str
        Without line ends; how many there are does not depend on the array's size.

    Examples
    --------
    >>> import numpy as np
    >>> print(*tensor_lines(np.array([[0.5, -1.0], [0.0, 2.0]])), sep="\n")
    float64 (2, 2)  min -1  mean 0.375  max 2  norm 2.291  zeros 25%
    [[ 0.5 -1. ]
     [ 0.   2. ]]
    >>> waves = np.sin(np.arange(400).reshape(8, 50) / 60)
    >>> print(*tensor_lines(waves, width=40, rows=4), sep="\n")
    float64 (8, 50)  min -1  mean 0.0104
      max 1  norm 13.77  zeros <1%
    0 ▒▒▒▒▓▓▓▓▓▓▓▓▓▓▓▓▓▓████████████████
    2 ██████████▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒▒▒
    4 -▓-▓-▓-▓-▓-█-█-█-█-█-█-█-█-█-█-█-█
    6 -█-▓-▓-▓-▓-▓-▓-▒-▒-▒-▒-▒-▒-░-░-░-░
    ░ to 0.226  ▒ to 0.452  ▓ to 0.678
      █ to 0.904  - negative
      each cell: mean of 2 × 3 elements
    """
    width = max(width, 20)
    if type(value) is tuple:
        return tuple_lines(value, width, palette, rows)
    lines = wrapped(statistics_parts(value, palette), width)
    if isinstance(value, np.ndarray) and value.ndim and value.size:
        lines += body(value, width, palette, rows)
    return lines


def statistics(value: Any, palette: Palette = PLAIN) -> str:
    """Describe a value in one line.

    NaN and infinite elements are counted, and left out of the rest of the figures. A
    zero has no sign.

    Examples
    --------
    >>> import numpy as np
    >>> statistics(np.array([3.0, -4.0, 0.0, np.nan]))
    'float64 (4,)  1 NaN!  finite:  min -4  mean -0.333  max 3  norm 5  zeros 25%'
    >>> statistics(np.array([True, False, True]))
    'bool (3,)  2 of 3 True'
    """
    return "  ".join(statistics_parts(value, palette))


def statistics_parts(value: Any, palette: Palette) -> list[str]:
    """Give the figures of a value, one text each."""
    if isinstance(value, np.ndarray | np.generic | float | complex):
        array = np.asarray(value)
        if array.ndim == 0:
            if isinstance(value, np.ndarray | np.generic) and not array:
                value = np.zeros_like(array)  # without a sign
            bad = array.dtype.kind in "fc" and not np.isfinite(array)
            return [palette.bad(brief(value)) if bad else brief(value)]
        return array_parts(array, palette)
    if isinstance(value, str):
        return [printable(repr(value), 72)]
    return [printable(brief(value))]


def array_parts(array: np.ndarray, palette: Palette) -> list[str]:
    """Give the figures of an array of at least one axis."""
    parts = [f"{array.dtype} {array.shape}"]
    if array.size == 0:
        return [*parts, "empty"]
    if array.dtype.kind == "b":
        return [*parts, f"{np.count_nonzero(array)} of {array.size} True"]
    if array.dtype.kind not in "iufc":
        return parts
    numbers: np.ndarray = array
    if array.dtype.kind in "fc":
        finite = np.isfinite(array)
        if not finite.all():
            nan = np.count_nonzero(np.isnan(array))
            infinite = array.size - np.count_nonzero(finite) - nan
            counts = [(nan, "NaN"), (infinite, "Inf")]
            parts += [
                palette.bad(f"{count} {what}!") for count, what in counts if count
            ]
            numbers = array[finite]
    if numbers.size < array.size and numbers.size:
        parts.append("finite:")  # what the figures are of
    if numbers.size:
        parts += finite_parts(numbers)
    zeros = array.size - int(np.count_nonzero(array))
    return [*parts, f"zeros {share(zeros, array.size)}"] if zeros else parts


def finite_parts(numbers: np.ndarray) -> list[str]:
    """Give smallest, mean, largest and norm; of complex numbers by their magnitude."""
    with np.errstate(all="ignore"):
        mean = numbers.mean(dtype=None if numbers.itemsize > 4 else wide(numbers))
        if not np.isfinite(mean):  # the sum was too large
            mean = (numbers / numbers.size).sum()
        is_complex = numbers.dtype.kind == "c"
        sizes = np.abs(numbers) if is_complex else numbers
        smallest, largest = sizes.min() + 0, sizes.max() + 0  # no -0
        norm = euclidean_norm(numbers)
    bars = ("|", "|") if is_complex else ("", "")
    return [
        f"{bars[0]}min{bars[1]} {number(smallest, 3)}",
        f"mean {number(mean + 0, 3)}",
        f"{bars[0]}max{bars[1]} {number(largest, 3)}",
        f"norm {number(norm)}",
    ]


def wide(numbers: np.ndarray) -> type[np.generic]:
    """Choose what small numbers are added up in."""
    return np.complex128 if numbers.dtype.kind == "c" else np.float64


def share(part: int, whole: int) -> str:
    """Write a share in percent; only nothing is 0%, and only all is 100%.

    Examples
    --------
    >>> share(0, 1000), share(1, 1000), share(999, 1000), share(1000, 1000)
    ('0%', '<1%', '>99%', '100%')
    """
    percent = 100 * part / whole
    if 0 < percent < 1:
        return "<1%"
    return ">99%" if 99 < percent < 100 else f"{percent:.0f}%"


def body(array: np.ndarray, width: int, palette: Palette, rows: int) -> list[str]:
    """Print a small array; draw a large one."""
    if array.size <= SMALL or array.dtype.kind not in "biufc":
        lines = printed(array, width)
        if len(lines) <= TALL and max(map(len, lines)) <= width:
            return lines
    if array.dtype.kind not in "biufc":
        return []
    *drawn, legend = heat_map(array, width, palette, rows)
    return [*map("".join, drawn), *wrapped(legend, width)]


def printed(array: np.ndarray, width: int) -> list[str]:
    """Write an array as NumPy does, whatever the user's print options."""
    with np.printoptions(
        precision=4,
        suppress=False,
        threshold=SMALL,
        edgeitems=3,
        linewidth=width,
        sign="-",
        floatmode="maxprec",
        nanstr="nan",
        infstr="inf",
        formatter=None,
        legacy=False,
    ):
        text = np.array2string(array)
    return text.splitlines()


def tuple_lines(
    values: tuple[Any, ...], width: int, palette: Palette, rows: int
) -> list[str]:
    """Show the values of an operation with several outputs; of many, the first."""
    lines = [palette.heading(f"{len(values)} values")]
    for index, value in enumerate(values[:MANY]):
        first, *rest = tensor_lines(value, width - 4, palette, rows)
        lines += [f"[{index}] {first}", *(f"    {line}" for line in rest)]
    if len(values) > MANY:
        lines.append(palette.faint(f"and {len(values) - MANY} more"))
    return lines


MANY = 4
"""How many of several values are shown."""


def wrapped(parts: list[str], width: int) -> list[str]:
    """Put texts into lines, two blanks between them; what is too long is cut."""
    lines: list[str] = []
    for part in parts:
        length = len(plain(part))
        if length > width - 2:
            part, length = plain(part)[: width - 5] + "...", width - 2
        if lines and len(plain(lines[-1])) + 2 + length <= width:
            lines[-1] += f"  {part}"
        else:
            lines.append(f"  {part}" if lines else part)
    return lines
