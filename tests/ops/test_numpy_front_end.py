"""NumPy is the front end: what it gives for arrays, it gives for nodes."""

import operator

import numpy as np
import pytest
from cases import numbers, positive

import graphnn as gn

A = positive(2, 3, seed=1)
B = positive(2, 3, seed=2)
MASK = numbers(2, 3, seed=5) > 0
FUNCTIONS = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "square": np.square,
    "tanh": np.tanh,
    "abs": np.abs,
    "builtin_abs": abs,
    "negative": lambda x: -x,
    "positive": lambda x: +x,
    "sign": np.sign,
    "sum": np.sum,
    "sum_axis": lambda x: np.sum(x, axis=0),
    "sum_positional": lambda x: np.sum(x, 1),
    "sum_keepdims": lambda x: np.sum(x, axis=(0, -1), keepdims=True),
    "sum_method": lambda x: x.sum(),
    "sum_method_axis": lambda x: x.sum(axis=-1),
    "mean": lambda x: np.mean(x, axis=1, keepdims=True),
    "mean_method": lambda x: x.mean(0),
    "max": lambda x: np.max(x, axis=0),
    "max_method": lambda x: x.max(),
    "amax": lambda x: np.amax(x, 1),
    "min": lambda x: np.min(x, axis=-1),
    "min_method": lambda x: x.min(axis=0, keepdims=True),
    "reshape": lambda x: np.reshape(x, (3, 2)),
    "reshape_one": lambda x: np.reshape(x, -1),
    "reshape_method": lambda x: x.reshape(3, -1),
    "reshape_method_tuple": lambda x: x.reshape((6,)),
    "ravel": np.ravel,
    "transpose": np.transpose,
    "transpose_axes": lambda x: np.transpose(x, (1, 0)),
    "transpose_method": lambda x: x.transpose(),
    "transpose_method_axes": lambda x: x.transpose(1, 0),
    "transpose_method_tuple": lambda x: x.transpose((1, 0)),
    "T": lambda x: x.T,
    "swapaxes": lambda x: np.swapaxes(x, 0, 1),
    "expand_dims": lambda x: np.expand_dims(x, (0, -1)),
    "squeeze": lambda x: np.squeeze(x[:, None]),
    "squeeze_axis": lambda x: np.squeeze(x[None, :, None], axis=2),
    "broadcast_to": lambda x: np.broadcast_to(x, (4, 2, 3)),
    "concatenate": lambda x: np.concatenate([x, x, B]),
    "concatenate_axis": lambda x: np.concatenate((B, x), axis=1),
    "concatenate_flat": lambda x: np.concatenate([x, B], axis=None),
    "stack": lambda x: np.stack([x, B]),
    "stack_axis": lambda x: np.stack([B, x, x], axis=-1),
    "where": lambda x: np.where(MASK, x, B),
    "where_scalar": lambda x: np.where(x > 1, x, 0.0),
    "where_both": lambda x: np.where((x > 0.5) & (x < 1.5), 1.0, x),
    "where_or": lambda x: np.where((x < 0.5) | ~(x < 1.5), 1.0, x),
    "maximum": lambda x: np.maximum(x, B),
    "maximum_scalar": lambda x: np.maximum(1.0, x),
    "minimum": lambda x: np.minimum(B, x),
    "dot": lambda x: np.dot(x, B.T),
    "dot_left": lambda x: np.dot(B.T, x),
    "dot_method": lambda x: x.dot(B.T),
    "matmul": lambda x: np.matmul(x, B.T),
    "power": lambda x: np.power(x, 3),
    "astype": lambda x: x.astype(np.float32),
    "divide": lambda x: np.true_divide(x, B),
    "chain": lambda x: np.exp(-((x - x.mean(axis=0)) ** 2) / 2.0).sum(axis=1),
    "row": lambda x: x[1],
    "last": lambda x: x[-1, -1],
    "slice": lambda x: x[1:, ::2],
    "reverse": lambda x: x[::-1],
    "ellipsis": lambda x: x[..., 0],
    "newaxis": lambda x: x[:, None, :],
    "list": lambda x: x[[0, 1, 0]],
    "int_arrays": lambda x: x[np.array([0, 1]), np.array([2, 0])],
    "mask": lambda x: x[MASK],
    "row_mask": lambda x: x[:, MASK[0]],
    "iteration": lambda x: np.stack([row * 2 for row in x]),
}
OPERATORS = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.pow,
    operator.eq,
    operator.ne,
    operator.lt,
    operator.le,
    operator.gt,
    operator.ge,
]
INPLACE = [
    operator.iadd,
    operator.isub,
    operator.imul,
    operator.itruediv,
    operator.ipow,
    operator.imatmul,
]


