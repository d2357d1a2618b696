"""Every ufunc of NumPy: on nodes it gives what it gives on arrays, to the bit."""

import copy
import operator
import pickle
from functools import partial

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn
from graphnn.graph.dispatch import OPERATIONS

A = numbers(2, 3, seed=1)
B = numbers(3, seed=2)
MASK = numbers(2, 3, seed=5) > 0

UFUNCS = sorted(
    {f for f in vars(np).values() if isinstance(f, np.ufunc) and not f.signature},
    key=lambda f: f.__name__,
)
BINARY = [f for f in UFUNCS if f.nin == 2]
DTYPES = [np.dtype(code).name for code in "dfeDFlbB?"]
BETWEEN_1 = {np.arcsin, np.arccos, np.arctanh}
FROM_0 = {np.sqrt, np.log, np.log2, np.log10, np.log1p, np.power, np.float_power}


def takes(ufunc, *dtypes):
    """Tell whether NumPy has a loop for dtypes."""
    try:
        ufunc.resolve_dtypes((*map(np.dtype, dtypes), *[None] * ufunc.nout))
    except TypeError:
        return False
    return True


def sample(ufunc, dtype, *shape, seed=0):
    """Draw numbers of a dtype from where a function takes them."""
    kind = np.dtype(dtype).kind
    values = numbers(*shape, seed=seed)
    if kind == "b":
        return values > 0
    if kind in "iu":
        return np.floor(1 + 3 * np.abs(values)).astype(dtype)
    if ufunc in BETWEEN_1:
        values = values / 2
    elif ufunc is np.arccosh:
        values = 1.1 + np.abs(values)
    elif ufunc in FROM_0:
        values = np.abs(values)
    if kind == "c":
        values = values + 1j * numbers(*shape, seed=seed + 7)
    return np.asarray(values, dtype)


def result(ufunc, *inputs, **settings):
    """Call a ufunc; unpack what has two outputs, as the user does."""
    made = ufunc(*inputs, **settings)
    return made if ufunc.nout == 1 else tuple(made)


def test_every_ufunc_has_an_operation():
    assert {f for f in UFUNCS if f not in OPERATIONS} == {np.isnat}  # of dates only


@pytest.mark.parametrize(
    ("ufunc", "dtype"),
    [(f, dtype) for f in UFUNCS for dtype in DTYPES if takes(f, *[dtype] * f.nin)],
)
def test_values(ufunc, dtype):
    call = partial(result, ufunc)
    shapes = [(2, 3), (3,)][: ufunc.nin]
    arrays = [sample(ufunc, dtype, *s, seed=i) for i, s in enumerate(shapes)]
    with np.errstate(all="ignore"):  # int8 to a power of int8
        check_values(call, *arrays)
        check_values(call, *[sample(ufunc, dtype) for _ in arrays])
        check_values(call, *[np.empty((0, 3), dtype) for _ in arrays])


@pytest.mark.parametrize("ufunc", BINARY)
@pytest.mark.parametrize("number", [True, 2, 1.5, 2.5j])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "complex64"])
def test_values_beside_python_numbers(ufunc, number, dtype):
    array = sample(ufunc, dtype, 2, 3)
    for call in (
        lambda x: result(ufunc, x, number),
        lambda x: result(ufunc, number, x),
    ):
        try:
            call(array)
        except TypeError:
            with pytest.raises(TypeError):
                call(gn.Input(value=array))
        else:
            check_values(call, array)


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, -1, 0.5, 2.0, -1.5, 2j, True])
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
def test_powers_of_python_numbers(exponent, dtype):
    array = sample(np.power, dtype, 5, 4)
    check_values(lambda x: x**exponent, array)
    check_values(lambda x: np.power(x, exponent), array)
    check_values(lambda x: x ** np.asarray(exponent), array)
    check_values(lambda x: 2 ** (x * exponent), array)


@pytest.mark.parametrize(
    ("ufunc", "dtype"),
    [
        (f, dtype)
        for f in UFUNCS
        for dtype in ("float64", "complex128")
        if takes(f, *[dtype] * f.nin)
    ],
)
def test_derivatives(ufunc, dtype):
    arrays = [sample(ufunc, dtype, *s, seed=i) for i, s in enumerate([(2, 3), (3,)])]
    call = partial(result, ufunc)
    if np.asarray(call(*arrays[: ufunc.nin])).dtype.kind in "fc":
        check_function(call, *arrays[: ufunc.nin], rtol=1e-5, atol=1e-7)
    else:
        x = gn.Input("x", value=arrays[0])
        y = np.sum(x * np.where(ufunc(x, *arrays[1 : ufunc.nin]), 2.0, 3.0))
        y.graph.backward(y, wrt=x)
        np.testing.assert_array_equal(
            x.grad, np.where(ufunc(*arrays[: ufunc.nin]), 2.0, 3.0)
        )


