"""How quantities vary together."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from cases.covariance import FREQUENCIES, IMPORTANCE

import graphnn as gn

ROWS = numbers(3, 5)
MORE = numbers(2, 5, seed=1)
COMPLEX = ROWS + 1j * numbers(3, 5, seed=2)
COVARIANCES = {
    "plain": np.cov,
    "columns": lambda x: np.cov(x, rowvar=False),
    "biased": lambda x: np.cov(x, None, True, True),
    "ddof": lambda x: np.cov(x, ddof=0),
    "weights": lambda x: np.cov(x, fweights=FREQUENCIES, aweights=IMPORTANCE, ddof=2),
    "with_more": lambda x: np.cov(x, MORE),
    "turned": lambda x: np.cov(x.T, MORE.T, rowvar=False),
    "one": lambda x: np.cov(x[0]),
    "two": lambda x: np.cov(x[0], x[1]),
    "single": lambda x: np.cov(x, dtype=np.float64 if x.dtype.kind != "c" else None),
}
CORRELATIONS = {
    "plain": np.corrcoef,
    "columns": lambda x: np.corrcoef(x.T, rowvar=False),
    "with_more": lambda x: np.corrcoef(x, MORE),
    "two": lambda x: np.corrcoef(x[0], x[1]),
}


@pytest.mark.parametrize("name", COVARIANCES)
def test_covariances(name):
    for array in (ROWS, ROWS.astype(np.float32), COMPLEX, (ROWS * 9).astype(int)):
        check_values(COVARIANCES[name], array)
    check_function(COVARIANCES[name], COMPLEX)


@pytest.mark.parametrize("name", CORRELATIONS)
def test_correlations(name):
    for array in (ROWS, ROWS.astype(np.float32), COMPLEX, (ROWS * 9).astype(int)):
        check_values(CORRELATIONS[name], array)
    check_function(CORRELATIONS[name], ROWS, atol=1e-7)
    check_function(CORRELATIONS[name], COMPLEX, atol=1e-7)


def test_dtype():
    array = ROWS.astype(np.float32)
    for function in (np.cov, np.corrcoef):
        check_values(lambda x, f=function: f(x, dtype=np.float32), array)


def test_the_correlation_of_one_with_itself():
    check_values(lambda x: np.corrcoef(x), ROWS[0])


def test_a_real_and_a_complex_quantity():
    check_values(np.cov, ROWS, COMPLEX)
    check_function(np.cov, ROWS, COMPLEX)
    check_values(lambda y: np.cov(ROWS, y), MORE)
    check_function(lambda y: np.cov(ROWS, y), MORE)


def test_weights_that_are_nodes():
    def weighted(x, f, a, ddof=1):
        return np.cov(x, fweights=f, aweights=a, ddof=ddof)

    check_values(weighted, ROWS, FREQUENCIES, IMPORTANCE)
    check_function(weighted, COMPLEX, FREQUENCIES, IMPORTANCE)
    check_function(lambda a: weighted(ROWS, None, a, 0), IMPORTANCE)
    check_function(lambda a: np.cov(ROWS, MORE, aweights=a * a), IMPORTANCE)


def test_bad_use():
    x = gn.Input("x", value=ROWS)
    weights = x[0]
    with pytest.raises(gn.ShapeError, match=r"cov.*more than 2 dimensions"):
        np.cov(gn.Input("y", value=np.ones((2, 2, 2))))
    with pytest.raises(gn.ShapeError, match=r"\(3, 5\) and \(2, 4\)"):
        np.cov(x, MORE[:, 1:])
    with pytest.raises(TypeError, match="integer"):
        np.cov(x, fweights=weights)
    with pytest.raises(RuntimeError, match="incompatible numbers"):
        np.cov(x, fweights=[1, 2])
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        np.corrcoef(gn.Input("y"))
    assert len(x.graph) == 2
    check_values(np.cov, ROWS)
