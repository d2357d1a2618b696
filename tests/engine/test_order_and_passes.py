"""The walk: order, exact sums over all paths, any depth, arrays or nodes."""

import copy
import pickle
import sys
from contextlib import contextmanager

import numpy as np
import pytest

import graphnn as gn
from graphnn import engine

DEEP = 100_000


@contextmanager
def shallow_stack(room=200):
    """Leave little room for recursion."""
    depth = 0
    frame = sys._getframe()
    while frame is not None:
        depth, frame = depth + 1, frame.f_back
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(depth + room)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


def grad(node, leaf):
    node.graph.backward(node, np.ones(node.shape), wrt=leaf)
    return leaf.grad


def test_a_value_used_twice_twice():
    a = gn.Input("a", value=[1.0, 2.0])
    b = a + a
    c = b + b
    np.testing.assert_array_equal(grad(c, a), [4.0, 4.0])
    np.testing.assert_array_equal(b.output_grad, [2.0, 2.0])
    np.testing.assert_array_equal(grad(c, a), [4.0, 4.0])


def test_x_times_x():
    x = gn.Input("x", value=[3.0, -2.0])
    np.testing.assert_array_equal(grad(x * x, x), [6.0, -4.0])


@pytest.mark.parametrize("rungs", [60])
def test_ladder_of_diamonds(rungs):
    x = gn.Input("x", value=[1.0])
    y = x
    for _ in range(rungs):
        y = (y * 0.5) + (y * 1.5)
    with shallow_stack():
        steps = list(y.graph.backward_steps(y, [1.0], wrt=x))
    assert x.grad == 2.0**rungs
    assert len(steps) == 3 * rungs  # each node once, never each path


def test_a_long_and_a_short_path_meet():
    x = gn.Input("x", value=[2.0])
    y = x
    for _ in range(5):
        y = y * 3.0
    z = y + x
    assert grad(z, x) == 3.0**5 + 1


@pytest.fixture(scope="module")
def chain():
    x = gn.Input("x", value=np.zeros(4))
    w = gn.Parameter(np.ones(4), name="w")
    y = x
    with shallow_stack():
        for _ in range(DEEP):
            y = y + w
    return x, w, y


def test_deep_chain(chain):
    x, w, y = chain
    with shallow_stack():
        output = y.graph.forward(x=np.full(4, 5.0))
        np.testing.assert_array_equal(output, np.full(4, 5.0 + DEEP))
        for _ in range(2):
            y.graph.backward(y, np.ones(4), wrt=x)
            np.testing.assert_array_equal(w.grad, np.full(4, float(DEEP)))
            np.testing.assert_array_equal(x.grad, np.ones(4))


def test_deep_chain_is_copied(chain):
    _, w, y = chain
    with shallow_stack():
        twin = copy.deepcopy(y)
        graph = twin.graph
        assert graph is not y.graph
        assert len(graph) == len(y.graph)
        twin_x, twin_w = graph["x"], graph["w"]
        assert twin_w.value is not w.value
        before = y.output.copy()
        graph.forward(x=np.full(4, 1.0))
        graph.backward(twin, np.ones(4), wrt=twin_x)
        np.testing.assert_array_equal(twin.output, np.full(4, 1.0 + DEEP))
        np.testing.assert_array_equal(twin_w.grad, np.full(4, float(DEEP)))
        np.testing.assert_array_equal(y.output, before)
    order = graph.order(twin)
    assert len(order) == DEEP + 2


def test_deep_chain_is_pickled():
    x = gn.Input("x", value=np.zeros(2))
    y = x
    for _ in range(5_000):
        y = y + 1.0
    with shallow_stack():
        graph = pickle.loads(pickle.dumps(y.graph))
        np.testing.assert_array_equal(graph.forward(x=[0.0, 1.0]), [5000.0, 5001.0])


def test_backward_twice_is_the_same():
    rng = np.random.default_rng(3)
    w = gn.Parameter(rng.normal(size=(3, 4)))
    x = gn.Input("x", value=rng.normal(size=(5, 3)))
    loss = np.mean(np.tanh(x @ w) ** 2)
    loss.backward()
    once = w.grad.copy()
    loss.backward()
    np.testing.assert_array_equal(w.grad, once)
    loss.graph.backward(accumulate=True)
    np.testing.assert_array_equal(w.grad, 2 * once)
    loss.backward()
    np.testing.assert_array_equal(w.grad, once)


