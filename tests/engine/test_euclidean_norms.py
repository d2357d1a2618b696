"""Norms, whatever the magnitude."""

import numpy as np
import pytest

from graphnn.engine.norms import euclidean_norm


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex64])
@pytest.mark.parametrize("place", ["huge", "tiny"])
def test_norms_at_the_ends_of_the_range(dtype, place):
    info = np.finfo(dtype)
    unit = info.max / 8 if place == "huge" else info.tiny
    array = np.array([3, 4]).astype(dtype) * unit
    assert euclidean_norm(array) == pytest.approx(5.0 * float(unit), rel=1e-3)
    assert euclidean_norm(array[:1], array[1:]) == pytest.approx(
        5.0 * float(unit), rel=1e-3
    )


def test_norms_of_what_has_none():
    assert euclidean_norm() == 0.0
    assert euclidean_norm(np.zeros((0, 3))) == 0.0
    assert euclidean_norm(np.zeros(3)) == 0.0
    assert euclidean_norm(np.array([1.0, -np.inf])) == np.inf
    assert np.isnan(euclidean_norm(np.array([1.0, np.nan])))
    assert np.isnan(euclidean_norm(np.array([np.inf, np.nan])))
    assert np.isnan(euclidean_norm(np.array([np.inf]), np.array([np.nan])))


def test_many_arrays_are_one_vector():
    parts = [np.full(4, 3e200), np.full((3, 1), 4e200, np.float64), np.zeros(0)]
    assert euclidean_norm(*parts) == pytest.approx(np.sqrt(84) * 1e200)
