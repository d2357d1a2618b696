"""What is kept of gradients of a pass that has failed: how large, not themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphnn.engine.norms import euclidean_norm

MOST_KEPT = 4
"""Numbers of an array that is kept whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Brief:
    """How large an array was.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    norm : float
        The Euclidean one.
    nan, infinite : int
        How many numbers are such.
    numbers : ndarray, optional
        The array itself, if it is small.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    norm: float
    nan: int = 0
    infinite: int = 0
    numbers: np.ndarray | None = None


class Briefs:
    """Takes arrays down, each once: who hands it on and who gets it have one brief.

    Parameters
    ----------
    gradients : mapping of int to gradient
        By id, the sums that have reached nodes.
    handed_on : mapping of int to tuple
        By id, what nodes have handed on.
    input_ids : mapping of int to tuple of int
        Of these nodes.
    complete : iterable of int
        The nodes to which no more would have come.

    Attributes
    ----------
    sums, handed_on : dict
        The same in brief; sums only of the nodes that are complete.

    Examples
    --------
    >>> import numpy as np
    >>> flowing = np.ones((3, 3))
    >>> briefs = Briefs({1: flowing}, {2: (flowing, None)}, {2: (1, 7)}, [1])
    >>> briefs.sums[1].norm, briefs.handed_on[2][0] is briefs.sums[1]
    (3.0, True)
    """

    def __init__(
        self,
        gradients: Mapping[int, Any],
        handed_on: Mapping[int, tuple[Any, ...]],
        input_ids: Mapping[int, tuple[int, ...]],
        complete: Iterable[int],
    ) -> None:
        self.sums = {i: brief_of(gradients[i]) for i in complete if i in gradients}
        self.handed_on: dict[int, tuple[Any, ...]] = {}
        for node_id, parts in handed_on.items():
            pairs = zip(input_ids.get(node_id, ()), parts, strict=False)
            self.handed_on[node_id] = tuple(
                [
                    self.sums[i]
                    if i in self.sums and part is gradients[i]
                    else brief_of(part)
                    for i, part in pairs
                ]
            )


def brief_of(gradient: Any) -> Any:
    """Write down how large a gradient is, or each of several; None of none.

    Examples
    --------
    >>> import numpy as np
    >>> brief_of(np.full((8, 2), 0.5)).norm, brief_of(np.array(3.0)).numbers
    (2.0, array(3.))
    """
    if gradient is None:
        return None
    if isinstance(gradient, tuple):
        return tuple([brief_of(part) for part in gradient])
    array = np.asarray(gradient)
    if array.size <= MOST_KEPT:
        return Brief(array.shape, array.dtype, 0.0, numbers=array.copy())
    if array.dtype.kind not in "biufc":
        return Brief(array.shape, array.dtype, 0.0)
    norm = euclidean_norm(array)
    nan = infinite = 0
    if not np.isfinite(norm):  # it may have overflowed as well
        nan = int(np.count_nonzero(np.isnan(array)))
        infinite = int(np.count_nonzero(np.isinf(array)))
    return Brief(array.shape, array.dtype, norm, nan, infinite)


class Remembered(np.ndarray):
    """An array that is as large as one that is gone was, and has its shape and dtype.

    Its numbers are others, so sums of such say nothing.
    """


def remembered(brief: Brief) -> np.ndarray:
    """Make an array as a brief has it; the one itself if it was small.

    Examples
    --------
    >>> import numpy as np
    >>> again = remembered(brief_of(np.array([3.0, 4.0, 0.0, 0.0, 0.0, 0.0])))
    >>> again.shape, round(float(np.linalg.norm(again)), 12)
    ((6,), 5.0)
    """
    if brief.numbers is not None:
        return brief.numbers
    size = int(np.prod(brief.shape))
    bad = brief.nan + brief.infinite
    if bad:
        flat = np.zeros(size, brief.dtype)
        flat[: brief.nan] = np.nan
        flat[brief.nan : bad] = np.inf
        return flat.reshape(brief.shape).view(Remembered)
    with np.errstate(all="ignore"):
        number = np.asarray(brief.norm / np.sqrt(size)).astype(brief.dtype)
    return np.broadcast_to(number, brief.shape).view(Remembered)
