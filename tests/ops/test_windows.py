"""Sliding windows, convolution and correlation."""

import itertools

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from numpy.lib.stride_tricks import as_strided, sliding_window_view

import graphnn as gn
from graphnn.ops.windows import overlap_add

A = numbers(3, 4, 5)
WINDOWS = {
    "vector": lambda x: sliding_window_view(x[0, 0], 3),
    "all_axes": lambda x: sliding_window_view(x, (2, 3, 1)),
    "one_axis": lambda x: sliding_window_view(x, 2, axis=1),
    "negative_axis": lambda x: sliding_window_view(x, window_shape=4, axis=-1),
    "axes": lambda x: sliding_window_view(x, (3, 2), axis=(2, 0)),
    "an_axis_twice": lambda x: sliding_window_view(x, (2, 2), (1, 1)),
    "list": lambda x: sliding_window_view(x, [2, 2], [0, 1]),
    "through_numpy": lambda x: np.lib.stride_tricks.sliding_window_view(x, 1, 0),
}
MODES = ["full", "same", "valid"]
LENGTHS = list(itertools.product([1, 2, 3, 4, 7], [1, 2, 3, 6]))


@pytest.mark.parametrize("name", WINDOWS)
def test_windows(name):
    for dtype in (np.float64, np.float32, np.complex128, np.int8):
        check_values(WINDOWS[name], A.astype(dtype))
    check_function(lambda x: WINDOWS[name](x * x), A[:, :, 1:])
    check_function(WINDOWS[name], A + 1j, order=1)


def test_overlap_add():
    windows = np.arange(12.0).reshape(2, 3, 2)  # 2 rows of 3 windows of 2
    found = overlap_add(windows, (2,), (1,), (2, 4))
    np.testing.assert_array_equal(found, [[0, 3, 7, 5], [6, 15, 19, 11]])


def test_a_convolution_of_images_made_of_windows():
    def convolution(images, kernels):
        windows = sliding_window_view(images, (2, 3), axis=(1, 2))
        return np.sum(windows[:, None] * kernels[:, None, None], axis=(-1, -2))

    images, kernels = numbers(2, 4, 5), numbers(3, 2, 3, seed=1)
    check_values(convolution, images, kernels)
    check_function(convolution, images, kernels)
    x, k = gn.Input("x", value=images), gn.Input("k", value=kernels)
    y = np.sum(convolution(x, k) ** 2)
    more = numbers(5, 4, 5, seed=2)
    assert y.graph.forward(x=more, target=y) == np.sum(convolution(more, kernels) ** 2)
    y.graph.backward(y, wrt=[x, k])
    assert x.grad.shape == (5, 4, 5)


@pytest.mark.parametrize("function", [np.convolve, np.correlate])
@pytest.mark.parametrize("mode", MODES)
def test_convolve_and_correlate(function, mode):
    for n, m in LENGTHS:
        a, v = numbers(n), numbers(m, seed=1)
        b, w = a + 1j * numbers(n, seed=2), v + 1j * numbers(m, seed=3)
        for pair in ((a, v), (b, w), (a, w), (b, v)):
            check_values(lambda x, y: function(x, y, mode=mode), *pair)
        check_values(
            lambda x, y: function(x, y, mode), a.astype(np.float32), (9 * v).astype(int)
        )
        check_function(lambda x, y: function(x, y, mode), a, v)
        check_function(lambda x, y: function(x, y, mode), b, w)
    check_function(lambda x, y: function(x, y, mode), numbers(4), w)
    check_function(lambda x, y: function(x, y, mode), b, numbers(3))
    check_function(lambda x: function(x, x[:2], mode), numbers(4))
    check_function(lambda x: function(x * x, x[::-1], mode), numbers(4), rtol=1e-5)


def test_default_modes():
    a, v = numbers(5), numbers(2, seed=1)
    check_values(lambda x: np.convolve(x, v), a)
    check_values(lambda x: np.convolve(a, x), v)
    check_values(lambda x: np.correlate(x, v), a)
    check_values(lambda x: np.correlate(a, v=x), v)
    check_values(lambda x: np.convolve(x, [1.0, 2.0]), a)
    check_values(lambda x: np.convolve(x, 3.0), a)
    check_function(lambda x: np.convolve(x[0], [1.0, 2.0]), a)


@pytest.mark.parametrize("function", [np.convolve, np.correlate])
def test_only_the_gradient_that_is_wanted(function):
    a, v = gn.Input("a", value=numbers(5)), gn.Input("v", value=numbers(2, seed=1))
    y = function(a, v)
    seed = np.arange(1.0, y.size + 1)
    y.graph.backward(y, seed, wrt=[a, v])
    both = [a.grad, v.grad]
    for leaf, expected in zip((a, v), both, strict=True):
        y.graph.backward(y, seed, wrt=leaf)
        np.testing.assert_array_equal(leaf.grad, expected)
        assert [g is None for g in y.input_grads] == [leaf is v, leaf is a]


def test_signals_of_other_lengths_run_through():
    x, k = gn.Input("x", value=numbers(6)), gn.Input("k", value=numbers(3, seed=1))
    y = np.sum(np.convolve(x, k, "same") ** 2)
    for length in (2, 9):
        value = numbers(length, seed=length)
        found = y.graph.forward(x=value, target=y)
        assert found == np.sum(np.convolve(value, k.value, "same") ** 2)
        y.graph.backward(y, wrt=[x, k])
        assert x.grad.shape == (length,)


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda x: sliding_window_view(x, 2), gn.ShapeError, r"\(3, 4, 5\)"),
        (lambda x: sliding_window_view(x, 9, 0), gn.ShapeError, "larger"),
        (lambda x: sliding_window_view(x, 2, 3), np.exceptions.AxisError, "3"),
        (lambda x: sliding_window_view(x, -1, 0), gn.ShapeError, "negative"),
        (
            lambda x: sliding_window_view(x, 2, 0, writeable=True),
            gn.UnsupportedError,
            "writeable",
        ),
        (lambda x: as_strided(x, (2, 2)), gn.UnsupportedError, "node, not an array"),
        (lambda x: np.convolve(x, [1.0]), gn.ShapeError, r"deep.*\(3, 4, 5\), \(1,\)"),
        (lambda x: np.convolve(x[0, 0], []), gn.ShapeError, r"empty.*\(0,\)"),
        (lambda x: np.correlate(x[0, 0], x[0]), gn.ShapeError, r"\(5,\), \(4, 5\)"),
        (lambda x: np.convolve(x[0, 0], x[0, 0], "no"), gn.ShapeError, "mode"),
    ],
)
def test_bad_use(attempt, error, text):
    x = gn.Input("x", value=A)
    with pytest.raises(error, match=text):
        attempt(x)
    assert np.convolve(x[0, 0], x[0, 1]).shape == (9,)
