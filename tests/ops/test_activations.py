"""Activation functions: their values by definition, the far ends, every dtype."""

import math
import re

import numpy as np
import pytest

import graphnn as gn
from graphnn.ops import rectifiers

ERF = np.vectorize(math.erf, otypes=[float])


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def softplus(x):
    return np.log(1 + np.exp(x))


# each with its definition, as the paper has it, and its limits on the left and right
DEFINITIONS = {
    "Sigmoid": (gn.Sigmoid, sigmoid, 0, 1),
    "Linear": (gn.Linear, lambda x: x, -np.inf, np.inf),
    "Tanh": (gn.Tanh, np.tanh, -1, 1),
    "ReLU": (gn.ReLU, lambda x: np.maximum(x, 0), 0, np.inf),
    "LeakyReLU": (
        lambda: gn.LeakyReLU(0.3),
        lambda x: np.where(x > 0, x, 0.3 * x),
        -np.inf,
        np.inf,
    ),
    "PReLU": (gn.PReLU, lambda x: np.where(x > 0, x, 0.25 * x), -np.inf, np.inf),
    "ELU": (
        lambda: gn.ELU(0.5),
        lambda x: np.where(x > 0, x, 0.5 * (np.exp(x) - 1)),
        -0.5,
        np.inf,
    ),
    "CELU": (
        lambda: gn.CELU(0.5),
        lambda x: np.where(x > 0, x, 0.5 * (np.exp(x / 0.5) - 1)),
        -0.5,
        np.inf,
    ),
    "SELU": (
        gn.SELU,
        lambda x: (
            1.0507009873554805
            * np.where(x > 0, x, 1.6732632423543772 * (np.exp(x) - 1))
        ),
        -1.0507009873554805 * 1.6732632423543772,
        np.inf,
    ),
    "HardTanh": (gn.HardTanh, lambda x: np.clip(x, -1, 1), -1, 1),
    "ReLU6": (gn.ReLU6, lambda x: np.clip(x, 0, 6), 0, 6),
    "HardSigmoid": (gn.HardSigmoid, lambda x: np.clip((x + 3) / 6, 0, 1), 0, 1),
    "HardSwish": (gn.HardSwish, lambda x: x * np.clip(x + 3, 0, 6) / 6, 0, np.inf),
    "Softplus": (
        lambda: gn.Softplus(2.0),
        lambda x: softplus(2 * x) / 2,
        0,
        np.inf,
    ),
    "LogSigmoid": (gn.LogSigmoid, lambda x: np.log(sigmoid(x)), -np.inf, 0),
    "SiLU": (gn.SiLU, lambda x: x * sigmoid(x), 0, np.inf),
    "Mish": (gn.Mish, lambda x: x * np.tanh(softplus(x)), 0, np.inf),
    "GELU": (gn.GELU, lambda x: x * (1 + ERF(x / np.sqrt(2))) / 2, 0, np.inf),
    "GELU-tanh": (
        lambda: gn.GELU(approximate=True),
        lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        0,
        np.inf,
    ),
    "Softsign": (gn.Softsign, lambda x: x / (1 + np.abs(x)), -1, 1),
    "Erf": (gn.Erf, ERF, -1, 1),
}
NAMES = pytest.mark.parametrize("name", DEFINITIONS)


def made(name):
    return DEFINITIONS[name][0]()


@NAMES
def test_the_definition(name):
    x = np.linspace(-6, 7, 53).reshape(1, 53)
    np.testing.assert_allclose(
        made(name).forward(x), DEFINITIONS[name][1](x), rtol=1e-13, atol=1e-15
    )


