"""What guards measure: what is finite, and ranges."""

import numpy as np
import pytest

from graphnn.guards.measures import describe, first_index, is_finite, range_of


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
def test_what_is_finite(dtype):
    array = np.full((3, 4), np.finfo(dtype).max, dtype=dtype)
    assert is_finite(array)  # though its squares are not
    assert is_finite(array[:, ::2].T)
    assert describe(array) == ""
    for bad in (np.nan, np.inf):
        wrong = array.copy()
        wrong[2, 1] = bad
        assert not is_finite(wrong)
        assert describe(wrong).endswith("the first at index (2, 1)")
    assert is_finite(np.array([], dtype=dtype))


def test_counting():
    array = np.array([1.0, np.nan, -np.inf, np.inf, np.nan])
    assert describe(array) == "2 NaN and 2 infinities, the first at index (1,)"
    assert describe(np.full(2000, np.inf)) == (
        "2,000 infinities, the first at index (0,)"
    )


def test_the_first_index():
    assert first_index(np.array(True)) == ()
    assert first_index(np.array([[[False], [True]], [[True], [True]]])) == (0, 1, 0)


def test_ranges():
    assert range_of(np.array([3, 1, 2])) == "from 1 to 3"
    assert range_of(np.array([np.nan, np.inf])) == ""
    assert range_of(np.array([1j])) == ""
    assert range_of(np.zeros(0)) == ""
