"""Where something bad was born, and how it went on through a graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, overload

from graphnn.engine import Step
from graphnn.errors import ArgumentError
from graphnn.graph.graph import Graph
from graphnn.guards.checking import SUM, Guard, handed_to
from graphnn.guards.findings import Finding, parts_of
from graphnn.guards.kinds import as_guard

STATUSES = ("birth", "propagated", "healed", "clean")


class Statuses(NamedTuple):
    """How each node stands: ``"birth"``, ``"propagated"``, ``"healed"``, ``"clean"``.

    A birth is bad though all that the node was given is fine, or is a leaf that is bad;
    what is propagated was bad already; what is healed is not any more.

    Attributes
    ----------
    values : dict of node to str
        Of the nodes that have a value.
    gradients : dict of node to str
        Of the nodes that have a gradient: how what they hand on compares with the
        gradient that they have got and with their values. For one that hands nothing
        on, how its own gradient is; a birth, if that was given, or became bad in a sum.
    """

    values: dict[Any, str]
    gradients: dict[Any, str]


def statuses(graph: Graph, kind: Any = "nan", **settings: Any) -> Statuses:
    """Tell births from what is propagated, healed and clean, as the graph stands.

    Parameters
    ----------
    graph : Graph
        After a pass, or in the middle of one that is stepped.
    kind : str, Guard, or class of guards
    **settings
        Of the guard: ``limit=100.0``.

    Returns
    -------
    Statuses
        Two dicts, ``.values`` and ``.gradients``.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[4.0, -1.0])
    >>> with np.errstate(invalid="ignore"):
    ...     root = np.sqrt(x)
    >>> y = np.nansum(root * 2.0)
    >>> for node, status in gn.statuses(y.graph, "nan").values.items():
    ...     print(node.name, status)
    x clean
    sqrt birth
    constant clean
    multiply propagated
    nansum healed
    """
    guard = as_guard(kind, **settings)
    check_graph(graph)
    return Statuses(
        {node: status for node, status, _ in value_statuses(graph, guard)},
        {node: status for node, status, _ in gradient_statuses(graph, guard)},
    )


def check_graph(graph: Any) -> None:
    """Refuse what is no graph, such as a node."""
    if not isinstance(graph, Graph):
        raise ArgumentError(
            f"what went wrong is looked for in a Graph, not in {graph!r:.80}",
            "node.graph, network.graph or layer.graph, after a pass.",
        )


def value_statuses(
    graph: Graph, guard: Guard
) -> Iterator[tuple[Any, str, Finding | None]]:
    """Go through the values in the order of a forward pass."""
    for node in graph.order():
        if node.output is None:
            continue
        if node.kind != "operation":
            found = leaf_finding(guard, node)
            yield node, "clean" if found is None else "birth", found
            continue
        step = forward_step(node)
        found = guard.check(step)
        yield node, status_of(guard, step, found), found


def gradient_statuses(
    graph: Graph, guard: Guard
) -> Iterator[tuple[Any, str, Finding | None]]:
    """Go through the gradients in the order of a backward pass."""
    for node in reversed(graph.order()):
        gradient = graph.output_grad_of(node)
        if gradient is None:
            continue
        born = gradient_finding(guard, graph, node)
        if born is not None:
            yield node, "birth", born
        elif node.input_ids and graph.input_grads_of(node) is not None:
            step = backward_step(graph, node)
            found = guard.check(step)
            yield node, status_of(guard, step, found), found
        else:
            is_bad = guard.is_bad_value(gradient, True)
            yield node, "propagated" if is_bad else "clean", None


def status_of(guard: Guard, step: Step, found: Finding | None) -> str:
    """Name the status of a node that has run."""
    if found is not None:
        return "birth" if found.culprit else "propagated"
    return "healed" if guard.is_bad_given(step) else "clean"


def forward_step(node: Any) -> Step:
    """Describe the step in which a node has got its value."""
    return Step(0, "forward", node, node.input_values, node.output)


def backward_step(graph: Graph, node: Any) -> Step:
    """Describe the step in which a node has handed its gradients on."""
    gradients = graph.output_grad_of(node), graph.input_grads_of(node)
    return Step(0, "backward", node, node.input_values, node.output, *gradients)


# -- births ----------------------------------------------------------------------------
class Origin(Sequence[Finding]):
    """Where something bad was born: the births, in the order of the passes.

    Printed, it is a report: each birth with its node, its line, what is wrong, the
    likely reason, and the numbers around it; and how many nodes it went on to.

    Attributes
    ----------
    guard : Guard
    victims : int
        How many values and gradients are bad because of it.
    """

    def __init__(self, guard: Guard, births: Sequence[Finding], victims: int) -> None:
        self.guard, self.births, self.victims = guard, tuple(births), victims

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...

    def __getitem__(self, index: Any) -> Any:
        return self.births[index]

    def __len__(self) -> int:
        return len(self.births)

    def __str__(self) -> str:
        if not self.births:
            return f"{self.guard!r} finds nothing."
        victims = f"Values and gradients that are bad because of it: {self.victims:,}."
        return "\n".join([*map(str, self.births), *([victims] if self.victims else [])])

    def __repr__(self) -> str:
        return (
            f"<Origin of {self.guard.kind}: {len(self)} births, {self.victims} victims>"
        )


def origin(graph: Graph, kind: Any = "nan", **settings: Any) -> Origin:
    """Find where something bad was born, as the graph stands.

    Parameters
    ----------
    graph : Graph
        After a pass, or in the middle of one that is stepped.
    kind : str, Guard, or class of guards
    **settings
        Of the guard: ``limit=100.0``.

    Returns
    -------
    Origin
        A sequence of :class:`Finding`; print it.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[1.0, 0.0])
    >>> y = np.sum(np.sqrt(x))
    >>> with np.errstate(divide="ignore"):
    ...     y.graph.backward(y, wrt=x)
    >>> print(gn.origin(y.graph, "inf"))
    sqrt (Sqrt, <doctest ...>:1): the gradient of x holds 1 +inf of 2 numbers, the first
    at index (1,); its output_grad and its values are fine
    Likely reason: the slope of the square root at 0 is infinite.
      the gradient of x: float64 (2,), norm inf, all 0.5
      input x: float64 (2,), norm 1, from 0 to 1
      output_grad: float64 (2,), norm 1.414, all 1
    Values and gradients that are bad because of it: 1.
    """
    guard = as_guard(kind, **settings)
    check_graph(graph)
    births, victims = [], 0
    for statuses_of in (value_statuses, gradient_statuses):
        for _, status, found in statuses_of(graph, guard):
            if status == "birth" and found is not None:
                births.append(found)
            victims += status == "propagated"
    return Origin(guard, births, victims)


def leaf_finding(guard: Guard, leaf: Any) -> Finding | None:
    """Look at the value of a leaf."""
    if guard.blames_leaves:
        for array in parts_of(leaf.output):
            if guard.is_bad(array, False):
                return guard.finding(leaf, None, "forward", "value", array, True)
    return None


def gradient_finding(guard: Guard, graph: Graph, node: Any) -> Finding | None:
    """Look for a gradient that is bad though nothing bad was handed to the node."""
    for array in parts_of(graph.output_grad_of(node)):
        if guard.is_bad(array, True):
            handed = handed_to(graph, node)
            if any(guard.is_bad_value(gradient, True) for _, gradient in handed):
                return None
            what = SUM if handed else "the gradient that the pass began with"
            return guard.finding(node, None, "backward", what, array, True)
    return None


def source_of(guard: Guard, step: Step) -> Finding | None:
    """Find where what a step was given went bad; None if that is not in the graph."""
    graph, node = step.node.graph, step.node
    if step.phase == "backward":
        while guard.is_bad_value(graph.output_grad_of(node), True):
            handed = handed_to(graph, node)
            bad = [n for n, grad in handed if guard.is_bad_value(grad, True)]
            if not bad:
                return gradient_finding(guard, graph, node)
            node = bad[-1]  # the first that had its turn
            found = guard.check(backward_step(graph, node))
            if found is not None and found.culprit:
                return found
        return value_source(guard, [node, *node.inputs])
    return value_source(guard, node.inputs)


def value_source(guard: Guard, nodes: Sequence[Any]) -> Finding | None:
    """Find the earliest birth behind values that are bad."""
    pending, seen, births = list(nodes), set(), []
    while pending:
        node = pending.pop()
        if node.id in seen or node.output is None:
            continue
        seen.add(node.id)
        if node.kind != "operation":
            found = leaf_finding(guard, node)
        else:
            found = guard.check(forward_step(node))
            if found is not None and not found.culprit:
                pending += node.inputs
        if found is not None and found.culprit:
            births.append(found)
    return min(births, key=lambda birth: birth.node.id, default=None)
