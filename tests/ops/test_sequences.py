"""Evenly spaced numbers, powers, polynomials, grids."""

import numpy as np
import pytest
from cases import numbers, positive
from cases.checks import check_function, check_values

import graphnn as gn

A, B = numbers(2, 3), numbers(3, seed=1)
BETWEEN = {
    "default": lambda a, b: np.linspace(a, b),
    "num": lambda a, b: np.linspace(a, b, 4),
    "open": lambda a, b: np.linspace(a, b, num=3, endpoint=False),
    "axis": lambda a, b: np.linspace(a, b, 4, axis=-1),
    "middle_axis": lambda a, b: np.linspace(a, b, 4, axis=1),
    "step": lambda a, b: np.linspace(a, b, 5, retstep=True),
    "step_open": lambda a, b: np.linspace(a, b, 5, False, True),
    "one": lambda a, b: np.linspace(a, b, 1),
    "none": lambda a, b: np.linspace(a, b, 0),
    "from_number": lambda a, b: np.linspace(0, b, 3),
    "to_number": lambda a, b: np.linspace(a, 2.0, 3),
    "from_array": lambda a, b: np.linspace(B, a, 3),
    "logspace": lambda a, b: np.logspace(a, b, 4),
    "logspace_base": lambda a, b: np.logspace(a, b, 4, False, base=2.0, axis=-1),
    "logspace_base_node": lambda a, b: np.logspace(0.0, 2.0, 4, base=b * b),
    "logspace_bases": lambda a, b: np.logspace(0.0, a, 4, base=np.array([2.0, 3, 4])),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_between_ends(name):
    check_values(BETWEEN[name], A, B)
    check_values(BETWEEN[name], A.astype(np.float32), B.astype(np.float32))
    check_values(BETWEEN[name], (5 * A).astype(int), (5 * B).astype(int))
    check_function(BETWEEN[name], A, B, rtol=1e-5)
    check_function(lambda a, b: BETWEEN[name](a * b, b), A / 4, B / 2, rtol=1e-5)


def test_between_complex_ends():
    a, b = A + 1j * numbers(2, 3, seed=2), B + 1j * numbers(3, seed=3)
    for x, y in ((a, b), (A, b), (a, B)):
        check_values(lambda x, y: np.linspace(x, y, 4), x, y)
        check_function(lambda x, y: np.linspace(x, y, 4), x, y)


def test_between_dtypes():
    check_values(lambda a, b: np.linspace(a, b, 4, dtype=np.float32), A, B)
    check_values(lambda a, b: np.linspace(a, b, 4, dtype=int), A, 9 * B)
    check_values(lambda a, b: np.logspace(a, b, 4, dtype=np.float32), A, B)
    x = gn.Input("x", value=A)
    assert np.linspace(x, 1.0, 3, dtype=np.float32).dtype == np.float32


@pytest.mark.parametrize("columns", [None, 0, 1, 2, 5])
@pytest.mark.parametrize("increasing", [False, True])
def test_vander(columns, increasing):
    def vander(x):
        return np.vander(x, columns, increasing=increasing)

    for array in (B, B.astype(np.float32), (9 * B).astype(int), B + 1j):
        check_values(vander, array)
    check_function(vander, B)
    check_function(lambda x: vander(x * x), B + 1j, rtol=1e-5)
    check_function(vander, np.array([0.0, 1.0, -2.0]))


POLYNOMIALS = {
    "node_at_array": lambda p, x: np.polyval(p, A),
    "node_at_node": np.polyval,
    "numbers_at_node": lambda p, x: np.polyval([1.0, 2, 3], x),
    "polynomial_at_node": lambda p, x: np.polyval(np.poly1d([1.0, -2.0, 3.0]), x),
    "node_at_number": lambda p, x: np.polyval(p, 2.0),
    "nodes_at_node": lambda p, x: np.polyval([p[0], 2.0, p[1] * p[2]], x),
}


@pytest.mark.parametrize("name", POLYNOMIALS)
def test_polynomials(name):
    check_values(POLYNOMIALS[name], B, A)
    check_function(POLYNOMIALS[name], B, A)
    check_function(POLYNOMIALS[name], B + 1j, A - 1j)


GRIDS = {
    "xy": lambda x, y: np.meshgrid(x, y),
    "ij": lambda x, y: np.meshgrid(x, y, indexing="ij"),
    "sparse": lambda x, y: np.meshgrid(x, y, sparse=True),
    "three": lambda x, y: np.meshgrid(x, [1.0, 2.0], y),
    "three_ij_sparse": lambda x, y: np.meshgrid(x, y, B, indexing="ij", sparse=True),
    "one": lambda x, y: np.meshgrid(x),
    "view": lambda x, y: np.meshgrid(x, y, copy=False),
    "matrix": lambda x, y: np.meshgrid(x, A),
    "number": lambda x, y: np.meshgrid(x, 2.0),
    "combined": lambda x, y: np.prod(np.stack(np.meshgrid(x, y)), axis=0),
}


@pytest.mark.parametrize("name", GRIDS)
def test_grids(name):
    check_values(GRIDS[name], B, positive(4))
    check_function(GRIDS[name], B, positive(4))


def test_a_grid_follows_its_lines():
    x, y = gn.Input("x", value=B), gn.Input("y", value=positive(4))
    across, down = np.meshgrid(x, y)
    z = np.sum(across * down)
    z.graph.forward(x=[1.0, 2.0], y=[3.0], target=z)
    assert across.shape == down.shape == (1, 2)
    z.graph.backward(z, wrt=[x, y])
    np.testing.assert_array_equal(x.grad, [3.0, 3.0])
    np.testing.assert_array_equal(y.grad, [3.0])


@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda x: np.linspace(x, 1.0, 1, retstep=True), TypeError, "no step"),
        (lambda x: np.linspace(x, np.ones(2)), gn.ShapeError, r"\(2, 3\), \(2,\)"),
        (lambda x: np.linspace(x, 1.0, -1), gn.ShapeError, "-1"),
        (lambda x: np.linspace(x, 1.0, 3, axis=5), np.exceptions.AxisError, "5"),
        (lambda x: np.geomspace(x, 1.0), gn.UnsupportedError, r"np\.log\(start\)"),
        (lambda x: np.vander(x), gn.ShapeError, r"one-dimensional.*\(2, 3\)"),
        (lambda x: np.meshgrid(x, x, indexing="no"), gn.UnsupportedError, "'ij'"),
        (lambda x: np.polyadd(x[0], x[1]), gn.UnsupportedError, r"np\.polyadd"),
        (lambda x: np.polymul(x[0], x[1]), gn.UnsupportedError, r"np\.polymul"),
        (lambda x: np.polyfit(x[0], x[1], 1), TypeError, r"np\.polyfit"),
    ],
)
def test_bad_use(attempt, error, text):
    x = gn.Input("x", value=A)
    with pytest.raises(error, match=text):
        attempt(x)
    assert np.linspace(x, 1.0, 4).shape == (4, 2, 3)