@pytest.mark.parametrize("ufunc", [f for f in BINARY if takes(f, "d", "D")])
def test_derivatives_of_real_and_complex(ufunc):
    real, z = sample(ufunc, "float64", 2, 3), sample(ufunc, "complex128", 3, seed=1)
    if ufunc(real, z).dtype.kind == "c":
        check_function(ufunc, real, z, rtol=1e-5, atol=1e-7)
        check_function(ufunc, z, real, rtol=1e-5, atol=1e-7)


# -- operators -------------------------------------------------------------------------
@pytest.mark.parametrize(
    "sign",
    ["and_", "or_", "xor", "lshift", "rshift", "mod", "floordiv", "add", "sub", "mul"],
)
def test_operators_of_whole_numbers(sign):
    sign = getattr(operator, sign)
    a, b = np.array([[12, 10, 7], [3, 5, 6]]), np.array([3, 1, 2])
    check_values(sign, a, b)
    check_values(lambda x: sign(x, b), a)
    check_values(lambda x: sign(a, x), b)
    check_values(lambda x: sign(25, x), b)


def test_divmod():
    check_values(divmod, A, B)
    check_values(lambda x: divmod(x, 0.3), A)
    check_values(lambda x: divmod(3.0, x), A)
    check_values(np.divmod, A, B)


@pytest.mark.parametrize(
    "sign", ["ifloordiv", "imod", "ilshift", "irshift", "iand", "ior", "ixor"]
)
def test_operators_in_place_are_refused(sign):
    x = gn.Input("x", value=np.array([1, 2]))
    with pytest.raises(gn.UnsupportedError, match="in place"):
        getattr(operator, sign)(x, 2)


# -- keywords --------------------------------------------------------------------------
DTYPE_USES = [
    (f, given, wanted)
    for f in UFUNCS
    for given in ("float64", "float32", "int64")
    for wanted in ("float64", "float32", "complex128", "int32")
    if takes(f, *[given] * f.nin)
]


@pytest.mark.parametrize(("ufunc", "given", "wanted"), DTYPE_USES)
def test_dtype(ufunc, given, wanted):
    arrays = [sample(ufunc, given, 2, 3, seed=i) for i in range(ufunc.nin)]
    call = np.errstate(invalid="ignore")(partial(result, ufunc, dtype=wanted))
    try:
        call(*arrays)
    except TypeError as error:
        inputs = [gn.Input(value=a) for a in arrays]
        with pytest.raises(type(error)):
            call(*inputs)
        assert all(len(x.graph) == 1 for x in inputs)
    else:
        check_values(call, *arrays)


def test_dtype_of_python_numbers_and_lists():
    array = A.astype(np.float32)
    check_values(lambda x: np.add(x, 2.5, dtype=np.float64), array)
    check_values(lambda x: np.add(2, x, dtype="f4"), A)
    check_values(lambda x: np.add(x, [1, 2, 3], dtype=np.float32), A)
    half = np.add(gn.Input(value=array), gn.Constant(0.5), dtype=np.float64)
    np.testing.assert_array_equal(half.output, np.add(array, 0.5, dtype=np.float64))
    assert half.dtype == np.float64


def test_dtype_is_differentiated():
    check_function(lambda x, y: np.multiply(x, y, dtype=complex), A, B)
    x = gn.Input("x", value=A.astype(np.float32))
    y = np.sum(np.exp(x, dtype=np.float64))
    y.graph.backward(y, wrt=x)
    assert x.grad.dtype == np.float32
    np.testing.assert_array_equal(
        x.grad, np.exp(A.astype("f4"), dtype=float).astype("f4")
    )


def test_casting():
    check_values(lambda x: np.add(x, 1, dtype=int, casting="unsafe"), 10 * A)
    check_values(lambda x: np.add(x, 1.0, casting="safe"), A)
    x = gn.Input("x", value=A)
    with pytest.raises(TypeError, match="casting rule 'same_kind'"):
        np.add(x, 1, dtype=int)
    with pytest.raises(TypeError, match="casting rule 'no'"):
        np.add(x, 1, dtype=np.float32, casting="no")
    assert len(x.graph) == 1


def test_keywords_at_their_defaults_are_no_matter():
    check_values(
        lambda x: np.add(
            x,
            1,
            out=None,
            where=True,
            casting="same_kind",
            order="K",
            dtype=None,
            subok=True,
        ),
        A,
    )

    check_values(lambda x: np.exp(x, None), A)
    check_values(lambda x: np.exp(x, subok=False), A)


