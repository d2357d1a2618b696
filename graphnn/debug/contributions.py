"""What one element of a gradient is made of, one level of the graph at a time.

By the chain rule it is a sum over the consumers of the value, and for each consumer
over the elements of its output: the derivative of that element by ours, times the
gradient that had reached it. Paths are never listed: each term is followed a level
further when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, overload

import numpy as np

from graphnn.debug.contribution import (
    Contribution,
    Kind,
    number,
    total_of,
)
from graphnn.debug.contribution_table import table
from graphnn.debug.elements import (
    checked_element,
    gradient_to_explain,
    largest_element,
)
from graphnn.debug.gradient_hooks import Element, part_of
from graphnn.debug.local_derivatives import Consumer, Row
from graphnn.debug.transitions import index_text
from graphnn.graph.graph import Graph
from graphnn.graph.operation import Item
from graphnn.graph.watching import unwatched


def why(node: Any, element: Any = None, *, graph: Graph | None = None) -> Contributions:
    """Explain one element of the gradient of a node.

    Parameters
    ----------
    node : node
        A leaf or an operation, with a gradient; in the middle of a pass, with the sum
        of what has reached it so far.
    element : int or tuple of int, optional
        An index, or a position in C order; negative ones count from the end. For
        several outputs the first number says which. Default: the element whose gradient
        is largest, or is not finite.
    graph : Graph, optional
        For a parameter that several graphs use: the one whose pass is meant. Default:
        the one whose pass came last.

    Returns
    -------
    Contributions
        Ranked by size; printed, a table.

    Raises
    ------
    NotRunError
        Before a backward pass.
    GradientError
        Where no gradient has reached the node, or none can.
    ArgumentError
        For an element that is not there.

    Notes
    -----
    The graph stays as it is. The derivatives are those at the values that the hooks
    have used: ask before the optimizer's step changes the parameters in place.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[1.0, 2.0])
    >>> loss = np.sum(x * x + x)
    >>> loss.graph.backward(loss, wrt=x)
    >>> found = why(x, 1)
    >>> found.gradient, [(c.consumer.name, c.position, c.value) for c in found]
    (5.0, [('multiply', 0, 2.0), ('multiply', 1, 2.0), ('add', 1, 1.0)])
    >>> [(c.consumer.name, c.local) for c in found[2].why()]
    [('sum', 1.0)]
    """
    graph, gradient = gradient_to_explain(node, graph)
    if element is None:
        element = largest_element(gradient)
    element = checked_element(node, gradient, element)
    groups: list[Group] = []
    handed_on = []
    with unwatched(), np.errstate(all="ignore"):
        for consumer in graph.consumers_of(node):
            for position, given, rows in arguments(graph, consumer, node, element):
                handed_on.append(given)
                gradient_in = graph.output_grad_of(consumer)
                groups += [Group(consumer, position, row, gradient_in) for row in rows]
        given = total_of(np.array(handed_on))
        if not given and is_target(graph, node):
            given = None
        total = part_of(gradient, element).item()
        return Contributions(node, element, graph, total, given, groups)


def is_target(graph: Graph, node: Any) -> bool:
    """Tell whether a pass started with the gradient of a node: no consumer gave it."""
    consumers = graph.consumers_of(node)
    return node.kind == "operation" and all(
        graph.input_grads_of(consumer) is None for consumer in consumers
    )


def arguments(
    graph: Graph, consumer: Any, node: Any, element: Element
) -> Iterator[tuple[int, Any, list[Row]]]:
    """Go over the arguments of a consumer that the node is.

    Yields
    ------
    position, given, rows
        The number of the argument, what the consumer has handed on to the element
        through it, and what that is made of.
    """
    input_grads = graph.input_grads_of(consumer)
    if input_grads is None:  # its turn has not come, or no gradient reached it
        return
    output_grad = graph.output_grad_of(consumer)
    if isinstance(consumer, Item):  # hands its gradient on as it is
        if element[0] == consumer.index:
            yield 0, output_grad[element[1:]], [the_same(output_grad, element[1:])]
        return
    asked: Consumer | None = None
    for position, input_id in enumerate(consumer.input_ids):
        input_grad = input_grads[position]
        if input_id == node.id and input_grad is not None:
            asked = asked or Consumer(consumer, output_grad, input_grads)
            given = part_of(input_grad, element)
            yield position, given, asked.rows(position, element)


class Group(NamedTuple):
    """The contributions of one output of a consumer through one of its arguments."""

    consumer: Any
    position: int
    row: Row
    output_grad: Any
    """The consumer's, whatever the graph holds later on."""


