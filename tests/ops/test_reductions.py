"""Sums, products and means: what NumPy gives, every keyword, every derivative."""

import copy
import pickle

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from cases.reductions import MASK_3D, zeros

import graphnn as gn

FLOAT = numbers(2, 3, 4)
COMPLEX = FLOAT + 1j * numbers(2, 3, 4, seed=1)
WITH_NAN = np.where(np.arange(24).reshape(2, 3, 4) % 5 == 1, np.nan, FLOAT)
ARRAYS = {
    "float64": FLOAT,
    "float32": FLOAT.astype(np.float32),
    "float16": FLOAT.astype(np.float16),
    "complex128": COMPLEX,
    "complex64": COMPLEX.astype(np.complex64),
    "int8": (FLOAT * 10).astype(np.int8),
    "bool": FLOAT > 0,
    "0d": np.array(3.5),
    "empty": np.zeros((2, 0, 4)),
}
SETTINGS = [
    {},
    {"axis": None, "dtype": None, "out": None},
    {"axis": 0},
    {"axis": -1, "keepdims": True},
    {"axis": (0, -1)},
    {"axis": np.int64(1)},
    {"axis": (), "keepdims": False},
    {"keepdims": True},
]
PLAIN = [np.sum, np.prod, np.mean]
SKIPPING = [np.nansum, np.nanprod, np.nanmean]


@pytest.mark.parametrize("function", [*PLAIN, *SKIPPING])
@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("name", ARRAYS)
def test_values(function, settings, name):
    array = ARRAYS[name]
    if name == "0d" and settings.get("axis") is not None:
        pytest.skip("has no axis")
    if name == "empty" and function in (np.mean, np.nanmean):
        pytest.skip("the mean of nothing")
    check_values(lambda x: function(x, **settings), array)


@pytest.mark.parametrize("function", SKIPPING)
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 1)])
def test_values_with_nan(function, axis):
    check_values(lambda x: function(x, axis=axis), WITH_NAN)
    check_values(lambda x: function(x, axis=axis), WITH_NAN * (1 + 2j))


@pytest.mark.parametrize("function", [*PLAIN, *SKIPPING])
@pytest.mark.parametrize("axis", [None, 0, (0, -1)])
def test_values_of_other_layouts(function, axis):
    check_values(lambda x: function(x.T, axis=axis), FLOAT)
    check_values(lambda x: function(x[:, ::-1, ::2], axis=axis), FLOAT)


@pytest.mark.parametrize("function", [*PLAIN, *SKIPPING])
@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("float32", np.float64),
        ("float64", "f4"),
        ("int8", float),
        ("float64", complex),
        ("bool", np.int16),
    ],
)
def test_values_with_dtype(function, name, dtype):
    check_values(lambda x: function(x, axis=1, dtype=dtype), ARRAYS[name])
    check_values(lambda x: function(x, (0, 1), dtype), ARRAYS[name])


@pytest.mark.parametrize("function", [np.sum, np.prod, np.nansum, np.nanprod])
@pytest.mark.parametrize("initial", [2, 2.5, np.float32(0.5), None])
def test_values_with_initial(function, initial):
    for name in ("float64", "float32", "complex64"):
        check_values(lambda x: function(x, axis=-1, initial=initial), ARRAYS[name])
    check_values(lambda x: function(x, initial=3), ARRAYS["int8"])


@pytest.mark.parametrize("function", [*PLAIN, *SKIPPING])
@pytest.mark.parametrize("mask", [MASK_3D, MASK_3D[0], np.True_, True], ids=np.shape)
def test_values_with_a_mask(function, mask):
    for array in (FLOAT, COMPLEX):
        check_values(lambda x: function(x, axis=1, where=mask), array)
        check_values(lambda x: function(x, where=mask, keepdims=True), array)
    check_values(lambda x: function(x, axis=(0, 1), where=x > 0.3), FLOAT)


