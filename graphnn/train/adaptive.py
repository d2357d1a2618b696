"""A step size for each number, by its gradients: AdaGrad and RMSProp."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from graphnn.ops.arguments import as_flag
from graphnn.train.optimizer import Optimizer, Shared
from graphnn.train.settings import Setting, as_fraction, as_not_negative


class AdaGrad(Optimizer):
    """Divide by the root of the sum of all squared gradients.

    ``s = s + g²``, then ``p - lr * g / (sqrt(s) + eps)``. J. Duchi, E. Hazan, Y.
    Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization", JMLR 12, 2011, fig. 1, with diagonal matrices.

    Parameters
    ----------
    lr : float or callable
        The learning rate, or a schedule.
    lr_decay : float
        The learning rate of the n-th update, from 0, is ``lr / (1 + n * lr_decay)``.
    eps : float
        Keeps the division from zero.
    initial_accumulator_value : float
        What the sum of squares starts with.
    **shared
        `weight_decay`, `clip_norm`, `groups`, …: see :class:`Optimizer`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, -5.0])
    >>> np.sum(w * w).backward()
    >>> gn.AdaGrad(1.0, parameters=[w]).step()
    >>> w.value.round(6)
    array([ 2., -4.])
    """

    lr_decay = Setting(as_not_negative, 0.0)
    eps = Setting(as_not_negative, 1e-10)
    initial_accumulator_value = Setting(as_not_negative, 0.0)
    state_names = ("sum",)

    def __init__(
        self,
        lr: Any = 0.01,
        *,
        lr_decay: float = 0.0,
        eps: float = 1e-10,
        initial_accumulator_value: float = 0.0,
        **shared: Unpack[Shared],
    ) -> None:
        self.lr_decay, self.eps = lr_decay, eps
        self.initial_accumulator_value = initial_accumulator_value
        super().__init__(lr, **shared)

    def initial_state(self, name: str, parameter: np.ndarray) -> np.ndarray:
        """Start the sum of squares."""
        return np.full_like(parameter, self.initial_accumulator_value)

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the learning rate, decayed."""
        return (self.lr / (1.0 + (count - 1) * self.lr_decay),)

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value and the new sum of squares."""
        total, lr = rest
        total = total + gradient * gradient
        return parameter - lr * gradient / (np.sqrt(total) + self.eps), total


class RMSProp(Optimizer):
    """Divide by the root of a moving average of the squared gradients.

    ``s = alpha * s + (1 - alpha) * g²``, then ``p - lr * g / (sqrt(s) + eps)``. T.
    Tieleman, G. Hinton, "Lecture 6.5: rmsprop", Coursera, 2012. Centered: divided by
    the root of the variance, A. Graves, "Generating sequences with recurrent neural
    networks", 2013, eq. 38–45.

    Parameters
    ----------
    lr : float or callable
        The learning rate, or a schedule.
    alpha : float
        How much of the average is kept at an update, from 0 on and below 1.
    eps : float
        Keeps the division from zero.
    momentum : float
        From 0 on and below 1; the velocity is a decaying sum of the quotients.
    centered : bool
        Take the square of the average gradient off the average square.
    **shared
        `weight_decay`, `clip_norm`, `groups`, …: see :class:`Optimizer`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, -5.0])
    >>> np.sum(w * w).backward()
    >>> gn.RMSProp(0.1, parameters=[w]).step()
    >>> w.value.round(6)
    array([ 2., -4.])
    """

    alpha = Setting(as_fraction, 0.99)
    eps = Setting(as_not_negative, 1e-8)
    momentum = Setting(as_fraction, 0.0)
    centered = Setting(as_flag, False)

    def __init__(
        self,
        lr: Any = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        self.alpha, self.eps = alpha, eps
        self.momentum, self.centered = momentum, centered
        super().__init__(lr, **shared)

    @property
    def state_names(self) -> tuple[str, ...]:
        """``square``, and what centering and momentum need."""
        centering = ("mean",) if self.centered else ()
        return "square", *centering, *(("velocity",) if self.momentum else ())

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the learning rate."""
        return (self.lr,)

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value, and the new states in the order of their names."""
        square, *others, lr = rest
        rest_of = 1.0 - self.alpha
        square = self.alpha * square + rest_of * gradient * gradient
        states, variance = [square], square
        if self.centered:
            mean = others[0] + rest_of * (gradient - others[0])
            states.append(mean)
            # rounding may leave a little less than nothing
            variance = np.maximum(square - mean * mean, 0.0)
        step = gradient / (np.sqrt(variance) + self.eps)
        if self.momentum:
            step = self.momentum * others[-1] + step
            states.append(step)
        return parameter - lr * step, *states
