"""Normalization of each sample, over some of its axes."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.ops.normalization import (
    Normalize,
    as_axes,
    axes_within,
    standardized,
    standardized_grad,
)


class LayerNormalize(Normalize):
    """Each sample by itself: the mean and the variance over some of its axes.

    J. L. Ba, J. R. Kiros, G. E. Hinton, "Layer normalization", arXiv:1607.06450, 2016,
    eq. 3. Scale and shift have the shape of the normalized axes.

    Parameters
    ----------
    axis : int or tuple of int
        The normalized axes.
    epsilon, scaled, shifted
        As of all normalizations.

    Examples
    --------
    >>> import numpy as np
    >>> normalize = LayerNormalize(scaled=False, shifted=False)
    >>> normalize.forward(np.array([[1.0, 3.0], [5.0, -5.0]])).round(3)
    array([[-1.,  1.],
           [ 1., -1.]])
    """

    def __init__(
        self,
        axis: int | tuple[int, ...] = -1,
        epsilon: float = 1e-5,
        scaled: bool = True,
        shifted: bool = True,
    ) -> None:
        super().__init__(epsilon, scaled, shifted)
        self.axis = as_axes(axis, type(self).__name__)

    def _parameter_axes(self) -> tuple[int, ...]:
        return axes_within(self.axis, self.input_.shape, self)

    def _normalized(self, x: Any) -> Any:
        normalized, self.inverse_deviation, _, _ = standardized(
            x, self._parameter_axes(), self.epsilon
        )
        return normalized

    def _normalized_grad(self, grad: Any) -> Any:
        return standardized_grad(
            grad, self.normalized, self.inverse_deviation, self._parameter_axes()
        )


class RMSNormalize(LayerNormalize):
    """Each sample by itself, divided by the root of its mean square; none is taken off.

    B. Zhang, R. Sennrich, "Root mean square layer normalization", NeurIPS 2019, eq. 4.
    With r = 1 / sqrt(mean(x²) + epsilon), the gradient is
    ``r * (g - normalized * mean(g * normalized))``.

    Parameters
    ----------
    axis : int or tuple of int
        The normalized axes.
    epsilon, scaled, shifted
        As of all normalizations; there is no shift unless it is asked for.

    Examples
    --------
    >>> import numpy as np
    >>> normalize = RMSNormalize(scaled=False)
    >>> normalize.forward(np.array([[1.0, 7.0], [5.0, -5.0]])).round(3)
    array([[ 0.2,  1.4],
           [ 1. , -1. ]])
    """

    def __init__(
        self,
        axis: int | tuple[int, ...] = -1,
        epsilon: float = 1e-5,
        scaled: bool = True,
        shifted: bool = False,
    ) -> None:
        super().__init__(axis, epsilon, scaled, shifted)

    def _normalized(self, x: Any) -> Any:
        axes = self._parameter_axes()
        mean_square = np.mean(np.square(x), axis=axes, keepdims=True)
        self.inverse_root = 1.0 / np.sqrt(mean_square + self.epsilon)
        return x * self.inverse_root

    def _normalized_grad(self, grad: Any) -> Any:
        axes = self._parameter_axes()
        along = np.mean(grad * self.normalized, axis=axes, keepdims=True)
        return (grad - self.normalized * along) * self.inverse_root
