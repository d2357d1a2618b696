"""The strategies draw what they say, and the one property finds what is wrong."""

import subprocess
import sys

import numpy as np
import pytest
import wrong
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import FailedHealthCheck

import graphnn as gn
from graphnn.testing import strategies as gst
from graphnn.testing.drawing import Range

BATCHES = gst.calls(gst.arrays(gst.by_axes("BI")))
PAIRS = gst.calls(gst.arrays(gst.broadcasting(2)))
QUICK = settings(derandomize=True, max_examples=30, phases=[Phase.generate])


def fails(function, calls, says, **others):
    """Check that the property does not hold, and what is said about it."""
    with pytest.raises((AssertionError, ValueError, TypeError)) as caught:
        QUICK(gst.property_test(function, calls, **others))()
    assert not isinstance(caught.value, FailedHealthCheck)
    assert says in str(caught.value)


def twice(x):
    return 2.0 * x


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (wrong.ByAThousandth(), "off by 0.0999 %"),
        (wrong.OnlyWhereNegative(), "analytic 0, numeric"),
        (wrong.WrongShape(), "WrongShape returned a gradient of shape"),
    ],
)
def test_wrong_gradients_are_found(operation, says):
    fails(operation, BATCHES, says, reference=lambda x: value_of(operation, x))


def value_of(operation, x):
    """Run an operation's `_output` by itself."""
    recipe = operation._recipe()
    recipe.input_values = (x,)
    return recipe._output()


@pytest.mark.parametrize(
    ("operation", "says"),
    [
        (wrong.ChangesInput(), "an array that was given has changed"),
        (wrong.ChangesOutputGrad(), "the gradient that came in has changed"),
        (wrong.ChangesOutput(), "value"),
        (wrong.UsesUpItsMask(), "the second backward pass gives other gradients"),
    ],
)
def test_impure_hooks_are_found(operation, says):
    fails(operation, BATCHES, says, reference=lambda x: value_of(operation, x.copy()))


def test_a_wrong_value_is_found():
    fails(lambda x: 2.0 * x, BATCHES, "value", reference=lambda x: x * 2.0000001)
    fails(np.sum, BATCHES, "value", reference=lambda x: np.sum(x[:, ::-1]) + 0.0)


def test_a_wrong_shape_and_a_wrong_dtype_are_found():
    fails(twice, BATCHES, "shape", reference=lambda x: 2.0 * x.T)
    fails(twice, BATCHES, "dtype", reference=lambda x: 2.0 * x.astype(np.float64))

    class Widens(gn.Operation):
        def _output(self):
            return self.input_ * np.float64(2.0)

        def _input_grad(self, output_grad):
            return output_grad * 2.0

    fails(Widens(), BATCHES, "dtype float64", reference=twice)


def test_a_gradient_that_is_not_summed_is_found():
    class Added(gn.Operation):
        def _output(self):
            left, right = self.input_values
            return left + right

        def _input_grads(self, output_grad):
            return output_grad, output_grad

    fails(Added(), PAIRS, "set `broadcasts = True`", reference=np.add)
    Added.broadcasts = True
    gst.property_test(Added(), PAIRS, reference=np.add)()


def test_gradients_that_share_memory_are_found(monkeypatch):
    def kept_as_they_are(parameters, leaves, gradients, earlier):
        """Hand the very arrays over that the hooks have returned."""

    monkeypatch.setattr("graphnn.graph.backward.keep_gradients", kept_as_they_are)
    fails(np.add, gst.calls(gst.arrays(gst.by_axes("A", "A"))), "share memory")


def test_wrong_second_derivatives_are_found_on_demand():
    operation = wrong.OnlySecondOrder()
    gst.property_test(operation, BATCHES, reference=np.exp)()
    fails(operation, BATCHES, "second derivative", reference=np.exp, order=2)


def test_keywords_are_drawn_for_the_arrays():
    seen = set()

    def function(x, axis, keepdims):
        seen.add((type(axis), keepdims))
        return np.sum(x, axis=axis, keepdims=keepdims)

    calls = gst.calls(
        gst.arrays(gst.shapes()),
        lambda x: {"axis": gst.axes(x.ndim), "keepdims": st.booleans()},
    )
    settings(max_examples=100, derandomize=True)(gst.property_test(function, calls))()
    assert {kind for kind, _ in seen} == {int, tuple, type(None)}
    assert {keepdims for _, keepdims in seen} == {True, False}


# -- what the strategies draw ----------------------------------------------------------
@given(gst.by_axes("BI", "IO", "O", "", min_side=2, max_side=5))
def test_axes_of_one_name_have_one_size(shapes):
    batch, weights, bias, scalar = shapes
    assert batch[1] == weights[0]
    assert weights[1:] == bias
    assert scalar == ()
    assert all(2 <= side <= 5 for shape in shapes for side in shape)


@given(gst.shapes(min_dims=1, max_dims=2, min_side=0, max_side=2))
def test_shapes(shapes):
    (shape,) = shapes
    assert 1 <= len(shape) <= 2
    assert all(0 <= side <= 2 for side in shape)


@given(gst.broadcasting(3))
def test_broadcasting_shapes_broadcast(shapes):
    assert len(shapes) == 3
    np.broadcast_shapes(*shapes)


@given(st.data(), st.integers(0, 3))
def test_axes(data, ndim):
    np.sum(np.ones((2,) * ndim), axis=data.draw(gst.axes(ndim)))


@given(gst.arrays(gst.shapes(), dtype=gst.dtypes("fc")))
def test_arrays_hold_different_numbers_of_both_signs(arrays):
    (array,) = arrays
    assert array.dtype in (np.float32, np.float64, np.complex64, np.complex128)
    assert len(np.unique(array)) == array.size
    assert np.all(np.abs(array) > 0.1)
    if array.size > 1:
        assert array.real.min() < 0 < array.real.max()


@given(
    gst.arrays(
        gst.by_axes("A", "A"),
        ranges=[Range(1.0, 2.0, False, ""), Range(5.0, 6.0, False, "")],
    )
)
def test_ranges_belong_to_arrays(arrays):
    one, other = arrays
    assert one.min() >= 1.0
    assert one.max() <= 2.0
    assert other.min() >= 5.0


@given(st.data())
def test_layouts_hold_the_same_numbers(data):
    array = np.arange(6.0).reshape(2, 3)
    seen = data.draw(gst.layouts(array))
    np.testing.assert_array_equal(seen, array)


def test_layouts_differ():
    array = np.arange(6.0).reshape(2, 3)
    strides = set()

    @settings(derandomize=True)
    @given(gst.layouts(array))
    def collect(drawn):
        strides.add(drawn.strides)

    collect()
    assert len(strides) == 4


def test_without_hypothesis_the_extra_is_named():
    program = (
        "import sys; sys.modules['hypothesis'] = None\n"
        "import graphnn.testing\n"
        "import graphnn.testing.strategies"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, encoding="utf-8"
    )
    assert result.returncode == 1
    assert 'pip install "graphnn[test]"' in result.stderr
    assert "graphnn.testing.strategies needs Hypothesis" in result.stderr