@NAMES
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_the_far_ends(name, dtype):
    """Huge, infinite, NaN: the limits, to the second derivative, and no warning."""
    _, _, left, right = DEFINITIONS[name]
    huge = float(np.finfo(dtype).max) / 16
    x = gn.Input("x", value=np.array([-np.inf, -huge, huge, np.inf, np.nan], dtype))
    y = made(name)(x)
    assert y.dtype == dtype
    for place, limit in ((0, left), (3, right)):
        assert y.output[place] == pytest.approx(limit, rel=2e-3)
        if np.isfinite(limit):
            near = y.output[1 if place == 0 else 2]
            assert near == pytest.approx(limit, rel=2e-3, abs=1e-30)
    assert np.isnan(y.output[4])
    ones = np.ones(5, dtype)
    (slope,) = y.graph.gradient(y, [x], ones)
    (bend,) = y.graph.gradient(slope, [x], ones)
    assert slope.dtype == bend.dtype == dtype
    assert np.isfinite(slope.output[:4]).all()
    np.testing.assert_allclose(bend.output[:4], 0, atol=1e-4)
    y.graph.backward(y, ones, wrt=[x])
    np.testing.assert_array_equal(x.grad, slope.output)


@NAMES
def test_each_size_from_tiny_to_huge(name):
    sizes = 10.0 ** np.arange(-300, 301, 0.5)
    x = gn.Input("x", value=np.concatenate([-sizes[::-1], [0.0], sizes]))
    y = made(name)(x)
    (slope,) = y.graph.gradient(y, [x], np.ones(x.shape))
    (bend,) = y.graph.gradient(slope, [x], np.ones(x.shape))
    for node in (y, slope, bend):
        assert np.isfinite(node.output).all()
    assert (np.abs(slope.output) <= 2).all()
    assert (np.abs(bend.output) <= 2).all()


@NAMES
def test_shapes_dtypes_and_whole_numbers(name):
    for shape in ((), (1,), (0,), (0, 3), (2, 0), (2, 3, 1)):
        x = np.full(shape, 0.5, np.float32)
        recipe = made(name)
        y = recipe.forward(x)
        assert (y.shape, y.dtype) == (shape, np.float32)
        grad = recipe.backward(np.ones(shape, np.float32))
        assert (grad.shape, grad.dtype) == (shape, np.float32)
        np.testing.assert_allclose(y, DEFINITIONS[name][1](x), rtol=1e-6)
    whole = np.array([0, 1, 2, 5])
    expected = DEFINITIONS[name][1](whole.astype(float))
    for dtype in (np.uint8, np.int64):
        if name == "Tanh":
            continue  # np.tanh itself, which makes float16 of uint8
        np.testing.assert_allclose(
            made(name).forward(whole.astype(dtype)), expected, rtol=1e-13, atol=1e-15
        )


CORNER_AT_0 = {"ReLU", "ReLU6", "LeakyReLU", "PReLU", "ELU", "SELU"}
BENT_AT_0 = {"CELU", "Softsign"}  # the second derivative is another on each side


