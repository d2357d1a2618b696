"""A check leaves arrays, graphs, recipes, layers and networks as they were."""

import numpy as np
import pytest
import wrong
from checking import BATCH, network

import graphnn as gn
from graphnn.graph.leaves import LIVE_GRAPHS


class Impure(wrong.ByAThousandth):
    def _output(self):
        self.input_[...] *= 1.5
        return super()._output()


@pytest.mark.parametrize("operation", [gn.Tanh, wrong.ByAThousandth, Impure])
def test_the_arrays_given_are_as_before(operation):
    array = BATCH.copy()
    gn.check_gradients(operation(), array, raises=False)
    np.testing.assert_array_equal(array, BATCH)
    array.flags.writeable = False
    gn.check_gradients(operation(), array, raises=False)


@pytest.mark.parametrize("factor", [1.0, 1.001])
@pytest.mark.parametrize("order", [1, 2])
def test_a_graph_is_as_before(factor, order):
    class Scaled(gn.Operation):
        def _output(self):
            self.kept = self.input_ * 2
            return self.input_ * self.kept

        def _input_grad(self, output_grad):
            return factor * output_grad * 2 * self.kept

    with gn.Graph("mine") as graph:
        x = gn.Input("x", value=BATCH)
        w = gn.Parameter(np.ones((1, 4)), name="w")
        loss = np.sum(Scaled()(x * w))
    graph.backward(loss, wrt=x)
    before = state_of(graph)
    arrays = [w.value, w.grad, x.grad, *[n.output for n in graph.nodes]]
    for _ in range(2):
        assert gn.check_gradients(graph, order=order, raises=False).ok == (factor == 1)
    with pytest.raises(gn.GradientError) if factor != 1 else no_error():
        gn.check_gradients(loss)
    assert state_of(graph) == before
    after = [w.value, w.grad, x.grad, *[n.output for n in graph.nodes]]
    assert all(one is other for one, other in zip(arrays, after, strict=True))


def no_error():
    return np.errstate()


def state_of(graph):
    """Write down all that a graph holds, to the bit."""
    nodes = [
        (n.id, n.name, n.output.tobytes(), sorted(vars(n)), grad_bytes(n))
        for n in graph.nodes
        if n.kind != "constant"
    ]
    return nodes, len(graph), graph.training, [n.name for n in graph.parameters]


def grad_bytes(node):
    return None if node.grad is None else node.grad.tobytes()


def test_a_recipe_stays_a_recipe():
    operation = gn.WeightMultiply(np.ones((4, 2)))
    before = dict(vars(operation))
    gn.check_gradients(operation, BATCH)
    gn.check_gradients(operation)
    assert vars(operation) == before
    assert operation.parameter.grad is None
    assert operation.output is None


@pytest.mark.parametrize("hook", ["_output", "_input_grad"])
def test_a_mutable_setting_is_as_before(hook):
    class Appends(gn.Operation):
        def __init__(self):
            self.seen = []

        def _output(self):
            if hook == "_output":
                self.seen.append(1)
            return 2 * self.input_

        def _input_grad(self, output_grad):
            if hook == "_input_grad":
                self.seen.append(1)
            return 2 * output_grad

    operation = Appends()
    gn.check_gradients(operation, BATCH, raises=False)
    assert operation.seen == []


def test_layers_and_networks_are_as_before():
    layer = gn.Dense(3, "tanh")
    gn.check_gradients(layer)
    assert layer.first
    assert layer.graph is None
    net, X, y = network(5, 2)
    gn.check_gradients(net, X, y)
    assert net.graph is None
    net.train_batch(X, y)
    kept = [a.copy() for a in [*net.params(), *net.param_grads()]]
    gn.check_gradients(net)
    gn.check_gradients(net, X[:2], y[:2])
    for one, other in zip(kept, [*net.params(), *net.param_grads()], strict=True):
        np.testing.assert_array_equal(one, other)
    assert net.graph["input"].output.shape == (6, 4)


def test_no_graph_stays_behind():
    w = gn.Parameter(np.ones((1, 4)), name="w")
    y = np.sum(w * 2.0)
    before = set(LIVE_GRAPHS)
    gn.check_gradients(lambda x: np.sum(x * w), BATCH)
    gn.check_gradients(y)
    assert {g for g in LIVE_GRAPHS if w in g} <= before
    assert w.name == "w"
    assert [node.name for node in w.consumers] == ["multiply"]


def test_a_function_of_a_node_from_outside_leaves_its_graph_alone():
    with gn.Graph("mine") as graph:
        factor = np.exp(gn.Input("x", value=BATCH))
    before = [node.name for node in graph.nodes]
    report = gn.check_gradients(lambda x: np.sum(x * factor), BATCH)
    assert {row.argument for row in report.rows if row.whole} == {"x", "x_2"}
    assert [node.name for node in graph.nodes] == before


def test_inside_an_open_graph_nothing_is_added_to_it():
    with gn.Graph("mine") as graph:
        gn.check_gradients(gn.Sigmoid())
        gn.check_gradients(lambda x: x * 2.0, BATCH)
        gn.check_gradients(gn.Dense(2))
    assert len(graph) == 0


def test_the_same_array_twice():
    report = gn.check_gradients(lambda a, b: a * b, BATCH, BATCH)
    assert {row.argument for row in report.rows if row.whole} == {"a", "b"}


def test_leaves_made_from_one_array_are_moved_apart():
    array = BATCH.copy()
    x, y = gn.Input("x", value=array), gn.Input("y", value=array)
    v, w = gn.Parameter(array, name="v"), gn.Parameter(array, name="w")
    gn.check_gradients(x * y)
    gn.check_gradients(v * w * 2.0)
    assert v.value is w.value is array


def test_a_parameter_by_another_name_is_moved_with_it():
    class Weighted(gn.ParamOperation):
        def __init__(self, W):
            super().__init__(W)
            self.W = W

        def _output(self):
            return self.input_ @ self.W

        def _input_grad(self, output_grad):
            return output_grad @ self.W.T

        def _param_grad(self, output_grad):
            return self.input_.T @ output_grad

    report = gn.check_gradients(Weighted(np.ones((4, 2))), BATCH, order=1)
    assert report.ok
    gn.check_gradients(
        Weighted(np.ones((4, 2), np.float32)), BATCH.astype(np.float32), order=1
    )


def test_the_seed_decides_all():
    def text(seed):
        array = np.random.default_rng(1).normal(size=(20, 20))
        return str(gn.check_gradients(gn.Tanh(), array, seed=seed, samples=5))

    assert text(1) == text(1)
    assert text(1) != text(2)