@pytest.mark.parametrize(
    ("reduce", "plain"), [(np.add.reduce, np.sum), (np.multiply.reduce, np.prod)]
)
def test_ufunc_methods(reduce, plain):
    for array in (FLOAT, COMPLEX, ARRAYS["int8"]):
        check_values(lambda x: reduce(x), array)
        check_values(lambda x: reduce(x, axis=None), array)
        check_values(lambda x: reduce(x, (0, 2), keepdims=True), array)
        check_values(lambda x: reduce(x, -1, np.complex128, None, True, 2), array)
        check_values(lambda x: reduce(x, where=MASK_3D, initial=3), array)
    x = gn.Input("x", value=FLOAT)
    assert reduce(x).shape == (3, 4)
    assert type(reduce(x)) is type(plain(x))
    check_function(lambda x: reduce(x), FLOAT)


def test_methods_of_nodes():
    check_values(lambda x: x.prod(), FLOAT)
    check_values(lambda x: x.prod(axis=(0, 1), keepdims=True), FLOAT)
    check_values(lambda x: x.sum(1, np.float32), FLOAT)
    check_values(lambda x: x.mean(axis=-1, where=MASK_3D), FLOAT)


@pytest.mark.parametrize("function", [*PLAIN, *SKIPPING])
@pytest.mark.parametrize("settings", [{}, {"axis": (0, -1)}, {"where": MASK_3D}])
def test_complex_gradients(function, settings):
    check_function(lambda x: function(x, **settings), COMPLEX)


@pytest.mark.parametrize("function", PLAIN)
def test_gradients_with_dtype(function):
    check_function(lambda x: function(x, 1, dtype=complex), FLOAT)
    check_function(lambda x: function(x, 1, dtype=np.float64), FLOAT)
    x = gn.Input("x", value=ARRAYS["float32"])
    y = function(x, axis=0, dtype=np.float64)
    y.graph.backward(y, np.ones((3, 4)), wrt=x)
    assert x.grad.dtype == np.float32
    np.testing.assert_allclose(x.grad, grad_of(function, FLOAT, axis=0), rtol=1e-6)


@pytest.mark.filterwarnings("ignore::numpy.exceptions.ComplexWarning")
@pytest.mark.parametrize("function", PLAIN)
def test_a_real_result_of_complex_numbers(function):
    check_function(lambda x: function(x, 1, dtype=np.float64), COMPLEX)


def grad_of(function, array, **settings):
    x = gn.Input("x", value=array)
    y = function(x, **settings)
    y.graph.backward(y, np.ones(y.shape, y.dtype), wrt=x)
    return x.grad


# -- products with zeros ---------------------------------------------------------------
def test_the_gradient_of_a_product_with_one_zero_goes_to_the_zero():
    grad = grad_of(np.prod, np.array([2.0, 0.0, 3.0, -1.0]))
    np.testing.assert_array_equal(grad, [0.0, -6.0, 0.0, 0.0])


def test_the_gradient_of_a_product_with_two_zeros_is_zero():
    grad = grad_of(np.prod, np.array([2.0, 0.0, 0.0, 3.0]))
    np.testing.assert_array_equal(grad, np.zeros(4))


def test_the_hessian_of_a_product_with_zeros():
    x = gn.Input("x", value=np.array([2.0, 0.0, 0.0, 3.0]))
    y = np.prod(x)
    (slope,) = y.graph.gradient(y, [x])
    rows = []
    for i in range(4):
        y.graph.backward(slope, np.eye(4)[i], wrt=x)
        rows.append(x.grad)
    expected = np.zeros((4, 4))
    expected[1, 2] = expected[2, 1] = 6.0
    np.testing.assert_array_equal(rows, expected)


def test_the_third_derivative_of_a_product_of_zeros():
    x = gn.Input("x", value=np.zeros(3))
    y = np.prod(x)
    for direction in np.eye(3):
        (slope,) = y.graph.gradient(y, [x])
        y = np.sum(slope * direction)
    assert y.output == 1.0


@pytest.mark.parametrize("places", [[(0, 0, 1)], [(0, 0, 1), (0, 1, 1), (1, 0, 1)]])
@pytest.mark.parametrize("settings", [{"axis": (2, 0)}, {"axis": 1, "where": MASK_3D}])
def test_products_with_zeros(places, settings):
    check_function(lambda x: np.prod(x, **settings), zeros(*places))
    turned = zeros(*places) * np.exp(1j * numbers(2, 3, 4, seed=9))
    check_function(lambda x: np.prod(x, **settings), turned)


