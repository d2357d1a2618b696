"""A function that forgets what it computes on its way."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn

CALLS = []


def block(x, y, power=1):
    CALLS.append(type(x))
    return np.tanh(np.exp(np.tanh(x) * y)) ** power


def plain(x, y, power=1):
    return np.tanh(np.exp(np.tanh(x) * y)) ** power


X, Y = np.array([0.1, -0.5, 2.0]), np.array([1.0, 0.5, -1.0])


def test_one_node_with_the_same_numbers():
    x, y = gn.Input("x", value=X), gn.Input("y", value=Y)
    node = gn.checkpoint(block)(x, y, power=2)
    assert node.name == "block"
    assert len(node.graph) == 3
    reference = plain(gn.Input("x", value=X), gn.Input("y", value=Y), power=2)
    np.testing.assert_array_equal(node.output, plain(X, Y, power=2))
    seed = np.array([1.0, 2.0, 3.0])
    for target in (node, reference):
        target.graph.backward(target, seed, wrt=["x", "y"])
    for name in ("x", "y"):
        expected = reference.graph[name].grad
        np.testing.assert_array_equal(node.graph[name].grad, expected)


def test_it_runs_again_in_the_backward_pass_and_keeps_nothing():
    CALLS.clear()
    x = gn.Input("x", value=X)
    node = gn.checkpoint(block)(x, Y)
    assert len(CALLS) == 1
    assert CALLS[0] is np.ndarray  # no node is made, nothing is kept
    node.graph.backward(node, np.ones(3), wrt=x)
    assert len(CALLS) == 2
    assert len(node.graph) == 2
    node.graph.forward(x=X + 1.0)
    np.testing.assert_array_equal(node.output, plain(X + 1.0, Y))


def test_second_derivatives():
    f = gn.checkpoint(plain)
    checkpointed = gn.hessian(lambda x: np.sum(f(x, x)))(X)
    expected = gn.hessian(lambda x: np.sum(plain(x, x)))(X)
    np.testing.assert_allclose(checkpointed, expected, rtol=1e-13)


def test_it_expands():
    node = gn.checkpoint(plain)(gn.Input("x", value=X), Y)
    graph = node.graph.expand()
    assert "plain/tanh" in [n.name for n in graph.nodes]
    np.testing.assert_array_equal(graph.sink().output, node.output)


def test_on_arrays_it_is_the_function():
    np.testing.assert_array_equal(gn.checkpoint(plain)(X, Y), plain(X, Y))


def test_several_results_and_operations_of_ones_own():
    @gn.checkpoint
    def both(x):
        hidden = gn.Sigmoid()(x)
        return hidden * 2.0, np.sum(hidden)

    x = gn.Input("x", value=X)
    doubled, total = both(x)
    y = np.sum(doubled) + total
    y.graph.backward(y, wrt=x)
    s = 1.0 / (1.0 + np.exp(-X))
    np.testing.assert_allclose(x.grad, 3.0 * s * (1.0 - s))


def test_a_parameter_is_passed_not_taken_from_outside():
    w = gn.Parameter(Y, name="w")

    @gn.checkpoint
    def outside(x):
        return x * w

    with pytest.raises(gn.GradientError, match=r"uses 'w'.*among its arguments"):
        outside(gn.Input("x", value=X))
    passed = gn.checkpoint(lambda x, w: x * w)(gn.Input("x", value=X), w)
    passed.graph.backward(passed, np.ones(3))
    np.testing.assert_array_equal(w.grad, X)


def test_a_node_is_passed_not_taken_from_outside():
    def f(x, w):
        return gn.checkpoint(lambda x: np.sum(x * w))(x) + w

    with pytest.raises(gn.GradientError, match="not among its arguments"):
        gn.grad(f, (0, 1))(X, 2.0)

    def passed(x, w):
        return gn.checkpoint(lambda x, w: np.sum(x * w))(x, w) + w

    by_x, by_w = gn.grad(passed, (0, 1))(X, 2.0)
    np.testing.assert_array_equal(by_x, np.full(3, 2.0))
    assert by_w == np.sum(X) + 1.0


def test_whole_numbers_beside_others():
    def f(x):
        exponentials, place = gn.checkpoint(lambda x: (np.exp(x), np.argmax(x)))(x)
        return np.sum(exponentials) + 0.0 * np.sum(place)

    np.testing.assert_allclose(gn.grad(f)(X), np.exp(X))


def test_the_mode_of_the_pass_reaches_the_function():
    class Halves(gn.Operation):
        def _output(self):
            return self.input_ * (0.5 if self.training else 1.0)

        def _input_grad(self, output_grad):
            return output_grad * (0.5 if self.training else 1.0)

    node = gn.checkpoint(lambda x: Halves()(x) * 2.0)(gn.Input("x", value=X))
    node.graph.forward(training=True)
    np.testing.assert_array_equal(node.output, X)
    node.graph.backward(node, np.ones(3), wrt="x")
    np.testing.assert_array_equal(node.graph["x"].grad, np.ones(3))


@gn.checkpoint
def decorated(x):
    return np.tanh(x)


def test_a_decorated_function_pickles():
    node = decorated(gn.Input("x", value=X))
    twin = pickle.loads(pickle.dumps(node.graph))
    np.testing.assert_array_equal(twin.forward(x=Y), np.tanh(Y))


def test_copies():
    node = gn.checkpoint(plain)(gn.Input("x", value=X), Y)
    twin = copy.deepcopy(node)
    np.testing.assert_array_equal(twin.graph.forward(x=Y), plain(Y, Y))