@pytest.mark.parametrize("name", sorted(set(DEFINITIONS) - CORNER_AT_0 - {"Linear"}))
def test_derivatives_at_0_also_when_taken_apart(name):
    # zero weights and biases put every unit there at the start
    x = gn.Input("x", value=[0.0, -0.0, 0.3, -0.3])
    node = made(name)(x)
    apart = node.graph.expand()
    ones, step = np.ones(4), 1e-4
    (slope,) = node.graph.gradient(node, [x], ones)
    (slope_apart,) = apart.gradient(apart.sink(), [apart["x"]], ones)
    np.testing.assert_allclose(slope_apart.output, slope.output, rtol=1e-13)
    around = [DEFINITIONS[name][1](x.value + side * step) for side in (-1, 1)]
    quotient = (around[1] - around[0]) / (2 * step)
    bent = name in BENT_AT_0
    np.testing.assert_allclose(slope.output, quotient, rtol=2e-4 if bent else 2e-8)
    if bent:
        return
    (bend,) = node.graph.gradient(slope, [x], ones)
    (bend_apart,) = apart.gradient(slope_apart, [apart["x"]], ones)
    np.testing.assert_allclose(bend_apart.output, bend.output, rtol=1e-12, atol=1e-14)
    middle = DEFINITIONS[name][1](x.value)
    quotient = (around[1] - 2 * middle + around[0]) / step**2
    np.testing.assert_allclose(bend.output, quotient, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("name", ["SiLU", "Mish", "GELU", "GELU-tanh", "Softplus"])
def test_digits_are_kept_where_the_value_is_tiny(name):
    x = np.array([-10.0, -20.0, -30.0, -37.0])
    u = np.sqrt(8 / np.pi) * (x + 0.044715 * x**3)
    expected = {
        "SiLU": x * np.exp(x) / (1 + np.exp(x)),
        "Mish": x * np.tanh(np.log1p(np.exp(x))),
        "GELU": [0.5 * v * math.erfc(-v / math.sqrt(2)) for v in x],
        "GELU-tanh": x * np.exp(u) / (1 + np.exp(u)),
        "Softplus": np.log1p(np.exp(2 * x)) / 2,
    }[name]
    np.testing.assert_allclose(made(name).forward(x), expected, rtol=1e-12)


def test_selu_has_its_fixed_point():
    # Klambauer et al., eq. 14: mean 0 and variance 1 stay
    e, pi, c = math.e, math.pi, math.erfc(math.sqrt(0.5))
    alpha = -math.sqrt(2 / pi) / (c * math.sqrt(e) - 1)
    inner = 2 * math.erfc(math.sqrt(2)) * e**2 + pi * c**2 * e
    inner += -2 * (2 + pi) * c * math.sqrt(e) + pi + 2
    scale = (1 - c * math.sqrt(e)) * math.sqrt(2 * pi) / math.sqrt(inner)
    constants = [rectifiers.SELU_ALPHA, rectifiers.SELU_SCALE]
    np.testing.assert_allclose(constants, [alpha, scale], rtol=1e-14)
    nodes, weights = np.polynomial.hermite_e.hermegauss(180)
    weights = weights / weights.sum()
    y = gn.SELU().forward(nodes)
    assert weights @ y == pytest.approx(0, abs=1e-2)  # the corner limits the rule
    assert weights @ y**2 == pytest.approx(1, abs=1e-2)


def test_corners_have_the_slope_of_the_left():
    for recipe, corner, slope in [
        (gn.LeakyReLU(0.1), 0.0, 0.1),
        (gn.PReLU(), 0.0, 0.25),
        (gn.ELU(2.0), 0.0, 2.0),
        (gn.HardTanh(), 1.0, 0.0),
        (gn.HardTanh(), -1.0, 0.0),
        (gn.ReLU6(), 0.0, 0.0),
        (gn.ReLU6(), 6.0, 0.0),
        (gn.HardSigmoid(), -3.0, 0.0),
        (gn.HardSigmoid(), 3.0, 0.0),
        (gn.HardSwish(), -3.0, 0.0),
        (gn.HardSwish(), 3.0, 1.0),
    ]:
        recipe.forward(np.array([corner]))
        assert recipe.backward(np.ones(1))[0] == pytest.approx(slope), recipe


# -- PReLU -----------------------------------------------------------------------------
def test_prelu_makes_a_parameter_of_its_own():
    one, two = gn.PReLU(), gn.PReLU()
    assert one.parameter is not two.parameter
    assert one.param.tolist() == [0.25]
    assert gn.PReLU(0.1).param.tolist() == [0.1]
    array = np.array([0.1, 0.2])
    assert gn.PReLU(array).param is array
    parameter = gn.Parameter([0.5], name="mine")
    assert gn.PReLU(parameter).parameter is parameter


def test_prelu_gradients_are_summed_over_what_shares_a_slope():
    x = np.array([[[-1.0, 2.0, -3.0], [4.0, -5.0, -6.0]]])
    for slope, expected in [
        (np.array([0.1]), [-15.0]),
        (np.array([[0.1]]), [[-15.0]]),
        (np.array([0.1, 0.2, 0.3]), [-1.0, -5.0, -9.0]),
        (np.array([[0.1], [0.2]]), [[-4.0], [-11.0]]),
    ]:
        prelu = gn.PReLU(slope)
        y = prelu.forward(x)
        np.testing.assert_array_equal(y, np.where(x > 0, x, x * slope))
        prelu.backward(np.ones(x.shape))
        np.testing.assert_allclose(prelu.param_grad, expected)


def test_prelu_keeps_the_dtype_of_its_input():
    prelu = gn.PReLU()
    prelu.forward(np.array([-1.0, 1.0], np.float32))
    assert prelu.output.dtype == np.float32
    assert prelu.backward(np.ones(2, np.float32)).dtype == np.float32
    assert prelu.param_grad.dtype == np.float64
    gn.check_gradients(gn.PReLU(np.array([0.5], np.float32)), np.array([-1.0, 2.0]))


def test_prelu_is_learned():
    x = np.linspace(-1, 1, 20).reshape(10, 2)
    net = gn.NeuralNetwork([gn.Activation(gn.PReLU())], gn.MeanSquaredError())
    trainer = gn.Trainer(net, gn.SGD(0.5))
    for _ in range(60):
        loss = trainer.step(x, np.where(x > 0, x, 0.6 * x))
    assert loss < 1e-10
    np.testing.assert_allclose(net.params()[0], [0.6], rtol=1e-4)


@pytest.mark.parametrize("shape", [(2,), (3, 3), (2, 1, 1)])
def test_slopes_that_do_not_fit(shape):
    prelu = gn.PReLU(np.ones(shape))
    message = (
        rf"prelu \(PReLU, .*\): slopes of shape {re.escape(str(shape))} do not "
        r"broadcast to an input of shape \(4, 3\)\n.* one for each channel"
    )
    x = gn.Input("x", value=np.ones((4, 3)))
    with pytest.raises(gn.ShapeError, match=message):
        prelu(x)
    assert len(x.graph) == 1
    x.value = np.ones((4, *np.broadcast_shapes(shape, (3, 1))))
    assert prelu(x).shape == x.shape


# -- softmax ---------------------------------------------------------------------------
@pytest.mark.parametrize("axis", [-1, 0, 1, (0, 2), (0, 1, 2), None, [1]])
def test_softmax_along_axes(axis):
    x = np.random.default_rng(0).normal(size=(2, 3, 4))
    along = tuple(axis) if isinstance(axis, list) else axis
    expected = np.exp(x) / np.exp(x).sum(axis=along, keepdims=True)
    y = gn.Softmax(axis).forward(x)
    np.testing.assert_allclose(y, expected, rtol=1e-14)
    np.testing.assert_allclose(y.sum(axis=along), 1, rtol=1e-14)
    logs = gn.LogSoftmax(axis).forward(x)
    np.testing.assert_allclose(logs, np.log(expected), rtol=1e-13)


@pytest.mark.parametrize("operation", [gn.Softmax, gn.LogSoftmax])
def test_softmax_of_unusual_arrays(operation):
    logarithm = operation is gn.LogSoftmax
    alone = operation()
    assert alone.forward(np.array(3.0)).tolist() == (0.0 if logarithm else 1.0)
    assert alone.backward(np.array(1.0)).tolist() == 0.0
    for shape in ((0,), (2, 0), (0, 3)):
        empty = operation()
        assert empty.forward(np.ones(shape, np.float32)).shape == shape
        assert empty.backward(np.ones(shape, np.float32)).dtype == np.float32
    small = operation().forward(np.array([1, 2], np.uint8))
    np.testing.assert_array_equal(small, operation().forward(np.array([1.0, 2.0])))
    assert np.isnan(operation().forward(np.array([np.nan, 0.0]))).all()


def test_softmax_of_huge_and_of_hidden_numbers():
    x = gn.Input("x", value=[[1e300, 0.0, -1e300], [-np.inf, 2.0, 2.0]])
    y, z = gn.Softmax()(x), gn.LogSoftmax()(x)
    np.testing.assert_array_equal(y.output, [[1, 0, 0], [0, 0.5, 0.5]])
    np.testing.assert_allclose(
        z.output, [[0, -1e300, -2e300], [-np.inf, -np.log(2), -np.log(2)]]
    )
    cotangent = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    for node in (y, z):
        (slope,) = x.graph.gradient(node, [x], cotangent)
        (bend,) = x.graph.gradient(slope, [x], cotangent)
        assert np.isfinite(slope.output).all()
        assert np.isfinite(bend.output).all()


# -- GLU -------------------------------------------------------------------------------
def test_glu():
    x = np.random.default_rng(0).normal(size=(3, 4, 6))
    a, b = np.split(x, 2, axis=1)
    np.testing.assert_allclose(gn.GLU(1).forward(x), a * sigmoid(b), rtol=1e-14)
    for shape, axis in (((3, 5), -1), ((4,), 1), ((), -1), ((2, 3), -3)):
        pattern = rf"glu.* has no axis {axis} of even size"
        with pytest.raises(gn.ShapeError, match=pattern):
            gn.GLU(axis).forward(np.ones(shape))


# -- settings --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: gn.LeakyReLU("0.1"),
            r"LeakyReLU's slope is a finite number, not '0.1",
        ),
        (lambda: gn.LeakyReLU(np.nan), r"finite number, not nan"),
        (lambda: gn.LeakyReLU(True), r"finite number, not True"),
        (lambda: gn.LeakyReLU(np.ones(3)), r"finite number"),
        (lambda: gn.PReLU(np.inf), r"PReLU's slope is a finite number"),
        (lambda: gn.PReLU(np.array([1, 2])), r"dtype int64 has no gradient"),
        (lambda: gn.ELU(None), r"ELU's alpha is a finite number, not None"),
        (lambda: gn.CELU(0), r"CELU's alpha is above 0, not 0"),
        (lambda: gn.Softplus(-1.0), r"Softplus's beta is above 0, not -1.0"),
        (lambda: gn.HardTanh(1, 1), r"lower bound is below the upper: 1 and 1"),
        (lambda: gn.HardTanh(1j), r"lower bound is a finite number"),
        (lambda: gn.GELU("erf"), r"approximate of GELU is True or False, not 'erf'"),
        (lambda: gn.GELU(1), r"approximate of GELU is True or False, not 1"),
        (lambda: gn.GLU(0.5), r"GLU's axis is an int, not 0.5"),
        (lambda: gn.Softmax("last"), r"Softmax's axis is an int, .*: 'last'"),
        (lambda: gn.LogSoftmax(1.0), r"LogSoftmax's axis is an int"),
        (lambda: gn.Softmax(True), r"Softmax's axis is an int"),
        (lambda: gn.Softmax((0, "x")), r"Softmax's axis is an int"),
    ],
)
def test_settings_that_cannot_be(make, message):
    with pytest.raises(gn.ArgumentError, match=message):
        make()


