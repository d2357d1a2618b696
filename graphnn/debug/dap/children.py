"""What a node, a step or a graph unfolds into in an editor's pane of variables.

Without this a debugger would read every attribute that ``dir()`` lists, some of which
(``node.T``) make nodes, in an order that means nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import numpy as np

from graphnn.debug.terminal.tensors import statistics
from graphnn.engine import Step
from graphnn.engine.brief import brief
from graphnn.graph import Graph, Node
from graphnn.graph.binding import BINDING

Child = tuple[str, Any, str | None]
"""Its name, its value, and what to append to the parent to evaluate it (or None)."""

LOOKED_AT = 2**22
"""The most elements that statistics are computed of while a pane is opened."""

NODE = [
    "name",
    "output",
    "output_grad",
    "input_values",
    "input_grads",
    "param",
    "param_grad",
    "inputs",
    "consumers",
    "states",
    "scope",
    "source",
    "trainable",
    "training",
    "graph",
    "id",
]
"""The attributes of a node that are shown, where it has them, in this order."""

GRAPH = ["name", "parameters", "states", "nodes", "training"]
WITH_STATISTICS = frozenset({"output", "output_grad", "param", "param_grad"})
ONLY_IF_ANY = frozenset({"consumers", "inputs", "input_values", "scope", "states"})
OF_LEAVES = frozenset({"_value", "_grad", "_hooks", "_lent_grad", "_trainable"})
"""What leaves keep behind properties that are shown."""


def children(value: Any) -> list[Child]:
    """List what is to be seen of a node, a step or a graph.

    Parameters
    ----------
    value : Node, Step or Graph

    Returns
    -------
    list of (str, object, str or None)
        Name, value, and how to evaluate it, such as ``".output"``. What cannot be read
        is shown as the error that it raises; nothing is raised here.

    Examples
    --------
    >>> import graphnn as gn
    >>> x = gn.Input("x", value=[3.0, 4.0])
    >>> for name, value, _ in children(x)[:4]:
    ...     print(name, "=", value)
    name = x
    class = Input
    output = [3. 4.]
    output statistics = float64 (2,)  min 3  mean 3.5  max 4  norm 5
    """
    if isinstance(value, Step):
        names = [field.name for field in fields(Step)]
    elif isinstance(value, Graph):
        names = GRAPH
    else:
        names = [*NODE, *own_names(value)]
    return list(shown(value, names))


def shown(value: Any, names: list[str]) -> Iterator[Child]:
    """Give the attributes, and after those that are tensors what they look like."""
    for name in names:
        try:
            child = getattr(value, name)
        except AttributeError:
            continue
        except Exception as error:  # of a property of the user's
            yield name, f"{type(error).__name__}: {str(error)[:200]}", None
            continue
        if name in ONLY_IF_ANY and len(child) == 0:
            continue
        yield name, child, f".{name}"
        if name == "name" and isinstance(value, Node):
            yield "class", type(value).__qualname__, None
        if name in WITH_STATISTICS and child is not None:
            yield f"{name} statistics", figures(child), None


def own_names(node: Node) -> list[str]:
    """Name what the operation has set itself: its settings, and what hooks left."""
    return [n for n in vars(node) if n not in BINDING | OF_LEAVES and n not in NODE]


def figures(value: Any) -> str:
    """Describe a value in a line; a huge one without its figures."""
    if isinstance(value, np.ndarray) and value.size <= LOOKED_AT:
        return statistics(value)
    return brief(value)
