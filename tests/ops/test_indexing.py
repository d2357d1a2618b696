"""Indexing and taking: on nodes as on arrays; indices that are nodes themselves."""

import copy
import pickle

import numpy as np
import pytest
from cases import numbers
from cases.checks import check_function, check_values
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices, integer_array_indices

import graphnn as gn
from graphnn.graph.tracing import InputGrads
from graphnn.ops.indexing import gather, scatter, takes_none_twice

A = numbers(3, 4)
DEEP = numbers(2, 3, 4)
MASK = numbers(3, 4, seed=5) > 0
ROWS, COLUMNS = np.array([0, 2, 2, 1]), np.array([1, 3, 3, -4])
INDICES = {
    "int": 1,
    "negative": -1,
    "two": (1, -2),
    "numpy_int": np.int8(2),
    "slice": slice(1, None),
    "step": (slice(None, None, 2), slice(3, 0, -2)),
    "backwards": slice(None, None, -1),
    "empty_slice": (slice(2, 2), slice(None)),
    "ellipsis": (..., 0),
    "ellipsis_alone": ...,
    "newaxis": (None, slice(None), np.newaxis, 1),
    "empty_tuple": (),
    "list": [0, 2, 0],
    "array": ROWS,
    "array_of_arrays": ROWS.reshape(2, 2),
    "arrays": (ROWS, COLUMNS),
    "arrays_broadcast": (ROWS[:, None], COLUMNS),
    "arrays_apart": (ROWS, None, COLUMNS),
    "array_and_slice": (slice(1, None), COLUMNS),
    "array_and_int": (1, COLUMNS),
    "empty_array": np.zeros(0, int),
    "mask": MASK,
    "mask_of_rows": MASK[:, 0],
    "mask_of_columns": (slice(None), MASK[0]),
    "mask_list": [True, False, True],
    "mask_and_int": (MASK[:, 0], 2),
    "mask_and_array": (MASK[:, 0], COLUMNS[: MASK[:, 0].sum()]),
    "mask_nowhere": np.zeros((3, 4), bool),
    "true": True,
    "false": np.False_,
    "uint8": np.array([2, 0], np.uint8),
    "ix": np.ix_([0, 2], [3, 1, 1]),
}


def values_of(node):
    return node.output


@pytest.mark.parametrize("name", INDICES)
def test_every_kind_of_index(name):
    index = INDICES[name]
    for dtype in (np.float64, np.float32, np.complex64, np.int32, np.bool_):
        check_values(lambda x: x[index], A.astype(dtype))
    check_function(lambda x: x[index], A)
    check_function(lambda x: (x * x)[index], A + 1j * numbers(3, 4, seed=1))


@given(index=basic_indices((2, 3, 4), allow_newaxis=True, max_dims=5))
def test_basic_indices(index):
    check_values(lambda x: x[index], DEEP)
    check_adjoint(index)
    assert takes_none_twice(index)


@given(index=integer_array_indices((2, 3, 4)), rest=st.sampled_from([(), (...,)]))
def test_integer_array_indices(index, rest):
    check_values(lambda x: x[(*rest, *index)], DEEP)
    check_adjoint((*rest, *index))


def check_adjoint(index):
    """Check that <a[index], b> = <a, scatter(b)>, on arrays and as a gradient."""
    b = np.random.default_rng(1).normal(size=np.shape(DEEP[index]))
    there, back = np.sum(DEEP[index] * b), np.sum(DEEP * scatter(b, index, DEEP.shape))
    np.testing.assert_allclose(there, back, rtol=1e-12, atol=1e-12)
    x = gn.Input("x", value=DEEP)
    y = x[index]
    y.graph.backward(y, b, wrt=x)
    np.testing.assert_array_equal(x.grad, scatter(b, index, DEEP.shape))


