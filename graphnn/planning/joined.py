"""Values that are joined to one array are made in it: joining them costs nothing then.

``np.concatenate`` and ``np.stack`` copy. Where a value has no other place to be, and
would lie in the joined array as it lies by itself, its call writes it there at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np

from graphnn.planning.lowering import Bound
from graphnn.planning.storage import extent_of
from graphnn.planning.traced import Call, Slot, Traced
from graphnn.planning.views import look_of

JOINING = frozenset({np.concatenate, np.stack})


class Part(NamedTuple):
    """Where in the memory of another value a value lies."""

    whole: Traced
    """One that is no part itself."""

    start: int
    """In bytes."""


def parts_of(
    calls: Iterable[Call], is_free: Callable[[Traced], bool]
) -> dict[Traced, Part]:
    """Find which values can be made as parts of others.

    Parameters
    ----------
    calls : iterable of Call
        In the order in which they run. The bases of all values are right.
    is_free : callable
        Tells a value whose memory is still to be chosen.

    Returns
    -------
    dict of Traced to Part
    """
    parts: dict[Traced, Part] = {}
    for call in reversed(list(calls)):  # what is joined may be joined of others
        if call.function not in JOINING:
            continue
        (joined,) = call.results
        if not is_free(joined):
            continue
        whole, start = parts.get(joined, Part(joined, 0))
        for piece, place in pieces_of(call, joined.value):
            if type(piece) is not Traced or piece.base in parts:
                continue
            first = start_in(joined.value, place, piece)
            if first is not None and is_free(piece.base):
                parts[piece.base] = Part(whole, start + first)
    return parts


def pieces_of(call: Call, joined: np.ndarray) -> Iterator[tuple[Any, np.ndarray]]:
    """Pair what a call joins with its places in the joined array, or one like it."""
    axis = axis_of(call)
    if axis is None:
        return
    pieces = call.arguments[0]
    first = 0
    leading: tuple[Any, ...] = (slice(None),) * (axis % joined.ndim)
    for piece in pieces:
        piece = call.inputs[piece[0]] if type(piece) is Slot else piece
        if call.function is np.stack:
            yield piece, joined[(*leading, first)]
            first += 1
            continue
        size = np.shape(piece.value if type(piece) is Traced else piece)[axis]
        yield piece, joined[(*leading, slice(first, first + size))]
        first += size


def axis_of(call: Call) -> int | None:
    """Tell along which axis a call joins a list; None for one with other settings."""
    pieces, *rest = call.arguments or (None,)
    if type(pieces) not in (tuple, list) or set(call.settings) - {"axis"}:
        return None
    axis, *others = [*rest, *call.settings.values()] or [0]
    return axis if type(axis) is int and not others else None


def start_in(joined: np.ndarray, place: np.ndarray, piece: Traced) -> int | None:
    """Tell where a piece's memory is to begin so that the piece lies in its place.

    None where it would have to lie in another way than by itself, or is only a part of
    its memory.
    """
    base, value = piece.base.value, piece.value
    if type(base) is not np.ndarray or type(value) is not np.ndarray:
        return None
    if base.dtype != joined.dtype or value.dtype != joined.dtype or not value.size:
        return None
    if value.size != base.size or extent_of(base) != base.nbytes:
        return None  # there is more in this memory
    start, *look = look_of(place)
    begins, *looked = look_of(value)
    if look != looked or begins != look_of(base)[0]:
        return None
    if min(*joined.strides, *base.strides, *value.strides) < 0:
        return None
    return start - look_of(joined)[0]


def is_among(arrays: Iterable[np.ndarray], joined: np.ndarray) -> bool:
    """Tell whether any of some arrays is in its place in a joined one."""
    return any(np.may_share_memory(array, joined) for array in arrays)


def missing(
    call: Call, joined: np.ndarray, arrays: Mapping[Traced, np.ndarray]
) -> list[Bound]:
    """Bind a call of which some pieces are in their places: copy the others there."""
    bound: list[Bound] = []
    for piece, place in pieces_of(call, joined):
        array = arrays[piece] if type(piece) is Traced else piece
        if look_of(np.asarray(array)) != look_of(place):
            bound.append((np.copyto, (place, array)))
    return bound
