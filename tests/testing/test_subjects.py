"""Everything that has gradients can be checked, with arrays or without."""

import operator

import numpy as np
import pytest
from checking import BATCH, network, normal, row_of

import graphnn as gn


def test_several_targets():
    x = gn.Input("x", value=BATCH)
    one, other = np.sum(np.exp(x)), np.mean(x**2)
    report = gn.check_gradients([one, other])
    assert row_of(report, whole=True, order=1).node == "sum, mean"
    report = gn.check_gradients(lambda x: (np.exp(x), {"a": x * 2.0}), BATCH)
    assert row_of(report, whole=True, order=1).node == "exp, multiply"


def test_targets_of_which_one_depends_on_the_other():
    x = gn.Input("x", value=BATCH)
    middle = np.exp(x)
    gn.check_gradients([middle, np.sum(middle * x)])


def test_a_traced_graph():
    graph = gn.trace(lambda x, w: np.tanh(x @ w))(BATCH, BATCH.T)
    report = gn.check_gradients(graph)
    assert {row.argument for row in report.rows if row.whole} == {"x", "w"}
    report = gn.check_gradients(graph, BATCH[:2], BATCH.T[:, :1])
    assert report.rows[0].inputs == ((2, 4), (4, 1))
    assert graph["x"].output.shape == (3, 4)


def test_gradient_nodes_are_nodes_like_others():
    x = gn.Input("x", value=BATCH)
    y = np.sum(np.tanh(x))
    (gradient,) = y.graph.gradient(y, x)
    gn.check_gradients(gradient)


def test_a_bound_operation_on_other_arrays():
    x = gn.Input("x", value=BATCH)
    node = gn.WeightMultiply(np.ones((4, 2)))(x)
    report = gn.check_gradients(node, BATCH[:1])
    assert row_of(report, order=1, argument="input 0 (x)").shape == (1, 4)
    assert gn.check_gradients(node).rows[0].shape == (3, 4)


@pytest.mark.parametrize(
    ("thing", "shapes"),
    [
        (gn.Sigmoid, [(3, 4), (1, 4), (2, 4)]),
        (gn.WeightMultiply, [(3, 4), (1, 4), (2, 4)]),
        (gn.BiasAdd, [(3, 4), (1, 4), (2, 4)]),
        (gn.WeightMultiply(np.ones((5, 2))), [(3, 5), (1, 5), (2, 5)]),
        (gn.BiasAdd(np.ones((1, 6))), [(3, 6), (1, 6), (2, 6)]),
        (gn.BiasAdd(np.ones(6)), [(3, 6), (1, 6), (2, 6)]),
        (gn.MeanSquaredError(), [(3, 4), (1, 4), (2, 4)]),
        (gn.SoftmaxCrossEntropy, [(3, 4), (1, 4), (2, 4)]),
        (np.tanh, [(3, 4), (1, 4), (2, 4)]),
        (np.matmul, [(3, 4), (1, 4), (2, 4)]),
        (lambda x, *, axis=0: np.sum(x, axis=axis), [(3, 4), (1, 4), (2, 4)]),
    ],
)
def test_drawn_arrays(thing, shapes):
    report = gn.check_gradients(thing)
    first = [r for r in report.rows if not r.whole and r.argument.startswith("input 0")]
    assert [row.shape for row in first if row.order == 1] == shapes


def test_drawn_arrays_have_both_signs_unless_that_is_not_defined():
    arrays = []

    class Seen(gn.Operation):
        def _output(self):
            if isinstance(self.input_, np.ndarray):
                arrays.append(self.input_)
            return self.function(self.input_)

        function = staticmethod(np.cbrt)

        def _input_grad(self, output_grad):
            return output_grad * self.slope()

        def slope(self):
            return 1 / (3 * np.cbrt(self.input_) ** 2)

    assert gn.check_gradients(Seen, order=1).ok
    assert all(a.min() < -0.1 < 0.1 < a.max() for a in arrays if a.size > 1)
    Seen.function = staticmethod(np.log)
    Seen.slope = lambda self: 1 / self.input_
    report = gn.check_gradients(Seen, order=1)
    assert "between 0 and 1" in report.remarks[0]
    Seen.function = staticmethod(np.arccosh)
    Seen.slope = lambda self: 1 / np.sqrt(self.input_**2 - 1)
    report = gn.check_gradients(Seen, order=1)
    assert "above 1" in report.remarks[0]


