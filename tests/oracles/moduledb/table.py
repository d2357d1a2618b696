"""Which layer, operation or loss stands for which module of PyTorch.

A counterpart takes the module and the arguments of one of PyTorch's sample inputs, and
says how the same is written with graphnn.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from tally import Left

COUNTERPARTS = {}


class Use(NamedTuple):
    """A module's counterpart, on one sample.

    Attributes
    ----------
    call : callable
        Takes a node for each of `tensors`, and returns a node or a tuple of them.
    tensors : list of Tensor
        The arguments that become inputs.
    weights : callable
        Gives, when `call` has run, the :class:`Weight` for each parameter and state.
    only : int, optional
        How many of the module's outputs are compared, if not all.
    """

    call: Callable
    tensors: list
    weights: Callable = list
    only: int | None = None


class Weight(NamedTuple):
    """A parameter or a state, and the tensor that it stands for.

    Attributes
    ----------
    node : Parameter or State
    tensor : Tensor
    into : callable
        Brings the tensor's values, or its gradient, into the node's layout.
    """

    node: object
    tensor: object
    into: Callable = lambda array: array


def of_one_row(call):
    """Let a layer run on a sample that is no batch: on a batch of one."""

    def on_one_row(*nodes):
        result = call(*[np.expand_dims(node, 0) for node in nodes])
        if type(result) is tuple:
            return tuple([part[0] for part in result])
        return result[0]

    return on_one_row


def counterpart(*names):
    """Register a function for modules of PyTorch, by the names of their classes."""

    def register(function):
        for name in names:
            assert name not in COUNTERPARTS, f"{name} is there twice"
            COUNTERPARTS[name] = function
        return function

    return register


def leave(condition, reason):
    """Leave a sample out where a condition holds."""
    if condition:
        raise Left(reason)