def test_order_is_topological_and_by_id():
    x = gn.Input("x", value=[1.0])
    late = np.exp(x)
    early = np.tanh(x)
    z = early * late
    unneeded = np.sqrt(late)
    order = z.graph.order(z)
    assert [n.id for n in order] == sorted(n.id for n in [x, late, early, z])
    assert unneeded not in order
    assert unneeded in z.graph.order()
    assert z.graph.order("exp") == [x, late]
    place = {node.id: i for i, node in enumerate(order)}
    for node in order:
        assert all(place[i] < place[node.id] for i in node.input_ids)


def test_only_what_the_target_needs_runs():
    x = gn.Input("x", value=[1.0])
    y, other = np.exp(x), np.tanh(x)
    before = other.output
    steps = list(y.graph.forward_steps(x=[2.0], target=y))
    assert [s.node for s in steps if s.node is y]
    assert len(steps) == 1
    assert other.output is before


class Counted(gn.Operation):
    """The identity; counts its backward calls in a list of the test's."""

    def __init__(self, calls):
        self.calls = calls

    def _output(self):
        return self.input_

    def _input_grad(self, output_grad):
        self.calls.append(1)
        return output_grad


def test_branches_that_nobody_asked_for_are_skipped():
    calls = []
    x = gn.Input("x", value=np.ones((2, 3)))
    w = gn.Parameter(np.ones((3, 4)))
    loss = np.sum(Counted(calls)(x) @ w)
    loss.backward()
    assert not calls
    assert x.grad is None
    assert w.grad.shape == (3, 4)
    loss.graph.backward(loss, wrt=x)
    assert len(calls) == 1
    w.trainable = False
    steps = list(loss.graph.backward_steps(loss, wrt=x))
    assert w.grad is None
    assert steps[-2].node.needs_input_grad == (True, False)
    assert steps[-2].input_grads[1] is None


def test_masks_and_positions_end_a_path():
    x = gn.Input("x", value=[1.0, 2.0, -3.0])
    y = np.sum(x * (x > 0) * np.argmax(x) + x.astype(int) * 2.0)
    y.graph.backward(y, wrt=x)
    np.testing.assert_array_equal(x.grad, [1.0, 1.0, 0.0])
    np.testing.assert_array_equal(
        gn.grad(lambda x: np.sum(x * (x > 0)))(x.value), [1, 1, 0]
    )


def test_steps():
    x = gn.Input("x", value=[1.0, 2.0])
    w = gn.Parameter([3.0, 4.0])
    y = x * w
    z = np.sum(y + y)
    graph = z.graph
    forward = list(graph.forward_steps(x=[5.0, 6.0], target=z))
    assert [s.index for s in forward] == [0, 1, 2]
    assert {s.phase for s in forward} == {"forward"}
    assert forward[0].node is y
    np.testing.assert_array_equal(forward[0].inputs[0], [5.0, 6.0])
    assert forward[0].inputs[1] is w.value
    np.testing.assert_array_equal(forward[0].output, [15.0, 24.0])
    for step in forward:
        assert step.output_grad is step.input_grads is step.accumulated is None

    backward = list(graph.backward_steps(z))
    assert [s.node.name for s in backward] == ["sum", "add", "multiply"]
    assert [s.index for s in backward] == [0, 1, 2]
    total, added, product = backward
    assert total.output_grad == 1.0
    np.testing.assert_array_equal(total.input_grads[0], [1.0, 1.0])
    np.testing.assert_array_equal(added.input_grads, [[1.0, 1.0], [1.0, 1.0]])
    np.testing.assert_array_equal(added.accumulated, [[2.0, 2.0], [2.0, 2.0]])
    np.testing.assert_array_equal(product.output_grad, [2.0, 2.0])
    assert product.input_grads[0] is None
    np.testing.assert_array_equal(product.input_grads[1], [10.0, 12.0])
    np.testing.assert_array_equal(w.grad, [10.0, 12.0])
    assert "backward" in repr(total)


def test_steps_are_taken_one_at_a_time():
    x = gn.Input("x", value=[1.0])
    y = np.exp(np.tanh(x))
    steps = y.graph.forward_steps(x=[3.0])
    first = next(steps)
    assert first.node.name == "tanh"
    assert y.output == np.exp(np.tanh(1.0))  # not reached yet
    next(steps)
    np.testing.assert_array_equal(y.output, np.exp(np.tanh([3.0])))
    assert next(steps, None) is None


