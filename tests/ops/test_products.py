"""Products: values as NumPy's, gradients to second order, refusals."""

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values

import graphnn as gn

DTYPES = [np.float32, np.float64, np.complex64, np.complex128, np.int64]


def draw(*shape, dtype=float, seed=0):
    array = numbers(*shape, seed=seed)
    if np.dtype(dtype).kind == "c":
        array = array + 1j * numbers(*shape, seed=seed + 7)
    if np.dtype(dtype).kind == "i":
        array = 5 * array
    return np.asarray(array).astype(dtype)


PRODUCTS = {
    "dot_vectors": (np.dot, (3,), (3,)),
    "dot_matrix_vector": (np.dot, (2, 3), (3,)),
    "dot_vector_matrix": (np.dot, (3,), (3, 4)),
    "dot_matrices": (np.dot, (2, 3), (3, 4)),
    "dot_matrix_tensor": (np.dot, (2, 3), (4, 3, 2)),
    "dot_tensors": (np.dot, (2, 5, 3), (4, 3, 2)),
    "dot_vector_tensor": (np.dot, (3,), (4, 3, 2)),
    "dot_number": (np.dot, (), (2, 3)),
    "dot_by_number": (np.dot, (2, 3), ()),
    "dot_numbers": (np.dot, (), ()),
    "inner_vectors": (np.inner, (3,), (3,)),
    "inner_matrices": (np.inner, (2, 3), (4, 3)),
    "inner_tensor_vector": (np.inner, (2, 5, 3), (3,)),
    "inner_number": (np.inner, (), (2, 3)),
    "vdot": (np.vdot, (2, 3), (3, 2)),
    "vdot_vectors": (np.vdot, (4,), (4,)),
    "outer": (np.outer, (2, 2), (3,)),
    "linalg_outer": (np.linalg.outer, (2,), (3,)),
    "kron": (np.kron, (2, 3), (2, 2)),
    "kron_vector_matrix": (np.kron, (3,), (2, 2)),
    "kron_tensor_vector": (np.kron, (2, 1, 2), (2,)),
    "kron_number": (np.kron, (), (2,)),
    "tensordot": (np.tensordot, (2, 3, 4), (3, 4, 5)),
    "tensordot_0": (lambda a, b: np.tensordot(a, b, 0), (2, 3), (2, 2)),
    "tensordot_1": (lambda a, b: np.tensordot(a, b, axes=1), (2, 3), (3, 2)),
    "tensordot_lists": (
        lambda a, b: np.tensordot(a, b, axes=([2, 0], [1, -1])),
        (2, 3, 4),
        (3, 4, 2),
    ),
    "tensordot_pair": (
        lambda a, b: np.tensordot(a, b, axes=(-1, 0)),
        (2, 3, 4),
        (4, 2),
    ),
    "linalg_tensordot": (
        lambda a, b: np.linalg.tensordot(a, b, axes=1),
        (2, 3, 4),
        (4, 2),
    ),
    "matmul": (np.matmul, (2, 3), (4, 3, 2)),
    "linalg_matmul": (np.linalg.matmul, (2, 3), (3,)),
    "vecdot": (np.vecdot, (2, 3), (4, 1, 3)),
    "vecdot_axis": (lambda a, b: np.vecdot(a, b, axis=0), (3, 2), (3, 1)),
    "linalg_vecdot": (
        lambda a, b: np.linalg.vecdot(a, b, axis=-2),
        (3, 2),
        (3, 1),
    ),
    "cross": (np.cross, (2, 3), (3,)),
    "cross_stacks": (np.cross, (4, 1, 3), (2, 3)),
    "cross_axes": (
        lambda a, b: np.cross(a, b, axisa=0, axisb=1, axisc=0),
        (3, 2),
        (2, 3),
    ),
    "cross_axis": (lambda a, b: np.cross(a, b, axis=1), (2, 3, 2), (1, 3, 2)),
    "linalg_cross": (lambda a, b: np.linalg.cross(a, b, axis=0), (3, 2), (3, 1)),
    "multi_dot_two": (lambda *a: np.linalg.multi_dot(a), (2, 3), (3, 4)),
    "multi_dot_three": (lambda *a: np.linalg.multi_dot(a), (2, 3), (3, 4), (4, 2)),
    "multi_dot_vectors": (
        lambda *a: np.linalg.multi_dot(a),
        (3,),
        (3, 4),
        (4, 2),
        (2,),
    ),
}
if hasattr(np, "matvec"):
    PRODUCTS |= {
        "matvec": (np.matvec, (4, 1, 2, 3), (5, 3)),
        "matvec_one": (np.matvec, (5, 2, 3), (3,)),
        "vecmat": (np.vecmat, (3,), (4, 3, 2)),
        "vecmat_many": (np.vecmat, (4, 3), (3, 2)),
    }


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_values(name, dtype):
    function, *shapes = PRODUCTS[name]
    arrays = [draw(*s, dtype=dtype, seed=i) for i, s in enumerate(shapes)]
    check_values(function, *arrays)
    for i in range(len(arrays)):  # one node among arrays

        def of_one(array, i=i):
            return function(*arrays[:i], array, *arrays[i + 1 :])

        check_values(of_one, arrays[i])


