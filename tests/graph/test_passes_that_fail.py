"""Failing, abandoned, overtaken and competing passes."""

import threading

import numpy as np
import pytest

import graphnn as gn


class Touchy(gn.Operation):
    """Doubles; fails on demand, once its neighbours have run."""

    def __init__(self, fail):
        self.fail = fail

    def _output(self):
        self.seen = self.input_.copy()
        if "forward" in self.fail:
            raise ZeroDivisionError("forward")
        return 2.0 * self.input_

    def _input_grad(self, output_grad):
        if "backward" in self.fail:
            raise ZeroDivisionError("backward")
        return 2.0 * output_grad


@pytest.fixture
def net():
    fail = set()
    x = gn.Input("x", value=np.ones((2, 3)))
    w = gn.Parameter(np.full(3, 2.0), name="w")
    loss = np.sum(np.square(Touchy(fail)(x * w)))
    loss.graph.backward(loss, wrt=x)
    return loss.graph, fail


def state(graph):
    """Take down every value, residual and gradient of a graph."""
    found = {"training": graph.training}
    for n in graph.nodes:
        residual = vars(n).get("seen")
        found[n.name] = [n.output, n.output_grad, n.inputs, residual]
        found[n.name] += [list(vars(n).get("input_values", ()))]
        found[n.name] += [getattr(n, "input_grads", None)]
    return found


def assert_same(before, after):
    def check(a, b):
        if isinstance(a, list | tuple) and not isinstance(b, np.ndarray):
            assert len(a) == len(b)
            for one, other in zip(a, b, strict=True):
                check(one, other)
        elif isinstance(a, np.ndarray | float):
            np.testing.assert_array_equal(a, b)
        else:
            assert a is b

    assert before.keys() == after.keys()
    for name in before:
        check(before[name], after[name])


def test_a_failed_forward_changes_nothing(net):
    graph, fail = net
    before = state(graph)
    fail.add("forward")
    with pytest.raises(ZeroDivisionError) as caught:
        graph.forward(x=np.full((4, 3), 7.0), training=True)
    notes = "".join(caught.value.__notes__)
    assert "touchy" in notes
    assert "test_passes_that_fail.py" in notes
    assert_same(before, state(graph))
    fail.clear()
    graph.backward(wrt="x")
    assert_same(before, state(graph))
    assert graph.forward(x=np.zeros((4, 3))) == 0.0


def test_a_shape_that_does_not_fit_changes_nothing(net):
    graph, _ = net
    before = state(graph)
    with pytest.raises(gn.ShapeError, match=r"\(2, 5\) and \(3,\)"):
        graph.forward(x=np.ones((2, 5)))
    assert_same(before, state(graph))


def test_a_failed_backward_changes_nothing(net):
    graph, fail = net
    before = state(graph)
    fail.add("backward")
    with pytest.raises(ZeroDivisionError):
        graph.backward(wrt="x")
    assert_same(before, state(graph))
    fail.clear()
    graph.backward(wrt="x")
    assert_same(before, state(graph))


def test_a_failing_user_hook_changes_nothing(net):
    graph, _ = net
    before = state(graph)

    def stop(step):
        if step.node.name == "square":
            raise LookupError("stop")

    handles = [graph.on_forward(stop), graph.on_backward(stop)]
    with pytest.raises(LookupError):
        graph.forward(x=np.zeros((2, 3)))
    with pytest.raises(LookupError):
        graph.backward()
    assert_same(before, state(graph))
    for handle in handles:
        handle.remove()
    graph.forward()


def test_a_wrong_feed_changes_nothing(net):
    graph, _ = net
    before = state(graph)
    for feeds in ({"x": "text"}, {"x": np.zeros((2, 3)), "y": 1.0}, {"w": 1.0}):
        with pytest.raises(gn.FeedError):
            graph.forward(feeds)
    assert_same(before, state(graph))


@pytest.mark.parametrize("close", [True, False])
def test_an_abandoned_pass_is_followed_by_another(net, close):
    graph, _ = net
    expected = graph["w"].grad.copy()
    forward = graph.forward_steps(x=np.full((2, 3), 9.0))
    next(forward)
    if close:
        forward.close()
    assert graph.forward(x=np.ones((2, 3))) == 96.0
    backward = graph.backward_steps(wrt="x")
    next(backward)
    if close:
        backward.close()
    graph.backward(wrt="x")
    np.testing.assert_array_equal(graph["w"].grad, expected)


def test_an_overtaken_backward_pass_leaves_the_newer_one_alone(net):
    graph, _ = net
    old = graph.backward_steps()
    next(old)
    graph["w"].value = np.ones(3)
    graph.forward()
    graph.backward(wrt="x")
    before = state(graph)
    with pytest.raises(gn.GraphError, match="another pass"):
        list(old)
    assert_same(before, state(graph))


def test_an_overtaken_forward_pass_leaves_the_newer_one_alone(net):
    graph, _ = net
    old = graph.forward_steps(x=np.zeros((2, 3)), training=True)
    next(old)
    graph.forward(x=np.full((2, 3), 3.0))
    before = state(graph)
    with pytest.raises(gn.GraphError, match="another pass"):
        list(old)
    assert_same(before, state(graph))


# -- threads ---------------------------------------------------------------------------
def in_thread(function):
    """Run a function in a thread; give its result, or its exception."""
    result = []

    def run():
        try:
            result.append(function())
        except Exception as error:
            result.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(30)
    return result[0]


@pytest.mark.parametrize("phase", ["forward", "backward"])
def test_a_pass_from_another_thread_is_refused(net, phase):
    graph, _ = net
    steps = graph.forward_steps() if phase == "forward" else graph.backward_steps()
    next(steps)
    for second in (graph.forward, graph.backward):
        error = in_thread(second)
        assert isinstance(error, gn.BusyError)
        assert isinstance(error, RuntimeError)
        assert "MainThread" in str(error)
    assert len(list(steps)) == 3  # the first goes on undisturbed
    assert in_thread(graph.forward) == 96.0


def test_a_pass_left_in_a_thread_that_ended_is_no_obstacle(net):
    graph, _ = net
    kept = []

    def leave():
        kept.append(graph.forward_steps())
        next(kept[0])

    in_thread(leave)
    assert graph.forward() == 96.0


def test_different_graphs_are_independent():
    barrier = threading.Barrier(4)
    results = {}

    def work(seed):
        barrier.wait(30)
        with gn.Graph(f"g{seed}") as graph:
            x = gn.Input("x", value=np.full(3, float(seed)))
            w = gn.Parameter(np.ones(3))
            y = x * w
            for _ in range(50):
                y = y + x
            loss = np.sum(y)
        for _ in range(20):
            graph.forward()
            graph.backward()
        results[seed] = (len(graph), float(loss.output), w.grad.tolist())

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {n: (54, 153.0 * n, [float(n)] * 3) for n in range(4)}


def test_an_open_graph_is_of_its_thread():
    with gn.Graph("here"):
        node = in_thread(lambda: np.exp(gn.Input("x", value=[1.0])))
    assert node.graph.name is None
