"""The seed's contract: the notebook's code goes on, on arrays and on nodes."""

import notebook
import numpy as np
import pytest

import graphnn as gn


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-1.0 * z))


@pytest.fixture
def rng():
    return np.random.default_rng(8)


def test_weight_multiply_on_arrays(rng):
    X, W, g = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(5, 4))
    op = notebook.weightMultiply(W)
    assert op.param is W
    out = op.forward(X)
    assert type(out) is np.ndarray
    assert op.output is out
    np.testing.assert_array_equal(op.input_, X)
    np.testing.assert_array_equal(out, X @ W)
    back = op.backward(g)
    assert op.input_grad is back
    np.testing.assert_array_equal(back, g @ W.T)
    np.testing.assert_array_equal(op.param_grad, X.T @ g)
    assert op.param is W
    W -= 0.1 * op.param_grad  # the book's update is seen
    np.testing.assert_array_equal(op.forward(X), X @ W)


def test_bias_add_on_arrays(rng):
    X, B, g = rng.normal(size=(5, 4)), rng.normal(size=(1, 4)), rng.normal(size=(5, 4))
    op = notebook.BiasAdd(B)
    np.testing.assert_array_equal(op.forward(X), X + B)
    np.testing.assert_array_equal(op.backward(g), g)
    np.testing.assert_array_equal(op.param_grad, g.sum(axis=0, keepdims=True))
    with pytest.raises(AssertionError):
        notebook.BiasAdd(rng.normal(size=(2, 4)))


def test_sigmoid_on_arrays(rng):
    X = rng.normal(size=(5, 4))
    op = notebook.Sigmoid()
    op.forward(np.zeros((2, 2)))
    op.forward(X)  # the same object again, at another shape
    s = sigmoid(X)
    np.testing.assert_array_equal(op.output, s)
    np.testing.assert_array_equal(op.backward(np.ones((5, 4))), s * (1 - s))
    assert isinstance(op, gn.Node)
    assert op.id
    assert op.graph is not None


def test_wrong_gradient_shape_is_refused(rng):
    op = notebook.Sigmoid()
    op.forward(rng.normal(size=(5, 4)))
    with pytest.raises(gn.GradientShapeError, match=r"\(4, 5\)"):
        op.backward(np.ones((4, 5)))
    assert op.backward(np.ones((5, 4))).shape == (5, 4)


def test_on_nodes_as_on_arrays(rng):
    X, W, B = rng.normal(size=(5, 3)), rng.normal(size=(3, 4)), rng.normal(size=(1, 4))
    g = rng.normal(size=(5, 4))
    recipes = [notebook.weightMultiply(W), notebook.BiasAdd(B), notebook.Sigmoid()]
    x = gn.Input("x", value=X)
    node = x
    for recipe in recipes:
        node = recipe(node)
        assert recipe.output is None
        assert type(node) is type(recipe)
    node.graph.backward(node, g, wrt=x)
    array = X
    local = [
        notebook.weightMultiply(W.copy()),
        notebook.BiasAdd(B.copy()),
        notebook.Sigmoid(),
    ]
    for op in local:
        array = op.forward(array)
    back = g
    for op in reversed(local):
        back = op.backward(back)
    np.testing.assert_array_equal(node.output, array)
    np.testing.assert_array_equal(x.grad, back)
    multiply, add = node.graph["weight_multiply"], node.graph["bias_add"]
    assert node.graph["sigmoid"] is node
    np.testing.assert_array_equal(multiply.param_grad, local[0].param_grad)
    np.testing.assert_array_equal(add.param_grad, local[1].param_grad)
    np.testing.assert_array_equal(recipes[0].parameter.grad, local[0].param_grad)
    assert multiply.param is W


def by_hand(X, g, W, B):
    z = X @ W + B
    s = sigmoid(z)
    d = g * s * (1 - s)
    return s, d @ W.T, X.T @ d, d.sum(axis=0, keepdims=True)


def test_dense_layer(rng):
    X, g = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    layer = notebook.Dense(4)
    assert layer.first
    out = layer.forward(X)
    assert not layer.first
    W, B = layer.params
    expected, back, by_w, by_b = by_hand(X, g, W, B)
    np.testing.assert_allclose(out, expected, rtol=1e-13)
    np.testing.assert_array_equal(layer.output, out)
    np.testing.assert_allclose(layer.backward(g), back, rtol=1e-12)
    np.testing.assert_allclose(layer.param_grads[0], by_w, rtol=1e-12)
    np.testing.assert_allclose(layer.param_grads[1], by_b, rtol=1e-12)
    assert len(layer.operations) == 3
    assert layer.activation.output is None  # what is named stays a recipe


def test_default_activation_is_shared_by_all_layers(rng):
    one, two = notebook.Dense(4), notebook.Dense(2)
    assert one.activation is two.activation  # the notebook's default argument
    X, g = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
    hidden = one.forward(X)
    out = two.forward(hidden)
    h, *_ = by_hand(X, np.ones_like(hidden), *one.params)
    o, back, *_ = by_hand(h, g, *two.params)
    np.testing.assert_allclose(out, o, rtol=1e-13)
    got = one.backward(two.backward(g))
    _, first, by_w, _ = by_hand(X, back, *one.params)
    np.testing.assert_allclose(got, first, rtol=1e-12)
    np.testing.assert_allclose(one.param_grads[0], by_w, rtol=1e-12)


@pytest.mark.parametrize("on_nodes", [False, True])
def test_shared_activation_in_one_layer(on_nodes, rng):
    X, g = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    layer = notebook.Twice(4)
    if on_nodes:
        x = gn.Input("x", value=X)
        node = layer(x)
        out = node.output
        node.graph.backward(node, g, wrt=x)
        back = x.grad
        grads = [p.grad for p in layer.parameters]
    else:
        out = layer.forward(X)
        back = layer.backward(g)
        grads = layer.param_grads
    V, W = layer.params
    h = sigmoid(X @ V)
    o = sigmoid(h @ W)
    d = g * o * (1 - o)
    e = (d @ W.T) * h * (1 - h)
    np.testing.assert_allclose(out, o, rtol=1e-13)
    np.testing.assert_allclose(back, e @ V.T, rtol=1e-12)
    np.testing.assert_allclose(grads[0], X.T @ e, rtol=1e-12)
    np.testing.assert_allclose(grads[1], h.T @ d, rtol=1e-12)