def test_a_size_that_does_not_fit_is_a_remark():
    class NeedsTwoRows(gn.Operation):
        def _output(self):
            if self.input_.shape[0] < 2:
                raise ValueError("at least two rows")
            return 2.0 * self.input_

        def _input_grad(self, output_grad):
            return 2.0 * output_grad

    report = gn.check_gradients(NeedsTwoRows())
    assert report.remarks == ["NeedsTwoRows does not take one row: at least two rows"]


def test_layers_and_networks():
    assert gn.check_gradients(gn.Dense(3, "tanh"), BATCH).ok
    assert gn.check_gradients(gn.Dense(3)).ok
    layer = gn.Dense(3)
    layer.forward(BATCH)
    assert gn.check_gradients(layer).rows[0].shape == (3, 4)
    net, X, y = network(5, 2)
    assert gn.check_gradients(net).ok
    report = gn.check_gradients(net, X)
    assert row_of(report, order=1, whole=True, argument="input").node == "dense_2/tanh"
    net.forward(X)
    assert gn.check_gradients(net).rows[0].shape == (6, 4)
    net.forward_loss(X, y)
    report = gn.check_gradients(net)
    whole = row_of(report, order=1, whole=True, argument="input")
    assert whole.node == "mean_squared_error"


def test_layers_of_integers_get_integers():
    class OneHot(gn.Layer):
        integer_input = True

        def _setup_layer(self, input_):
            assert input_.dtype.kind == "i"

            class Look(gn.ParamOperation):
                def _output(self):
                    hot = np.equal(self.input_[..., np.newaxis], np.arange(2))
                    return hot.astype(float) @ self.param

                def _input_grad(self, output_grad):
                    raise AssertionError("integers have no gradient")

                def _param_grad(self, output_grad):
                    hot = np.equal(self.input_[..., np.newaxis], np.arange(2))
                    flat = np.reshape(hot.astype(float), (-1, 2))
                    return flat.T @ np.reshape(output_grad, (-1, self.neurons))

                neurons = self.neurons

            self.operations = [Look(np.ones((2, self.neurons)))]

    report = gn.check_gradients(OneHot(3))
    assert report.rows[0].argument.startswith("param")


def test_functions_written_in_c():
    assert gn.check_gradients(operator.neg).ok
    assert gn.check_gradients(operator.mul, BATCH, BATCH).ok


def test_what_is_never_finite_is_checked_all_the_same():
    report = gn.check_gradients(lambda x: np.log(-np.abs(x)))
    assert "outputs are not finite for any of the inputs" in report.remarks[0]


def test_a_frozen_parameter_has_no_whole_gradient():
    net, X, y = network(5, 2)
    net.forward_loss(X, y)
    net.parameters[0].trainable = False
    report = gn.check_gradients(net)
    assert "dense_1/weight" not in {row.argument for row in report.rows if row.whole}
    assert row_of(report, order=1, argument="param (dense_1/weight)").ok


def test_training_mode_is_that_of_the_pass():
    class OnlyInTraining(gn.Operation):
        def _output(self):
            return self.input_ * (2.0 if self.training else 1.0)

        def _input_grad(self, output_grad):
            return output_grad

    assert gn.check_gradients(OnlyInTraining(), BATCH).ok
    assert not gn.check_gradients(
        OnlyInTraining(), BATCH, training=True, raises=False
    ).ok


def test_order_one_is_first_order_only():
    report = gn.check_gradients(gn.Tanh(), BATCH, order=1)
    assert {row.order for row in report.rows} == {1}


def test_samples():
    report = gn.check_gradients(gn.Tanh(), normal(30, 30), samples=7)
    assert {row.compared for row in report.rows} == {7}
    assert all(row.comparison.direction is not None for row in report.rows)


def test_tolerances_can_be_set():
    class Rough(gn.Operation):
        def _output(self):
            return 2.0 * self.input_

        def _input_grad(self, output_grad):
            return 2.0001 * output_grad

    settings = {"raises": False, "order": 1}
    assert not gn.check_gradients(Rough(), **settings).ok
    assert gn.check_gradients(Rough(), rtol=1e-3, **settings).ok
    assert gn.check_gradients(Rough(), atol=1e-2, **settings).ok
    assert not gn.check_gradients(Rough(), rtol=1e-7, atol=0, **settings).ok


def test_eps_is_the_distance():
    coarse = gn.check_gradients(np.exp, BATCH, eps=1e-2, raises=False, order=1)
    fine = gn.check_gradients(np.exp, BATCH, order=1)
    assert fine.rows[0].relative_error < 1e-9
    assert coarse.ok  # a ladder of distances finds the slope all the same
