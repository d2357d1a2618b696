"""Values that are taken as given: no gradient flows through."""

from __future__ import annotations

from typing import Any

from graphnn.graph.node import Node
from graphnn.graph.operation import Operation


class StopGradient(Operation):
    """The identity forwards, and nothing backwards."""

    arity = 1
    stops_gradient = True

    def _output(self) -> Any:
        return self.input_

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (None,)


def stop_gradient(x: Any) -> Any:
    """Take a node's value as given: derivatives treat it as a constant.

    Parameters
    ----------
    x : node or array, or tuple, list or dict of them
        An array is returned as it is.

    Returns
    -------
    node or array

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.grad(lambda x: x * gn.stop_gradient(x))(3.0)
    np.float64(3.0)
    """
    if type(x) in (tuple, list):
        return type(x)(map(stop_gradient, x))
    if type(x) is dict:
        return {key: stop_gradient(value) for key, value in x.items()}
    return StopGradient()(x) if isinstance(x, Node) else x
