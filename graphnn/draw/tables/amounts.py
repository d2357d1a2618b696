"""How much there is in a graph: operations, parameters, bytes; shapes and dtypes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

import numpy as np

from graphnn.draw.labels import UNKNOWN, shape_text, value_of
from graphnn.draw.tables.dtypes import dtypes_of
from graphnn.draw.tables.outline import Entry, Outline
from graphnn.planning.program import bytes_text

FIXED_SPACE = "\xa0"


def totals(outline: Outline) -> str:
    r"""Count what is in an outline, to be broken into lines at the commas only.

    Examples
    --------
    >>> import graphnn as gn
    >>> totals(Outline((gn.Parameter([3.0, 4.0]) * 2.0).graph)).replace("\xa0", " ")
    '1 operation, 2 parameters (16 bytes), values 16 bytes, float64'
    """
    arrays = [node.value for node in outline.parameters]
    size = sum(array.size for array in arrays)
    held = bytes_text(sum(array.nbytes for array in arrays))
    parts = [
        count_of(outline.root.operations, "operation"),
        f"{count_of(size, 'parameter')} ({held})",
    ]
    frozen = sum(node.value.size for node in outline.parameters if not node.trainable)
    if frozen:
        parts.append(f"{frozen:,} of them not trainable")
    values = sum(bytes_of(value_of(node)) for node in outline.nodes)
    if values:
        parts.append(f"values {bytes_text(values)}")
    usual = usual_dtype(outline.nodes)
    if usual:
        others = any(unusual_dtype(value_of(node), usual) for node in outline.nodes)
        parts.append(f"mostly {usual}" if others else usual)
    return ", ".join(part.replace(" ", FIXED_SPACE) for part in parts)


def count_of(number: int, what: str) -> str:
    """Write a number of things.

    Examples
    --------
    >>> count_of(1, "node"), count_of(1200, "node")
    ('1 node', '1,200 nodes')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def parameters_text(entry: Entry) -> str:
    """Write how many parameters there are; of equal blocks, how many in each."""
    if entry.times > 1 and entry.each:
        return f"{entry.times} × {entry.each:,}"
    return f"{entry.parameters:,}"


def usual_dtype(nodes: Iterable[Any]) -> str:
    """Give the dtype of most values, of as many a floating one; "" if none is known."""
    counts = Counter(
        dtype for node in nodes for dtype in dtypes_of(value_of(node)) if dtype
    )
    ranked = {dtype: (n, dtype.startswith("float")) for dtype, n in counts.items()}
    return max(ranked, key=ranked.__getitem__) if ranked else ""


def unusual_dtype(value: Any, usual: str) -> str:
    """Give a value's dtype if it is another one than that of most."""
    dtypes = list(dict.fromkeys(dtypes_of(value)))
    return "" if dtypes in ([], [usual]) else "/".join(dtypes)


def output_text(node: Any, usual: str) -> str:
    """Write the shape of a node's value, and its dtype if that is not the usual one.

    Examples
    --------
    >>> import graphnn as gn
    >>> output_text(gn.Input("x", value=[1.0, 2.0]), "float32")
    '(2,) float64'
    """
    if node is None:
        return UNKNOWN
    value = value_of(node)
    return f"{shape_text(value)} {unusual_dtype(value, usual)}".rstrip()


def bytes_of(value: Any) -> int:
    """Count the bytes of a value, or of each of several."""
    if isinstance(value, tuple):
        return sum(map(bytes_of, value))
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return 0
    return int(math.prod(value.shape) * np.dtype(dtype).itemsize)