def test_scatter_and_what_it_sums():
    found = scatter(np.array([1.0, 10.0, 100.0]), np.array([1, 1, 0]), (3,))
    np.testing.assert_array_equal(found, [100.0, 11.0, 0.0])
    assert not takes_none_twice(np.array([1, 1]))
    assert not takes_none_twice((MASK[:, 0], np.array([0, 0])))
    assert takes_none_twice((MASK[:, 0], 2))


# -- indices that are nodes ------------------------------------------------------------
def test_labels_as_an_input():
    scores = gn.Input("scores", value=numbers(4, 3))
    labels = gn.Input("labels", value=[2, 0, 1, 1])
    picked = scores[np.arange(4), labels]
    loss = -np.sum(picked * picked)
    for seed, new in ((0, [2, 0, 1, 1]), (1, [0, 0, 0, 2])):
        value = numbers(4, 3, seed=seed)
        loss.graph.forward(scores=value, labels=new, target=loss)
        np.testing.assert_array_equal(picked.output, value[np.arange(4), new])
        loss.graph.backward(loss, wrt=scores)
        expected = np.zeros((4, 3))
        expected[np.arange(4), new] = -2 * value[np.arange(4), new]
        np.testing.assert_array_equal(scores.grad, expected)
    assert picked.input_grads[1] is None
    assert list(picked.inputs) == [scores, labels]


def test_a_mask_that_is_computed():
    x = gn.Input("x", value=A)
    positive = x[x > 0]
    total = np.sum(positive**2)
    for seed in (0, 3):
        value = numbers(3, 4, seed=seed)
        total.graph.forward(x=value, target=total)
        np.testing.assert_array_equal(positive.output, value[value > 0])
        total.graph.backward(total, wrt=x)
        np.testing.assert_array_equal(x.grad, 2 * value * (value > 0))


NODE_INDICES = {
    "mask": lambda x, i, m: x[m],
    "rows": lambda x, i, m: x[i],
    "rows_and_columns": lambda x, i, m: x[i, i[::-1]],
    "mixed": lambda x, i, m: x[1:, i],
    "with_ellipsis": lambda x, i, m: x[..., i],
    "with_newaxis": lambda x, i, m: x[i, None],
    "with_int": lambda x, i, m: x[1, i],
    "with_array": lambda x, i, m: x[ROWS[:3], i],
    "in_a_list": lambda x, i, m: x[[0, i[0], 1]],
    "number": lambda x, i, m: x[i[0]],
    "number_in_a_tuple": lambda x, i, m: x[i[0], -1],
    "computed": lambda x, i, m: x[(i + 1) % 3],
    "sorted": lambda x, i, m: x[0][np.argsort(x[0])],
    "mask_of_rows": lambda x, i, m: x[m[:, 0], 1:],
    "ix": lambda x, i, m: x[np.ix_(i, [0, 2])],
    "ix_mask": lambda x, i, m: x[np.ix_(m[:, 1], m[0])],
    "take": lambda x, i, m: np.take(x, i, axis=1),
    "take_flat": lambda x, i, m: x.take(i),
    "take_wrapped": lambda x, i, m: np.take(x, i - 5, axis=0, mode="wrap"),
    "take_clipped": lambda x, i, m: np.take(x, 3 * i, axis=-1, mode="clip"),
    "take_along_axis": lambda x, i, m: np.take_along_axis(x, i[:, None], axis=1),
    "take_along_sorted": lambda x, i, m: np.take_along_axis(x, np.argsort(x), -1),
    "compress": lambda x, i, m: np.compress(m[0], x, axis=1),
    "compress_method": lambda x, i, m: x.compress(i, 0),
    "extract": lambda x, i, m: np.extract(m, x),
    "choose": lambda x, i, m: np.choose(i[:, None] > 0, [x, x * x]),
    "choose_method": lambda x, i, m: i.choose([x[:, 0], x[:, 1], x[:, 2] * x[:, 3]]),
}
PLACES = np.array([2, 0, 2])


