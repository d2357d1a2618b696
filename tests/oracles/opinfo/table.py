"""Which NumPy function stands for which operation of PyTorch.

A counterpart is written in NumPy and takes PyTorch's arguments, so that the samples of
PyTorch's tests can be handed to it.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

COUNTERPARTS = {}


class Counterpart(NamedTuple):
    """A function in NumPy with the arguments of one in PyTorch.

    Attributes
    ----------
    function : callable
    of : callable
        ``of(xp, outputs)``, on both sides: what is unique of outputs that are unique
        only up to a sign or a phase. `xp` is NumPy or PyTorch.
    unless : mapping of str to callable
        Samples that cannot be compared: the reason, and what tells them by their
        arguments.
    first_only : str
        Why second derivatives are not compared.
    rtol, atol : float
    """

    function: Callable
    of: Callable | None = None
    unless: Mapping[str, Callable] = {}
    first_only: str = ""
    rtol: float = 1e-9
    atol: float = 1e-10


def counterpart(*names, **settings):
    """Register a function for operations of PyTorch: ``"name"``, ``"name/variant"``."""

    def register(function):
        for name in names:
            assert name not in COUNTERPARTS, f"{name} is there twice"
            COUNTERPARTS[name] = Counterpart(function, **settings)
        return function

    return register


def same(table, **settings):
    """Register functions that take PyTorch's arguments as they are."""
    for name, function in table.items():
        counterpart(name, **settings)(function)


def axis_of(x, dim):
    """Translate `dim`: PyTorch takes 0, -1 and () for a 0-d array too."""
    if dim is None or np.ndim(x) == 0 or dim in ((), []):
        return None
    return tuple(dim) if isinstance(dim, list | tuple) else dim


def unpacked(values):
    """Take ``f((2, 3))`` and ``f(2, 3)`` alike."""
    if len(values) == 1 and isinstance(values[0], list | tuple):
        return tuple(values[0])
    return tuple(values)


def first_output(xp, outputs):
    """Leave out the indices that PyTorch returns beside the values."""
    return outputs[0] if isinstance(outputs, tuple) else outputs