@pytest.mark.parametrize("name", PRODUCTS)
@pytest.mark.parametrize("kinds", ["rr", "rc", "cr", "cc"])
def test_gradients(name, kinds):
    function, *shapes = PRODUCTS[name]
    kinds = kinds + "r" * len(shapes)
    arrays = [
        draw(*s, dtype=complex if kind == "c" else float, seed=i)
        for i, (s, kind) in enumerate(zip(shapes, kinds, strict=False))
    ]
    check_function(function, *arrays)


def test_a_layout_in_memory_is_kept():
    # np.dot copies what matmul walks through with steps: other sums, other bits
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(7, 60)), rng.normal(size=(60, 2))
    check_values(lambda x: np.dot(x[:, ::2], b[::2]), a)
    check_values(lambda x: np.dot(a[:, ::-1], x[:, 1]), b)


@pytest.mark.parametrize("number", [2, 2.5, np.float64(2.5), 1j])
def test_dot_with_a_number_has_numpys_dtype(number):
    for dtype in (np.float32, np.float64):
        check_values(lambda x: np.dot(x, number), draw(2, 3, dtype=dtype))
        check_values(lambda x: np.inner(number, x), draw(2, 3, dtype=dtype))
    x = gn.Input("x", value=draw(2, 3, dtype=np.float32))
    y = np.sum(np.dot(x, 2.5))
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, np.full((2, 3), 2.5, np.float32))
    assert x.grad.dtype == np.float32


def test_dot_method_and_lists():
    x = gn.Input("x", value=draw(2, 3))
    np.testing.assert_array_equal(x.dot([1.0, 2.0, 3.0]).output, x.value @ [1, 2, 3])


@pytest.mark.parametrize("shape", [(0, 3), (2, 0)])
def test_empty_matrices(shape):
    check_values(np.dot, draw(*shape), draw(shape[1], 2))
    check_function(np.dot, draw(*shape), draw(shape[1], 2))


def test_the_same_factor_twice():
    for function in (np.inner, np.vdot, np.kron, np.outer):
        check_function(lambda x, function=function: function(x, x), draw(2, 3))
    check_function(lambda x: np.dot(x, x), draw(3, 3))
    check_function(lambda x: np.linalg.multi_dot([x, x, x]), draw(3, 3))
    check_function(lambda x: np.cross(x, x * x), draw(2, 3))


