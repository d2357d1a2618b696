"""Optimizers, as formulas on arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, MissingHook, NotRunError


class Optimizer:
    """Changes a network's parameters by their gradients.

    A subclass defines :meth:`update`, for one parameter; or :meth:`step`, over
    ``self.net.params()`` and ``self.net.param_grads()``, as the book does.

    Parameters
    ----------
    lr : float
        The learning rate, positive.

    Attributes
    ----------
    net : NeuralNetwork
        Set by the trainer.
    """

    net: Any = None

    def __init__(self, lr: float = 0.01) -> None:
        self.lr = as_rate(lr)

    def step(self) -> None:
        """Update every parameter that has a gradient, in its own array."""
        if self.net is None:
            raise NotRunError(
                "the optimizer has no network",
                "gn.Trainer(network, optimizer) gives it one; or set optimizer.net.",
            )
        for parameter in self.net.parameters:
            if parameter.trainable and parameter.grad is not None:
                parameter.value[...] = self.update(parameter.value, parameter.grad)

    def update(self, parameter: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Give the new value of a parameter."""
        raise MissingHook(
            f"{type(self).__name__} defines no update",
            "def update(self, parameter, gradient): return the new value.",
        )


class SGD(Optimizer):
    """Stochastic gradient descent: ``p - lr * g``.

    H. Robbins, S. Monro, "A stochastic approximation method", Ann. Math. Stat. 22,
    1951.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> gn.SGD(0.1).update(np.array([1.0]), np.array([2.0]))
    array([0.8])
    """

    def update(self, parameter: np.ndarray, gradient: np.ndarray) -> np.ndarray:
        """Give the new value of a parameter."""
        return parameter - self.lr * gradient


def as_rate(lr: Any) -> float:
    """Take a learning rate: a positive, finite number.

    Raises
    ------
    ArgumentError
    """
    if isinstance(lr, bool) or not isinstance(lr, int | float | np.number):
        raise ArgumentError(f"lr is a number, not {lr!r}")
    if not (math.isfinite(lr) and lr > 0):
        raise ArgumentError(f"lr is positive and finite, not {lr!r}")
    return float(lr)
