"""Binding, names, sources, merging, memory, hooks, leaves."""

import gc
import tracemalloc
import weakref
from pathlib import Path

import numpy as np
import pytest

import graphnn as gn
from graphnn.ops.exponentials import Exp


class Split(gn.Operation):
    """The first columns and the rest."""

    arity = 1

    def __init__(self, at=1):
        self.at = at

    def _output(self):
        return self.input_[:, : self.at], self.input_[:, self.at :]

    def _input_grads(self, output_grad):
        return (np.concatenate(output_grad, axis=1),)


class Forgetful(gn.Operation):
    """Does not call super().__init__()."""

    def __init__(self, factor):
        self.factor = factor

    def _output(self):
        return self.factor * self.input_

    def _input_grad(self, output_grad):
        return self.factor * output_grad


@pytest.fixture
def x():
    return gn.Input("x", value=[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


# -- recipe and node -------------------------------------------------------------------
def test_calling_a_recipe_binds_a_copy(x):
    recipe = gn.Sigmoid()
    state = dict(vars(recipe))
    one, two = recipe(x), recipe(x)
    assert vars(recipe) == state
    assert recipe.id == 0
    assert recipe.graph is None
    assert recipe.output is None
    assert one is not two
    assert type(one) is gn.Sigmoid
    assert 0 < one.id < two.id
    assert one.graph is two.graph is x.graph
    assert x.consumers == [one, two]


def test_calling_a_node_binds_another_copy(x):
    one = Forgetful(3.0)(x)
    two = one(one)
    assert two is not one
    assert two.factor == 3.0
    assert two.inputs == [one]
    np.testing.assert_array_equal(two.output, 9.0 * x.output)
    np.testing.assert_array_equal(one.output, 3.0 * x.output)


def test_copies_share_the_parameter(x):
    recipe = gn.WeightMultiply(np.eye(3))
    one = recipe(x)
    two = one(one)
    assert one.parameter is two.parameter is recipe.parameter
    assert one.inputs[-1] is recipe.parameter
    loss = np.sum(two)
    loss.backward()
    expected = x.output.T @ np.ones((2, 3))
    np.testing.assert_array_equal(recipe.parameter.grad, 2 * expected)
    np.testing.assert_array_equal(one.param_grad, expected)


def test_arrays_among_the_arguments_become_leaves():
    node = gn.MeanSquaredError()(np.ones((2, 1)), np.zeros((2, 1)))
    assert [n.kind for n in node.inputs] == ["input", "constant"]
    assert node.output == 1.0


def test_residuals_live_for_one_pass(x):
    class Mask(gn.Operation):
        def __init__(self):
            self.low = 2.5

        def _output(self):
            if np.any(self.input_ > 100):
                self.hot = True
            self.mask = self.input_ > self.low
            return self.input_ * self.mask

        def _input_grad(self, output_grad):
            return output_grad * self.mask

    node = Mask()(x)
    x.graph.forward(x=[[200.0, 1.0]])
    assert node.hot
    x.graph.forward(x=[[0.0, 3.0]])
    assert not hasattr(node, "hot")
    assert node.low == 2.5
    twin = node(x)
    np.testing.assert_array_equal(twin.mask, [[False, True]])


def test_a_shape_that_does_not_fit_leaves_the_graph_alone(x):
    before = len(x.graph)
    with pytest.raises(gn.ShapeError, match=r"inner sizes 3 and 2 differ"):
        x @ np.ones((2, 2))
    assert len(x.graph) == before
    assert not x.consumers


# -- names, scopes, sources ------------------------------------------------------------
def test_names(x):
    one, two, three = gn.Sigmoid()(x), gn.Sigmoid()(x), gn.ReLU()(x)
    assert [n.name for n in (x, one, two, three)] == [
        "x",
        "sigmoid",
        "sigmoid_2",
        "relu",
    ]
    assert x.graph["sigmoid_2"] is two
    two.name = "my gate / 2"
    assert two.name == "my gate / 2"
    assert x.graph["my gate / 2"] is two
    with pytest.raises(KeyError, match="Did you mean 'relu'"):
        x.graph["rleu"]


def test_scopes(x):
    with gn.scope("block"):
        one = np.exp(x)
        with gn.scope("inner"):
            two = np.exp(x)
            w = gn.Parameter([1.0], name="w")
    assert one.name == "block/exp"
    assert two.name == "block/inner/exp"
    assert two.scope == ("block", "inner")
    assert w.name == "block/inner/w"


@pytest.mark.parametrize("elder_in_the_larger", [True, False])
def test_the_younger_gets_the_suffix_on_merging(elder_in_the_larger):
    a = gn.Input("x", value=[1.0])
    elder = gn.Sigmoid()(a)
    b = gn.Input("x", value=[2.0])
    younger = gn.Sigmoid()(b)
    np.tanh(np.tanh(a if elder_in_the_larger else b))
    both = elder + younger
    assert elder.name == "sigmoid"
    assert younger.name == "sigmoid_2"
    assert (a.name, b.name) == ("x", "x_2")
    names = [n.name for n in both.graph.nodes]
    assert len(set(names)) == len(names) == 7


def test_source(x):
    node = np.exp(x)
    layered = gn.Sigmoid()(x * 2.0)
    first = test_source.__code__.co_firstlineno
    for n, line in ((node, first + 1), (layered, first + 2)):
        assert Path(n.source.file) == Path(__file__)
        assert n.source.line == line
        assert n.source.function == "test_source"
    assert f"test_graph.py:{first + 1}" in node.describe()


# -- graphs that meet ------------------------------------------------------------------
def test_graphs_that_meet_are_merged():
    a, b = gn.Input("a", value=[1.0]), gn.Input("b", value=[2.0])
    one, other = a.graph, b.graph
    y, z = np.exp(a), np.tanh(b)
    both = y + z
    assert a.graph is b.graph is y.graph is z.graph is both.graph
    assert len(one) == len(other) == 5
    assert both in one
    assert both in other
    other.forward(a=[0.0], b=[0.0])
    assert both.output == 1.0


def test_consumers_of_a_parameter_are_listed_once_after_merging():
    w = gn.Parameter([1.0])
    a, b = gn.Input("a", value=[1.0]), gn.Input("b", value=[2.0])
    handles = [a.graph, b.graph]
    y, z = a * w, b * w
    both = y + z
    assert handles[0] is not handles[1]
    assert [n.id for n in w.consumers] == [y.id, z.id]
    np.testing.assert_array_equal(both.output, [3.0])


def test_two_named_graphs_do_not_meet():
    with gn.Graph("one") as one:
        a = gn.Input("a", value=[1.0])
    with gn.Graph("two") as two:
        b = gn.Input("b", value=[1.0])
    with pytest.raises(gn.GraphError, match=r"'(one|two)' and '(one|two)'"):
        a + b
    assert len(one) == len(two) == 1
    with two, pytest.raises(gn.GraphError, match=r"'one'|'two'"):
        np.exp(a)
    assert (b + 1.0).graph is two


@pytest.mark.parametrize("name", [None, "mine"])
def test_an_open_graph_meets_a_larger_one(name):
    a = gn.Input("a", value=[1.0])
    for _ in range(5):
        y = np.exp(a)
    with gn.Graph(name) as graph:
        b = gn.Input("b", value=[2.0])
        c = b + y
        d = np.tanh(c)
    assert d in graph
    assert a in graph
    assert c.graph is d.graph is a.graph
    outside = np.exp(gn.Input("z", value=[1.0]))
    assert outside not in graph


def test_an_open_unnamed_graph_meets_a_named_one():
    with gn.Graph("named") as named:
        a = gn.Input("a", value=[1.0])
    with gn.Graph():
        b = gn.Input("b", value=[2.0])
        c = a + b
        d = np.exp(c)  # the open graph is the named one now
    assert d in named
    assert b in named


# -- leaves ----------------------------------------------------------------------------
def test_leaves_belong_to_no_graph():
    w, c = gn.Parameter([2.0], name="w"), gn.Constant([3.0])
    one = gn.Input("x", value=[1.0]) * w + c
    two = gn.Input("x", value=[5.0]) * w + c
    assert w.graph is c.graph is None
    assert one.graph is not two.graph
    for graph in (one.graph, two.graph):
        assert w in graph.nodes
        assert c in graph.nodes
        assert graph["w"] is w
    one.backward()
    np.testing.assert_array_equal(w.grad, [1.0])
    two.backward()
    np.testing.assert_array_equal(w.grad, [5.0])


def test_parameter_keeps_its_array():
    array = np.array([1.0, 2.0])
    w = gn.Parameter(array)
    y = np.sum(w * w)
    assert w.value is array
    w.value = [5.0, 6.0]
    assert w.value is array
    np.testing.assert_array_equal(array, [5.0, 6.0])
    array -= 5.0
    assert y.graph.forward() == 1.0
    view = np.ones((3, 4))[:, ::2].T  # in neither order of memory
    assert gn.Parameter(view).value is view


@pytest.mark.parametrize("value", [2, 2.5, [1, 2], [[1.0], [2.0]], (1, 2.0)])
def test_python_numbers_become_float64(value):
    assert gn.Parameter(value).value.dtype == np.float64


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        True,
        np.arange(3),
        np.array([True]),
        np.array(["a"]),
        np.array([1.0, None]),
        [[1.0], [1.0, 2.0]],
        {"a": 1.0},
        gn.Constant(1.0),
    ],
    ids=str,
)
def test_what_no_parameter_can_be(value):
    with pytest.raises(gn.ArgumentError):
        gn.Parameter(value)


