"""Initialisers with settings: each gives a function of (rng, shape)."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.nn import drawing
from graphnn.nn.activations import joined
from graphnn.nn.drawing import Initializer


def variance_scaling(
    scale: float = 1.0, mode: str = "fan_in", distribution: str = "normal"
) -> Initializer:
    """Draw numbers around 0 of the variance ``scale / fan``.

    Parameters
    ----------
    scale : float
        Above 0.
    mode : {"fan_in", "fan_out", "fan_avg"}
        What the variance is divided by; the last is the mean of both.
    distribution : {"normal", "truncated_normal", "uniform"}
        The second ends at two standard deviations; its variance is the same.

    Examples
    --------
    >>> import numpy as np
    >>> draw = variance_scaling(2.0, "fan_out", "uniform")
    >>> weights = draw(np.random.default_rng(0), (100, 200))
    >>> f"{weights.var():.3f}", bool((abs(weights) <= (6 / 200) ** 0.5).all())
    ('0.010', True)
    """
    scale = number(scale, "scale", above_0=True)
    choices: dict[str, tuple[str, ...]] = {
        "mode": ("fan_in", "fan_out", "fan_avg"),
        "distribution": ("normal", "truncated_normal", "uniform"),
    }
    for what, given in (("mode", mode), ("distribution", distribution)):
        if given not in choices[what]:
            nearest = did_you_mean(given, choices[what])
            raise ArgumentError(f"unknown {what} {given!r}", nearest)
    return partial(drawing.draw_scaled, scale, mode, distribution)


def glorot_normal(gain: float = 1.0) -> Initializer:
    """Draw with the standard deviation ``gain * sqrt(2 / (fan_in + fan_out))``.

    X. Glorot, Y. Bengio, "Understanding the difficulty of training deep feedforward
    neural networks", AISTATS 2010, eq. 12.
    """
    return variance_scaling(gain_squared(gain), "fan_avg")


def glorot_uniform(gain: float = 1.0) -> Initializer:
    """Draw evenly, with the variance of :func:`glorot_normal` (eq. 16 there)."""
    return variance_scaling(gain_squared(gain), "fan_avg", "uniform")


def he_normal(slope: float = 0.0) -> Initializer:
    """Draw with the standard deviation ``sqrt(2 / ((1 + slope**2) * fan_in))``.

    For ReLU, or a leaky ReLU of that slope: K. He et al., "Delving deep into
    rectifiers", ICCV 2015, eq. 10 and 15.
    """
    return variance_scaling(he_scale(slope))


def he_uniform(slope: float = 0.0) -> Initializer:
    """Draw evenly, with the variance of :func:`he_normal`."""
    return variance_scaling(he_scale(slope), "fan_in", "uniform")


def lecun_normal(gain: float = 1.0) -> Initializer:
    """Draw with the standard deviation ``gain / sqrt(fan_in)``.

    Y. LeCun et al., "Efficient BackProp", 1998, eq. 16.
    """
    return variance_scaling(gain_squared(gain))


def lecun_uniform(gain: float = 1.0) -> Initializer:
    """Draw evenly, with the variance of :func:`lecun_normal`."""
    return variance_scaling(gain_squared(gain), "fan_in", "uniform")


def fan_in_uniform(gain: float = 1.0) -> Initializer:
    """Draw within ``gain / sqrt(fan_in)``, as PyTorch's dense layers start."""
    return variance_scaling(gain_squared(gain) / 3.0, "fan_in", "uniform")


def normal(std: float = 0.05, mean: float = 0.0) -> Initializer:
    """Draw from a normal distribution."""
    std, mean = number(std, "std", above_0=True), number(mean, "mean")
    return partial(drawing.draw_normal, std, mean)


def truncated_normal(std: float = 0.05, mean: float = 0.0) -> Initializer:
    """Draw from a normal distribution; what is beyond ``2 * std`` is drawn again.

    That leaves 0.88 of the standard deviation.
    """
    std, mean = number(std, "std", above_0=True), number(mean, "mean")
    return partial(drawing.draw_truncated, std, mean)