@pytest.mark.parametrize(
    ("settings", "way_out"),
    [
        ({"where": MASK}, r"np\.where\(mask, np\.hypot"),
        ({"order": "F"}, "Leave order= out"),
        ({"signature": "dd->d"}, "dtype="),
        ({"sig": "dd->d"}, "dtype="),
        ({"out": np.zeros((2, 3))}, "new node"),
        ({"axis": 0}, "axis"),
    ],
)
def test_other_keywords_are_refused_with_a_way_out(settings, way_out):
    x = gn.Input("x", value=A)
    with pytest.raises(TypeError, match=way_out):
        np.hypot(x, 1.0, **settings)
    assert len(x.graph) == 1
    np.testing.assert_array_equal(np.hypot(x, 1.0).output, np.hypot(A, 1.0))


def test_a_dtype_needs_a_value():
    x = gn.Input("x")
    with pytest.raises(gn.UnsupportedError, match="no value yet"):
        np.exp(x, dtype=np.float32)
    y = np.exp(x)
    np.testing.assert_array_equal(x.graph.forward(x=A, target=y), np.exp(A))


# -- outer, and other methods ----------------------------------------------------------
@pytest.mark.parametrize("ufunc", BINARY)
def test_outer(ufunc):
    dtype = "float64" if takes(ufunc, "float64", "float64") else "int64"
    a, b = sample(ufunc, dtype, 2, 3), sample(ufunc, dtype, 2, seed=1)
    outer = partial(result_of_outer, ufunc)
    check_values(outer, a, b)
    check_values(outer, b, a)
    check_values(outer, a[0], b[0])
    check_values(outer, b[0], a)
    check_values(lambda x: outer(a, x), b)
    check_values(lambda x: outer(x, b), a)


def result_of_outer(ufunc, *inputs, **settings):
    made = ufunc.outer(*inputs, **settings)
    return made if ufunc.nout == 1 else tuple(made)


def test_outer_takes_numbers_and_keywords():
    array = A.astype(np.float32)
    check_values(lambda x: np.add.outer(x, 2.0), array)  # 2.0 is a float64 array here
    check_values(lambda x: np.add.outer(2, x), array)
    check_values(lambda x: np.add.outer([1, 2], x), array)
    check_values(lambda x: np.multiply.outer(x, B, dtype=np.float32), array)


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.divide, np.hypot])
def test_outer_is_differentiated(ufunc):
    check_function(ufunc.outer, A, B)
    check_function(ufunc.outer, B, np.array(1.5))


def test_methods_without_operation_are_refused():
    x = gn.Input("x", value=A)
    for attempt, name in (
        (lambda: np.subtract.reduce(x), r"np\.subtract\.reduce"),
        (lambda: np.hypot.accumulate(x), r"np\.hypot\.accumulate"),
        (lambda: np.multiply.reduceat(x, [0, 1]), r"np\.multiply\.reduceat"),
    ):
        with pytest.raises(gn.UnsupportedError, match=name):
            attempt()
    with pytest.raises(gn.UnsupportedError, match="in place"):
        np.exp.at(x, 0)
    with pytest.raises(ValueError, match="binary"):
        np.exp.outer(x, x)
    assert len(x.graph) == 1


# -- errors ----------------------------------------------------------------------------
def test_shapes_that_do_not_broadcast():
    x = gn.Input("x", value=A)
    with pytest.raises(gn.ShapeError, match=r"\(2, 3\) and \(4,\) do not broadcast"):
        np.hypot(x, np.ones(4))
    assert len(x.graph) == 1


def test_what_is_no_matter_of_shapes_is_not_called_one():
    x = gn.Input("x", value=np.array([1, 2]))
    with pytest.raises(ValueError, match="negative integer powers") as caught:
        x**-1
    assert not isinstance(caught.value, gn.ShapeError)


def test_a_dtype_that_a_ufunc_does_not_take():
    z = gn.Input("z", value=A + 1j)
    with pytest.raises(TypeError, match="not supported"):
        np.hypot(z, 1.0)
    assert len(z.graph) == 1


@pytest.mark.parametrize(
    "again", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))]
)
def test_graphs_of_ufuncs_copy_and_pickle(again):
    x = gn.Input("x", value=A)
    fraction, _ = np.modf(x)
    y = np.sum(np.logical_and.reduce(x > 0) * np.clip(fraction, -0.5, 0.5))
    copied = again(y.graph)
    for graph in (y.graph, copied):
        graph.forward(x=2 * A, target=y.name)
    np.testing.assert_array_equal(copied[y.name].output, y.output)
