"""Is the gradient formula of this node right? Finite differences on it alone.

Each operation is checked on a throw-away copy over leaves of its own, in double
precision where its hooks run in it, as :func:`graphnn.check_gradients` checks the nodes
of a graph.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from graphnn.debug.check_results import Checks, NodeCheck
from graphnn.debug.one_check import run_check
from graphnn.debug.single import output_gradient_of, values_at_hand
from graphnn.errors import ArgumentError
from graphnn.graph.graph import Graph
from graphnn.graph.node import Node
from graphnn.graph.operation import Item
from graphnn.graph.watching import unwatched
from graphnn.testing.report import GradientReport
from graphnn.testing.settings import Settings

SAMPLES = 16
"""How many elements of an array are compared one by one; the others all at once."""

FEW = 4
"""How many of an operation on large arrays, each of which runs on all of them twice."""

LARGE = 1_000_000
"""Elements from which on arrays are large."""


def check_node(
    node: Any,
    output_grad: Any = None,
    *,
    samples: int | None = None,
    seed: int = 0,
    eps: float | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> NodeCheck:
    """Compare a node's gradient formula with finite differences, at the values at hand.

    Parameters
    ----------
    node : Operation
        One whose inputs have values.
    output_grad : array_like, optional
        Of the output's shape. Default: numbers of both signs are drawn, since a
        gradient that is 0, tiny or not finite would hide what is wrong; pass
        ``node.output_grad`` to check with the one that has flowed in.
    samples : int, optional
        Larger arrays are sampled: so many elements one by one, and all of them along
        one random direction. Default: 16, and 4 from a million elements on.
    seed : int
        Of all that is drawn.
    eps, rtol, atol : float, optional
        As for :func:`graphnn.check_gradients`.

    Returns
    -------
    NodeCheck
        ``.ok``, and the worst element; printed, a table.

    Raises
    ------
    ArgumentError
        For what is no operation of a graph.
    NotRunError
        Before the inputs have values.
    GradientShapeError
        For an `output_grad` of another shape.

    Notes
    -----
    Everything runs on copies: arrays, values, gradients and states stay as they are.
    Elements at a kink (ReLU at 0), and those without a slope since they, or what is
    computed with them, are NaN or infinite, are counted, and not compared.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> class Double(gn.Operation):
    ...     def _output(self):
    ...         return 2 * self.input_
    ...
    ...     def _input_grad(self, output_grad):
    ...         return -2 * output_grad
    >>> y = Double()(gn.Input("x", value=[1.0, 2.0]))
    >>> found = check_node(y, [1.0, 10.0])
    >>> found.ok, found.argument, found.index, found.analytic, round(found.numeric, 6)
    (False, 'input 0 (x)', (1,), -20.0, 20.0)
    >>> check_node(np.exp(y)).ok
    True
    """
    check_operation(node)
    values = values_at_hand(node)
    if output_grad is not None:
        output_grad = output_gradient_of(node, output_grad)
        if not all(map(np.all, map(np.isfinite, parts_of(output_grad)))):
            raise ArgumentError(
                f"{node.describe()}: output_grad is not finite, and no slope is",
                "Leave it out: numbers are drawn.",
            )
    if samples is None:
        samples = FEW if is_large(values) else SAMPLES
    settings = Settings(1, samples, seed, eps, rtol, atol)
    report = GradientReport()
    with unwatched(), np.errstate(all="ignore"):
        run_check(node, values, output_grad, settings, report)
    return NodeCheck(node, report)


def check_all(
    graph: Graph,
    *,
    each: Callable[[int, int, Any], object] | None = None,
    **settings: Any,
) -> Checks:
    """Check the operations of a graph that have a value, each by itself.

    Parameters
    ----------
    graph : Graph
    each : callable, optional
        ``each(number, count, node)`` is called before each check, to show progress.
    **settings
        Of :func:`check_node`, but for `output_grad`.

    Returns
    -------
    Checks
        One for each operation, the wrong ones first, else in topological order. Parts
        of several outputs are left out.
    """
    nodes = [
        node
        for node in graph.order()
        if node.kind == "operation"
        and node.output is not None
        and not isinstance(node, Item)
    ]
    checks = []
    for number, node in enumerate(nodes, start=1):
        if each is not None:
            each(number, len(nodes), node)
        checks.append(check_node(node, **settings))
    return Checks(sorted(checks, key=lambda check: check.ok))


def is_large(values: Sequence[Any]) -> bool:
    """Tell whether a check of an operation on values may take a while."""
    return any(np.size(part) >= LARGE for value in values for part in parts_of(value))


def check_operation(node: Any) -> None:
    """Refuse what has no hooks, or no values."""
    if not isinstance(node, Node) or node.kind != "operation" or not node.id:
        raise ArgumentError(
            f"{node!r:.80} computes nothing: there is no formula to check",
            "Give an operation of a graph; graph[name] finds it.",
        )


def parts_of(value: Any) -> Sequence[Any]:
    """Give the parts of several values; of one, itself."""
    return value if type(value) is tuple else (value,)
