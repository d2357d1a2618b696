"""NumPy's linear algebra, and two helpers that HIPS's tests take from there."""

import numpy as _np
from numpy.linalg import *  # noqa: F403

_dot = _np.matmul


def T(x):
    return _np.swapaxes(x, -1, -2)


def norm(x, *arguments, **settings):
    """Stack lists, which may have nodes in them."""
    x = _np.stack(x) if isinstance(x, list | tuple) else x
    return _np.linalg.norm(x, *arguments, **settings)
