"""Casting, and what the dtype and the shape of a node answer."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

X = numbers(2, 3)
Z = X + 1j * numbers(2, 3, seed=1)

CASTS = {
    "method": lambda x: x.astype(np.float32),
    "name": lambda x: x.astype("f4"),
    "same": lambda x: x.astype(np.float64),
    "no_copy": lambda x: x.astype(np.float64, copy=False),
    "casting": lambda x: x.astype(np.float32, casting="same_kind"),
    "complex": lambda x: x.astype(complex),
    "whole": lambda x: x.astype(int),
    "bool": lambda x: x.astype(bool),
    "python": lambda x: x.astype(float),
}


@pytest.mark.parametrize("name", CASTS)
def test_astype(name):
    check_values(CASTS[name], X)
    check_values(CASTS[name], np.array([0, 1, 3])) if name != "casting" else None


@pytest.mark.skipif(not hasattr(np, "astype"), reason="NumPy before 2.1")
def test_numpys_astype():
    check_values(lambda x: np.astype(x, np.float32), X)
    check_values(lambda x: np.astype(x, np.float32, copy=False), X)
    check_values(lambda x: np.astype(x, np.float64, copy=True), X)
    check_function(lambda x: np.astype(x, complex) ** 2, X)


def test_casts_between_real_and_complex_are_differentiated():
    check_function(lambda x: x.astype(complex) ** 2 * 1j, X)
    z = gn.Input("z", value=Z)
    with pytest.warns(np.exceptions.ComplexWarning):
        y = z.astype(float)
    y.graph.backward(y, X, wrt=z)
    np.testing.assert_array_equal(z.grad, X + 0j)


def test_gradients_go_through_another_precision():
    x = gn.Input("x", value=X)
    y = np.sum(x.astype(np.float32) ** 2)
    y.graph.backward(y, wrt=x)
    assert x.grad.dtype == np.float64
    np.testing.assert_allclose(x.grad, 2 * X, rtol=1e-6)


@pytest.mark.parametrize("whole", [int, bool, np.uint8])
def test_no_gradient_goes_through_whole_numbers(whole):
    x = gn.Input("x", value=np.abs(X))
    y = np.sum(x.astype(whole).astype(float) * x + x.astype(whole) * x)
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, 2.0 * np.abs(X).astype(whole))


def test_casts_that_are_not_allowed():
    x = gn.Input("x", value=X)
    with pytest.raises(TypeError, match="according to the rule 'safe'"):
        x.astype(np.float32, casting="safe")
    assert len(x.graph) == 1


def test_a_cast_waits_for_a_value():
    x = gn.Input("x")
    y = x.astype(np.float32, copy=False)
    assert x.graph.forward(x=X, target=y).dtype == np.float32


# -- answers ---------------------------------------------------------------------------
LIKE = {
    "zeros_like": np.zeros_like,
    "ones_like": np.ones_like,
    "zeros_like_dtype": lambda x: np.zeros_like(x, np.int8),
    "ones_like_dtype": lambda x: np.ones_like(x, dtype=bool),
    "ones_like_shape": lambda x: np.ones_like(x, shape=(4,)),
    "zeros_like_order": lambda x: np.zeros_like(x, order="F"),
    "full_like": lambda x: np.full_like(x, 2.5),
    "full_like_array": lambda x: np.full_like(x, [1, 2, 3]),
    "full_like_dtype": lambda x: np.full_like(x, 2.5, dtype=int),
    "full_like_shape": lambda x: np.full_like(x, 2.5, shape=(2, 2)),
    "full_like_order": lambda x: np.full_like(x, 2.5, order="K"),
}


@pytest.mark.parametrize("name", LIKE)
def test_arrays_like_a_node(name):
    x = gn.Input("x", value=X.astype(np.float32))
    found, expected = LIKE[name](x), LIKE[name](X.astype(np.float32))
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, expected, strict=True)
    assert found.flags.writeable
    assert found.flags.f_contiguous == expected.flags.f_contiguous
    assert len(x.graph) == 1


def test_empty_like():
    found = np.empty_like(gn.Input("x", value=X), np.int8)
    assert found.shape == (2, 3)
    assert found.dtype == np.int8


def test_full_like_a_node():
    check_values(lambda x, v: np.full_like(x, v), X, np.array(2.5))
    check_values(lambda x, v: np.full_like(x, v), X, np.array([1, 2, 3]))
    check_values(lambda x, v: np.full_like(x, v, np.float32, shape=(4, 3)), X, X[0])
    check_function(lambda v: np.full_like(gn.Constant(X), v) ** 2, np.array(2.5))


def test_questions_about_dtypes():
    x = gn.Input("x", value=X.astype(np.float32))
    assert np.result_type(x, np.float64) == np.float64
    assert np.result_type(x, 2.0) == np.float32
    assert np.result_type(gn.Constant(2.0), x) == np.float32
    assert np.common_type(x, gn.Input("z", value=Z)) is np.complex128
    assert np.can_cast(x, np.float64)
    assert not np.can_cast(x, np.int8)
    assert np.can_cast(x, np.float16, casting="same_kind")
    assert np.min_scalar_type(x) == np.float32
    assert np.min_scalar_type(gn.Input("n", value=np.array(3))) == np.uint8
    assert np.isscalar(x) is False
    assert len(x.graph) == 1


def test_questions_need_a_value():
    x = gn.Input("x")
    for ask in (np.zeros_like, np.result_type, np.min_scalar_type, np.empty_like):
        with pytest.raises(gn.UnsupportedError, match="no value yet"):
            ask(x)


def test_copyto_is_refused():
    array = np.zeros((2, 3))
    for attempt in (
        lambda x: np.copyto(array, x),
        lambda x: np.copyto(x, array),
        lambda x: np.full_like(array, x),
    ):
        with pytest.raises(gn.UnsupportedError, match="in place"):
            attempt(gn.Input("x", value=X))
    np.testing.assert_array_equal(array, 0)
