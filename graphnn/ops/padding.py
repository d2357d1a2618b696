"""Padding: ``np.pad`` in its modes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from graphnn.errors import ShapeError
from graphnn.graph.dispatch import implements, unsupported
from graphnn.ops.indexing import refuse_nodes, scatter
from graphnn.ops.shaping import Shaping

Mode = Literal["constant", "edge", "reflect", "symmetric", "wrap"]

COPYING = frozenset({"edge", "reflect", "symmetric", "wrap"})
"""The modes whose new elements are copies of old ones."""

STATISTICS: dict[str, Any] = {
    "maximum": np.max,
    "minimum": np.min,
    "mean": np.mean,
    "median": np.median,
}
"""The modes whose new elements are computed from those along an axis."""


class Pad(Shaping):
    """``np.pad``, with a constant or with copies of elements.

    Parameters
    ----------
    pad_width : int, sequence of int, or dict
        How many elements are added before and after: for all axes, as a pair, or as a
        pair for each axis.
    mode : {"constant", "edge", "reflect", "symmetric", "wrap"}
    **keywords
        ``constant_values`` of the mode ``"constant"``.
    """

    arity = 1

    def __init__(
        self, pad_width: Any, mode: Mode = "constant", **keywords: Any
    ) -> None:
        self.pad_width, self.mode, self.keywords = pad_width, mode, keywords

    def _output(self) -> Any:
        return np.pad(self.input_, self.pad_width, self.mode, **self.keywords)

    def _input_grad(self, output_grad: Any) -> Any:
        sizes = np.shape(self.input_)
        widths = pairs(self.pad_width, len(sizes))
        if self.mode == "constant":
            inner = [
                slice(before, before + size)
                for (before, _), size in zip(widths, sizes, strict=True)
            ]
            return output_grad[tuple(inner)]
        shape = list(np.shape(output_grad))
        for axis, (width, size) in enumerate(zip(widths, sizes, strict=True)):
            if any(width):
                shape[axis] = size
                origin = np.pad(np.arange(size), width, self.mode)
                index = (*[slice(None)] * axis, origin)
                output_grad = scatter(output_grad, index, tuple(shape))
        return output_grad


def pairs(pad_width: Any, ndim: int) -> list[tuple[int, int]]:
    """Write how much is added before and after each axis as ``np.pad`` reads it."""
    if isinstance(pad_width, Mapping):
        found = [(0, 0)] * ndim
        for axis, width in pad_width.items():
            found[axis] = (width, width) if np.ndim(width) == 0 else tuple(width)
        return found
    before_and_after = np.broadcast_to(np.asarray(pad_width), (ndim, 2)).tolist()
    return [(before, after) for before, after in before_and_after]


@implements(np.pad)
def pad(array: Any, pad_width: Any, mode: Any = "constant", **keywords: Any) -> Any:
    """Make the node for ``np.pad``; several nodes for its statistics."""
    refuse_nodes(np.pad, pad_width, *keywords.values())
    if mode in STATISTICS and set(keywords) <= {"stat_length"}:
        return with_statistics(array, pad_width, mode, **keywords)
    even = keywords.get("reflect_type", "even") == "even"
    if (mode == "constant" or mode in COPYING) and even:
        return Pad(pad_width, mode, **keywords)(array)
    settings = "".join(f", {name}={value!r}" for name, value in keywords.items())
    raise unsupported(
        f"np.pad(..., mode={mode!r}{settings}) has no operation on nodes",
        f"The modes are 'constant', {', '.join(map(repr, sorted(COPYING)))}, "
        f"{', '.join(map(repr, STATISTICS))}. For another one compute what is added, "
        "and use np.concatenate([before, x, after], axis).",
    )


def with_statistics(
    array: Any, pad_width: Any, mode: str, stat_length: Any = None
) -> Any:
    """Add the largest, smallest, mean or median element along each axis in turn."""
    array._need_value(f"np.pad(..., mode={mode!r})")
    ndim = array.ndim
    lengths = [(None, None)] * ndim if stat_length is None else pairs(stat_length, ndim)
    if any(0 in length for length in lengths):
        raise ShapeError(f"np.pad(..., mode={mode!r}): a stat_length of 0 sees nothing")
    for axis, (width, length) in enumerate(
        zip(pairs(pad_width, ndim), lengths, strict=True)
    ):
        if not any(width):
            continue
        seen = [slice(length[0]), slice(length[1] and -length[1], None)]
        if length == (None, None):
            seen = [slice(None)]
        found = [statistic(array, mode, axis, part) for part in seen]
        before, after = (
            np.repeat(each, count, axis=axis) if count else None
            for each, count in zip((found[0], found[-1]), width, strict=True)
        )
        parts = [part for part in (before, array, after) if part is not None]
        array = np.concatenate(parts, axis=axis)
    return array


def statistic(array: Any, mode: str, axis: int, seen: slice) -> Any:
    """Compute what is added along an axis; for integers it is rounded."""
    if seen != slice(None):
        array = array[(*[slice(None)] * axis, seen)]
    found = STATISTICS[mode](array, axis=axis, keepdims=True)
    if array.dtype.kind in "iu" and found.dtype != array.dtype:
        found = np.rint(found).astype(array.dtype)
    return found
