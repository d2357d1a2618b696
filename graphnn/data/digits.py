"""Handwritten digits: 1,797 images of 8 × 8 pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def digits() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Load handwritten digits, 0 to 9.

    Returns
    -------
    X : ndarray of float64, shape (1797, 64)
        One image of 8 × 8 pixels a row, row by row; 0 is white, 16 is black.
    y : ndarray of int64, shape (1797,)
        The digit that each image shows.
        Both arrays are new at each call: change them as you like.

    Notes
    -----
    The test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and
    C. Kaynak (1998), UCI Machine Learning Repository, https://doi.org/10.24432/C50P49,
    licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). The values
    are unchanged; they are stored as bytes in a compressed ``.npz`` file.

    Examples
    --------
    >>> X, y = digits()
    >>> X.shape, y[:5]
    ((1797, 64), array([0, 1, 2, 3, 4]))
    """
    from importlib.resources import (
        files,  # which brings in half of the standard library
    )

    with (
        (files("graphnn.data") / "digits.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as archive,
    ):
        return archive["X"].astype(np.float64), archive["y"].astype(np.int64)