WRONG = {
    "dot": (np.dot, (2, 3), (2, 3), r"np\.dot cannot multiply .* 3 and 2 differ"),
    "dot_vectors": (np.dot, (3,), (2,), r"np\.dot cannot multiply .* 3 and 2 differ"),
    "inner": (np.inner, (2, 3), (3, 2), "sizes 3 and 2"),
    "tensordot": (np.tensordot, (2, 3), (2, 4), r"np\.tensordot of \(2, 3\)"),
    "vdot": (np.vdot, (2, 3), (2, 2), "there are 6 and 4"),
    "vecdot": (np.vecdot, (2, 3), (2,), r"np\.vecdot of \(2, 3\) and \(2,\)"),
    "cross": (np.cross, (2, 3), (4, 3), r"np\.cross of \(2, 3\) and \(4, 3\)"),
    "multi_dot": (
        lambda a, b: np.linalg.multi_dot([a, b, b]),
        (2, 3),
        (3, 4),
        "inner sizes 4 and 3 differ",
    ),
    "matmul": (np.linalg.matmul, (2, 3), (2, 3), "inner sizes 3 and 2 differ"),
    "outer": (np.linalg.outer, (2, 3), (2,), "takes two vectors"),
}
if hasattr(np, "matvec"):
    WRONG["matvec"] = (np.matvec, (2, 3), (2,), r"np\.matvec of \(2, 3\) and \(2,\)")
    WRONG["vecmat"] = (np.vecmat, (3,), (2, 3), r"np\.vecmat of \(3,\) and \(2, 3\)")


@pytest.mark.parametrize("name", WRONG)
def test_shapes_that_do_not_fit(name):
    function, left, right, message = WRONG[name]
    a, b = gn.Input("a", value=draw(*left)), gn.Input("b", value=draw(*right))
    with pytest.raises(ValueError, match=message):
        function(a, b)
    assert len(a.graph) == len(b.graph) == 1  # both are as they were


def test_what_is_refused():
    x = gn.Input("x", value=draw(3, 3))
    for attempt, message in (
        (lambda: np.matmul(x, x, axes=[(0, 1), (0, 1), (0, 1)]), "axes="),
        (lambda: np.matmul(x, x, axis=0), "axis="),
        (lambda: np.vecdot(x, x, keepdims=True), "keepdims="),
        (lambda: np.cross(x[:, :2], x[:, :2]), "vectors have 3"),
        (lambda: np.dot(x, x, out=np.empty((3, 3))), "in place"),
        (lambda: np.outer(x, x, out=np.empty((9, 9))), "in place"),
        (lambda: np.linalg.multi_dot([x, x], out=np.empty((3, 3))), "in place"),
    ):
        with pytest.raises(gn.UnsupportedError, match=message):
            attempt()
    with pytest.raises(np.linalg.LinAlgError, match="dimension") as caught:
        np.linalg.multi_dot([x, x[None], x])
    assert "multi_dot" in caught.value.__notes__[0]
    with pytest.raises(np.exceptions.AxisError):
        np.cross(x, x, axis=5)


def test_where_a_shape_decides_a_value_is_needed():
    x = gn.Input("x")
    for attempt in (
        lambda: np.kron(x, x),
        lambda: np.cross(x, x),
        lambda: np.linalg.outer(x, x),
    ):
        with pytest.raises(gn.UnsupportedError, match="has no value yet"):
            attempt()


@pytest.mark.parametrize(
    "function",
    [
        np.dot,
        np.inner,
        np.vdot,
        np.vecdot,
        np.outer,
        lambda a, b: np.tensordot(a, b, 1),
        lambda a, b: np.linalg.multi_dot([a, b]),
        lambda a, b: np.einsum("i,i", a, b),
    ],
)
def test_inputs_that_are_fed_later(function):
    a, b = gn.Input("a"), gn.Input("b")
    y = function(a, b)
    assert y.output is None
    y.graph.forward({a: draw(3), b: draw(3, seed=1)}, target=y)
    expected = function(draw(3), draw(3, seed=1))
    np.testing.assert_array_equal(y.output, expected)
