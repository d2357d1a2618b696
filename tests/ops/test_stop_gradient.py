"""Values that are taken as given."""

import numpy as np
import pytest
from cases import numbers

import graphnn as gn

X = numbers(2, 3)


def test_forwards_it_is_the_identity():
    x = gn.Input("x", value=X)
    y = gn.stop_gradient(x)
    np.testing.assert_array_equal(y.output, X)
    np.testing.assert_array_equal(y.graph.forward(x=X * 2), X * 2)
    assert gn.stop_gradient(X) is X
    assert gn.stop_gradient(2.0) == 2.0


def test_backwards_nothing_passes():
    x, w = gn.Input("x", value=X), gn.Parameter(X.copy(), name="w")
    y = np.sum(x * gn.stop_gradient(np.exp(x) * w))
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, np.exp(X) * X)
    assert w.grad is None
    steps = [step.node.name for step in y.graph.backward_steps(y, wrt=x)]
    assert steps == ["sum", "multiply_2"]  # what lies behind is not walked
    (by_x,) = y.graph.gradient(y, x)
    np.testing.assert_array_equal(by_x.output, np.exp(X) * X)


def test_structures():
    def f(pair):
        a, b = gn.stop_gradient(pair)
        return np.sum(pair[0] * a) + np.sum(gn.stop_gradient({"b": b})["b"])

    by_a, by_b = gn.grad(f)((X, X))
    np.testing.assert_array_equal(by_a, X)
    np.testing.assert_array_equal(by_b, np.zeros((2, 3)))


def test_of_any_order():
    def f(x):
        return np.sum(x**2 * gn.stop_gradient(x))

    np.testing.assert_array_equal(gn.grad(f)(X), 2.0 * X * X)
    hessian = gn.hessian(f)(X).reshape(6, 6)
    np.testing.assert_array_equal(np.diagonal(hessian), 2.0 * X.ravel())
    np.testing.assert_array_equal(
        gn.make_jvp(f)(X)(np.ones((2, 3)))[1], np.sum(2 * X * X)
    )


def test_a_parameter_that_is_not_trainable_is_the_other_way():
    w = gn.Parameter(X.copy(), name="w")
    w.trainable = False
    x = gn.Input("x", value=X)
    y = np.sum(x * w)
    y.graph.backward(y, wrt=x)
    assert w.grad is None
    np.testing.assert_array_equal(x.grad, X)


def test_the_checker_knows_that_it_is_no_derivative():
    report = gn.check_gradients(lambda x: np.sum(x * gn.stop_gradient(np.exp(x))), X)
    assert report.ok

    class Wrong(gn.Operation):
        def _output(self):
            return self.input_ * 2.0

        def _input_grad(self, output_grad):
            return output_grad * 2.1

    with pytest.raises(gn.GradientError, match="wrong"):
        gn.check_gradients(lambda x: np.sum(Wrong()(gn.stop_gradient(x) * x)), X)
