"""Adam and its kin: moving averages of the gradient and of its square."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from graphnn.ops.arguments import as_flag
from graphnn.train.optimizer import Optimizer, Shared
from graphnn.train.settings import Setting, as_betas, as_not_negative

VANISHED = 1e-20
"""A product of momenta that takes nothing off 1 any more."""


class Adam(Optimizer):
    """Moving averages of the gradient and of its square, without their bias.

    ``m = b1 * m + (1 - b1) * g``, ``v = b2 * v + (1 - b2) * g²``, then ``p - lr * m' /
    (sqrt(v') + eps)``, where ``m' = m / (1 - b1**t)`` and ``v' = v / (1 - b2**t)`` at
    the t-th update. D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization",
    ICLR 2015, algorithm 1.

    Parameters
    ----------
    lr : float or callable
        The learning rate, or a schedule.
    betas : tuple of float
        How much of the two averages is kept at an update, from 0 on and below 1.
    eps : float
        Keeps the division from zero.
    amsgrad : bool
        Divide by the largest average square so far: S. J. Reddi, S. Kale, S. Kumar, "On
        the convergence of Adam and beyond", ICLR 2018, algorithm 2.
    **shared
        `weight_decay`, `clip_norm`, `groups`, …: see :class:`Optimizer`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, -5.0])
    >>> np.sum(w * w).backward()
    >>> gn.Adam(1.0, parameters=[w]).step()
    >>> w.value.round(6)
    array([ 2., -4.])
    """

    betas = Setting(as_betas, (0.9, 0.999))
    eps = Setting(as_not_negative, 1e-8)
    amsgrad = Setting(as_flag, False)

    def __init__(
        self,
        lr: Any = 1e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        amsgrad: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        self.betas, self.eps, self.amsgrad = betas, eps, amsgrad
        super().__init__(lr, **shared)

    @property
    def state_names(self) -> tuple[str, ...]:
        """``mean`` and ``square``, and for AMSGrad ``largest``."""
        return "mean", "square", *(("largest",) if self.amsgrad else ())

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the learning rate and eps, both corrected for the bias.

        ``m' / (sqrt(v') + eps)`` is ``m / (sqrt(v) + eps * c) * c / (1 - b1**t)``, with
        ``c = sqrt(1 - b2**t)``: two divisions fewer; section 2 of the paper.
        """
        first, second = self.betas
        correction = math.sqrt(1.0 - second**count)
        return self.lr * correction / (1.0 - first**count), self.eps * correction

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value, and the new states in the order of their names."""
        first, second = self.betas
        mean, square, *largest, rate, eps = rest
        mean = mean + (1.0 - first) * (gradient - mean)
        square = second * square + (1.0 - second) * gradient * gradient
        states = [mean, square]
        if self.amsgrad:
            states.append(np.maximum(largest[0], square))
        return parameter - rate * mean / (np.sqrt(states[-1]) + eps), *states


class AdamW(Adam):
    """Adam with decoupled weight decay.

    The parameter is multiplied by ``1 - lr * weight_decay``, before Adam's step. I.
    Loshchilov, F. Hutter, "Decoupled weight decay regularization", ICLR 2019,
    algorithm 2.

    Parameters
    ----------
    lr, betas, eps, amsgrad, **shared
        See :class:`Adam`. `weight_decay` is 0.01 if not given.

    Examples
    --------
    >>> import graphnn as gn
    >>> gn.AdamW(3e-4, groups={"*/bias": {"weight_decay": 0.0}}).weight_decay
    0.01
    """

    weight_decay = Setting(as_not_negative, 0.01)
    decoupled_weight_decay = Setting(as_flag, True)


class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the average square.

    ``u = max(b2 * u, |g| + eps)``, then ``p - lr / (1 - b1**t) * m / u``. D. P. Kingma,
    J. Ba, "Adam: a method for stochastic optimization", ICLR 2015, algorithm 2.

    Parameters
    ----------
    lr : float or callable
        The learning rate, or a schedule.
    betas : tuple of float
        How much of the average and of the maximum is kept at an update, from 0 on and
        below 1.
    eps : float
        Keeps the division from zero.
    **shared
        `weight_decay`, `clip_norm`, `groups`, …: see :class:`Optimizer`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, -5.0])
    >>> np.sum(w * w).backward()
    >>> gn.Adamax(1.0, parameters=[w]).step()
    >>> w.value.round(6)
    array([ 2., -4.])
    """

    betas = Setting(as_betas, (0.9, 0.999))
    eps = Setting(as_not_negative, 1e-8)
    state_names = ("mean", "largest")

    def __init__(
        self,
        lr: Any = 2e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        **shared: Unpack[Shared],
    ) -> None:
        self.betas, self.eps = betas, eps
        super().__init__(lr, **shared)

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the learning rate, corrected for the bias."""
        return (self.lr / (1.0 - self.betas[0] ** count),)

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value, the new average and the new maximum."""
        first, second = self.betas
        mean, largest, rate = rest
        mean = mean + (1.0 - first) * (gradient - mean)
        largest = np.maximum(second * largest, np.abs(gradient) + self.eps)
        return parameter - rate * mean / largest, mean, largest