class Contributions(Sequence[Contribution]):
    """The terms of one gradient element, ranked by size; what is not finite first.

    Attributes
    ----------
    node : node
    element : tuple of int
    gradient : float or complex
        The element, as the pass left it; the sum of all values, to rounding.
    total : float or complex
        The sum of all values.
    magnitude : float
        The sum of their absolute values, which shares are of: they may cancel.
    graph : Graph
    """

    def __init__(
        self,
        node: Any,
        element: Element,
        graph: Graph,
        gradient: Any,
        handed_on: Any,
        groups: list[Group],
    ) -> None:
        self.node, self.element, self.graph = node, element, graph
        self.gradient, self._groups = gradient, groups
        sizes = [len(group.row.places) for group in groups]
        self._group_of = np.repeat(np.arange(len(groups)), sizes)
        self._within = np.concatenate([np.arange(0), *map(np.arange, sizes)])
        values = np.concatenate([np.zeros(0), *[group.row.values for group in groups]])
        self._left = self.what_is_left(values, handed_on)
        self._values = np.append(values, [value for _, value in self._left])
        magnitudes = np.abs(self._values)
        self.total = total_of(self._values)
        self.magnitude = total_of(magnitudes)
        ranked = np.where(np.isnan(magnitudes), np.inf, magnitudes)
        self._order = np.argsort(-ranked, kind="stable")

    def what_is_left(self, values: Any, handed_on: Any) -> list[tuple[Kind, Any]]:
        """Give what the consumers do not contribute."""
        dtype = self.node.dtype
        dtype = dtype[self.element[0]] if type(dtype) is tuple else dtype
        unit = float(np.finfo(dtype).eps)
        found: list[tuple[Kind, Any]] = []
        if handed_on is None:
            return [("seed", self.gradient)]
        if differs(self.gradient, handed_on, 64 * unit * total_of(np.abs(values))):
            found.append(("rest", self.gradient - handed_on))
        # the derivatives round where the hook does not, by what cancels within it
        if differs(handed_on, total_of(values), unit**0.6 * total_of(np.abs(values))):
            found.append(("changed", handed_on - total_of(values)))
        return found

    # -- a sequence --------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self._values)

    @overload
    def __getitem__(self, index: int) -> Contribution: ...
    @overload
    def __getitem__(self, index: slice) -> list[Contribution]: ...
    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._at(int(place)) for place in self._order[index]]
        return self._at(int(self._order[index]))

    @property
    def values(self) -> Any:
        """The values of all contributions, as an array, in their order."""
        return self._values[self._order]

    def _at(self, place: int) -> Contribution:
        value = self._values[place].item()
        share = value.real if value.imag == 0 else abs(value)
        share = share / self.magnitude if self.magnitude else 0.0
        if place >= len(self._group_of):
            kind = self._left[place - len(self._group_of)][0]
            nothing = (None, None, None, None, None)
            return Contribution(kind, *nothing, value, share, self.graph)
        group = self._groups[self._group_of[place]]
        row, within = group.row, self._within[place]
        output_grad = group.output_grad
        element: Element | None = None
        local = incoming = None
        if row.places[within] >= 0:
            if row.part is not None:
                output_grad = output_grad[row.part]
            index = np.unravel_index(row.places[within], output_grad.shape)
            where = tuple([int(i) for i in index])
            element = where if row.part is None else (row.part, *where)
            local = row.locals_[within].item()
            incoming = output_grad[where].item()
        through = group.consumer, group.position, element
        return Contribution(
            "consumer", *through, local, incoming, value, share, self.graph
        )

    # -- text --------------------------------------------------------------------------
    def table(
        self,
        top: int = 10,
        width: int | None = None,
        spell: Callable[[str], str] = str,
    ) -> str:
        """Write the largest contributions as a table.

        Parameters
        ----------
        top : int
        width : int, optional
            Columns to fit into: names are shortened, and columns left out.
        spell : callable, optional
            How names are written where not all letters can be.
        """
        return table(self, top, width, spell)

    def __str__(self) -> str:
        return self.table()

    def __repr__(self) -> str:
        name = self.graph.name_of(self.node)[:60]
        return (
            f"<Contributions to {name}.grad{index_text(self.element)} "
            f"= {number(self.gradient)}: {len(self)}>"
        )


def differs(one: Any, other: Any, allowed: float) -> bool:
    """Tell whether two numbers differ by more than rounding; NaN and NaN do not."""
    if not (np.isfinite(one) and np.isfinite(other)):
        return not (one == other or (np.isnan(one) and np.isnan(other)))
    return bool(abs(one - other) > allowed)


def the_same(output_grad: Any, element: Element) -> Row:
    """Give the only contribution to a value that is handed on as it is."""
    place = [np.ravel_multi_index(element, output_grad.shape)] if element else [0]
    value = np.array([output_grad[element]])
    value = value.astype(np.result_type(value, np.float64))
    return Row(None, np.array(place), np.ones(1), value)
