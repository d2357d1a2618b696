import numpy as np
import pytest

from graphnn.data import digits


def test_digits_have_their_shapes_types_and_range():
    X, y = digits()
    assert X.shape == (1797, 64)
    assert X.dtype == np.float64
    assert (X.min(), X.max()) == (0.0, 16.0)
    assert y.shape == (1797,)
    assert y.dtype == np.int64
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_are_the_originals():
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.load_digits(return_X_y=True)
    np.testing.assert_array_equal(digits()[0], X)
    np.testing.assert_array_equal(digits()[1], y)


def test_each_call_gives_arrays_of_its_own():
    X, y = digits()
    X[:] = -1
    y[:] = -1
    again_X, again_y = digits()
    assert again_X.min() == 0
    assert again_y.min() == 0