class NAdam(Optimizer):
    """Adam with Nesterov's momentum, whose strength grows from half to full.

    T. Dozat, "Incorporating Nesterov momentum into Adam", ICLR workshop 2016, with the
    schedule of its section 2, ``mu_t = b1 * (1 - 0.96**(t * momentum_decay) / 2)``.

    Parameters
    ----------
    lr : float or callable
        The learning rate, or a schedule.
    betas : tuple of float
        How much of the two averages is kept at an update, from 0 on and below 1.
    eps : float
        Keeps the division from zero.
    momentum_decay : float
        How fast the momentum grows.
    **shared
        `weight_decay`, `clip_norm`, `groups`, …: see :class:`Optimizer`.

    Examples
    --------
    >>> import graphnn as gn
    >>> gn.NAdam(0.01, weight_decay=0.1, decoupled_weight_decay=True)
    NAdam(lr=0.01, weight_decay=0.1, decoupled_weight_decay=True)
    """

    betas = Setting(as_betas, (0.9, 0.999))
    eps = Setting(as_not_negative, 1e-8)
    momentum_decay = Setting(as_not_negative, 4e-3)
    state_names = ("mean", "square")

    def __init__(
        self,
        lr: Any = 2e-3,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        momentum_decay: float = 4e-3,
        **shared: Unpack[Shared],
    ) -> None:
        self.betas, self.eps, self.momentum_decay = betas, eps, momentum_decay
        super().__init__(lr, **shared)

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the rates of gradient and average, and eps, corrected for the bias."""
        momentum, following = self._momentum(count), self._momentum(count + 1)
        product = self._product(count)
        correction = math.sqrt(1.0 - self.betas[1] ** count)
        lr = self.lr * correction
        return (
            lr * (1.0 - momentum) / (1.0 - product),
            lr * following / (1.0 - product * following),
            self.eps * correction,
        )

    def _momentum(self, count: int) -> float:
        decay: float = 0.96 ** (count * self.momentum_decay)
        return self.betas[0] * (1.0 - 0.5 * decay)

    def _product(self, count: int) -> float:
        """Multiply all momenta up to this update; known products are kept."""
        settings = self.betas[0], self.momentum_decay
        known, products = vars(self).get("_products", (None, []))
        if known != settings:
            products = [1.0]
            self._products = settings, products
        while len(products) <= count and products[-1] > VANISHED:
            products.append(products[-1] * self._momentum(len(products)))
        return float(products[min(count, len(products) - 1)])

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value and the new averages."""
        first, second = self.betas
        mean, square, of_gradient, of_mean, eps = rest
        mean = mean + (1.0 - first) * (gradient - mean)
        square = second * square + (1.0 - second) * gradient * gradient
        step = of_gradient * gradient + of_mean * mean
        return parameter - step / (np.sqrt(square) + eps), mean, square
