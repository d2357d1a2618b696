"""What normalizations share: values are normalized, then scaled and shifted.

Each is one node whose inputs are the values and, where it has them, a scale and a
shift.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, MissingHook, ShapeError
from graphnn.graph.operation import Operation
from graphnn.ops.arguments import as_flag, is_number, is_whole


class Normalize(Operation):
    """What normalizations share: ``normalized(x) * scale + shift``.

    A subclass says along which axes scale and shift vary, how values are normalized,
    and the gradient of that.

    Parameters
    ----------
    epsilon : float
        Added to the variance, so that values that are all equal become 0.
    scaled, shifted : bool
        Whether a scale and a shift are among the inputs, in this order after x.

    Raises
    ------
    ArgumentError
        For an epsilon that is not a number above 0.
    """

    def __init__(
        self, epsilon: float = 1e-5, scaled: bool = True, shifted: bool = True
    ) -> None:
        who = type(self).__name__
        self.epsilon = as_epsilon(epsilon, who)
        self.scaled = as_flag(scaled, f"scaled of {who}")
        self.shifted = as_flag(shifted, f"shifted of {who}")

    # -- to be defined -----------------------------------------------------------------
    def _parameter_axes(self) -> tuple[int, ...]:
        """List the axes along which scale and shift vary, counted from 0."""
        raise MissingHook(f"{type(self).__name__} does not define _parameter_axes")

    def _normalized(self, x: Any) -> Any:
        """Normalize; what the gradient needs becomes a residual."""
        raise MissingHook(f"{type(self).__name__} does not define _normalized")

    def _normalized_grad(self, grad: Any) -> Any:
        """Carry a gradient of the normalized values back to x."""
        raise MissingHook(f"{type(self).__name__} does not define _normalized_grad")

    # -- the hooks ---------------------------------------------------------------------
    def _output(self) -> Any:
        x = as_floats(self.input_, self)
        check_not_empty(x, self)
        self._check_parameters()
        self.normalized = self._normalized(x)
        output, (scale, shift) = self.normalized, self._parameters()
        if scale is not None:
            output = output * self._lifted(scale)
        if shift is not None:
            output = output + self._lifted(shift)
        return output

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        needs, (scale, _) = self.needs_input_grad, self._parameters()
        grads: list[Any] = [None] * len(needs)
        if needs[0]:
            grad = output_grad if scale is None else output_grad * self._lifted(scale)
            grads[0] = self._normalized_grad(grad)
        if self.scaled and needs[1]:
            grads[1] = self._lowered(output_grad * self.normalized)
        if self.shifted and needs[-1]:
            grads[-1] = self._lowered(output_grad)
        return tuple(grads)

    # -- scale and shift ---------------------------------------------------------------
    def _check_arity(self, given: int) -> None:
        names = ["x", *self._parameter_names()]
        if given != len(names):
            raise ArgumentError(
                f"{type(self).__name__} takes {', '.join(names)}: {len(names)} "
                f"input{'s' if len(names) > 1 else ''}, {given} given",
                "scaled= and shifted= say whether it has a scale and a shift.",
            )

    def _parameter_names(self) -> list[str]:
        return ["scale"] * self.scaled + ["shift"] * self.shifted

    def _parameters(self) -> tuple[Any, Any]:
        """Give scale and shift, None for one that there is not."""
        given = iter(self.input_values[1:])
        scale = next(given) if self.scaled else None
        return scale, next(given) if self.shifted else None

    def _lifted(self, values: Any) -> Any:
        """Give a scale the other axes of x, with size 1."""
        axes = self._parameter_axes()
        shape = [n if a in axes else 1 for a, n in enumerate(self.input_.shape)]
        return np.reshape(values, shape)

    def _lowered(self, gradient: Any) -> Any:
        """Undo `_lifted` for a gradient: sum over the other axes."""
        axes = self._parameter_axes()
        others = tuple(a for a in range(self.input_.ndim) if a not in axes)
        return np.sum(gradient, axis=others)

    def _check_parameters(self) -> None:
        """Refuse scales and shifts that are not for x."""
        wanted = tuple(self.input_.shape[axis] for axis in self._parameter_axes())
        names = self._parameter_names()
        for name, value in zip(names, self.input_values[1:], strict=False):
            check_fits(self, name, np.shape(value), wanted)


# -- what normalizing is ---------------------------------------------------------------
def standardized(
    x: Any, axes: tuple[int, ...], epsilon: float
) -> tuple[Any, Any, Any, Any]:
    """Bring values to mean 0 and variance 1 over some axes.

    Returns
    -------
    normalized, inverse_deviation, mean, variance
        The last three with the axes kept; the inverse of sqrt(variance + epsilon).
    """
    mean = np.mean(x, axis=axes, keepdims=True)
    centered = x - mean
    variance = np.mean(np.square(centered), axis=axes, keepdims=True)
    inverse_deviation = 1.0 / np.sqrt(variance + epsilon)
    return centered * inverse_deviation, inverse_deviation, mean, variance


def standardized_grad(
    grad: Any, normalized: Any, inverse_deviation: Any, axes: tuple[int, ...]
) -> Any:
    """Carry a gradient back through :func:`standardized`.

    What moves all values alike, or all in proportion, does not move the normalized
    ones: those two parts of the gradient are taken off. The three terms of S. Ioffe,
    C. Szegedy, "Batch normalization", ICML 2015, §3, put together.
    """
    level = np.mean(grad, axis=axes, keepdims=True)
    along = np.mean(grad * normalized, axis=axes, keepdims=True)
    return (grad - level - normalized * along) * inverse_deviation


# -- checks ----------------------------------------------------------------------------
def as_floats(x: Any, node: Any) -> Any:
    """Take whole numbers as float64, of which no square overflows; refuse complex."""
    if x.dtype.kind == "c":
        raise ArgumentError(
            f"{node.describe()}: complex numbers are not normalized",
            "Normalize np.real(x) and np.imag(x), or np.abs(x).",
        )
    return x if x.dtype.kind == "f" else x.astype(np.float64)


def check_not_empty(x: Any, node: Any) -> None:
    """Refuse an input of which no mean can be had; a batch of no rows is fine."""
    if 0 in x.shape[1:]:
        raise ShapeError(
            f"{node.describe()}: there is nothing to normalize in an input of shape "
            f"{x.shape}",
            "No axis but that of the rows may be empty.",
        )


def as_epsilon(epsilon: Any, what: str) -> float:
    """Take a number above 0.

    Raises
    ------
    ArgumentError
    """
    if not is_number(epsilon) or not 0 < epsilon < math.inf:
        raise ArgumentError(
            f"the epsilon of {what} is a number above 0, not {epsilon!r}",
            "It keeps values that are all equal from a division by 0: 1e-5.",
        )
    return float(epsilon)


def as_axes(axis: Any, what: str) -> tuple[int, ...]:
    """Take one axis or several, each once; never the first, which counts the rows.

    Raises
    ------
    ArgumentError
    """
    axes = tuple(axis) if isinstance(axis, tuple | list) else (axis,)
    if not axes or not all(map(is_whole, axes)):
        raise ArgumentError(
            f"the axis of {what} is a whole number or a tuple of them, not {axis!r}"
        )
    if len(set(axes)) < len(axes):
        raise ArgumentError(f"the axes of {what} name one twice: {axis!r}")
    if 0 in axes:
        raise ArgumentError(
            f"{what} normalizes each row by itself, so not over axis 0: {axis!r}",
            "Over the rows of a batch: gn.BatchNorm().",
        )
    return tuple(map(int, axes))


def axes_within(
    axes: tuple[int, ...], shape: tuple[int, ...], node: Any
) -> tuple[int, ...]:
    """Count axes from 0, in order; refuse one that a shape does not have."""
    ndim = len(shape)
    found = sorted({a % ndim for a in axes if -ndim <= a < ndim}) if ndim else []
    if len(found) < len(axes) or 0 in found:
        raise ShapeError(
            f"{node.describe()}: axis {axes if len(axes) > 1 else axes[0]} does not "
            f"fit an input of shape {shape}",
            "The first axis counts the rows; the normalized axes are among the others.",
        )
    return tuple(found)


def channels_of(shape: tuple[int, ...], channel_axis: int, node: Any) -> int:
    """Find the axis of the channels, counted from 0."""
    if len(shape) < 2:
        raise ShapeError(
            f"{node.describe()}: an input has shape (rows, ..., channels), not {shape}",
            "One sample is a batch of one row: x[np.newaxis].",
        )
    return channel_axis % len(shape)


def check_fits(
    node: Any, name: str, shape: tuple[int, ...], wanted: tuple[int, ...]
) -> None:
    """Refuse a scale, a shift or a running mean for another number of values."""
    if shape != wanted:
        raise ShapeError(
            f"{node.describe()}: the {name} has shape {shape}; an input of shape "
            f"{np.shape(node.input_)} needs {wanted}",
            "The first batch decides how many channels or features there are.",
        )
