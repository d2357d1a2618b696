"""What a list of calls can do without: dead calls, repeated ones, products with ones.

Nothing here changes a value, a layout in memory, or the order of a sum: calls are left
out, and that is all. So what remains gives the same bits.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable
from typing import Any

import numpy as np

from graphnn.planning.traced import Call, Slot, Traced


def simplified(calls: list[Call], kept: Iterable[Traced]) -> tuple[list[Call], Any]:
    """Leave out what is not needed.

    Parameters
    ----------
    calls : list of Call
        Their inputs are changed to what stands for them.
    kept : iterable of Traced
        What the plan is to give.

    Returns
    -------
    list of Call
    callable
        Gives what stands for a traced value now.
    """
    simplifier = Simplifier()
    left = [call for call in calls if simplifier.keeps(call)]
    wanted = {simplifier.now(each) for each in kept}
    return live(left, wanted), simplifier.now


class Simplifier:
    """Goes through the calls in order and remembers what it has seen."""

    def __init__(self) -> None:
        self.instead: dict[Traced, Traced] = {}
        self.seen: dict[Any, Call] = {}

    def now(self, traced: Traced) -> Traced:
        """Give what stands for a value now."""
        return self.instead.get(traced, traced)

    def keeps(self, call: Call) -> bool:
        """Tell whether a call has to be made; note what stands for its results."""
        if self.instead:
            call.inputs = [self.now(each) for each in call.inputs]
            if call.is_view:
                for result in call.results:
                    result.base = call.inputs[0].base
        if not call.results:
            return True
        same = factor_of_ones(call)
        if same is not None:
            self.instead[call.results[0]] = same
            return False
        key = key_of(call)
        if key is None:
            return True
        before = self.seen.setdefault(key, call)
        if before is call:
            return True
        self.instead.update(zip(call.results, before.results, strict=True))
        return False


def key_of(call: Call) -> Any:
    """Name what a call computes; None where it may be another thing each time."""
    function = call.function
    if type(function) is np.ufunc and not call.settings:
        # nearly all are of operands alone; the rest of this is for the others
        for each in call.arguments:
            if type(each) is not Slot:
                break
        else:
            return (function, call.arguments, *map(id, call.inputs))
    if getattr(function, "is_called_again", False):
        return None
    try:
        key = (
            function,
            frozen(call.arguments),
            frozen(call.settings) if call.settings else (),
            tuple(map(id, call.inputs)),
        )
        hash(key)
    except TypeError:
        return None
    return key


def frozen(arguments: Any) -> Any:
    """Make arguments hashable, so that they are equal only where they are the same."""
    kind = type(arguments)
    if kind is Slot:
        return arguments
    if kind is tuple or kind is list:
        return (kind, *[frozen(each) for each in arguments])
    if kind is dict:
        return tuple([(name, frozen(each)) for name, each in arguments.items()])
    if kind is slice:
        return (slice, arguments.start, arguments.stop, arguments.step)
    if kind is np.ndarray:
        return (np.ndarray, id(arguments))  # the call keeps it alive
    if kind in (float, complex) or isinstance(arguments, np.generic):
        return (kind, repr(arguments))  # 0.0 is not -0.0
    return (kind, arguments)


def factor_of_ones(call: Call) -> Traced | None:
    """Find what a product with ones is equal to, layout and dtype included."""
    if call.function is not np.multiply or call.settings or len(call.inputs) != 1:
        return None
    (factor,) = call.inputs
    others = [each for each in call.arguments if type(each) is not Slot]
    if len(others) != 1 or not is_ones(others[0]):
        return None
    a, b = factor.value, call.results[0].value
    if type(a) is not np.ndarray or type(b) is not np.ndarray:
        return None
    same = a.shape == b.shape and a.strides == b.strides and a.dtype == b.dtype
    return factor if same else None


def is_ones(value: Any) -> bool:
    """Tell the number 1, and an array of ones that no parameter holds."""
    if type(value) in (int, float):
        return bool(value == 1)
    if type(value) is np.ndarray and value.base is None and value.dtype.kind in "fc":
        return bool(value.size < 1 << 20 and (value == 1).all())
    return False


def live(calls: list[Call], wanted: set[Traced]) -> list[Call]:
    """Leave out the calls whose results nobody uses; a shape may have been used."""
    left = []
    for call in reversed(calls):
        is_needed = not call.results or call.is_shaped_by_values
        if is_needed or not wanted.isdisjoint(call.results):
            wanted.update(call.inputs)
            left.append(call)
    left.reverse()
    return left


PRODUCTS = frozenset(
    {np.matmul, np.dot, np.inner, np.tensordot, np.vdot, operator.matmul}
)


def shares_now(call: Call, before: list[Traced] | None) -> bool:
    """Tell a product of two values that have come to lie in the same memory.

    BLAS has another routine for a matrix times its own transpose, whose last bits are
    others: it must be taken where it was taken before, and nowhere else. `before` are
    the bases that the two had.
    """
    if before is None or len(call.inputs) != 2:
        return False
    a, b = call.inputs
    return a.base is b.base and before[0] is not before[1]
