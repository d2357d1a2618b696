"""Which gradient is to be explained, and which element of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.debug.gradient_hooks import Element
from graphnn.errors import ArgumentError, GradientError, MissingNode, NotRunError
from graphnn.graph.gradients import is_differentiable, no_gradient
from graphnn.graph.graph import Graph
from graphnn.graph.node import Node
from graphnn.ops.arguments import is_whole


def gradient_to_explain(node: Any, graph: Graph | None) -> tuple[Graph, Any]:
    """Find a node's gradient, and the graph whose pass has left it.

    Raises
    ------
    ArgumentError, MissingNode
        For what is no node, or not of the graph.
    NotRunError, GradientError
        Where there is no gradient.
    """
    if not isinstance(node, Node) or not node.id:
        raise ArgumentError(
            f"a node of a graph has contributions, not {node!r:.60}",
            "why(node, element), with the node itself; graph[name] finds it.",
        )
    if graph is not None and node not in graph:
        raise MissingNode(f"{node!r} is not in {graph!r}")
    if node.kind in ("constant", "state"):
        raise GradientError(
            f"{node.describe()} is a {node.kind}: no gradient reaches it"
        )
    if node.output is not None and not is_differentiable(node.output):
        raise no_gradient(node, node.output)
    graphs = graphs_of(node) if graph is None else [graph]
    with_gradient = [one for one in graphs if one.output_grad_of(node) is not None]
    # the gradient of a parameter is that of the last pass, of whichever graph
    last = [one for one in with_gradient if one.output_grad_of(node) is node.grad]
    for one in [*last, *with_gradient]:
        return one, one.output_grad_of(node)
    if not any(one._output_grads for one in graphs):
        raise NotRunError(
            f"{node.describe()} has no gradient yet",
            "Run graph.forward(...) and graph.backward(...) first, or step so far.",
        )
    raise GradientError(
        f"no gradient has reached {node.describe()} in this pass", reason(node)
    )


def graphs_of(node: Any) -> list[Graph]:
    """List the graphs that a node is in: several only for a parameter."""
    if node.kind == "parameter":
        return sorted(node._graphs(), key=id_of)
    return [node.graph]


def id_of(graph: Graph) -> int:
    """Order graphs by their youngest node."""
    return -max(graph._nodes, default=0)


def reason(node: Any) -> str:
    """Say what a node without a gradient may lack."""
    if node.kind == "parameter" and not node.trainable:
        return "It is frozen: parameter.trainable = True lets gradients reach it."
    if node.kind == "parameter":
        return "The target of the pass does not depend on it (or not yet)."
    return (
        "Gradients are carried to parameters only, and along the way there; ask for "
        "others: graph.backward(target, wrt=node)."
    )


def largest_element(gradient: Any) -> Element:
    """Give the index of the largest element; the first that is not finite, if any."""
    if type(gradient) is tuple:
        parts = [
            (size_at(part, index), (number, *index))
            for number, part in enumerate(gradient)
            if part is not None and part.size
            for index in [largest_element(part)]
        ]
        return max(parts, default=(0.0, (0,)), key=lambda pair: pair[0])[1]
    if not gradient.size:
        return ()
    sizes = np.abs(gradient)
    flat = int(np.argmax(np.where(np.isnan(sizes), np.inf, sizes)))
    return tuple([int(i) for i in np.unravel_index(flat, gradient.shape)])


def size_at(part: Any, index: Element) -> float:
    """Give the size of an element, infinite where it is not finite."""
    size = float(np.abs(part[index]))
    return size if np.isfinite(size) else np.inf


def checked_element(node: Any, gradient: Any, element: Any) -> Element:
    """Turn an index or a position into an index without negative numbers.

    Raises
    ------
    ArgumentError
    """
    if type(gradient) is tuple:
        numbers = element if isinstance(element, tuple) else (element,)
        if not numbers or not is_whole(numbers[0]):
            raise no_element(node, element, f"{len(gradient)} outputs", "output, index")
        place = numbers[0] + len(gradient) * (numbers[0] < 0)
        if not 0 <= place < len(gradient):
            raise no_element(node, element, f"{len(gradient)} outputs", "output, index")
        part, *rest = int(place), *numbers[1:]
        if gradient[part] is None:
            raise GradientError(
                f"no gradient has reached output {part} of {node.describe()}"
            )
        return part, *checked_element(node, gradient[part], tuple(rest))
    shape = gradient.shape
    numbers = element if isinstance(element, tuple) else (element,)
    if not all(map(is_whole, numbers)):
        raise no_element(node, element, f"shape {shape}", "whole numbers")
    sizes = shape
    if not isinstance(element, tuple):
        sizes = (gradient.size,)  # a position in C order
    fits = len(numbers) == len(sizes) and all(
        -size <= number < size for number, size in zip(numbers, sizes, strict=True)
    )
    if not fits:
        raise no_element(node, element, f"shape {shape}", "one number for each axis")
    index = tuple(
        [
            int(number) + size * (number < 0)
            for number, size in zip(numbers, sizes, strict=True)
        ]
    )
    if isinstance(element, tuple):
        return index
    return tuple([int(i) for i in np.unravel_index(index[0], shape)])


def no_element(node: Any, element: Any, has: str, wanted: str) -> ArgumentError:
    """Say which elements there are."""
    return ArgumentError(
        f"{node.describe()} has no element {element!r:.60}: it has {has}",
        f"An element is an index ({wanted}), or its position in C order.",
    )
