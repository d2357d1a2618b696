"""The dense layer."""

import numpy as np
import pytest

import graphnn as gn

ACTIVATIONS = {
    None: lambda z: z,
    "linear": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
}


def slopes(function, array, step=1e-6):
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + step
        above = function()
        array[index] = kept - step
        gradient[index] = (above - function()) / (2 * step)
        array[index] = kept
    return gradient


def dense(*arguments, seed=0, **settings):
    layer = gn.Dense(*arguments, **settings)
    layer.rng = np.random.default_rng(seed)
    return layer


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_output(activation):
    x = np.random.default_rng(1).standard_normal((5, 4))
    layer = dense(3, activation)
    output = layer.forward(x)
    weight, bias = layer.params
    np.testing.assert_allclose(
        output, ACTIVATIONS[activation](x @ weight + bias), rtol=1e-13, atol=1e-15
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_by_finite_differences(activation):
    rng = np.random.default_rng(2)
    x, cotangent = rng.standard_normal((5, 4)), rng.standard_normal((5, 3))
    layer = dense(3, activation)
    layer.forward(x)
    layer.params[1][...] = rng.standard_normal((1, 3))
    layer.forward(x)
    input_grad = layer.backward(cotangent)
    grads = [gradient.copy() for gradient in layer.param_grads]

    def value():
        return float(np.sum(layer.forward(x) * cotangent))

    for gradient, array in zip([input_grad, *grads], [x, *layer.params], strict=True):
        np.testing.assert_allclose(gradient, slopes(value, array), rtol=1e-6, atol=1e-8)


def test_gradients_through_two_layers_made_alike():
    # the seed's lineage shared one Sigmoid object: the first gradient was 84 % off
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((6, 4)), rng.standard_normal((6, 2))
    net = gn.NeuralNetwork(
        [gn.Dense(3, "sigmoid"), gn.Dense(3, "sigmoid"), gn.Dense(2)],
        gn.MeanSquaredError(),
        seed=0,
    )
    net.train_batch(x, y)
    grads = [gradient.copy() for gradient in net.param_grads()]
    for gradient, array in zip(grads, net.params(), strict=True):
        np.testing.assert_allclose(
            gradient,
            slopes(lambda: net.forward_loss(x, y), array),
            rtol=1e-5,
            atol=1e-9,
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_dtypes_stay(dtype, activation):
    layer = dense(3, activation)
    output = layer.forward(np.ones((2, 4), dtype))
    input_grad = layer.backward(np.ones((2, 3), dtype))
    arrays = [output, input_grad, *layer.params, *layer.param_grads]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}
    assert {op.dtype for op in layer.operations} == {np.dtype(dtype)}


def test_integers_give_float64_weights():
    layer = dense(3)
    assert layer.forward([[1, 2], [3, 4]]).dtype == np.float64
    assert layer.params[0].dtype == np.float64


def test_shapes_names_scopes():
    layer = dense(3, "relu")
    layer.forward(np.ones((2, 4)))
    layer.backward(np.ones((2, 3)))
    assert [p.shape for p in layer.params] == [(4, 3), (1, 3)]
    assert [g.shape for g in layer.param_grads] == [(4, 3), (1, 3)]
    assert [op.name for op in layer.operations] == [
        "dense_1/weight_multiply",
        "dense_1/bias_add",
        "dense_1/relu",
    ]
    assert [p.name for p in layer.parameters] == ["dense_1/weight", "dense_1/bias"]
    assert layer.graph["dense_1/weight"].value is layer.params[0]
    assert layer.name == "dense_1"


def test_no_activation_adds_no_operation():
    layer = dense(3)
    layer.forward(np.ones((2, 4)))
    assert len(layer.operations) == 2


def test_an_activation_as_name_class_and_object():
    class Softplus(gn.Operation):
        def _output(self):
            return np.log1p(np.exp(self.input_))

        def _input_grad(self, output_grad):
            return output_grad / (1 + np.exp(-self.input_))

    x = np.ones((2, 4))
    for activation in (Softplus, Softplus()):
        layer = dense(3, activation)
        expected = np.log1p(np.exp(x @ dense_weights(layer, x)))
        np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-13)
    np.testing.assert_array_equal(
        dense(3, gn.Sigmoid()).forward(x), dense(3, "sigmoid").forward(x)
    )


def dense_weights(layer, x):
    layer.forward(x)
    return layer.params[0]


