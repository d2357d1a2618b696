"""How initial weights are drawn, by their settings, a generator and a shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.errors import ArgumentError

if TYPE_CHECKING:  # numpy.random takes a while to import
    from numpy.random import Generator

Shape = tuple[int, ...]

# in quotes: it is not there when this is run
Initializer = Callable[["Generator", Shape], Any]

CUT = 2.0
"""Where a truncated normal distribution ends, in standard deviations."""


def fans(shape: Shape) -> tuple[int, int]:
    """Count what each output sums up, and how many outputs each input feeds.

    The last axis of a weight counts the outputs, the one before it the inputs, and
    those before them the places of a kernel, each with weights of its own. A vector
    scales or shifts: both counts are its length. No count is below 1.

    Parameters
    ----------
    shape : tuple of int
        ``(in, out)`` for a dense layer, ``(height, width, in, out)`` for a
        convolution.

    Returns
    -------
    fan_in, fan_out : int

    Examples
    --------
    >>> fans((13, 64)), fans((3, 3, 16, 32)), fans((5,)), fans(())
    ((13, 64), (144, 288), (5, 5), (1, 1))
    """
    if len(shape) < 2:
        size = max(1, math.prod(shape))
        return size, size
    places = math.prod(shape[:-2])
    return max(1, places * shape[-2]), max(1, places * shape[-1])


def draw_scaled(
    scale: float, mode: str, distribution: str, rng: Generator, shape: Shape
) -> Any:
    """Draw numbers of the variance scale / fan."""
    fan_in, fan_out = fans(shape)
    fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}
    std = math.sqrt(scale / fan[mode])
    if distribution == "normal":
        return draw_normal(std, 0.0, rng, shape)
    if distribution == "truncated_normal":
        return draw_truncated(std / truncated_std(), 0.0, rng, shape)
    limit = math.sqrt(3.0 * scale / fan[mode])
    return draw_uniform(-limit, limit, rng, shape)


def draw_normal(std: float, mean: float, rng: Generator, shape: Shape) -> Any:
    """Draw from a normal distribution."""
    return rng.standard_normal(shape) * std + mean


def draw_uniform(low: float, high: float, rng: Generator, shape: Shape) -> Any:
    """Draw from a uniform distribution."""
    return rng.uniform(low, high, shape)


def draw_truncated(std: float, mean: float, rng: Generator, shape: Shape) -> Any:
    """Draw from a normal distribution; what is beyond the cut is drawn again."""
    drawn = rng.standard_normal(shape)
    beyond = np.abs(drawn) > CUT
    while beyond.any():
        drawn[beyond] = rng.standard_normal(int(beyond.sum()))
        beyond = np.abs(drawn) > CUT
    return drawn * std + mean


def truncated_std() -> float:
    """Give the standard deviation that cutting leaves a normal distribution of 1.

    Examples
    --------
    >>> round(truncated_std(), 6)
    0.879626
    """
    density = math.exp(-0.5 * CUT**2) / math.sqrt(2.0 * math.pi)
    return math.sqrt(1.0 - 2.0 * CUT * density / math.erf(CUT * math.sqrt(0.5)))


def draw_orthogonal(gain: float, rng: Generator, shape: Shape) -> Any:
    """Draw a matrix with orthonormal rows or columns, each such matrix as likely.

    The signs make the QR decomposition unique (F. Mezzadri, "How to generate random
    matrices from the classical compact groups", Notices of the AMS 54, 2007, §5).
    """
    check_two_axes("orthogonal", shape)
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = rng.standard_normal((max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1.0, 1.0)
    return gain * (q if rows >= columns else q.T).reshape(shape)


def fill_identity(gain: float, rng: Generator, shape: Shape) -> Any:
    """Put ones where input and output have one number, at the middle of a kernel."""
    check_two_axes("identity", shape)
    weights = np.zeros(shape)
    if weights.size:
        middle = tuple([(size - 1) // 2 for size in shape[:-2]])
        weights[middle] = gain * np.eye(shape[-2], shape[-1])
    return weights


def check_two_axes(name: str, shape: Shape) -> None:
    """Refuse a vector."""
    if len(shape) < 2:
        raise ArgumentError(
            f"the initialiser {name!r} is for weights of at least two axes, not for "
            f"shape {shape}"
        )


def fill(value: float, rng: Generator, shape: Shape) -> Any:
    """Start with one number everywhere."""
    return np.full(shape, value)