def same(node, expected):
    assert isinstance(node, gn.Node)
    assert isinstance(node.output, np.ndarray)
    assert node.dtype == np.asarray(expected).dtype
    np.testing.assert_array_equal(node.output, expected, strict=np.ndim(expected) > 0)
    assert node.shape == np.shape(expected)


def here():
    """Give the line of the caller."""
    import sys

    return sys._getframe(1).f_lineno


@pytest.fixture
def x():
    return gn.Input("x", value=A.copy())


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_numpy_functions(name, dtype):
    array = A.astype(dtype)
    same(FUNCTIONS[name](gn.Input("x", value=array)), FUNCTIONS[name](array))


@pytest.mark.parametrize("op", OPERATORS)
@pytest.mark.parametrize("other", [B, B[0], B[:, :1], 2.0, 3, np.float64(1.5)], ids=str)
def test_operators(op, other, x):
    same(op(x, other), op(A, other))
    same(op(other, x), op(other, A))
    same(op(x, gn.Constant(other)), op(A, other))


def test_matmul_operator(x):
    same(x @ B.T, A @ B.T)
    same(A.T @ x, A.T @ A)
    same(x @ x.T, A @ A.T)
    same(x @ B[0], A @ B[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_python_numbers_do_not_widen(dtype):
    x = gn.Input("x", value=A.astype(dtype))
    for node in (x * 2.0, 2.0 * x, x + 1, 1 / x, x**2, np.maximum(x, 0.0), -x, x - 0.5):
        assert node.dtype == dtype
    y = np.sum(2.0 * x**2 + 1)
    y.graph.backward(y, wrt=x)
    assert x.grad.dtype == dtype


def test_float32_and_a_float64_array_widen():
    x = gn.Input("x", value=A.astype(np.float32))
    y = x * B
    assert y.dtype == np.float64
    y.graph.backward(y, np.ones((2, 3)), wrt=x)
    assert x.grad.dtype == np.float32


def test_shape_questions_are_answered_with_numbers(x):
    assert np.shape(x) == (2, 3)
    assert np.ndim(x) == 2
    assert np.size(x) == 6
    assert len(x) == 2
    assert np.result_type(x, np.float32) == np.float64
    same_ones = np.ones_like(x)
    np.testing.assert_array_equal(same_ones, np.ones((2, 3)))
    np.testing.assert_array_equal(np.zeros_like(x), np.zeros((2, 3)))


def test_membership_and_identity_go_by_id(x):
    y = np.exp(x)
    assert len({x, y, x}) == 2
    assert y in y.graph
    assert y.inputs.index(x) == 0
    assert (x == x).output.all()


@pytest.mark.parametrize("op", INPLACE)
def test_in_place_operators_are_refused(op, x):
    with pytest.raises(TypeError, match="in place"):
        op(x, 2.0)
    same(np.exp(x), np.exp(A))


@pytest.mark.parametrize("op", INPLACE[:-1])
def test_array_op_equals_node_is_refused(op, x):
    array = A.copy()
    with pytest.raises(TypeError, match="in place"):
        op(array, x)
    np.testing.assert_array_equal(array, A)


def test_out_is_refused(x):
    out = np.zeros((2, 3))
    for attempt in (
        lambda: np.exp(x, out=out),
        lambda: np.add(A, x, out=out),
        lambda: np.add(A, B, out=x),
        lambda: np.sum(x, axis=0, out=out[0]),
        lambda: np.add.at(x, 0, 1.0),
    ):
        with pytest.raises(TypeError, match="in place"):
            attempt()
    np.testing.assert_array_equal(out, 0.0)
    same(np.exp(x, out=None), np.exp(A))


@pytest.mark.parametrize(
    "convert",
    [
        np.array,
        np.asarray,
        lambda n: np.array([n]),
        lambda n: np.asarray([1.0, n]),
        float,
        int,
        complex,
        bool,
        operator.index,
        lambda n: 1 if n else 2,
        lambda n: not n,
    ],
)
def test_a_node_never_leaves_the_graph_silently(convert, x):
    for node in (x, x[0, 0]):
        if node.ndim:
            with pytest.raises(gn.UnsupportedError, match=r"output"):
                convert(node)
        else:
            with pytest.raises(TypeError):
                convert(node)


def test_assignment_to_items_is_refused(x):
    with pytest.raises(gn.UnsupportedError, match="in place"):
        x[0] = 1.0
    array = A.copy()
    with pytest.raises(TypeError):
        array[0] = x[0]
    np.testing.assert_array_equal(array, A)


def test_a_function_without_operation_is_named_with_the_line(x):
    for attempt, name, line in (
        (lambda: np.packbits(x), r"np\.packbits", here()),
        (lambda: np.emath.sqrt(x), r"np\.emath\.sqrt", here()),
        (lambda: np.union1d(A, x), r"np\.union1d", here()),
        (lambda: np.hypot.reduce(x), r"np\.hypot\.reduce", here()),
    ):
        place = rf"test_numpy_front_end\.py:{line}"
        with pytest.raises(gn.UnsupportedError, match=rf"{name}.*{place}"):
            attempt()
    assert len(x.graph) == 1


def test_settings_without_operation_are_refused_by_name(x):
    for attempt, name in (
        (lambda: np.median(x, overwrite_input=True), "overwrite_input"),
        (lambda: np.sort(x, order="f0"), "order"),
        (lambda: np.maximum.reduce(x, dtype=np.float32), "dtype"),
        (lambda: np.broadcast_to(x, (4, 2, 3), subok=True), "subok"),
        (lambda: np.exp(x, where=MASK), "where"),
        (lambda: np.linspace(x, 1.0, device="cpu"), "device"),
    ):
        with pytest.raises(gn.UnsupportedError, match=name):
            attempt()
    assert len(x.graph) == 1


def test_settings_at_their_default_are_no_matter(x):
    same(np.sum(x, axis=None, dtype=None, out=None), np.sum(A))
    same(np.reshape(x, (3, 2), order="C"), A.reshape(3, 2))
    same(np.sum(x, 0, None, None, True), np.sum(A, 0, None, None, True))


# -- stability -------------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sigmoid_is_stable(dtype):
    array = np.array([[-1000.0, -30.0, 0.0], [30.0, 1000.0, -0.0]], dtype)
    sigmoid = gn.Sigmoid()
    with np.errstate(all="raise", under="ignore"):
        output = sigmoid.forward(array)
        grad = sigmoid.backward(np.ones_like(array))
    assert output.dtype == grad.dtype == dtype
    assert output[0, 0] == 0.0
    assert output[1, 1] == 1.0
    np.testing.assert_array_equal(grad[[0, 1, 0, 1], [0, 1, 2, 2]], [0, 0, 0.25, 0.25])
    np.testing.assert_allclose(output[0, 1], np.exp(-30.0), rtol=1e-6)


@pytest.mark.parametrize("target", [np.array([0, 1]), np.eye(3)[[0, 1]]])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_softmax_cross_entropy_is_stable(target, dtype):
    loss = gn.SoftmaxCrossEntropy()
    scores = np.array([[1000.0, -1000.0, 0.0], [1000.0, -1000.0, 0.0]], dtype)
    with np.errstate(all="raise", under="ignore"):
        value = loss.forward(scores, target)
        grad = loss.backward()
    assert value.dtype == grad.dtype == dtype
    assert value == 1000.0  # (0 + 2000) / 2
    np.testing.assert_array_equal(grad, [[0, 0, 0], [0.5, -0.5, 0]])


def test_mean_squared_error_is_stable():
    loss = gn.MeanSquaredError()
    with np.errstate(all="raise"):
        value = loss.forward(np.array([[1000.0], [-1000.0]]), np.zeros((2, 1)))
        grad = loss.backward()
    assert value == 1e6
    np.testing.assert_array_equal(grad, [[1000.0], [-1000.0]])


@pytest.mark.parametrize("shape", [(4,), (4, 1)])
@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float64])
def test_class_indices_and_one_hot_are_the_same(shape, kind):
    scores = numbers(4, 3)
    labels = np.array([2, 0, 1, 2])
    one, other = gn.SoftmaxCrossEntropy(), gn.SoftmaxCrossEntropy()
    a = one.forward(scores, labels.astype(kind).reshape(shape))
    b = other.forward(scores, np.eye(3)[labels])
    assert a == b
    np.testing.assert_array_equal(one.backward(), other.backward())
    softmax = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(a, -np.log(softmax[range(4), labels]).mean(), rtol=1e-12)
    expected = (softmax - np.eye(3)[labels]) / 4
    np.testing.assert_allclose(one.input_grad, expected, rtol=1e-12)


