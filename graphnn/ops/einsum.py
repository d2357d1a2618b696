"""Sums of products of tensors, in Einstein's notation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from graphnn.graph.binding import bind
from graphnn.graph.dispatch import implements
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation
from graphnn.ops.linear import is_value_error

UPPERCASE = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = UPPERCASE.lower() + UPPERCASE


class Labels(NamedTuple):
    """The labels of each axis, with those of an ellipsis spelled out."""

    inputs: list[str]
    output: str

    def unused(self) -> list[str]:
        """List the letters that are left."""
        used = {*self.output, *"".join(self.inputs)}
        return [letter for letter in LETTERS if letter not in used]


def labels_of(subscripts: str, ndims: Sequence[int]) -> Labels:
    """Read subscripts for operands of so many axes.

    Without ``->`` the output has the labels that occur once, in alphabetical order,
    after the axes of the ellipsis.

    Examples
    --------
    >>> labels_of("...ij,jk", [3, 2])
    Labels(inputs=['aij', 'jk'], output='aik')
    """
    given, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = given.split(",")
    hidden = [
        ndim - (len(term) - 3) if "..." in term else 0
        for term, ndim in zip(terms, ndims, strict=True)
    ]
    free = [letter for letter in LETTERS if letter not in subscripts]
    ellipsis = "".join(free[: max(hidden)])
    inputs = [
        term.replace("...", ellipsis[len(ellipsis) - count :])
        for term, count in zip(terms, hidden, strict=True)
    ]
    if arrow:
        return Labels(inputs, output.replace("...", ellipsis))
    times = Counter("".join(terms).replace(".", ""))
    once = sorted(letter for letter, count in times.items() if count == 1)
    return Labels(inputs, ellipsis + "".join(once))


class Einsum(Operation):
    """``np.einsum``.

    The gradient of one operand is again a sum of products: of the gradient of the
    output and of the other operands, with the labels of that operand as the output's.
    A label that nothing else has was summed over in this operand alone, so each of its
    elements gets the same: a factor of ones carries the label. A label that the operand
    has twice picks a diagonal; a unit matrix puts the gradient back on it.

    Parameters
    ----------
    subscripts : str
    optimize : bool, str or list
        As in NumPy: which products come first.
    """

    broadcasts = True  # axes of an ellipsis, and axes of size 1

    def __init__(self, subscripts: str, optimize: Any = False) -> None:
        self.subscripts = subscripts
        self.optimize = optimize

    def _output(self) -> Any:
        return np.einsum(self.subscripts, *self.input_values, optimize=self.optimize)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        values = self.input_values
        labels = labels_of(self.subscripts, [np.ndim(value) for value in values])
        return tuple(
            [
                self._grad_of(position, output_grad, labels) if needs else None
                for position, needs in enumerate(self.needs_input_grad)
            ]
        )

    def _grad_of(self, position: int, output_grad: Any, labels: Labels) -> Any:
        """Give the gradient of one operand."""
        values = self.input_values
        others = [i for i in range(len(values)) if i != position]
        terms = [labels.output, *[labels.inputs[i] for i in others]]
        factors = [output_grad, *[values[i] for i in others]]
        sizes: dict[str, int] = {}  # of the labels that the factors have
        for term, factor in zip(terms, factors, strict=True):
            for label, size in zip(term, np.shape(factor), strict=True):
                sizes[label] = max(size, sizes.get(label, 1))
        unused = iter(labels.unused())
        wanted = ""
        own = np.shape(values[position])
        for label, size in zip(labels.inputs[position], own, strict=True):
            if label in wanted:
                twin = next(unused)
                terms.append(label + twin)
                factors.append(np.eye(size, dtype=output_grad.dtype))
                wanted += twin
                continue
            if label not in sizes or sizes[label] < size:
                terms.append(label)
                factors.append(np.ones(size, output_grad.dtype))
            wanted += label
        # a path that was made for the operands does not fit the factors
        optimize = self.optimize if isinstance(self.optimize, bool | str) else True
        return np.einsum(f"{','.join(terms)}->{wanted}", *factors, optimize=optimize)

    def _failure(self, error: Exception) -> str | None:
        if not is_value_error(error):
            return None
        shapes = ", ".join(str(np.shape(value)) for value in self.input_values)
        return f"np.einsum({self.subscripts!r}) of shapes {shapes}: {error}"


def as_subscripts(operands: Sequence[Any]) -> tuple[str, list[Any]]:
    """Turn NumPy's other format, ``a, [0, 1], b, [1, 2], [0, 2]``, into subscripts."""
    if isinstance(operands[0], str):
        return operands[0], list(operands[1:])
    arrays, axes = list(operands[0::2]), list(operands[1::2])
    output = ""
    if len(arrays) > len(axes):
        output = "->" + as_term(arrays.pop())
    return ",".join(map(as_term, axes)) + output, arrays


def as_term(axes: Sequence[Any]) -> str:
    """Write a list of numbers and ``...`` as labels, in NumPy's order of letters."""
    letters = UPPERCASE + UPPERCASE.lower()
    return "".join("..." if axis is Ellipsis else letters[axis] for axis in axes)


@implements(np.einsum)
def einsum(*operands: Any, optimize: Any = False) -> Any:
    """Make the node for ``np.einsum``."""
    subscripts, arrays = as_subscripts(operands)
    return bind(Einsum(subscripts, optimize), arrays)


@implements(np.einsum_path)
def einsum_path(*operands: Any, optimize: Any = "greedy") -> Any:
    """Answer ``np.einsum_path``: the shapes decide it."""
    arrays = [
        np.broadcast_to(np.empty((), operand.dtype), operand.shape)
        if isinstance(operand, Node)
        else operand
        for operand in operands
    ]
    return np.einsum_path(*arrays, optimize=optimize)
