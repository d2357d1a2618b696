"""The rule of an optimizer: settings, and a pure formula for one parameter."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import MissingHook
from graphnn.ops.arguments import as_flag
from graphnn.train.settings import RateSetting, Setting, as_limit, as_not_negative


class Rule:
    """What :class:`Optimizer` does to one parameter, as formulas on arrays.

    ``full_update(p, g, *states, *full_scalars(count))`` is elementwise and uses only
    NumPy functions that nodes know, so it may be given nodes, or all parameters in one
    flat array.
    """

    lr = RateSetting(0.01)
    weight_decay = Setting(as_not_negative, 0.0)
    decoupled_weight_decay = Setting(as_flag, False)
    maximize = Setting(as_flag, False)
    clip_norm: Setting[float | None] = Setting(as_limit, None)
    clip_value: Setting[float | None] = Setting(as_limit, None)

    state_names: Any = ()

    def update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Give the new value of a parameter, and of its states.

        Parameters
        ----------
        parameter, gradient : ndarray
            Of one shape; not to be changed.
        *rest : ndarray, float
            A state for each of `state_names`, then what :meth:`scalars` returned.

        Returns
        -------
        ndarray or tuple of ndarray
            With states ``(parameter, *states)``.
        """
        raise MissingHook(
            f"{type(self).__name__} defines no update",
            "def update(self, parameter, gradient): return the new value.",
        )

    def scalars(self, count: int) -> tuple[float, ...]:
        """Give the numbers that an update needs: the learning rate, corrections.

        Parameters
        ----------
        count : int
            The number of this update of the parameter, from 1.
        """
        return ()

    def initial_state(self, name: str, parameter: np.ndarray) -> np.ndarray:
        """Give a state before the first update: zeros like the parameter."""
        return np.zeros_like(parameter)

    def full_update(self, parameter: Any, gradient: Any, *rest: Any) -> Any:
        """Clip and decay by the settings, then :meth:`update`: one pure formula.

        `rest` is states, scalars of the rule, then those of :meth:`full_scalars`.
        """
        if self.maximize:
            gradient = -gradient
        if self.clip_norm is not None:
            *rest, scale = rest  # type: ignore[assignment]
            gradient = scale * gradient
        if self.clip_value is not None:
            gradient = np.clip(gradient, -self.clip_value, self.clip_value)
        if self.weight_decay and self.decoupled_weight_decay:
            *rest, kept = rest  # type: ignore[assignment]
            parameter = kept * parameter
        elif self.weight_decay:
            gradient = gradient + self.weight_decay * parameter
        return self.update(parameter, gradient, *rest)

    def full_scalars(self, count: int, scale: float = 1.0) -> tuple[float, ...]:
        """Give the numbers for :meth:`full_update`; `scale` is the norm's clipping."""
        scalars = self.scalars(count)
        if self.weight_decay and self.decoupled_weight_decay:
            scalars += (1.0 - self.lr * self.weight_decay,)
        if self.clip_norm is not None:
            scalars += (scale,)
        return scalars
