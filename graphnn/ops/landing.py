"""Lines multiplied by all lines of a kernel at once, and added up where they land."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from graphnn.graph.dispatch import Bound, dispatched, implements
from graphnn.ops.indexing import is_node
from graphnn.ops.patches import make
from graphnn.ops.shaping import Shaping

Numbers = tuple[int, ...]
"""Those of a :class:`Landing`, which anybody can write down."""


class Landing(NamedTuple):
    """Where the product of a line and a line of the kernel lands.

    That of line h and kernel line i lands on line ``h * stride + i * dilation - begin``
    of `lines`, or beyond them, where it is not computed.

    Attributes
    ----------
    tall : int
        How many lines the kernel has.
    stride, dilation, begin, lines : int
    """

    tall: int
    stride: int
    dilation: int
    begin: int
    lines: int

    def reached(self, line: int) -> tuple[range, range]:
        """List the kernel lines whose products land, and where."""
        first = line * self.stride - self.begin
        places = range(first, first + self.tall * self.dilation, self.dilation)
        kernel = [i for i, place in enumerate(places) if 0 <= place < self.lines]
        if not kernel:
            return range(0), range(0)
        low, high = kernel[0], kernel[-1] + 1
        return range(low, high), places[low:high]


def landing_work(matrix: Any, lines: Any, where: Numbers) -> np.ndarray:
    """Make an array for the products of a line."""
    groups, _, rows, _ = matrix.shape
    return np.empty((groups, rows, lines.shape[-1]), np.result_type(matrix, lines))


def landing_calls(
    matrix: Any, lines: Any, where: Numbers, out: Any, work: Any
) -> list[Bound]:
    """List the calls that :func:`landed` makes, into an array."""
    where = Landing(*where)
    groups, _, rows, _ = matrix.shape
    filters, columns = rows // where.tall, lines.shape[-1]
    zero = np.zeros((), out.dtype)
    in_a_row = where.dilation == 1 and where.stride <= where.tall
    reached = [where.reached(line) for line in range(lines.shape[1])]
    begin = next((places.start for kernel, places in reached if kernel), where.lines)
    empty = out[:, :begin] if in_a_row else out
    calls: list[Bound] = [(np.copyto, (empty, zero))] if empty.size else []
    end = begin  # of the lines on which something has landed
    for line, (kernel, places) in enumerate(reached):
        if not kernel:
            continue
        part = matrix[:, 0, kernel.start * filters : kernel.stop * filters]
        given = work[:, : part.shape[1]]
        calls.append((np.matmul, (part, lines[:, line], given)))
        given = given.reshape(groups, len(kernel), filters, columns)
        known = min(end, places.stop) - places.start if in_a_row else len(kernel)
        fresh = out[:, places.start + known : places.stop]
        if in_a_row and fresh.size:
            calls.append((np.copyto, (fresh, given[:, known:])))
            end = places.stop
        into = out[:, places.start : places.stop : where.dilation][:, :known]
        if into.size:
            calls.append((np.add, (into, given[:, :known], into)))
    if in_a_row and out[:, end:].size:
        calls.append((np.copyto, (out[:, end:], zero)))
    return calls


@dispatched(is_node, operands=2, calls=landing_calls, work=landing_work)
def landed(matrix: Any, lines: Any, where: Numbers) -> Any:
    """Multiply every line by all lines of a kernel, and add up what lands together.

    A line is read once, for all that it takes part in; what it gives is added while it
    is still in the cache.

    Parameters
    ----------
    matrix : ndarray or Node, shape (groups, 1, lines of the kernel * filters, elements)
    lines : ndarray or Node, shape (groups, lines, elements, columns)
    where : Landing or tuple of int

    Returns
    -------
    ndarray or Node, shape (groups, where.lines, filters, columns)

    Examples
    --------
    >>> import numpy as np
    >>> kernel = np.array([1.0, 10.0]).reshape(1, 1, 2, 1)
    >>> lines = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1)
    >>> landed(kernel, lines, Landing(2, 1, 1, begin=0, lines=4)).ravel()
    array([ 1., 12., 23., 30.])
    """
    groups, _, rows, _ = matrix.shape
    tall, *_, count = where
    shape = (groups, count, rows // tall, lines.shape[-1])
    out = np.empty(shape, np.result_type(matrix, lines))
    work = landing_work(matrix, lines, where)
    make(landing_calls(matrix, lines, where, out, work))
    return out


class LandedLines(Shaping):
    """Lines multiplied by the lines of a kernel, see :func:`landed`.

    Parameters
    ----------
    where : Landing or tuple of int
    """

    arity = 2

    def __init__(self, where: Numbers) -> None:
        self.where = tuple(where)

    def _output(self) -> Any:
        matrix, lines = self.input_values
        return landed(matrix, lines, self.where)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        matrix, lines = self.input_values
        grads = taken(output_grad, lines.shape[1], self.where)
        matrix_grad = lines_grad = None
        if self.needs_input_grad[0]:
            products = np.matmul(grads, np.swapaxes(lines, -1, -2))
            matrix_grad = np.sum(products, axis=1, keepdims=True)
        if self.needs_input_grad[1]:
            lines_grad = np.matmul(np.swapaxes(matrix, -1, -2), grads)
        return matrix_grad, lines_grad


@implements(landed)
def landed_node(matrix: Any, lines: Any, where: Numbers) -> Any:
    """Make the node for :func:`landed`."""
    return LandedLines(where)(matrix, lines)


def product_work(grads: Any, lines: Any, where: Numbers) -> np.ndarray:
    """Make an array for the products of a line."""
    groups, _, elements, _ = lines.shape
    where = Landing(*where)
    rows = where.tall * (grads.shape[1] // where.lines)
    return np.empty((groups, rows, elements), np.result_type(grads, lines))


def product_calls(
    grads: Any, lines: Any, where: Numbers, out: Any, work: Any
) -> list[Bound]:
    """List the calls that :func:`landed_products` makes, into an array."""
    where = Landing(*where)
    filters = grads.shape[1] // where.lines
    calls: list[Bound] = [(np.copyto, (out, np.zeros((), out.dtype)))]
    for line in range(lines.shape[1]):
        kernel, places = where.reached(line)
        if kernel:
            part = grads[:, places.start * filters : places.stop * filters]
            given = work[:, : part.shape[1]]
            into = out[:, kernel.start * filters : kernel.stop * filters]
            calls.append((np.matmul, (part, np.swapaxes(lines[:, line], 1, 2), given)))
            calls.append((np.add, (into, given, into)))
    return calls


@dispatched(is_node, operands=2, calls=product_calls, work=product_work)
def landed_products(grads: Any, lines: Any, where: Numbers) -> Any:
    """Multiply every line by the gradients of all on which it has landed.

    It is the gradient of the kernel's matrix in :func:`landed`.

    Parameters
    ----------
    grads : ndarray or Node, shape (groups, where.lines * filters, columns)
    lines : ndarray or Node, shape (groups, lines, elements, columns)
    where : Landing or tuple of int
        Its dilation is 1.

    Returns
    -------
    ndarray or Node, shape (groups, lines of the kernel * filters, elements)

    Examples
    --------
    >>> import numpy as np
    >>> grads = np.array([1.0, 1.0, 1.0, 0.0]).reshape(1, 4, 1)
    >>> lines = np.array([1.0, 2.0, 3.0]).reshape(1, 3, 1, 1)
    >>> landed_products(grads, lines, Landing(2, 1, 1, begin=0, lines=4)).ravel()
    array([6., 3.])
    """
    work = product_work(grads, lines, where)
    out = np.empty_like(work)
    make(product_calls(grads, lines, where, out, work))
    return out


class LandedProducts(Shaping):
    """Lines multiplied by what they have landed on, see :func:`landed_products`.

    Parameters
    ----------
    where : Landing or tuple of int
    """

    arity = 2

    def __init__(self, where: Numbers) -> None:
        self.where = tuple(where)

    def _output(self) -> Any:
        grads, lines = self.input_values
        return landed_products(grads, lines, self.where)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        grads, lines = self.input_values
        count, columns = self.where[-1], grads.shape[-1]
        grads_grad = lines_grad = None
        if self.needs_input_grad[0]:
            given = landed(np.expand_dims(output_grad, 1), lines, self.where)
            grads_grad = np.reshape(given, grads.shape)
        if self.needs_input_grad[1]:
            apart = np.reshape(grads, (grads.shape[0], count, -1, columns))
            matrix = np.expand_dims(np.swapaxes(output_grad, 1, 2), 1)
            lines_grad = np.matmul(matrix, taken(apart, lines.shape[1], self.where))
        return grads_grad, lines_grad


@implements(landed_products)
def landed_products_node(grads: Any, lines: Any, where: Numbers) -> Any:
    """Make the node for :func:`landed_products`."""
    return LandedProducts(where)(grads, lines)


def taken(output_grad: Any, count: int, where: Numbers) -> Any:
    """Take the gradients of all that each of `count` lines has given, as rows.

    Parameters
    ----------
    output_grad : ndarray or Node, shape (groups, where.lines, filters, columns)

    Returns
    -------
    ndarray or Node, shape (groups, count, lines of the kernel * filters, columns)
    """
    tall, stride, dilation, begin, lines = where
    reach = dilation * (tall - 1) + 1
    needed = (count - 1) * stride + reach
    after = max(needed - begin - lines, 0)
    width = ((0, 0), (max(begin, 0), after), (0, 0), (0, 0))
    padded = np.pad(output_grad[:, max(-begin, 0) :], width)[:, :needed]
    view = sliding_window_view(padded, reach, 1)
    view = view[:, ::stride, :, :, ::dilation]
    groups, _, filters, columns, _ = view.shape
    rows = np.transpose(view, (0, 1, 4, 2, 3))
    return np.reshape(rows, (groups, count, tall * filters, columns))