@pytest.mark.parametrize("name", NODE_INDICES)
def test_indices_that_are_nodes(name):
    check_values(NODE_INDICES[name], A, PLACES, MASK)
    check_function(NODE_INDICES[name], A, PLACES, MASK)
    check_function(
        lambda x, i, m: NODE_INDICES[name](x * x, i, m), A, PLACES, MASK, rtol=1e-5
    )


@pytest.mark.parametrize("name", ["rows_and_columns", "mixed", "take", "compress"])
def test_indices_that_are_nodes_into_complex_numbers(name):
    array = A + 1j * numbers(3, 4, seed=1)
    check_function(lambda x, i, m: NODE_INDICES[name](x * x, i, m), array, PLACES, MASK)


def test_the_gradient_graph_follows_other_labels():
    x, i = gn.Input("x", value=A), gn.Input("i", value=PLACES)
    total = np.sum(x[i] ** 3)
    (gradient,) = total.graph.gradient(total, [x])
    second = np.sum(gradient**2)
    (again,) = total.graph.gradient(second, [x])
    assert not [n for n in total.graph.nodes if isinstance(n, InputGrads)]
    for new in ([2, 0, 2], [1, 1, 1]):
        total.graph.forward(i=new, target=[gradient, again])
        count = np.bincount(new, minlength=3)[:, None]
        np.testing.assert_allclose(gradient.output, 3 * count * A**2)
        np.testing.assert_allclose(again.output, 36 * count**2 * A**3)


def test_an_array_with_a_node_as_index():
    i = gn.Input("i", value=PLACES)
    for attempt in (
        lambda: A[i],
        lambda: A[0, i],
        lambda: A[i[0]],
        lambda: A[i[0], 1:],
        lambda: np.take(A, i),
    ):
        with pytest.raises(gn.UnsupportedError, match=r"gn\.Constant\(array\)\[node\]"):
            attempt()
    y = gn.Constant(A)[i]
    np.testing.assert_array_equal(y.output, A[PLACES])
    np.testing.assert_array_equal(np.take(gn.Constant(A), i, 1).output, A[:, PLACES])
    np.testing.assert_array_equal(gather(A, (slice(None), i)).output, A[:, PLACES])
    np.testing.assert_array_equal(y.graph.forward(i=[0], target=y), A[[0]])
    found = scatter(A, (slice(None), gn.Input("j", value=[1, 0, 1, 2])), (3, 5))
    np.testing.assert_array_equal(found.output[:, 1], A[:, 0] + A[:, 2])


def test_whole_numbers_are_taken_without_a_gradient():
    i, w = gn.Input("i", value=PLACES), gn.Input("w", value=[1.0, 2.0, 3.0])
    table = gn.Constant(A)
    for picked in (
        table[i, 0],
        np.take(table, i, axis=0)[:, 1],
        np.take_along_axis(table, i[:, None], axis=1)[:, 0],
    ):
        y = np.sum(picked * w)
        y.graph.backward(y, wrt=w)
        np.testing.assert_array_equal(w.grad, picked.output)
        expanded = y.graph.expand()
        assert expanded.forward(target=expanded.order()[-1]) == y.output
    shuffled = np.take(PLACES + np.argsort(w), i) * w
    y = np.sum(np.take_along_axis(np.argsort(w), i, 0) * w) + np.sum(shuffled)
    y.graph.backward(y, wrt=w)
    np.testing.assert_array_equal(w.grad, [6.0, 2.0, 6.0])


def test_nodes_with_node_indices_are_copied_and_pickled():
    x, i = gn.Input("x", value=A), gn.Input("i", value=PLACES)
    y = x[i, 0] * 2.0
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        found = twin.graph.forward(i=[1, 1], target=twin)
        np.testing.assert_array_equal(found, 2 * A[[1, 1], 0])


