"""The settings of what slides over images, checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.ops.arguments import is_whole
from graphnn.ops.patches import Sizes, extent
from graphnn.ops.spatial import Pairs, Window

FORMATS = {1: ("NWC", "NCW"), 2: ("NHWC", "NCHW")}


def make_window(
    rank: int,
    who: str,
    *,
    size: Any,
    stride: Any = 1,
    padding: Any = "valid",
    dilation: Any = 1,
    data_format: Any = "NHWC",
    what: str = "kernel_size",
    causal: bool = False,
) -> Window:
    """Check the settings of a window.

    Parameters
    ----------
    rank : int
        The number of axes of places: 1 or 2.
    who, what : str
        Who takes the settings and what it calls the size, for messages.
    size, stride, dilation : int or sequence of int
        One number for all axes, or one for each.
    padding, causal
        See :func:`as_padding`.
    data_format : str
        See :func:`is_channels_first`.

    Raises
    ------
    ArgumentError
    """
    sizes = as_sizes(size, rank, f"the {what} of {who}")
    spread = as_sizes(dilation, rank, f"the dilation of {who}")
    added = as_padding(padding, rank, who, causal=causal)
    if added == "causal":
        added = ((extent(sizes, spread)[0] - 1, 0),)
    return Window(
        sizes,
        as_sizes(stride, rank, f"the stride of {who}"),
        added,
        spread,
        is_channels_first(data_format, rank, who),
    )


def as_sizes(value: Any, rank: int, what: str, least: int = 1) -> Sizes:
    """Take one whole number for all axes, or one for each.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> as_sizes(3, 2, "the stride"), as_sizes([2, 1], 2, "the stride")
    ((3, 3), (2, 1))
    """
    several = isinstance(value, Sequence) or np.ndim(value) == 1
    numbers = list(value) if several else [value]
    if len(numbers) == 1:
        numbers = numbers * rank
    if (
        len(numbers) != rank
        or isinstance(value, str | bytes)
        or not all(is_whole(number) and number >= least for number in numbers)
    ):
        each = f" (or {rank} of them)" if rank > 1 else ""
        raise ArgumentError(
            f"{what}: a whole number of at least {least} is needed{each}, not {value!r}"
        )
    return tuple([int(number) for number in numbers])


def as_padding(
    padding: Any, rank: int, who: str, *, causal: bool = False
) -> str | Pairs:
    """Take padding in any of the ways in which it is written.

    Parameters
    ----------
    padding
        ``"valid"`` (none), ``"same"``, ``"causal"``; a whole number; one for each axis;
        or a pair (before, after) for each axis. For a series two numbers are the pair
        of its only axis.
    rank : int
        The number of axes.
    who : str
        For messages.
    causal : bool
        Whether a series may have ``"causal"`` padding, all of it before the beginning.

    Returns
    -------
    str or tuple of pairs of int

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> as_padding(1, 2, "Conv2D"), as_padding((1, 0), 2, "Conv2D")
    (((1, 1), (1, 1)), ((1, 1), (0, 0)))
    >>> as_padding(((0, 1), (2, 2)), 2, "Conv2D"), as_padding((2, 0), 1, "Conv1D")
    (((0, 1), (2, 2)), ((2, 0),))
    """
    what = f"the padding of {who}"
    if isinstance(padding, str):
        names = ["valid", "same", *(["causal"] if causal and rank == 1 else [])]
        if padding not in names:
            raise ArgumentError(
                f"{what}: unknown padding {padding!r}", did_you_mean(padding, names)
            )
        return ((0, 0),) * rank if padding == "valid" else padding
    parts = padding
    if rank == 1 and isinstance(padding, Sequence) and len(padding) == 2:
        parts = [padding]
    if not isinstance(parts, Sequence) or len(parts) != rank:
        parts = as_sizes(padding, rank, what, 0)
    pairs = []
    for part in parts:
        pair = as_sizes(part, 2, f"{what} {padding!r}", 0)
        pairs.append((pair[0], pair[1]))
    return tuple(pairs)


def is_channels_first(data_format: Any, rank: int, who: str) -> bool:
    """Tell ``"NCHW"`` from ``"NHWC"``; a series has ``"NCW"`` and ``"NWC"`` as well.

    Raises
    ------
    ArgumentError
        For anything else.
    """
    names = dict.fromkeys((*FORMATS[rank], *FORMATS[2]))
    if not isinstance(data_format, str) or data_format not in names:
        wanted = str(data_format).upper()
        alike = [name for name in names if len(name) == len(wanted)] or names
        raise ArgumentError(
            f"the data_format of {who}: unknown format {data_format!r}",
            did_you_mean(wanted, alike),
        )
    return data_format[1] == "C"


def check_groups(groups: Any, channels: int, what: str, who: str) -> int:
    """Take a number of groups into which channels, or filters, can be divided.

    Raises
    ------
    ArgumentError
    """
    (count,) = as_sizes(groups, 1, f"the groups of {who}")
    if channels % count:
        raise ArgumentError(
            f"{who}: {channels} {what} cannot be divided into {count} groups"
        )
    return count
