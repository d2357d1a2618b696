"""How one array is written as a look at another: ``b0.T``, ``x[:, 0]``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided

Look = tuple[int, tuple[int, ...], tuple[int, ...], str]
"""Where an array begins, its shape, strides and dtype."""


def look_of(array: np.ndarray) -> Look:
    """Tell which elements an array shows, and how."""
    start = array.__array_interface__["data"][0] if array.size else 0
    # along an axis of one element nothing is gone anywhere
    strides = tuple(
        [
            stride if count > 1 else 0
            for count, stride in zip(array.shape, array.strides, strict=True)
        ]
    )
    return start, array.shape, strides, array.dtype.str


def owner_of(array: Any) -> Any:
    """Find whose memory an array looks at, through all looks at looks."""
    while (base := getattr(array, "base", None)) is not None:
        array = base
    return array


def dtype_text(dtype: np.dtype) -> str:
    """Write a dtype as one does in a program.

    Examples
    --------
    >>> [dtype_text(np.dtype(kind)) for kind in ("f4", "?", "U3")]
    ['np.float32', 'bool', "np.dtype('<U3')"]
    """
    if dtype.kind == "b":
        return "bool"
    if dtype.isnative and dtype.kind in "iufc":
        return f"np.{dtype.name}"
    return f"np.{dtype!r}"


def view_text(array: np.ndarray, base: np.ndarray, name: str) -> str | None:
    """Write an array as a look at another one; None where it is none.

    Examples
    --------
    >>> x = np.zeros((4, 6))
    >>> view_text(x.T, x, "x"), view_text(x[1:3], x, "x"), view_text(x[:, 0], x, "x")
    ('x.T', 'x[1:3]', 'x[:, 0]')
    >>> view_text(x.reshape(3, 8), x, "x"), view_text(x.reshape(-1)[4:8], x, "x")
    ('x.reshape(3, 8)', 'x.reshape(-1)[4:8]')
    """
    wanted = look_of(array)
    for made, text in looks(array, base, name):
        if look_of(made) == wanted:
            return text
    return None


def looks(
    array: np.ndarray, base: np.ndarray, name: str
) -> Iterator[tuple[np.ndarray, str]]:
    """Go through looks at `base` that may be `array`, the simplest first."""
    yield base, name
    if array.dtype == base.dtype:
        yield base.T, f"{name}.T"
        if array.ndim:
            yield from indexed(array, base, name)
    if array.ndim and base.flags.c_contiguous:
        yield from contiguous(array, base, name)
    if array.ndim > 1 and base.flags.c_contiguous:
        order = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
        straight, back = array.transpose(order), tuple(np.argsort(order).tolist())
        is_turned = back == tuple(range(array.ndim))[::-1]
        turn = ".T" if is_turned else f".transpose{back}"
        if straight.flags.c_contiguous and order != sorted(order):
            for made, text in contiguous(straight, base, name):
                yield made.transpose(back), text + turn
    if not array.ndim and base.flags.c_contiguous:
        yield from contiguous(array, base, name)
    if base.flags.c_contiguous and base.ndim:
        yield from strided(array, base, name)


def contiguous(
    array: np.ndarray, base: np.ndarray, name: str
) -> Iterator[tuple[np.ndarray, str]]:
    """Reshape, or take a part of the row of all elements."""
    offset = start_of(array) - start_of(base)
    if base.ndim != 1:
        yield from parts(array, base, name, offset)
        base, name = base.reshape(-1), f"{name}.reshape(-1)"
    if array.dtype == base.dtype:
        yield from parts(array, base, name, offset)
        return
    if offset < 0 or offset + array.nbytes > base.nbytes:
        return
    size = base.itemsize
    end = offset + array.nbytes
    if not offset % size and not end % size:
        first, last = offset // size, end // size
        part = base[first:last].view(array.dtype)
        cut = "" if len(base[first:last]) == len(base) else f"[{span(first, last)}]"
        text = f"{name}{cut}.view({dtype_text(array.dtype)})"
        yield from reshaped(array, part, text)
    elif not base.nbytes % array.itemsize:
        whole = base.view(array.dtype)
        text = f"{name}.view({dtype_text(array.dtype)})"
        yield from parts(array, whole, text, offset)


def parts(
    array: np.ndarray, base: np.ndarray, name: str, offset: int
) -> Iterator[tuple[np.ndarray, str]]:
    """Take a part of the rows, and reshape it."""
    if array.dtype != base.dtype or not base.size:
        return
    if not offset and array.size == base.size:
        yield from reshaped(array, base, name)
        return
    row = base[0].nbytes if base.ndim else 0
    if not row or offset < 0 or offset % row:
        return
    first = offset // row
    if array.nbytes == row and first < len(base) and (base.ndim > 1 or not array.ndim):
        yield from reshaped(array, base[first, ...], f"{name}[{first}]")
        if not array.ndim:
            yield base[first, ...], f"{name}[{first}, ...]"
    if array.nbytes % row == 0:
        last = first + array.nbytes // row
        yield from reshaped(array, base[first:last], f"{name}[{span(first, last)}]")


def reshaped(
    array: np.ndarray, base: np.ndarray, name: str
) -> Iterator[tuple[np.ndarray, str]]:
    """Reshape, where that is needed."""
    if base.shape == array.shape:
        if base.ndim or not name.endswith("]"):
            yield base, name
        return
    if base.size == array.size:
        shape = ", ".join(map(str, array.shape)) or "()"
        yield base.reshape(array.shape), f"{name}.reshape({shape})"


def indexed(
    array: np.ndarray, base: np.ndarray, name: str
) -> Iterator[tuple[np.ndarray, str]]:
    """Find an index of integers and slices."""
    left, axis = start_of(array) - start_of(base), 0
    starts = [0] * base.ndim
    if min((*base.strides, left), default=-1) < 0:
        return
    for place in sorted(range(base.ndim), key=lambda place: -base.strides[place]):
        stride, count = base.strides[place], base.shape[place]
        if stride and count:
            starts[place] = min(left // stride, count - 1)
            left -= starts[place] * stride
    index: list[Any] = []
    texts = []
    for start, stride, count in zip(starts, base.strides, base.shape, strict=True):
        length = array.shape[axis] if axis < array.ndim else 0
        step, rest = (
            divmod(array.strides[axis], stride) if length and stride else (0, 1)
        )
        if rest or step < 1 or start + (length - 1) * step >= count:
            index.append(start)
            texts.append(str(start))
            continue
        end = start + (length - 1) * step + 1
        index.append(slice(start, end, step))
        is_last = end - 1 + step >= count
        texts.append(span(start, None if is_last else end, step))
        axis += 1
    if axis != array.ndim:
        return
    while len(texts) > 1 and texts[-1] == ":":
        texts.pop()
    yield base[tuple(index)], f"{name}[{', '.join(texts)}]"


def strided(
    array: np.ndarray, base: np.ndarray, name: str
) -> Iterator[tuple[np.ndarray, str]]:
    """Walk over the memory with strides of one's own."""
    offset = start_of(array) - start_of(base)
    if base.ndim != 1:
        base, name = base.reshape(-1), f"{name}.reshape(-1)"
    if offset < 0 or offset >= base.nbytes or offset % base.itemsize:
        return
    first = offset // base.itemsize
    part = base[first:]
    text = f"{name}[{first}:]" if first else name
    if array.dtype != base.dtype:
        if part.nbytes % array.itemsize:
            return
        part, text = part.view(array.dtype), f"{text}.view({dtype_text(array.dtype)})"
    yield (
        as_strided(part, array.shape, array.strides),
        f"as_strided({text}, {array.shape}, {array.strides})",
    )


def start_of(array: np.ndarray) -> int:
    """Give the address of the first element."""
    start: int = array.__array_interface__["data"][0]
    return start


def span(first: int, last: int | None, step: int = 1) -> str:
    """Write a slice.

    Examples
    --------
    >>> span(0, None), span(2, 5), span(0, 7, 2)
    (':', '2:5', ':7:2')
    """
    text = f"{first or ''}:{'' if last is None else last}"
    return text if step == 1 else f"{text}:{step}"
