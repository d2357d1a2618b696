"""Normalization of each sample, over groups of its channels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError
from graphnn.ops.normalization import (
    Normalize,
    channels_of,
    standardized,
    standardized_grad,
)


class GroupNormalize(Normalize):
    """Each sample by itself, its channels in groups, over all its places.

    Y. Wu, K. He, "Group normalization", ECCV 2018, eq. 1 and 7. One group for each
    channel is instance normalization: D. Ulyanov, A. Vedaldi, V. Lempitsky, "Instance
    normalization: the missing ingredient for fast stylization", arXiv:1607.08022, 2016.

    Parameters
    ----------
    groups : int or None
        How many groups the channels make, neighbours together; None: one for each
        channel.
    channel_axis : {-1, 1}
        Where the channels are.
    epsilon, scaled, shifted
        As of all normalizations; scale and shift have one value for each channel.

    Examples
    --------
    >>> import numpy as np
    >>> normalize = GroupNormalize(2, scaled=False, shifted=False)
    >>> normalize.forward(np.array([[1.0, 3.0, 60.0, 40.0]])).round(3)
    array([[-1.,  1.,  1., -1.]])
    """

    def __init__(
        self,
        groups: int | None,
        channel_axis: int = -1,
        epsilon: float = 1e-5,
        scaled: bool = True,
        shifted: bool = True,
    ) -> None:
        super().__init__(epsilon, scaled, shifted)
        if groups is not None and (type(groups) is bool or groups < 1):
            raise ArgumentError(f"GroupNormalize takes 1 group or more, not {groups}")
        self.groups, self.channel_axis = groups, channel_axis

    def _parameter_axes(self) -> tuple[int, ...]:
        return (channels_of(self.input_.shape, self.channel_axis, self),)

    def _normalized(self, x: Any) -> Any:
        shape, axes = self._grouping()
        grouped, self.inverse_deviation, _, _ = standardized(
            np.reshape(x, shape), axes, self.epsilon
        )
        return np.reshape(grouped, x.shape)

    def _normalized_grad(self, grad: Any) -> Any:
        shape, axes = self._grouping()
        grouped = standardized_grad(
            np.reshape(grad, shape),
            np.reshape(self.normalized, shape),
            self.inverse_deviation,
            axes,
        )
        return np.reshape(grouped, self.input_.shape)

    def _grouping(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Give the shape that has an axis of groups, and the axes within a group."""
        shape = self.input_.shape
        (axis,) = self._parameter_axes()
        groups = shape[axis] if self.groups is None else self.groups
        if shape[axis] % groups:
            raise ShapeError(
                f"{self.describe()}: {shape[axis]} channels do not make {groups} "
                "groups of equal size",
                "The number of groups divides the number of channels.",
            )
        split = (*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
        within = tuple(a for a in range(1, len(split)) if a != axis)
        if math.prod(split[a] for a in within) == 1:
            each = "channel" if self.groups is None else "group"
            raise ShapeError(
                f"{self.describe()}: an input of shape {shape} has one value in each "
                f"{each} of a sample, which would always become 0",
                "Take fewer groups, or an input with several places.",
            )
        return split, within