@pytest.mark.parametrize(
    ("name", "variance"),
    [
        ("glorot", 2 / 500),
        ("glorot_normal", 2 / 500),
        ("glorot_uniform", 2 / 500),
        ("he", 2 / 300),
        ("he_normal", 2 / 300),
        ("he_uniform", 2 / 300),
        ("lecun", 1 / 300),
        ("lecun_normal", 1 / 300),
        ("lecun_uniform", 1 / 300),
        ("standard", 1.0),
    ],
)
def test_initial_variance(name, variance):
    layer = dense(200, weight_init=name)
    layer.forward(np.ones((1, 300)))
    weight, bias = layer.params
    assert abs(weight.mean()) < 4 * np.sqrt(variance / weight.size)
    assert weight.var() == pytest.approx(variance, rel=0.03)
    if name.endswith("uniform"):
        assert np.abs(weight).max() <= np.sqrt(3 * variance)
    assert not bias.any()


def test_initialisers_of_constants_and_of_ones_own():
    x = np.ones((2, 4))
    assert not dense(3, weight_init="zeros").forward(x).any()
    np.testing.assert_array_equal(dense(3, weight_init="ones").forward(x), 4.0)
    seen = []

    def mine(rng, shape):
        seen.append((rng, shape))
        return np.full(shape, 0.5)

    layer = dense(3, weight_init=mine)
    np.testing.assert_array_equal(layer.forward(x.astype(np.float32)), 2.0)
    assert layer.params[0].dtype == np.float32
    assert [(type(rng), shape) for rng, shape in seen] == [
        (np.random.Generator, (4, 3))
    ]


def test_a_seeded_layer_starts_alike_and_unseeded_ones_apart():
    x = np.ones((2, 4))
    np.testing.assert_array_equal(dense(3).forward(x), dense(3).forward(x))
    assert not np.array_equal(gn.Dense(3).forward(x), gn.Dense(3).forward(x))


def test_the_global_random_stream_is_left_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    gn.Dense(3).forward(np.ones((2, 4)))
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def test_a_batch_of_sequences():
    x = np.random.default_rng(0).standard_normal((2, 5, 4))
    layer = dense(3, "tanh")
    output = layer.forward(x)
    np.testing.assert_allclose(output, np.tanh(x @ layer.params[0]), rtol=1e-13)
    assert layer.backward(np.ones((2, 5, 3))).shape == x.shape
    assert [g.shape for g in layer.param_grads] == [(4, 3), (1, 3)]


def test_weight_and_bias_by_name():
    layer = gn.Dense(3)
    assert layer.weight is None
    layer.forward(np.ones((2, 4)))
    assert layer.parameters[0] is layer.weight
    assert layer.parameters[1] is layer.bias
    assert layer.weight.shape == (4, 3)


def test_without_a_bias():
    layer, x = gn.Dense(3, "tanh", bias=False), np.ones((2, 4))
    output = layer.forward(x)
    np.testing.assert_allclose(output, np.tanh(x @ layer.weight.value), rtol=1e-14)
    assert layer.bias is None
    assert len(layer.params) == 1
    assert [type(o).__name__ for o in layer.operations] == ["WeightMultiply", "Tanh"]


def test_set_up_by_hand_as_in_the_notebook():
    layer, x = dense(3, "tanh"), np.random.default_rng(0).standard_normal((2, 4))
    layer._setup_layer(x)
    kinds = ["WeightMultiply", "BiasAdd", "Tanh"]
    assert [type(operation).__name__ for operation in layer.operations] == kinds
    value = x
    for operation in layer.operations:
        value = operation.forward(value)
    np.testing.assert_array_equal(value, np.tanh(x @ layer.weight.value))


def test_a_parameter_in_the_place_of_another():
    layer, x = dense(3), np.random.default_rng(0).standard_normal((2, 4))
    layer.forward(x)
    layer.weight = gn.Parameter(np.full((4, 3), 0.5), name="other")
    layer.bias = None
    np.testing.assert_allclose(layer.forward(x), x @ np.full((4, 3), 0.5))
    layer.backward(np.ones((2, 3)))
    assert [gradient.shape for gradient in layer.param_grads] == [(4, 3)]
    assert layer.params[0] is layer.weight.value


@pytest.mark.parametrize("value", [np.ones((4, 3)), [1.0], 1, 0.5, np.float32(1)])
def test_an_array_is_no_parameter(value):
    layer, x = dense(3), np.ones((2, 4))
    layer.forward(x)
    weight = layer.weight
    with pytest.raises(
        gn.ArgumentError, match=r"weight is a parameter, .*\nWrite into"
    ):
        layer.weight = value
    assert layer.weight is weight
    with pytest.raises(gn.UnsupportedError, match="in place"):
        layer.weight -= 0.1
    dropout = gn.Dropout(0.5)
    dropout.forward(x)
    with pytest.raises(gn.ArgumentError, match=r"passes is a state, .*\n.*gn\.State"):
        dropout.passes = value