# -- one walk for arrays and for nodes -------------------------------------------------
class Frames:
    """Throw-away copies of operations, whose hooks see nodes."""

    def __init__(self):
        self.made = {}

    def __call__(self, node):
        if node.id not in self.made:
            frame = self.made[node.id] = node._recipe()
            frame.id = node.id
            frame.input_ids = node.input_ids
            frame._graph = node._graph
            frame._settings = node._settings
        return self.made[node.id]


def traced(target, seed, wrt):
    """Run both passes with nodes as values; give value and gradients, as nodes."""
    graph = target.graph
    order = list(graph.order(target))
    values = {n.id: n for n in order if n.kind != "operation"}
    leaves = dict(values)
    frames = Frames()
    gradients = {target.id: gn.Constant(seed)}
    wanted = engine.needed(order, [leaf.id for leaf in wrt])
    with graph:
        for _ in engine.forward(order, values, frames):
            pass
        for _ in engine.reverse(order, gradients, wanted, frames):
            pass
    assert all(values[i] is leaf for i, leaf in leaves.items())
    return values[target.id], [gradients.get(leaf.id) for leaf in wrt]


def check_traced(target, wrt, seed):
    graph = target.graph
    before = {n.id: n.output for n in graph.order(target)}
    value, gradients = traced(target, seed, wrt)
    assert isinstance(value, gn.Node)
    np.testing.assert_array_equal(value.output, target.output, strict=True)
    graph.backward(target, seed, wrt=wrt)
    for leaf, gradient in zip(wrt, gradients, strict=True):
        if leaf.grad is None:
            assert gradient is None
            continue
        assert isinstance(gradient, gn.Node)
        np.testing.assert_array_equal(gradient.output, leaf.grad, strict=True)
    for node in graph.order(target):
        assert node.output is before[node.id]  # the stepped nodes were left alone


class weightMultiply(gn.ParamOperation):
    def _output(self):
        return np.dot(self.input_, self.param)

    def _input_grad(self, output_grad):
        return np.dot(output_grad, np.transpose(self.param, (1, 0)))

    def _param_grad(self, output_grad):
        return np.dot(np.transpose(self.input_, (1, 0)), output_grad)


class BiasAdd(gn.ParamOperation):
    def _output(self):
        return self.input_ + self.param

    def _input_grad(self, output_grad):
        return np.ones_like(self.input_) * output_grad

    def _param_grad(self, output_grad):
        param_grad = np.ones_like(self.param) * output_grad
        return np.sum(param_grad, axis=0).reshape(1, self.param.shape[1])


class Sigmoid(gn.Operation):
    def _output(self):
        return 1.0 / (1.0 + np.exp(-1.0 * self.input_))

    def _input_grad(self, output_grad):
        sigmoid_backward = self.output * (1 - self.output)
        return sigmoid_backward * output_grad


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_walk_carries_nodes(dtype):
    rng = np.random.default_rng(0)

    def draw(*shape):
        return rng.normal(size=shape).astype(dtype)

    x = gn.Input("x", value=draw(5, 3))
    activation = Sigmoid()
    hidden = activation(BiasAdd(draw(1, 4))(weightMultiply(draw(3, 4))(x)))
    out = activation(BiasAdd(draw(1, 2))(weightMultiply(draw(4, 2))(hidden)))
    parameters = list(out.graph.parameters)
    assert len(parameters) == 4
    check_traced(out, [x, *parameters], draw(5, 2))


def test_what_was_traced_runs_again():
    x = gn.Input("x", value=[1.0, 2.0])
    w = gn.Parameter([3.0, 4.0])
    y = x * w + x
    with x.graph:  # a gradient of leaves alone would open a graph of its own
        _, (by_x, by_w) = traced(y, np.ones(2), [x, w])
    assert by_x.graph is x.graph
    second = np.sum(by_w * by_w)
    x.graph.backward(second, wrt=x)
    np.testing.assert_array_equal(x.grad, [2.0, 4.0])
    x.graph.forward(x=[5.0, 6.0], target=[by_x, by_w])
    np.testing.assert_array_equal(by_w.output, [5.0, 6.0])
    np.testing.assert_array_equal(by_x.output, [4.0, 5.0])
