"""Stochastic gradient descent, plain, with momentum, and Nesterov's."""

from __future__ import annotations

from typing import Any, Unpack

from graphnn.errors import ArgumentError
from graphnn.ops.arguments import as_flag
from graphnn.train.optimizer import Optimizer, Shared
from graphnn.train.settings import Setting, as_fraction


class SGD(Optimizer):
    """Stochastic gradient descent: ``p - lr * g``.

    H. Robbins, S. Monro, "A stochastic approximation method", Ann. Math. Stat. 22,
    1951. With momentum as :class:`SGDMomentum`.

    Parameters
    ----------
    lr : float or callable
        The learning rate, or a schedule.
    momentum : float
        From 0 on and below 1.
    dampening : float
        How much of a gradient is left out of the velocity, but for the first.
    nesterov : bool
        Step by the velocity that the next step would begin with; see
        :class:`Nesterov`.
    **shared
        `weight_decay`, `clip_norm`, `groups`, …: see :class:`Optimizer`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([1.0])
    >>> np.sum(w * w).backward()
    >>> gn.SGD(0.1, parameters=[w]).step()
    >>> w.value
    array([0.8])
    """

    momentum = Setting(as_fraction, 0.0)
    dampening = Setting(as_fraction, 0.0)
    nesterov = Setting(as_flag, False)

    def __init__(
        self,
        lr: Any = 0.01,
        momentum: float = 0.0,
        *,
        dampening: float = 0.0,
        nesterov: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        self.momentum, self.dampening = momentum, dampening
        self.nesterov = nesterov
        if self.nesterov and (not self.momentum or self.dampening):
            raise ArgumentError(
                "nesterov needs momentum, and no dampening",
                "For example gn.Nesterov(0.01, momentum=0.9).",
            )
        super().__init__(lr, **shared)

    @property
    def state_names(self) -> tuple[str, ...]:
        """``velocity``, if there is momentum."""
        return ("velocity",) if self.momentum else ()

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the learning rate, and with dampening the share of the gradient."""
        if self.momentum and self.dampening:
            return self.lr, 1.0 if count == 1 else 1.0 - self.dampening
        return (self.lr,)

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value, with momentum the new velocity as well.

        Called by hand without momentum, it takes the optimizer's learning rate.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> gn.SGD(0.1).update(np.array([1.0]), np.array([2.0]))
        array([0.8])
        """
        if not self.momentum:
            (lr,) = rest or self.scalars(1)
            return parameter - lr * gradient
        velocity, lr, *share = rest
        added = share[0] * gradient if share else gradient
        velocity = self.momentum * velocity + added
        ahead = gradient + self.momentum * velocity if self.nesterov else velocity
        return parameter - lr * ahead, velocity


class SGDMomentum(SGD):
    """Gradient descent with momentum: the velocity is a decaying sum of gradients.

    ``v = momentum * v + g``, then ``p - lr * v``. B. T. Polyak, "Some methods of
    speeding up the convergence of iteration methods", USSR Comp. Math. Math. Phys. 4,
    1964. Where the learning rate changes, the new one goes for the whole velocity, as
    in PyTorch.

    Parameters
    ----------
    lr, momentum, dampening, nesterov, **shared
        See :class:`SGD`.

    Examples
    --------
    >>> import graphnn as gn
    >>> gn.SGDMomentum(0.1)
    SGDMomentum(lr=0.1, momentum=0.9)
    """

    def __init__(
        self,
        lr: Any = 0.01,
        momentum: float = 0.9,
        *,
        dampening: float = 0.0,
        nesterov: bool = False,
        **shared: Unpack[Shared],
    ) -> None:
        super().__init__(lr, momentum, dampening=dampening, nesterov=nesterov, **shared)


class Nesterov(SGD):
    """Gradient descent with Nesterov's momentum.

    ``v = momentum * v + g``, then ``p - lr * (g + momentum * v)``. Y. Nesterov, "A
    method of solving a convex programming problem with convergence rate O(1/k²)",
    Soviet Math. Dokl. 27, 1983; in the form of I. Sutskever, J. Martens, G. Dahl, G.
    Hinton, "On the importance of initialization and momentum in deep learning", ICML
    2013, with the parameters that are looked ahead at.

    Parameters
    ----------
    lr, momentum, **shared
        See :class:`SGD`.

    Examples
    --------
    >>> import graphnn as gn
    >>> gn.Nesterov(0.1)
    Nesterov(lr=0.1, momentum=0.9, nesterov=True)
    """

    def __init__(
        self, lr: Any = 0.01, momentum: float = 0.9, **shared: Unpack[Shared]
    ) -> None:
        super().__init__(lr, momentum, nesterov=True, **shared)