# -- kinks -----------------------------------------------------------------------------
def test_relu_has_gradient_0_at_0_and_below():
    relu = gn.ReLU()
    relu.forward(np.array([[-2.0, -0.0], [0.0, 3.0]]))
    np.testing.assert_array_equal(relu.output, [[0, 0], [0, 3]])
    grad = relu.backward(np.full((2, 2), 7.0))
    np.testing.assert_array_equal(grad, [[0, 0], [0, 7]])


def grad_of(node, leaf):
    node.graph.backward(node, np.ones(node.shape), wrt=leaf)
    return leaf.grad


def test_ties_split_the_gradient():
    tied = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    x = gn.Input("x", value=tied)
    np.testing.assert_allclose(
        grad_of(np.max(x, axis=1), x), [[0, 0.5, 0.5], [1 / 3, 1 / 3, 1 / 3]]
    )
    np.testing.assert_array_equal(grad_of(np.max(x), x), [[0, 0.5, 0.5], [0, 0, 0]])
    np.testing.assert_array_equal(
        grad_of(np.min(x, axis=0, keepdims=True), x), [[1, 0, 0], [0, 1, 1]]
    )


@pytest.mark.parametrize("f", [np.maximum, np.minimum])
def test_ties_of_two(f):
    a = gn.Input("a", value=[1.0, 2.0, 3.0])
    b = gn.Input("b", value=[2.0, 2.0, 2.0])
    y = f(a, b)
    y.graph.backward(y, [1.0, 1.0, 1.0], wrt=[a, b])
    left = [0.0, 0.5, 1.0] if f is np.maximum else [1.0, 0.5, 0.0]
    np.testing.assert_array_equal(a.grad, left)
    np.testing.assert_array_equal(b.grad, np.subtract(1.0, left))


def test_kinks_of_one():
    x = gn.Input("x", value=[-2.0, 0.0, 3.0])
    np.testing.assert_array_equal(grad_of(np.abs(x), x), [-1.0, 0.0, 1.0])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(grad_of(x**2, x), [-4.0, 0.0, 6.0])
        np.testing.assert_array_equal(grad_of(x**0, x), [0.0, 0.0, 0.0])
        np.testing.assert_array_equal(grad_of(x**1, x), [1.0, 1.0, 1.0])