def test_settings_of_numpy_numbers_keep_float32():
    x = np.array([-1.0, 1.0], np.float32)
    for recipe in (
        gn.LeakyReLU(np.float64(0.1)),
        gn.ELU(np.float64(0.1)),
        gn.Softplus(np.float64(2)),
        gn.HardTanh(np.float64(-0.5), np.int64(1)),
    ):
        assert recipe.forward(x).dtype == np.float32


def test_pytorchs_names_for_gelus():
    x = np.linspace(-3, 3, 7)
    for name, setting in (("none", False), ("tanh", True)):
        np.testing.assert_array_equal(
            gn.GELU(name).forward(x), gn.GELU(setting).forward(x)
        )


def test_an_axis_that_is_not_there():
    x = gn.Input("x", value=np.ones((2, 3)))
    with pytest.raises(np.exceptions.AxisError):
        gn.Softmax(2)(x)
    assert len(x.graph) == 1
    assert gn.Softmax(1)(x).shape == (2, 3)


# -- the sigmoid -----------------------------------------------------------------------
@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64])
def test_sigmoid_of_whole_numbers(dtype):
    x = np.array([0, 1, 3, 100]).astype(dtype)
    expected = sigmoid(x.astype(float))
    np.testing.assert_allclose(gn.Sigmoid().forward(x), expected, rtol=1e-15)
