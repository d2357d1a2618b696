"""What ``graphnn debug`` needs to begin: a stepper over an object of a user's file."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.debug.stepper import Stepper
from graphnn.errors import ArgumentError, GraphError
from graphnn.graph.gradients import is_differentiable

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


def stepper_over(
    shown: Any, thing: Any, target: str | None, training: bool
) -> tuple[Stepper, str]:
    """Make a stepper over both passes, with what was fed last.

    Parameters
    ----------
    shown : NeuralNetwork or Graph
    thing : object
        What the user named: where it is a node, it is the target.
    target : str, optional
        The name of a node.
    training : bool

    Returns
    -------
    stepper : Stepper
    remark : str
        What is other than one might expect; may be empty.

    Raises
    ------
    GraphnnError
        Where it is not clear what to compute, or there is nothing.
    """
    graph: Graph = getattr(shown, "graph", shown)
    node = target_of(graph, shown, thing, target)
    settings: dict[str, Any] = {"training": training}
    remark = ""
    if node.output is None:
        graph.forward(target=node, training=training)
    if type(node.output) is tuple:
        settings["backward"] = False
        remark = f"{node.name} has several outputs: there is no backward pass."
    elif not is_differentiable(node.output):
        settings["backward"] = False
        remark = f"There is no backward pass: {node.name} holds {node.dtype}."
    elif node.size != 1:
        settings["output_grad"] = np.ones(node.shape, node.dtype)
        remark = f"The backward pass starts with ones: {node.name} is no single number."
    parameters: list[Any] = list(graph.parameters)
    if not any(parameter.trainable for parameter in parameters):
        settings["wrt"] = [n for n in graph.order(node) if is_input_to_follow(n)]
    return Stepper(graph, target=node, **settings), remark


def target_of(graph: Graph, shown: Any, thing: Any, target: str | None) -> Any:
    """Find the node that the pass is about."""
    if target is not None:
        return graph.find(target)
    if thing in graph:
        return thing
    loss = getattr(shown, "loss", None)
    if loss in graph:
        return loss
    try:
        return graph.sink()
    except GraphError as error:
        headline = str(error).splitlines()[0]
        raise ArgumentError(headline, "Say which is meant: --target NAME.") from None


def is_input_to_follow(node: Any) -> bool:
    """Tell an input whose gradient is of interest where there are no parameters."""
    return node.kind == "input" and is_differentiable(node.output)


def random_batch(zeros: np.ndarray) -> np.ndarray:
    """Put random numbers into a batch of zeros; the same ones each time.

    Whole numbers stay zero: they may be looked up in a table of any length.
    """
    if zeros.dtype.kind not in "fc":
        return zeros
    return np.random.default_rng(0).normal(size=zeros.shape).astype(zeros.dtype)


def names_in_file(path: Path) -> Mapping[str, Any]:
    """Give the names of a user's file that has been loaded."""
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(path):
            return vars(module)
    return {}
