"""A node's hooks as functions of arrays that can be moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.graph.gradients import is_differentiable
from graphnn.testing.differences import Differences
from graphnn.testing.leaving import LEAVING
from graphnn.testing.purity import copied
from graphnn.testing.twins import cast_like


class Probe:
    """The hooks of one node, in double precision wherever they run in it.

    Parameters
    ----------
    node : Operation
        With the ``input_values`` that it is checked at.
    twin : Operation
        Its like in the copy of the graph of double precision.
    needs : tuple of bool
        The inputs whose gradients are checked.
    output_grad : ndarray or tuple of them
    eps : float, optional

    Attributes
    ----------
    arrays : list of ndarray
        The inputs, then the gradients of the outputs: what can be moved.
    """

    def __init__(
        self,
        node: Any,
        twin: Any,
        needs: tuple[bool, ...],
        output_grad: Any,
        eps: float | None,
    ) -> None:
        self.node, self.needs, self.eps = node, needs, eps
        seeds = output_grad if type(output_grad) is tuple else (output_grad,)
        self.seeds = [seed for seed in seeds if is_differentiable(seed)]
        try:
            self.use(twin)
        except LEAVING:
            raise
        except Exception:  # a hook may insist on single precision
            self.use(node)

    def use(self, twin: Any) -> None:
        """Take the hooks of one of the two copies; run them once."""
        self.twin = twin
        self.arrays: list[Any] = movable(self.node, twin)
        outputs = self.outputs()
        self.arrays += [
            cast_like(seed, output)
            for seed, output in zip(self.seeds, outputs, strict=True)
        ]
        self.input_grads()

    def of_outputs(self) -> Differences:
        """Measure the slopes of ``sum(output_grad * output)``."""
        return Differences(self.outputs, self.arrays[len(self.needs) :], self.eps)

    def of_input_grads(self, weights: list[Any]) -> Differences:
        """Measure the slopes of ``sum(weights * input_grads)``."""
        needed = [self.arrays[i] for i in np.flatnonzero(self.needs)]
        cast = [cast_like(w, a) for w, a in zip(weights, needed, strict=True)]
        return Differences(self.input_grads, cast, self.eps)

    def outputs(self) -> tuple[Any, ...]:
        """Run ``_output`` on the arrays."""
        twin = self.twin
        twin.input_values = tuple(self.arrays[: len(self.needs)])
        twin._clear_residuals()
        twin.output = call_output(twin)
        parts = twin.output if type(twin.output) is tuple else (twin.output,)
        return tuple([part for part in parts if is_differentiable(part)])

    def input_grads(self) -> tuple[Any, ...]:
        """Run both hooks on the arrays."""
        self.outputs()
        twin = self.twin
        twin.needs_input_grad = self.needs
        seeds = iter(self.arrays[len(self.needs) :])
        seed = next_seed(twin.output, lambda: next(seeds))
        grads = call_input_grads(twin, seed)
        return tuple(
            [
                np.zeros(value.shape, value.dtype) if gradient is None else gradient
                for gradient, value, needed in zip(
                    grads, twin.input_values, self.needs, strict=True
                )
                if needed
            ]
        )


def next_seed(output: Any, draw: Callable[[], Any]) -> Any:
    """Put gradients together for an output; zeros for parts that have none."""
    if type(output) is tuple:
        return tuple([next_seed(part, draw) for part in output])
    return draw() if is_differentiable(output) else np.zeros(output.shape, output.dtype)


def movable(node: Any, twin: Any) -> list[Any]:
    """Give arrays that hold a node's input values, for its twin, to be moved.

    A parameter's is the very array that the twin's parameter holds, since a hook may
    read it by another name.
    """
    arrays: list[Any] = []
    for value, source in zip(node.input_values, twin.inputs, strict=True):
        like = source.output
        if source.kind == "parameter" and not any(array is like for array in arrays):
            arrays.append(like)
        elif isinstance(value, np.ndarray):
            dtype = like.dtype if isinstance(like, np.ndarray) else value.dtype
            arrays.append(value.astype(dtype, order="K", copy=True))
        else:
            arrays.append(copied(value))
    return arrays
