"""Lion: steps of one size, by the sign of a moving average."""

from __future__ import annotations

from typing import Any, Unpack

import numpy as np

from graphnn.ops.arguments import as_flag
from graphnn.train.optimizer import Optimizer, Shared
from graphnn.train.settings import Setting, as_betas


class Lion(Optimizer):
    """Step by the sign of the average gradient, and of the gradient.

    ``p - lr * (sign(b1 * m + (1 - b1) * g) + weight_decay * p)``, then ``m = b2 * m +
    (1 - b2) * g``. X. Chen et al., "Symbolic discovery of optimization algorithms",
    NeurIPS 2023, algorithm 2. Its learning rate is three to ten times smaller than
    AdamW's, its weight decay as much larger (section 5 of the paper).

    Parameters
    ----------
    lr : float or callable
        The learning rate, or a schedule.
    betas : tuple of float
        The average's share in the step, and how much of it is kept, from 0 on and below
        1.
    **shared
        `weight_decay`, which is decoupled, `clip_norm`, `groups`, …: see
        :class:`Optimizer`.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, -5.0])
    >>> np.sum(w * w).backward()
    >>> gn.Lion(0.5, parameters=[w]).step()
    >>> w.value
    array([ 2.5, -4.5])
    """

    decoupled_weight_decay = Setting(as_flag, True)
    betas = Setting(as_betas, (0.9, 0.99))
    state_names = ("mean",)

    def __init__(
        self,
        lr: Any = 1e-4,
        *,
        betas: tuple[float, float] = (0.9, 0.99),
        **shared: Unpack[Shared],
    ) -> None:
        self.betas = betas
        super().__init__(lr, **shared)

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the learning rate."""
        return (self.lr,)

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value and the new average."""
        first, second = self.betas
        mean, lr = rest
        direction = np.sign(first * mean + (1.0 - first) * gradient)
        mean = second * mean + (1.0 - second) * gradient
        return parameter - lr * direction, mean