def uniform(low: float = -0.05, high: float = 0.05) -> Initializer:
    """Draw evenly between two numbers."""
    low, high = number(low, "low"), number(high, "high")
    if low >= high:
        raise ArgumentError(f"low is below high: {low!r} and {high!r} were given")
    return partial(drawing.draw_uniform, low, high)


def orthogonal(gain: float = 1.0) -> Initializer:
    """Draw orthonormal rows or columns, whichever are fewer, times a gain.

    A. Saxe, J. McClelland, S. Ganguli, "Exact solutions to the nonlinear dynamics of
    learning in deep linear neural networks", ICLR 2014 (arXiv:1312.6120). All axes but
    the last make up the rows.

    Examples
    --------
    >>> import numpy as np
    >>> weights = orthogonal()(np.random.default_rng(0), (3, 3))
    >>> (weights.T @ weights).round(12) + 0.0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    return partial(drawing.draw_orthogonal, number(gain, "gain"))


def identity(gain: float = 1.0) -> Initializer:
    """Hand the input on, times a gain; in a kernel, at its middle."""
    return partial(drawing.fill_identity, number(gain, "gain"))


def constant(value: float) -> Initializer:
    """Start with one number everywhere."""
    return partial(drawing.fill, number(value, "value"))


GAINS = {
    "linear": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 0.75,
}


def calculate_gain(activation: str, slope: float = 0.01) -> float:
    """Give the gain that PyTorch recommends before an activation.

    Parameters
    ----------
    activation : {"linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"}
    slope : float
        That of ``"leaky_relu"``.

    Examples
    --------
    >>> round(calculate_gain("relu"), 4), round(calculate_gain("leaky_relu", 0.2), 4)
    (1.4142, 1.3868)
    """
    wanted = joined(str(activation))
    if wanted == "leakyrelu":
        return math.sqrt(he_scale(slope))
    if wanted not in GAINS:
        nearest = did_you_mean(str(activation).lower(), (*GAINS, "leaky_relu"))
        raise ArgumentError(f"there is no gain for {activation!r}", nearest)
    return GAINS[wanted]


def number(value: Any, what: str, *, above_0: bool = False) -> float:
    """Take a finite number."""
    from graphnn.ops.arguments import as_number

    return as_number(value, f"the {what} of an initialiser", positive=above_0)


def gain_squared(gain: Any) -> float:
    """Take a gain, which scales what is drawn, as a factor of the variance."""
    return number(gain, "gain", above_0=True) ** 2


def he_scale(slope: Any) -> float:
    """Give what makes up for the part that a leaky ReLU of that slope lets through."""
    return 2.0 / (1.0 + number(slope, "slope") ** 2)


# -- by name ---------------------------------------------------------------------------
INITIALIZERS: dict[str, Callable[[], Initializer]] = {
    "glorot": glorot_normal,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "he": he_normal,
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "lecun": lecun_normal,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "fan_in_uniform": fan_in_uniform,
    "normal": normal,
    "truncated_normal": truncated_normal,
    "uniform": uniform,
    "standard": partial(normal, 1.0),
    "orthogonal": orthogonal,
    "identity": identity,
    "zeros": partial(constant, 0.0),
    "ones": partial(constant, 1.0),
}
ALIASES = {
    "xavier": "glorot",
    "xavier_normal": "glorot_normal",
    "xavier_uniform": "glorot_uniform",
    "kaiming": "he",
    "kaiming_normal": "he_normal",
    "kaiming_uniform": "he_uniform",
    "random_normal": "normal",
    "random_uniform": "uniform",
    "standard_normal": "standard",
    "eye": "identity",
    "dirac": "identity",
    "zero": "zeros",
    "one": "ones",
}
"""Further names in use."""


def by_name(name: str) -> Initializer:
    """Make the initialiser of a name.

    Raises
    ------
    ArgumentError
        For an unknown one; it suggests the nearest.
    """
    known = {joined(one): one for one in (*INITIALIZERS, *ALIASES)}
    found = known.get(joined(name))
    if found is None:
        nearest = did_you_mean(name.lower(), known.values())
        raise ArgumentError(f"unknown initialiser {name!r}", nearest)
    return INITIALIZERS[ALIASES.get(found, found)]()