# -- edges -----------------------------------------------------------------------------
def test_what_takes_no_part_gets_zero():
    mask = np.array([[True, False, True], [False, False, False]])
    array = numbers(2, 3)
    for function in PLAIN:
        with np.errstate(all="ignore"):
            settings = {"axis": 1, "where": mask}
            if function is np.mean:
                settings["where"] = mask[:1]
            grad = grad_of(function, array, **settings)
        assert (grad[np.broadcast_to(~settings["where"], (2, 3))] == 0).all()
        assert np.isfinite(grad).all()


def test_nan_gets_zero():
    array = np.array([[1.0, np.nan, 2.0], [np.nan, 4.0, 3.0]])
    np.testing.assert_array_equal(grad_of(np.nansum, array), [[1, 0, 1], [0, 1, 1]])
    np.testing.assert_array_equal(
        grad_of(np.nanmean, array, axis=0), [[1, 0, 0.5], [0, 1, 0.5]]
    )
    np.testing.assert_array_equal(
        grad_of(np.nanprod, array, axis=1), [[2, 0, 1], [0, 3, 4]]
    )


@pytest.mark.filterwarnings("ignore:Mean of empty slice:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
def test_the_mean_of_nothing_hands_nothing_on():
    mask = np.array([[False, False, False], [True, False, True]])
    array = np.array([[np.nan, np.nan, np.nan], [1.0, np.nan, 3.0]])
    for value, settings in (
        (np.nanmean, {}),
        (np.nanmean, {"where": mask}),
        (lambda x, **s: np.mean(x, where=mask, **s), {}),
    ):
        x = gn.Input("x", value=array)
        y = value(x, axis=1, **settings)
        with np.errstate(all="raise"):
            y.graph.backward(y, np.ones(2), wrt=x)
        np.testing.assert_array_equal(x.grad, mask * 0.5)


def test_empty_arrays():
    for function in (np.sum, np.prod, np.nansum, np.nanprod):
        for axis in (None, 0, 1):
            assert grad_of(function, np.zeros((2, 0)), axis=axis).shape == (2, 0)


def test_recipes_are_copied_and_pickled():
    x = gn.Input("x", value=FLOAT)
    y = np.prod(np.sum(x, axis=0, where=MASK_3D, initial=2.0), axis=(0, 1))
    for copied in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert copied.output == y.output
        assert copied.graph.forward(target=copied) == y.output
        copied.graph.backward(copied, wrt=copied.graph["x"])


# -- bad use ---------------------------------------------------------------------------
def test_bad_axes():
    x = gn.Input("x", value=FLOAT)
    for attempt in (
        lambda: np.sum(x, axis=3),
        lambda: np.prod(x, axis=(0, -4)),
        lambda: np.add.reduce(x, axis=7),
    ):
        with pytest.raises(np.exceptions.AxisError, match="out of bounds"):
            attempt()
    with pytest.raises(gn.ShapeError, match="duplicate"):
        np.sum(x, axis=(0, 0))
    with pytest.raises(TypeError, match="integer"):
        np.sum(x, axis=1.5)
    assert len(x.graph) == 1
    check_values(np.sum, FLOAT)


def test_a_mask_that_does_not_fit():
    x = gn.Input("x", value=FLOAT)
    with pytest.raises(gn.ShapeError, match=r"sum.*cannot reduce shape \(2, 3, 4\)"):
        np.sum(x, where=np.ones(3, bool))
    with pytest.raises(TypeError, match="bool"):
        np.sum(x, where=np.ones(4))
    assert len(x.graph) == 1


def test_refusals():
    x = gn.Input("x", value=FLOAT)
    first = x[0, 0, 0]
    with pytest.raises(gn.UnsupportedError, match=r"initial= of Sum is a node"):
        np.sum(x, initial=first)
    for attempt in (
        lambda: np.prod(x, out=np.zeros(())),
        lambda: np.add.reduce(x, out=np.zeros((3, 4))),
    ):
        with pytest.raises(gn.UnsupportedError, match="in place"):
            attempt()
    with pytest.raises(gn.UnsupportedError, match=r"np\.subtract\.reduce"):
        np.subtract.reduce(x)
    with pytest.raises(gn.ArgumentError, match="Sum takes 2 inputs, 1 given"):
        gn.ops.reductions.Sum(more_inputs=("where",))(FLOAT)