def test_before_there_are_values():
    x, i = gn.Input("x"), gn.Input("i")
    y = x[1:, i] + x[0][i]
    z = np.take(x, i, axis=1)
    w = np.take_along_axis(x, i[None], axis=1)
    assert y.shape is None
    y.graph.forward(x=A, i=PLACES, target=[y, z, w])
    np.testing.assert_array_equal(y.output, A[1:, PLACES] + A[0, PLACES])
    np.testing.assert_array_equal(z.output, A[:, PLACES])
    for attempt in (
        lambda: np.compress(gn.Input("c"), A),
        lambda: np.ix_(gn.Input("c"), [1]),
    ):
        with pytest.raises(gn.UnsupportedError, match="no value yet"):
            attempt()


class Twice(gn.Operation):
    """Has two outputs."""

    def _output(self):
        return self.input_ * 2.0, self.input_ * 3.0

    def _input_grad(self, output_grad):
        return 2.0 * output_grad[0] + 3.0 * output_grad[1]


def test_items_of_several_outputs():
    x = gn.Input("x", value=A)
    both = Twice()(x)
    assert both[0] is both[0]
    assert both[-1] is both[1]
    assert [a is b for a, b in zip(both[:], both, strict=True)] == [True, True]
    with pytest.raises(IndexError):
        both[2]
    later = Twice()(gn.Input("x"))
    second, ends = later[1], later[::1]
    y = second + 5.0 * ends[0]
    y.graph.forward(x=A, target=y)
    np.testing.assert_allclose(y.output, 13 * A)
    y.graph.backward(y, np.ones((3, 4)), wrt="x")
    np.testing.assert_allclose(y.graph["x"].grad, np.full((3, 4), 13.0))


