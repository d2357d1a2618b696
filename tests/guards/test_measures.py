"""What guards measure: what is finite, norms at the ends of the range, ranges."""

import numpy as np
import pytest

from graphnn.guards.measures import describe, first_index, is_finite, norm_of, range_of


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


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("place", ["huge", "tiny"])
def test_norms_at_the_ends_of_the_range(dtype, place):
    info = np.finfo(dtype)
    unit = info.max / 8 if place == "huge" else info.tiny
    array = np.array([3, 4]).astype(dtype) * unit
    assert norm_of([array]) == pytest.approx(5.0 * float(unit), rel=1e-3)
    assert norm_of([array[:1], array[1:]]) == pytest.approx(5.0 * float(unit), rel=1e-3)


def test_norms_of_what_has_none():
    assert norm_of([]) == 0.0
    assert norm_of([np.zeros((0, 3))]) == 0.0
    assert norm_of([np.zeros(3)]) == 0.0
    assert norm_of([np.array([1.0, -np.inf])]) == np.inf
    assert np.isnan(norm_of([np.array([1.0, np.nan])]))
    assert np.isnan(norm_of([np.array([np.inf, np.nan])]))


def test_the_first_index():
    assert first_index(np.array(True)) == ()
    assert first_index(np.array([[[False], [True]], [[True], [True]]])) == (0, 1, 0)


def test_ranges():
    assert range_of(np.array([3, 1, 2])) == "from 1 to 3"
    assert range_of(np.array([np.nan, np.inf])) == ""
    assert range_of(np.array([1j])) == ""
    assert range_of(np.zeros(0)) == ""
