"""What boxes are coloured by: a number for each, and the line that writes it out."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from graphnn.draw.heat.timing import seconds_of
from graphnn.draw.labels import UNKNOWN, dtype_text, value_of
from graphnn.draw.magnitudes import arrays_in, trouble_in
from graphnn.engine.hooks import DIFFERENTIABLE, NUMERIC
from graphnn.engine.norms import euclidean_norm
from graphnn.graph.briefs import Remembered

KNOWN, ZERO, MISSING, BAD, NONE = "known", "zero", "missing", "bad", "none"


LARGEST = sys.float_info.max
"""What more than a double can hold counts as."""


class Reading(NamedTuple):
    """What is known of a box.

    Attributes
    ----------
    state : str
        ``"known"``: it has a number. ``"zero"``: it is exactly 0. ``"missing"``: it has
        not been computed, or is gone. ``"bad"``: it holds NaN or infinities.
        ``"none"``: there is nothing to measure, and the box stays as it is.
    number : float
    text : str
        The line that is written in the box.
    """

    state: str
    number: float = math.nan
    text: str = ""


class Measure(NamedTuple):
    """One of the things that boxes are coloured by.

    Attributes
    ----------
    title : str
        Over the scale.
    reading : callable
        ``reading(nodes)`` measures the nodes of one box.
    write : callable
        Writes a number, for the ends of the scale.
    is_logarithmic : bool
        Whether equal steps of the scale are equal factors; else it begins with 0.
    """

    title: str
    reading: Callable[[Sequence[Any]], Reading]
    write: Callable[[float], str]
    is_logarithmic: bool = False


# -- gradients and values --------------------------------------------------------------
def gradient_norm(nodes: Sequence[Any]) -> Reading:
    """Measure the Euclidean norm of the gradient.

    Of several nodes, it is that of all their gradients, taken together as one vector.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, 4.0])
    >>> y = np.sum(w * w)
    >>> gradient_norm([w]).text
    '‖grad‖ –'
    >>> y.backward()
    >>> gradient_norm([w])
    Reading(state='known', number=10.0, text='‖grad‖ 10')
    """
    having = [node for node in nodes if node.output_grad is not None]
    arrays = [a for node in having for a in arrays_in(node.output_grad)]
    arrays = [array for array in arrays if array.size]
    if having and not arrays:
        return Reading(NONE)
    if not arrays:
        may = any(map(_may_have_gradient, nodes))
        return Reading(MISSING, text=f"‖grad‖ {UNKNOWN}") if may else Reading(NONE)
    if text := trouble_in(tuple(arrays)):
        return Reading(BAD, text=f"grad: {text}")
    norm = min(euclidean_norm(*arrays), LARGEST)
    return Reading(KNOWN if norm else ZERO, norm, f"‖grad‖ {figure(norm)}")


def _may_have_gradient(node: Any) -> bool:
    if node.kind != "operation" and not (node.kind == "parameter" and node.trainable):
        return False
    dtypes = node.dtype if isinstance(node.dtype, tuple) else (node.dtype,)
    return any(dtype is None or dtype.kind in DIFFERENTIABLE for dtype in dtypes)


def largest_value(nodes: Sequence[Any]) -> Reading:
    """Measure the largest magnitude among the values; write where they begin and end.

    It finds what explodes, and what is dead: exactly 0 all over.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> largest_value([gn.Input("x", value=[-3.0, 1.0])])
    Reading(state='known', number=3.0, text='value -3 … 1')
    >>> largest_value([gn.Input("x", value=[0, 0])])
    Reading(state='zero', number=0.0, text='value 0')
    """
    arrays = [a for node in nodes for a in arrays_in(node.output)]
    arrays = [array for array in arrays if array.dtype.kind in NUMERIC]
    if not arrays:
        return Reading(MISSING, text=f"value {UNKNOWN}")
    if text := trouble_in(tuple(arrays)):
        return Reading(BAD, text=text)
    arrays = [array for array in arrays if array.size]
    if not arrays:
        return Reading(NONE, text="value empty")
    if any(array.dtype.kind == "c" for array in arrays):
        with np.errstate(all="ignore"):
            largest = max(float(np.abs(array).max()) for array in arrays)
        return Reading(
            KNOWN if largest else ZERO, largest, f"|value| ≤ {figure(largest)}"
        )
    low = min(float(array.min()) for array in arrays)
    high = max(float(array.max()) for array in arrays)
    largest = min(max(abs(low), abs(high)), LARGEST)
    text = figure(low) if low == high else f"{figure(low)} … {figure(high)}"
    return Reading(KNOWN if largest else ZERO, largest, f"value {text}")


# -- costs -----------------------------------------------------------------------------
def seconds(nodes: Sequence[Any]) -> Reading:
    """Measure how long the operations take, each by itself, and add up."""
    operations = [node for node in nodes if node.kind == "operation"]
    if not operations:
        return Reading(NONE)
    found = [seconds_of(node) for node in operations]
    if any(each is None for each in found):
        return Reading(MISSING, text=f"time {UNKNOWN}")
    total = math.fsum(each for each in found if each is not None)
    return Reading(KNOWN, total, with_unit(total, "s"))


def bytes_held(nodes: Sequence[Any]) -> Reading:
    """Count the bytes of values and gradients; what is a view of others' owns none.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((300, 400)))
    >>> bytes_held([x]).text, bytes_held([x.T]).text
    ('960 kB', '0 B, a view')
    """
    if all(node.output is None for node in nodes):
        return Reading(MISSING, text=f"memory {UNKNOWN}")
    total, has_views = 0, False
    for node in nodes:
        for held, others in (
            (node.output, _values(node)),
            (node.output_grad, _gradients(node)),
        ):
            for array in [] if isinstance(held, Remembered) else arrays_in(held):
                if any(np.may_share_memory(array, other) for other in others):
                    has_views = True
                else:
                    total += bytes_of(array)
    text = with_unit(total, "B")
    is_view = not total and has_views
    return Reading(KNOWN, float(total), f"{text}, a view" if is_view else text)


def bytes_of(array: np.ndarray) -> int:
    """Count the bytes of an array; what is repeated by broadcasting lies there once.

    Examples
    --------
    >>> bytes_of(np.ones((3, 2))), bytes_of(np.broadcast_to(1.0, (1000, 1000)))
    (48, 8)
    """
    sizes = [
        size
        for size, stride in zip(array.shape, array.strides, strict=True)
        if stride or not size
    ]
    return int(math.prod(sizes) * array.itemsize)


def _values(node: Any) -> list[np.ndarray]:
    """List the arrays that a node's value may be a view of: those of its inputs."""
    return [array for each in node.inputs for array in arrays_in(each.output)]


