"""Initial weights by name.

``glorot``: X. Glorot, Y. Bengio, "Understanding the difficulty of training deep
feedforward neural networks", AISTATS 2010. ``he``: K. He et al., "Delving deep into
rectifiers", ICCV 2015. ``lecun``: Y. LeCun et al., "Efficient BackProp", 1998.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError, did_you_mean

# in quotes: naming it would import numpy.random, which takes a while
Initializer = Callable[["np.random.Generator", tuple[int, ...]], Any]
Variance = Callable[[int, int], float]


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
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


def draw_normal(
    variance: Variance, rng: np.random.Generator, shape: tuple[int, ...]
) -> Any:
    """Draw from a normal distribution whose variance depends on the fans."""
    return rng.standard_normal(shape) * math.sqrt(variance(*fans(shape)))


def draw_uniform(
    variance: Variance, rng: np.random.Generator, shape: tuple[int, ...]
) -> Any:
    """Draw from a uniform distribution around 0 whose variance depends on the fans."""
    limit = math.sqrt(3.0 * variance(*fans(shape)))
    return rng.uniform(-limit, limit, shape)


def fill_zeros(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Start with zeros."""
    return np.zeros(shape)


def fill_ones(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Start with ones."""
    return np.ones(shape)


def _glorot(fan_in: int, fan_out: int) -> float:
    return 2.0 / (fan_in + fan_out)


def _he(fan_in: int, fan_out: int) -> float:
    return 2.0 / fan_in


def _lecun(fan_in: int, fan_out: int) -> float:
    return 1.0 / fan_in


def _unit(fan_in: int, fan_out: int) -> float:
    return 1.0


INITIALIZERS: dict[str, Initializer] = {
    "glorot": partial(draw_normal, _glorot),
    "glorot_normal": partial(draw_normal, _glorot),
    "glorot_uniform": partial(draw_uniform, _glorot),
    "he": partial(draw_normal, _he),
    "he_normal": partial(draw_normal, _he),
    "he_uniform": partial(draw_uniform, _he),
    "lecun": partial(draw_normal, _lecun),
    "lecun_normal": partial(draw_normal, _lecun),
    "lecun_uniform": partial(draw_uniform, _lecun),
    "standard": partial(draw_normal, _unit),
    "zeros": fill_zeros,
    "ones": fill_ones,
}


def as_initializer(initializer: Any) -> Initializer:
    """Take an initialiser as a name or as ``function(rng, shape) -> array``.

    Raises
    ------
    ArgumentError
        For anything else; an unknown name suggests the nearest.
    """
    if isinstance(initializer, str):
        if initializer in INITIALIZERS:
            return INITIALIZERS[initializer]
        raise ArgumentError(
            f"unknown initialiser {initializer!r}",
            did_you_mean(initializer, INITIALIZERS),
        )
    if callable(initializer):
        return initializer  # type: ignore[no-any-return]
    raise ArgumentError(
        f"an initialiser is a name or a function of (rng, shape), not {initializer!r}"
    )


def initial_weights(
    initializer: Initializer,
    rng: np.random.Generator,
    shape: tuple[int, ...],
    dtype: Any,
) -> np.ndarray:
    """Draw initial weights and check what a user's function returned."""
    weights = np.asarray(initializer(rng, shape))
    if weights.shape != shape:
        raise ShapeError(
            f"the initialiser returned shape {weights.shape}, {shape} was asked for"
        )
    return weights.astype(dtype)
