"""The length of a vector, which is small where an array is taken for one."""

from __future__ import annotations

import math

import numpy as np

TINY = 1e-30
"""Below this, squares (of float32 as well) may have lost digits to underflow."""


def euclidean_norm(*arrays: np.ndarray) -> float:
    """Compute the root of the sum of the squares, whatever the magnitude.

    Parameters
    ----------
    *arrays : ndarray
        Of any shapes and numeric dtypes; taken together as one vector.

    Returns
    -------
    float
        0 for none; NaN if any number is.

    Examples
    --------
    >>> import numpy as np
    >>> euclidean_norm(np.array([3.0]), np.array([[4.0]]))
    5.0
    >>> euclidean_norm(np.array([3e200, 0.0]))  # its square would be infinite
    3e+200
    >>> euclidean_norm(np.array([3e-200, 4e-200]))  # and these would be 0
    5e-200
    """
    if len(arrays) == 1:
        return norm_of_one(arrays[0])
    norms = list(map(norm_of_one, arrays))
    return math.nan if any(map(math.isnan, norms)) else math.hypot(*norms)


def norm_of_one(array: np.ndarray) -> float:
    """Compute the norm of one array."""
    array = array.ravel(order="K")  # without a copy, of a transposed one as well
    if array.dtype.kind in "biu" or array.dtype.itemsize < 4:
        array = array.astype(np.float64)  # whose squares do not overflow
    with np.errstate(all="ignore"):
        square = float(np.vdot(array, array).real)
        if math.isfinite(square) and square > TINY:
            return math.sqrt(square)
        largest = float(np.abs(array).max(initial=0.0))
        if largest == 0.0 or not math.isfinite(largest):
            return largest
        array = array / largest  # the squares were too large or too small to add up
        return largest * math.sqrt(float(np.vdot(array, array).real))