def _gradients(node: Any) -> list[np.ndarray]:
    """List the arrays that a node's gradient may be a view of: those it came from.

    A parameter's gradient is an array of its own.
    """
    graph = node.graph
    consumers = () if graph is None else graph.consumers_of(node)
    return [array for each in consumers for array in arrays_in(each.output_grad)]


def dtype_name(nodes: Sequence[Any]) -> str:
    """Name the dtype of values, or each of several; nothing if it is unknown."""
    found = [dtype_text(value_of(node)) for node in nodes]
    names = ", ".join(name for name in found if name != UNKNOWN).split(", ")
    return ", ".join(sorted({name for name in names if name}))


# -- numbers as text -------------------------------------------------------------------
def figure(number: float) -> str:
    """Write a number with three digits that count.

    Examples
    --------
    >>> figure(0.123456), figure(-1.5e-9), figure(1234567.0), figure(12.0)
    ('0.123', '-1.5e-09', '1.23e+06', '12')
    """
    return f"{number + 0.0:.3g}"  # no -0


PREFIXES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""))
SMALL_PREFIXES = ((1e-3, "m"), (1e-6, "µ"), (1e-9, "n"))


def with_unit(number: float, unit: str) -> str:
    """Write a number with its unit, and a prefix of the SI.

    Examples
    --------
    >>> with_unit(0.00123, "s"), with_unit(4_100_000, "B"), with_unit(0, "B")
    ('1.23 ms', '4.1 MB', '0 B')
    >>> with_unit(999.7e-6, "s"), with_unit(1e-12, "s")
    ('1 ms', '0.001 ns')
    """
    prefixes: Iterable[tuple[float, str]] = PREFIXES
    if unit == "s":
        prefixes = (*PREFIXES[-1:], *SMALL_PREFIXES)
    if number == 0:
        return f"0 {unit}"
    rounded = float(f"{number:.3g}")  # 999.7 µs are 1 ms
    last = (1.0, "")
    for last in prefixes:
        if rounded >= last[0]:
            break
    return f"{float(f'{rounded / last[0]:.3g}'):g} {last[1]}{unit}"


MEASURES: Mapping[str, Measure] = {
    "grad_norm": Measure("norm of the gradient", gradient_norm, figure, True),
    "value": Measure("largest |value|", largest_value, figure, True),
    "time": Measure("time", seconds, lambda number: with_unit(number, "s")),
    "memory": Measure("memory", bytes_held, lambda number: with_unit(number, "B")),
}
"""By the word that `color_by` takes; ``"dtype"`` is no number."""
