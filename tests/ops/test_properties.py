"""One property for every operation: its value, its gradients, however it is called."""

import numpy as np
import pytest
from cases import CASES, all_subclasses
from hypothesis import settings
from hypothesis import strategies as st

import graphnn as gn
from graphnn.ops.elementary import Elementwise
from graphnn.testing import strategies as gst
from graphnn.testing.drawing import Range

few = settings(max_examples=max(settings.default.max_examples // 4, 5))
fewest = settings(max_examples=max(settings.default.max_examples // 12, 2))


def holds(function, calls, examples=few, **others):
    """Run the property of a function."""
    examples(gst.property_test(function, calls, **others))()


def range_of(values):
    """Give the range that sample values are from: the domain of the operation."""
    sizes = np.abs(values)
    if values.min() < 0 < values.max():
        return Range(float(sizes.min()), float(sizes.max()), True, "")
    return Range(float(values.min()), float(values.max()), False, "")


def smooth_cases(cls):
    """List the uses of an operation on real numbers."""
    uses = [case for case in CASES if case.operation is cls]
    return [u for u in uses if all(np.asarray(a).dtype == float for a in u.inputs)]


ELEMENTWISE = [
    cls
    for cls in all_subclasses(Elementwise)
    if "function" in vars(cls) and smooth_cases(cls)
]


@pytest.mark.parametrize("cls", ELEMENTWISE, ids=lambda cls: cls.__name__)
def test_elementwise(cls):
    sample = max(smooth_cases(cls), key=lambda case: np.size(case.inputs[0])).inputs
    shapes = gst.broadcasting(len(sample), max_dims=3)
    arrays = gst.arrays(shapes, ranges=[range_of(np.asarray(a)) for a in sample])
    function = cls.function if isinstance(cls.function, np.ufunc) else called(cls)
    holds(function, gst.calls(arrays))


def called(cls):
    """Call an elementwise function that is no ufunc, as the user does."""
    if cls.__name__ == "Power":
        return lambda a, b: a**b
    return cls.function


def axis_of(x):
    return {"axis": gst.axes(x.ndim)}


def reduced(x):
    return {"axis": gst.axes(x.ndim), "keepdims": st.booleans()}


def one_axis(x):
    return {"axis": st.integers(-x.ndim, x.ndim - 1)}


@pytest.mark.parametrize(
    "function",
    [np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.nansum, np.ptp],
    ids=lambda f: f.__name__,
)
def test_reductions(function):
    holds(function, gst.calls(gst.arrays(gst.shapes()), reduced))


@pytest.mark.parametrize("function", [np.median, np.nanmean], ids=lambda f: f.__name__)
def test_statistics(function):
    shapes = gst.shapes(min_dims=1)
    holds(function, gst.calls(gst.arrays(shapes), reduced))


@pytest.mark.parametrize(
    "function", [np.cumsum, np.cumprod, np.sort, np.diff], ids=lambda f: f.__name__
)
def test_along_an_axis(function):
    holds(function, gst.calls(gst.arrays(gst.shapes(min_dims=1)), one_axis))


@pytest.mark.parametrize(
    "names",
    [("BI", "IO"), ("I", "IO"), ("BI", "I"), ("I", "I"), ("NBI", "IO"), ("NBI", "NIO")],
    ids="@".join,
)
def test_matmul(names):
    holds(np.matmul, gst.calls(gst.arrays(gst.by_axes(*names))))


@pytest.mark.parametrize(
    "function", [np.transpose, np.ravel, np.squeeze], ids=lambda f: f.__name__
)
def test_rearranging(function):
    holds(function, gst.calls(gst.arrays(gst.shapes())))


def test_transpose_by_axes():
    def permuted(x):
        return {"axes": st.permutations(range(x.ndim))}

    holds(np.transpose, gst.calls(gst.arrays(gst.shapes()), permuted))


@pytest.mark.parametrize("operation", [gn.Sigmoid, gn.Tanh, gn.ReLU, gn.Linear])
def test_activations(operation):
    def reference(x):
        return operation().forward(x)

    arrays = gst.arrays(gst.shapes(max_dims=2))
    holds(operation(), gst.calls(arrays), reference=reference, order=2)


def test_where():
    def choose(x, y):
        return np.where(np.asarray(MASK)[: len(x), : x.shape[1]], x, y)

    MASK = np.random.default_rng(0).random((4, 4)) < 0.5
    holds(choose, gst.calls(gst.arrays(gst.by_axes("AB", "AB"))))


@pytest.mark.parametrize(
    "function",
    [np.multiply, np.divide, np.exp, np.sqrt, np.conj, np.real, np.imag, np.abs],
    ids=lambda f: f.__name__,
)
def test_complex_numbers(function):
    count = function.nin if isinstance(function, np.ufunc) else 1
    shapes = gst.broadcasting(count, max_dims=2)
    holds(function, gst.calls(gst.arrays(shapes, dtype=gst.dtypes("fc"))))


# -- every sample use, called in many ways ---------------------------------------------
@st.composite
def ways(draw, case):
    """Draw layouts and dtypes for the inputs of a sample use."""
    narrow = draw(st.booleans())
    arrays = []
    for given in case.inputs:
        array = np.asarray(given)
        if narrow and array.dtype == np.float64:
            array = array.astype(np.float32)
        arrays.append(draw(gst.layouts(array)))
    return gst.Call(tuple(arrays), {})


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.inputs], ids=lambda case: str(case)
)
def test_every_sample_use(case):
    recipe = case.make()

    def reference(*arrays):
        # by itself, on the arrays in their layouts: no graph, no other operation
        return alone(recipe, arrays)

    holds(recipe, ways(case), fewest, reference=reference)


def alone(recipe, arrays):
    """Run a recipe's `_output` on arrays, without a graph."""
    operation = recipe._recipe()
    values = list(arrays)
    if isinstance(operation, gn.ParamOperation):
        values.append(operation.parameter.value)
    values += [state.value for state in operation.states]
    operation.input_values = tuple(values)
    return operation._output()


def test_every_elementwise_operation_on_real_numbers_is_among_them():
    names = {cls.__name__ for cls in ELEMENTWISE}
    assert {"Add", "Multiply", "Exp", "Power", "Maximum", "Sqrt"} <= names
    assert len(names) > 50
