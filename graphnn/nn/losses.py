"""The loss of a network: what it may be, and what it is built on."""

from __future__ import annotations

import warnings
from typing import Any

from graphnn.errors import ArgumentError
from graphnn.graph import Node, Operation
from graphnn.nn.assembly import is_layer


def as_loss(loss: Any) -> Any:
    """Take a loss: an operation, its class, or a function.

    Raises
    ------
    ArgumentError
        For anything else; a name is answered with the operation that is meant.
    """
    if isinstance(loss, type) and issubclass(loss, Operation):
        return loss()
    if callable(loss) and not isinstance(loss, type) and not is_layer(loss):
        return loss
    fix = "For example gn.MeanSquaredError(), or lambda p, t: np.mean((p - t) ** 2)."
    if isinstance(loss, str):
        from graphnn.other_names import OURS  # only where something is wrong

        ours = OURS.get(loss.casefold().replace("_", ""))
        fix = fix if ours is None else f"Here it is {ours}()."
    elif isinstance(loss, list | tuple | dict):
        fix = (
            "For several outputs it is one function of all predictions, then all "
            "targets: lambda p1, p2, t1, t2: loss_1(p1, t1) + 0.5 * loss_2(p2, t2)."
        )
    raise ArgumentError(
        "the loss is an Operation or a function on (prediction, target), not "
        f"{loss!r:.80}",
        fix,
    )


def build_loss(loss: Any, predictions: tuple[Any, ...], targets: Any) -> Node:
    """Call a loss on the nodes; warn of what is seldom meant.

    Raises
    ------
    ArgumentError
        If it does not give one number.
    """
    warn_of_columns(loss, predictions, targets)
    warn_of_probabilities(loss, predictions)
    node = loss(*predictions, *targets)
    if not isinstance(node, Node) or node.size != 1:
        raise ArgumentError(
            f"the loss returned {node!r:.80}, not a node of one number",
            "A loss written in NumPy ends in a sum or a mean over everything.",
        )
    return node


def warn_of_columns(loss: Any, predictions: tuple[Any, ...], targets: Any) -> None:
    """Warn where a column meets a row: NumPy makes a matrix of their difference."""
    if isinstance(loss, Operation):
        return  # which checks the shapes itself
    for prediction, target in zip(predictions, targets, strict=False):
        one, other = prediction.shape, target.shape
        if (*one, 1) == other or one == (*other, 1):
            warnings.warn(
                f"the prediction has shape {one} and the target {other}: in NumPy "
                "their difference is a matrix of all pairs. If that is not meant, give "
                "targets of the prediction's shape: y.reshape(-1, 1)",
                UserWarning,
                stacklevel=6,
            )


def warn_of_probabilities(loss: Any, predictions: tuple[Any, ...]) -> None:
    """Warn where probabilities go into a loss that makes them itself."""
    if not getattr(loss, "takes_logits", False):
        return
    for node in predictions:
        if getattr(node, "gives_probabilities", False):
            warnings.warn(
                f"{type(loss).__name__} takes what comes before {type(node).__name__}, "
                "and applies it itself: leave the last activation out",
                UserWarning,
                stacklevel=6,
            )
