"""Randomness that can be run again: numbers are a function of a key and a count.

Philox is a counter-based generator: it has no state that moves on, its n-th number is
computed from n (J. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3",
SC 2011). So a pass that is run again, stepped back into, traced or checked by finite
differences sees the numbers that it saw before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.dispatch import dispatched, implements
from graphnn.graph.leaves import State
from graphnn.graph.operation import Operation
from graphnn.ops.indexing import is_node

BLOCK = 64
"""Each pass has 2**64 steps of the counter to itself; a step gives four numbers."""


@dispatched(is_node)
def random_uniform(number: Any, key: int, new_shape: tuple[int, ...]) -> Any:
    """Draw float32 numbers from [0, 1): always the same for a key and a number.

    Parameters
    ----------
    number : array_like of int, of size 1
        Such as the number of the pass; 0 or more.
    key : int
        From 0 to 2**128 - 1.
    new_shape : tuple of int

    Examples
    --------
    >>> random_uniform(3, 7, (2,)) == random_uniform(3, 7, (2,))
    array([ True,  True])
    >>> random_uniform(3, 7, (2,)) == random_uniform(4, 7, (2,))
    array([False, False])
    """
    philox = np.random.Philox(counter=int(number) << BLOCK, key=key)
    return np.random.Generator(philox).random(new_shape, dtype=np.float32)


class RandomUniform(Operation):
    """Numbers from [0, 1) that a number decides; see :func:`random_uniform`.

    Parameters
    ----------
    key : int
    new_shape : tuple of int
    """

    arity = 1

    def __init__(self, key: int, new_shape: tuple[int, ...]) -> None:
        self.key, self.new_shape = key, new_shape

    def _output(self) -> Any:
        return random_uniform(self.input_, self.key, self.new_shape)

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        return (None,)


@implements(random_uniform)
def random_uniform_node(number: Any, key: int, new_shape: tuple[int, ...]) -> Any:
    """Make the node for :func:`random_uniform`."""
    return RandomUniform(key, new_shape)(number)


class Dropout(Operation):
    """Zeros for a random share of the elements in training; the others grow instead.

    "Inverted" dropout: what is kept is divided by the share that is kept, so nothing
    has to be done outside training (N. Srivastava et al., "Dropout: a simple way to
    prevent neural networks from overfitting", JMLR 15, 2014, §10).

    Parameters
    ----------
    rate : float
        The share of zeros, in [0, 1).
    key : int
        See :func:`random_uniform`.
    passes : State
        The number of the training pass.

    Attributes
    ----------
    mask : ndarray
        What the last training pass has multiplied with.
    """

    arity = 1

    def __init__(self, rate: float, key: int, passes: State) -> None:
        self.rate, self.key, self.states = rate, key, (passes,)

    def _output(self) -> Any:
        if not self._drops():
            return self.input_
        x, number = self.input_values
        kept = random_uniform(number, self.key, np.shape(x)) >= self.rate
        self.mask = kept.astype(x.dtype) * (1.0 / (1.0 - self.rate))
        return x * self.mask

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad * self.mask if self._drops() else output_grad

    def _next_states(self, passes: Any) -> tuple[Any, ...]:
        return (passes + 1,)

    def _drops(self) -> bool:
        return self.training and self.rate > 0
