"""Operations that take arrays apart: several outputs, each a part of the input."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from graphnn.errors import ShapeError
from graphnn.graph.dispatch import dispatched, implements
from graphnn.ops.indexing import is_node, scatter
from graphnn.ops.shaping import Shaping, outputs_of

Sections = Any  # int, or a sequence of int


class Splitting(Shaping):
    """A function whose outputs are pieces of its input, one after another.

    Parameters
    ----------
    sections : int or sequence of int
        Into how many pieces, or where they begin.
    axis : int
    """

    arity = 1
    function: ClassVar[Any]

    def __init__(self, sections: Sections, axis: int = 0) -> None:
        self.sections: int | tuple[int, ...] = (
            tuple(np.asarray(sections).tolist()) if np.ndim(sections) else int(sections)
        )
        self.axis = axis

    @property
    def count(self) -> int:
        """The number of outputs."""
        sections = self.sections
        return len(sections) + 1 if isinstance(sections, tuple) else sections

    def _output(self) -> Any:
        return tuple(self.function(self.input_, self.sections, self.axis))

    def _input_grad(self, output_grad: Any) -> Any:
        shape = np.shape(self.input_)
        axis = self.axis % len(shape)
        bounds = self._bounds(shape[axis])
        starts = [start for start, _ in bounds]
        if [0, *[stop for _, stop in bounds]] == [*starts, shape[axis]]:
            return np.concatenate(output_grad, axis)
        # places that are not in order: the pieces overlap, or leave elements out
        before = (slice(None),) * axis
        total: Any = 0
        for piece, place in zip(output_grad, bounds, strict=True):
            total = total + scatter(piece, (*before, slice(*place)), shape)
        return total

    def _bounds(self, size: int) -> list[tuple[int, int]]:
        """List where the pieces begin and end."""
        if not isinstance(self.sections, tuple):
            each, more = divmod(size, self.sections)
            lengths = [each + 1] * more + [each] * (self.sections - more)
            ends = np.cumsum(lengths).tolist()
            return list(zip([0, *ends[:-1]], ends, strict=True))
        edges = [0, *self.sections, size]
        places = [slice(a, b).indices(size) for a, b in zip(edges, edges[1:])]  # noqa: B905, RUF007
        return [(start, max(start, stop)) for start, stop, _ in places]


class Split(Splitting):
    """``np.split``: into pieces of one size, or at given places."""

    function = staticmethod(np.split)


class ArraySplit(Splitting):
    """``np.array_split``: into pieces whose sizes differ by one at most."""

    function = staticmethod(np.array_split)


@dispatched(is_node)
def unstack(values: Any, axis: int, count: int) -> Any:
    """Take an array apart into `count` layers along an axis, which they then lack."""
    if values.shape[axis] != count:
        raise ValueError(
            f"the graph was built for {count} parts along axis {axis}, not for "
            f"{values.shape[axis]}"
        )
    return tuple(np.moveaxis(values, axis, 0))


class Unstack(Shaping):
    """``np.unstack``, and what iterating over a node does.

    Parameters
    ----------
    axis : int
    count : int
        The number of outputs; a pass in which there are more or fewer is refused, since
        the graph after them was built for that number.
    """

    arity = 1

    def __init__(self, axis: int, count: int) -> None:
        self.axis, self.count = axis, count

    def _output(self) -> Any:
        return unstack(self.input_, self.axis, self.count)

    def _input_grad(self, output_grad: Any) -> Any:
        if not self.count:
            return np.zeros(np.shape(self.input_), self.input_.dtype)
        return np.stack(output_grad, self.axis)


# -- NumPy's functions -----------------------------------------------------------------
@implements(np.split)
def split(ary: Any, indices_or_sections: Sections, axis: int = 0) -> list[Any]:
    """Make the nodes for ``np.split``."""
    return parts_of(Split(indices_or_sections, axis), ary)


@implements(np.array_split)
def array_split(ary: Any, indices_or_sections: Sections, axis: int = 0) -> list[Any]:
    """Make the nodes for ``np.array_split``."""
    return parts_of(ArraySplit(indices_or_sections, axis), ary)


def parts_of(recipe: Splitting, node: Any) -> list[Any]:
    """Bind a recipe and list its outputs."""
    return list(outputs_of(recipe(node), recipe.count))


@implements(np.hsplit)
def hsplit(ary: Any, indices_or_sections: Sections) -> list[Any]:
    """Make the nodes for ``np.hsplit``."""
    check_axes("np.hsplit", ary, 1)
    return np.split(ary, indices_or_sections, 0 if ary.ndim == 1 else 1)


@implements(np.vsplit)
def vsplit(ary: Any, indices_or_sections: Sections) -> list[Any]:
    """Make the nodes for ``np.vsplit``."""
    check_axes("np.vsplit", ary, 2)
    return np.split(ary, indices_or_sections, 0)


@implements(np.dsplit)
def dsplit(ary: Any, indices_or_sections: Sections) -> list[Any]:
    """Make the nodes for ``np.dsplit``."""
    check_axes("np.dsplit", ary, 3)
    return np.split(ary, indices_or_sections, 2)


def check_axes(what: str, node: Any, needed: int) -> None:
    """Refuse a node with too few axes."""
    node._need_value(what)
    if node.ndim < needed:
        raise ShapeError(
            f"{what} of {node.describe()}: shape {node.shape} has fewer than "
            f"{needed} axes"
        )


def unstack_node(x: Any, axis: int = 0) -> tuple[Any, ...]:
    """Make the nodes for ``np.unstack``."""
    x._need_value("np.unstack")
    if not x.ndim:
        raise ShapeError(f"np.unstack of {x.describe()}, which is 0-d")
    count = x.shape[normalize_axis_index(axis, x.ndim)]
    return outputs_of(Unstack(axis, count)(x), count)


@implements(iter)
def iterate(node: Any) -> tuple[Any, ...]:
    """Make the nodes that iterating over a node gives; a second time the same."""
    node._need_value("iteration")
    if not node.ndim:
        raise TypeError(f"iteration over {node.describe()}, which is 0-d")
    for consumer in node.consumers if node.graph else ():
        ours = isinstance(consumer, Unstack) and consumer.axis == 0
        if ours and consumer.forward_node is None:  # not what a gradient was made of
            return outputs_of(consumer, consumer.count)
    return unstack_node(node)


@implements(unstack)
def unstack_again(values: Any, axis: int, count: int) -> tuple[Any, ...]:
    """Make the nodes for :func:`unstack`, in a trace."""
    return outputs_of(Unstack(axis, count)(values), count)


if hasattr(np, "unstack"):  # since NumPy 2.1
    implements(np.unstack)(unstack_node)
