"""Initial weights: by name, with settings, or by a function of one's own.

An initialiser is a ``function(rng, shape)`` that returns an array; those made here can
be pickled. ``gn.Dense(8, weight_init="he")`` takes a name,
``gn.Dense(8, weight_init=gn.initializers.normal(std=0.02))`` one with settings.

=====================================  ===============================================
names                                  distribution
=====================================  ===============================================
``glorot_normal``, ``glorot_uniform``  variance 2 / (fan_in + fan_out)
``he_normal``, ``he_uniform``          variance 2 / fan_in
``lecun_normal``, ``lecun_uniform``    variance 1 / fan_in
``fan_in_uniform``                     within 1 / sqrt(fan_in): PyTorch's own
``normal``, ``truncated_normal``       standard deviation 0.05, as in Keras
``uniform``                            within 0.05, as in Keras
``standard``                           normal, standard deviation 1
``orthogonal``                         orthonormal rows or columns
``identity``, ``zeros``, ``ones``
=====================================  ===============================================

``glorot`` (or ``xavier``), ``he`` (or ``kaiming``) and ``lecun`` alone are the normal
ones. Fans are counted by :func:`fans`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError, did_you_mean

# in quotes: naming it would import numpy.random, which takes a while
Initializer = Callable[["np.random.Generator", tuple[int, ...]], Any]

DISTRIBUTIONS = "graphnn.nn.distributions"
LAZY = {
    "calculate_gain": DISTRIBUTIONS,
    "constant": DISTRIBUTIONS,
    "fan_in_uniform": DISTRIBUTIONS,
    "fans": "graphnn.nn.drawing",
    "glorot_normal": DISTRIBUTIONS,
    "glorot_uniform": DISTRIBUTIONS,
    "he_normal": DISTRIBUTIONS,
    "he_uniform": DISTRIBUTIONS,
    "identity": DISTRIBUTIONS,
    "lecun_normal": DISTRIBUTIONS,
    "lecun_uniform": DISTRIBUTIONS,
    "normal": DISTRIBUTIONS,
    "orthogonal": DISTRIBUTIONS,
    "truncated_normal": DISTRIBUTIONS,
    "uniform": DISTRIBUTIONS,
    "variance_scaling": DISTRIBUTIONS,
}
"""Where the initialisers are; they are imported when one is asked for."""

__all__ = ["as_initializer", "initial_weights", *LAZY]


def __getattr__(name: str) -> Any:
    """Import what few programs need when it is used."""
    if name not in LAZY:
        fix = "" if name.startswith("_") else f" {did_you_mean(name, __all__)}"
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}.{fix}")
    value = globals()[name] = getattr(import_module(LAZY[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def as_initializer(initializer: Any) -> Initializer:
    """Take an initialiser in any of its forms.

    Parameters
    ----------
    initializer : str, ndarray, or function(rng, shape) -> array_like
        A name, however it is capitalised and joined; the weights themselves; or a
        function.

    Raises
    ------
    ArgumentError
        For anything else; an unknown name suggests the nearest.
    """
    if isinstance(initializer, str):
        return import_module(DISTRIBUTIONS).by_name(initializer)  # type: ignore[no-any-return]
    if isinstance(initializer, np.ndarray):
        return partial(given, initializer.copy())
    if not callable(initializer):
        raise ArgumentError(
            "an initialiser is a name or a function of (rng, shape), not "
            f"{initializer!r}",
            "For one number everywhere: gn.initializers.constant(0.5).",
        )
    check_signature(initializer)
    return initializer  # type: ignore[no-any-return]


def check_signature(initializer: Any) -> None:
    """Refuse a function that does not take (rng, shape)."""
    from inspect import signature

    if getattr(initializer, "__module__", None) == DISTRIBUTIONS:
        name = name_of(initializer)
        raise ArgumentError(
            f"{name} makes an initialiser, and is none itself",
            f"Call it: gn.initializers.{name}(), with settings if you like.",
        )
    try:
        signature(initializer).bind(None, ())
    except TypeError as error:
        raise ArgumentError(
            f"an initialiser is a function of (rng, shape), not {name_of(initializer)}"
            f"{signature(initializer)}",
            "def initial(rng, shape): return rng.standard_normal(shape)",
        ) from error
    except ValueError:  # one written in C, which does not say what it takes
        return


# -- drawing ---------------------------------------------------------------------------
def initial_weights(
    initializer: Any, rng: np.random.Generator, shape: tuple[int, ...], dtype: Any
) -> np.ndarray:
    """Draw initial weights.

    Parameters
    ----------
    initializer
        In any form that :func:`as_initializer` takes.
    rng : numpy.random.Generator
    shape : tuple of int
    dtype : dtype
        Of floats. The same numbers are drawn for each, and rounded to it.

    Returns
    -------
    ndarray
        A new one.

    Raises
    ------
    ArgumentError
        Where something else than finite real numbers came back.
    ShapeError
        Where an array of another shape came back.
    """
    initializer = as_initializer(initializer)
    drawn = initializer(rng, shape)
    weights, name = np.asarray(drawn), name_of(initializer)
    if weights.dtype.kind not in "biuf":
        fix = "Is a return missing?" if drawn is None else ""
        what = weights.dtype if isinstance(drawn, np.ndarray) else type(drawn).__name__
        raise ArgumentError(
            f"the initialiser {name} returned {what}, not real numbers", fix
        )
    if weights.shape != tuple(shape):
        raise ShapeError(
            f"the initialiser {name} returned shape {weights.shape}, {tuple(shape)} "
            "was asked for"
        )
    with np.errstate(over="ignore"):  # it is refused below
        rounded = np.array(weights, dtype, order="C")
    if not np.isfinite(rounded).all():
        if np.isfinite(weights).all():
            raise ArgumentError(
                f"the initialiser {name} returned numbers too large for {rounded.dtype}"
            )
        raise ArgumentError(f"the initialiser {name} returned NaN or infinity")
    return rounded


def given(array: np.ndarray, rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    """Start with an array."""
    return array


def name_of(initializer: Any) -> str:
    """Name an initialiser in an error."""
    function = getattr(initializer, "func", initializer)
    return str(getattr(function, "__name__", function))