def test_refused_assignments_change_nothing():
    w = gn.Parameter(np.ones(2, np.float32))
    for wrong, error in (
        (np.ones(3), gn.ShapeError),
        (np.ones((2, 1)), gn.ShapeError),
        (None, gn.ArgumentError),
        (["a", "b"], gn.ArgumentError),
        (np.array([1j, 2j]), (TypeError, gn.GraphnnError)),
    ):
        with pytest.raises(error):
            w.value = wrong
    np.testing.assert_array_equal(w.value, [1.0, 1.0])
    assert w.value.dtype == np.float32


def test_an_input_keeps_its_last_value():
    x, t = gn.Input("x"), gn.Input("t", value=[10.0])
    y = x + t
    assert y.output is y.shape is y.dtype is None
    with pytest.raises(gn.FeedError, match="'x'"):
        y.graph.forward()
    np.testing.assert_array_equal(y.graph.forward(x=[1.0]), [11.0])
    np.testing.assert_array_equal(y.graph.forward(t=[20.0]), [21.0])
    np.testing.assert_array_equal(y.graph.forward({x: [2.0], "t": [1.0]}), [3.0])
    np.testing.assert_array_equal(x.value, [2.0])


def test_python_scalars_stay_python_scalars():
    assert gn.Constant(2.0).value.__class__ is float
    assert gn.Constant(2).value.__class__ is int
    assert gn.Constant([2.0]).value.__class__ is np.ndarray