# -- NumPy's functions -----------------------------------------------------------------
FUNCTIONS = {
    "take": lambda x: np.take(x, [[0, 7], [-1, 0]]),
    "take_axis": lambda x: np.take(x, ROWS, 0),
    "take_number": lambda x: np.take(x, 1, axis=-1),
    "take_none": lambda x: np.take(x, np.zeros(0, int), axis=1),
    "take_wrap": lambda x: np.take(x, [5, -6, 0], axis=1, mode="wrap"),
    "take_clip": lambda x: x.take([5, -6, 1], axis=1, mode="clip"),
    "take_raise": lambda x: np.take(x, [2, -3], 0, None, "raise"),
    "take_booleans": lambda x: np.take(x, [True, False, True], axis=0),
    "take_along_axis": lambda x: np.take_along_axis(x, ROWS[None], 0),
    "take_along_last": lambda x: np.take_along_axis(x, ROWS[:3, None], axis=-1),
    "take_along_flat": lambda x: np.take_along_axis(x, ROWS, axis=None),
    "compress": lambda x: np.compress([True, False, True], x, axis=0),
    "compress_flat": lambda x: np.compress([0, 1, 1, 0, 5], x),
    "compress_short": lambda x: x.compress([False, True], axis=1),
    "extract": lambda x: np.extract(MASK, x),
    "extract_short": lambda x: np.extract([1, 0, 1], x),
    "choose": lambda x: np.choose([0, 1, 1, 0], [x, -x[0]]),
    "choose_numbers": lambda x: np.choose(MASK, (x, 2.0)),
    "choose_wrap": lambda x: np.choose([5, -1, 0, 1], [x, x * x], mode="wrap"),
    "choose_clip": lambda x: np.choose([[5], [-1], [0]], [x, x * x], mode="clip"),
    "choose_rows": lambda x: np.choose([0, 2, 1, 1], x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    for dtype in (np.float64, np.float32, np.complex128, np.int64):
        check_values(FUNCTIONS[name], A.astype(dtype))
    check_function(lambda x: FUNCTIONS[name](x * x), A)
    check_function(FUNCTIONS[name], A + 1j * numbers(3, 4, seed=1))


def test_ix():
    check_values(lambda i: np.ix_(i, [1, 2], np.array([True, False])), PLACES)
    check_values(lambda m: np.ix_(m, []), MASK[0])
    check_values(lambda m: np.ix_(m), MASK[0])


# -- bad use ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("attempt", "error", "text"),
    [
        (lambda x, i: x[3], IndexError, "index 3 is out of bounds"),
        (lambda x, i: x[0, 0, 0], IndexError, "too many indices"),
        (lambda x, i: x[i + 3], IndexError, "out of bounds"),
        (lambda x, i: x[MASK[:2]], IndexError, "boolean index"),
        (lambda x, i: x[x], IndexError, "integer"),
        (lambda x, i: x[1.0], IndexError, "integers"),
        (lambda x, i: x["a"], IndexError, "integers"),
        (lambda x, i: x[i, np.array([0, 1])], IndexError, r"broadcast|shape mismatch"),
        (lambda x, i: x[i[0] :], gn.UnsupportedError, r"(?s)slice.*int\(n\.output\)"),
        (lambda x, i: x[:, : i[0]], gn.UnsupportedError, "slice"),
        (lambda x, i: x[:: i[0]], gn.UnsupportedError, "slice"),
        (lambda x, i: np.take(x, [4], axis=1), IndexError, "out of bounds"),
        (lambda x, i: np.take(x, [0.5]), TypeError, "float"),
        (lambda x, i: np.take(x, i, out=np.ones(3)), gn.UnsupportedError, "in place"),
        (lambda x, i: np.take(x, i, mode="no"), (ValueError, TypeError), "no"),
        (lambda x, i: np.take_along_axis(x, i, 1), gn.ShapeError, r"\(3, 4\), \(3,\)"),
        (lambda x, i: np.compress(MASK, x), gn.ShapeError, r"shape \(3, 4\)"),
        (lambda x, i: np.compress([0, 0, 0, 1], x, axis=0), IndexError, "3"),
        (lambda x, i: np.choose(i, [x[:, 0], x[:, 1]]), gn.ShapeError, "choice"),
        (lambda x, i: np.choose(i, [x, x[0], x[0]]), gn.ShapeError, r"\(3, 4\)"),
        (lambda x, i: np.ix_(x), gn.ShapeError, r"argument 0 has shape \(3, 4\)"),
        (lambda x, i: np.trim_zeros(x[0]), gn.UnsupportedError, "flatnonzero"),
        (
            lambda x, i: np.put(x, 0, 1.0),
            gn.UnsupportedError,
            r"(?s)np\.put.*np\.where",
        ),
        (lambda x, i: np.place(x, MASK, 1.0), gn.UnsupportedError, "in place"),
        (lambda x, i: np.putmask(x, MASK, 1.0), gn.UnsupportedError, "in place"),
        (lambda x, i: np.putmask(A.copy(), MASK, x), gn.UnsupportedError, "in place"),
        (lambda x, i: np.copyto(x, 1.0), gn.UnsupportedError, "in place"),
        (lambda x, i: np.copyto(A.copy(), x), gn.UnsupportedError, "in place"),
        (lambda x, i: np.fill_diagonal(x, 1.0), gn.UnsupportedError, r"np\.eye"),
        (
            lambda x, i: np.put_along_axis(x, i[:, None], 1.0, axis=1),
            gn.UnsupportedError,
            "in place",
        ),
    ],
)
def test_bad_use(attempt, error, text):
    x, i = gn.Input("x", value=A), gn.Input("i", value=PLACES)
    with pytest.raises(error, match=text):
        attempt(x, i)
    np.testing.assert_array_equal(x[i].output, A[PLACES])
    np.testing.assert_array_equal(x.value, A)


def test_labels_that_do_not_fit_leave_the_graph_as_it_was():
    x, i = gn.Input("x", value=A), gn.Input("i", value=PLACES)
    y = x[i]
    with pytest.raises(IndexError, match="out of bounds"):
        y.graph.forward(i=[7])
    np.testing.assert_array_equal(y.output, A[PLACES])
    np.testing.assert_array_equal(i.value, PLACES)
