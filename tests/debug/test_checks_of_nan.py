"""Single nodes checked where the values at hand are NaN or infinite."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.local_check import check_all, check_node

X = np.random.default_rng(4).normal(size=(5, 3))


@pytest.fixture
def stepper():
    """Over both passes of a network, behind the last step."""
    layers = [gn.Dense(4), gn.LayerNorm(), gn.Dense(2)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=3)
    stepper = gn.Stepper.of_network(net, X, np.ones((5, 2)))
    stepper.seek(len(stepper))
    return stepper


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_no_operation_is_called_wrong(stepper, value):
    with np.errstate(invalid="ignore"):
        stepper.set("input", np.full(X.shape, value))
    checks = stepper.check("all")
    assert checks.ok, str(checks)
    assert sum(check.kinks for check in checks) == 0
    assert not any(check.report.impurities for check in checks)
    first = next(c for c in checks if c.node.name == "dense_1/weight_multiply")
    assert (first.ok, first.not_finite) == (True, 27)
    assert "0 + 15 not finite" in str(first)
    assert repr(first).endswith("27 elements not finite, not compared>")


def test_what_could_not_be_compared_is_not_called_right(stepper):
    with np.errstate(invalid="ignore"):
        stepper.set("input", np.full(X.shape, np.nan))
    assert stepper.check("all").summary() == (
        "3 operations right, 3 with nothing to compare, "
        "129 elements not finite, not compared"
    )


def test_at_one_nan_all_others_are_compared(stepper):
    spoiled = X.copy()
    spoiled[2, 1] = np.nan
    with np.errstate(invalid="ignore"):
        stepper.set("input", spoiled)
    checks = stepper.check("all")
    assert checks.ok, str(checks)
    first = next(c for c in checks if c.node.name == "dense_1/weight_multiply")
    assert [row.compared for row in first.rows] == [14, 8]
    assert [row.not_finite for row in first.rows] == [1, 4]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_wrong_formula_is_still_found_beside_them(value):
    class Wrong(gn.Operation):
        def _output(self):
            return self.input_ * 2.0

        def _input_grad(self, output_grad):
            return output_grad * 2.1

    checks = check_all(Wrong()(gn.Input("x", value=[1.0, value, 3.0])).graph)
    assert not checks.ok
    assert checks[0].worst.comparison.wrong == 2
    assert checks.summary().endswith(", 1 element not finite, not compared")


def test_a_hook_that_makes_infinities_of_finite_values_is_wrong():
    class Divides(gn.Operation):
        def _output(self):
            return np.abs(self.input_)

        def _input_grad(self, output_grad):
            return output_grad * self.input_ / np.floor(self.output)

    found = check_node(Divides()(gn.Input("x", value=[2.0, 0.0, 0.5])))
    assert (found.ok, found.not_finite) == (False, 0)
    assert found.index == (2,)
    assert np.isinf(found.analytic)


def test_a_given_gradient_is_0_where_the_output_has_no_slope():
    x = gn.Input("x", value=[1.0, np.nan, 3.0])
    y = gn.Input("y", value=[1.0, 2.0, 3.0])
    found = check_node(x + y, [1.0, 1.0, 1.0])
    assert found.ok
    assert [row.compared for row in found.rows] == [2, 3]
    parts = gn.Input("z", value=[[1.0, np.inf], [2.0, 3.0]])
    first, _ = np.split(parts * 2.0, 2)
    split = first.inputs[0]
    assert check_node(split, [np.ones((1, 2)), np.ones((1, 2))]).ok


def test_what_has_no_result_is_remarked():
    x = gn.Input("x", value=np.diag([1.0, 2.0]))
    det = np.linalg.det(x)
    with np.errstate(invalid="ignore"):
        det.graph.forward(x=np.full((2, 2), np.nan))
    found = check_node(det)
    assert found.ok
    assert "LinAlgError" in str(found)
    assert "its inputs are not finite" in str(found)


def test_a_hook_that_fails_at_finite_values_is_wrong():
    class Fails(gn.Operation):
        def _output(self):
            return self.input_ * 1.0

        def _input_grad(self, output_grad):
            raise ZeroDivisionError("of my own")

    assert not check_node(Fails()(gn.Input("x", value=[1.0]))).ok
    assert check_node(Fails()(gn.Input("x", value=[np.nan]))).ok