# -- several outputs -------------------------------------------------------------------
def test_several_outputs(x):
    pair = Split(1)(x)
    assert isinstance(pair.output, tuple)
    assert len(pair) == 2
    assert pair.shape == ((2, 1), (2, 2))
    left, right = pair
    assert left is pair[0]
    assert right is pair[-1]
    np.testing.assert_array_equal(right.output, x.output[:, 1:])
    loss = np.sum(right * 2.0)
    loss.graph.backward(loss, wrt=x)
    np.testing.assert_array_equal(x.grad, [[0, 2, 2], [0, 2, 2]])
    total = np.sum(left) + loss
    total.graph.backward(total, wrt=x)
    np.testing.assert_array_equal(x.grad, [[1, 2, 2], [1, 2, 2]])
    total.graph.forward(x=np.ones((3, 3)), target=total)
    assert total.output == 15.0
    with pytest.raises(IndexError):
        pair[2]


def test_several_outputs_on_arrays():
    split = Split(2)
    _, right = split.forward(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(right, [[2.0], [5.0]])
    back = split.backward((np.ones((2, 2)), None))
    np.testing.assert_array_equal(back, [[1, 1, 0], [1, 1, 0]])


def test_several_outputs_of_what_has_no_value_yet():
    x = gn.Input("x")
    pair = Split(1)(x)
    x.graph.forward(x=np.ones((2, 3)), target=pair)
    _, right = pair
    np.testing.assert_array_equal(right.output, np.ones((2, 2)))


# -- modes and hooks -------------------------------------------------------------------
def test_training_is_seen_in_hooks(x):
    seen = []

    class Look(gn.Operation):
        def _output(self):
            seen.append(self.training)
            return self.input_

        def _input_grad(self, output_grad):
            seen.append(self.training)
            return output_grad

    y = Look()(x)
    graph = y.graph
    graph.forward(training=True)
    graph.backward(y, np.ones((2, 3)), wrt=x)
    graph.forward()
    assert seen == [False, True, True, False]


def test_hooks_and_handles(x):
    w = gn.Parameter(np.ones(3), name="w")
    y = x * w
    loss = np.sum(y)
    graph, seen = loss.graph, []
    handles = [
        graph.on_forward(lambda s: seen.append(("f", s.node.name, s.index))),
        graph.on_backward(lambda s: seen.append(("b", s.node.name, s.index))),
        y.on_backward(lambda s: seen.append(("y", s.output_grad.shape))),
        w.on_backward(lambda s: seen.append(("w", s.output_grad.tolist()))),
    ]
    graph.forward()
    assert seen == [("f", "multiply", 0), ("f", "sum", 1)]
    seen.clear()
    loss.backward()
    assert seen == [
        ("b", "sum", 0),
        ("b", "multiply", 1),
        ("y", (2, 3)),
        ("w", [5.0, 7.0, 9.0]),
    ]
    seen.clear()
    for handle in handles:
        handle.remove()
        handle.remove()
    graph.forward()
    loss.backward()
    assert not seen


def test_one_function_hooked_twice_is_removed_once(x):
    seen = []
    y = np.exp(x)
    hook = seen.append
    first = y.graph.on_forward(hook)
    y.graph.on_forward(hook)
    first.remove()
    y.graph.forward()
    assert len(seen) == 1
    w = gn.Parameter([1.0])
    first = w.on_backward(hook)
    w.on_backward(hook)
    first.remove()
    (w * 2.0).backward()
    assert len(seen) == 2


def test_paused_leaves_no_trace(x):
    y = np.exp(x)
    graph = y.graph
    names = [n.name for n in graph.nodes]
    with gn.paused():
        peak = np.max(y * 2.0 + gn.Sigmoid()(x))
        assert peak.graph is not graph
        assert peak.output > 2 * np.exp(6.0)
    assert [n.name for n in graph.nodes] == names
    assert not y.consumers
    assert (y + 1.0).name == "add"


# -- memory ----------------------------------------------------------------------------
def build(w, b):
    x = gn.Input("x", value=np.ones((4, 8)))
    loss = np.mean(np.square(gn.Sigmoid()(x @ w + b)))
    loss.backward()
    return loss


def test_rebuilt_graphs_over_the_same_parameters_do_not_grow():
    w, b = gn.Parameter(np.ones((8, 8))), gn.Parameter(np.zeros(8))
    tracemalloc.start()
    try:
        held = []
        for rounds in (1_000, 1_000):  # first whatever is kept once, and free lists
            for _ in range(rounds):
                build(w, b)
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    before, after = held
    assert after - before < 50_000  # a kept graph would be more than 5,000 each
    assert not w.consumers


def test_a_graph_that_nobody_holds_is_freed():
    w = gn.Parameter([1.0])
    node = Exp()(gn.Input("x", value=[1.0]) * w)
    graph = weakref.ref(node.graph)
    node_ref = weakref.ref(node)
    del node
    gc.collect()
    assert graph() is None
    assert node_ref() is None


def test_two_nodes_of_one_named_graph_join_an_open_unnamed_one():
    with gn.Graph("named") as named:
        a = gn.Input("a", value=[1.0])
        b = np.exp(a)
    with gn.Graph():
        c = np.concatenate([a, b, a])
    assert c in named


def test_graphs_that_were_merged_one_after_the_other():
    def chain(length, name):
        y = gn.Input(name, value=1.0)
        for _ in range(length):
            y = np.sin(y)
        return y

    a, b = chain(5, "a"), chain(20, "b")
    with gn.Graph() as graph:
        r = np.exp(gn.Input("p", value=1.0)) + a + b
    assert len(graph) == len(r.graph)
    graph.forward(p=2.0, target=r)
