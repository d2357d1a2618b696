"""A graph that nobody holds is taken apart; one that anybody holds is not."""

import gc
import weakref

import numpy as np
import pytest

import graphnn as gn


def build():
    w = gn.Parameter(np.ones(3), name="w")
    loss = np.sum(w * w)
    loss.backward()
    return w, loss


@pytest.fixture(autouse=True)
def _without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_an_unheld_graph_is_freed_without_the_collector():
    _, loss = build()
    array = weakref.ref(loss.inputs[0].output)
    del loss
    assert array() is not None
    gn.Graph()
    assert array() is None


@pytest.mark.parametrize("count", [1, 3])
def test_a_loop_holds_at_most_one_round(count):
    alive = []
    for _ in range(20):
        _, loss = build()
        alive.append(weakref.ref(loss.inputs[0].output))
        del loss
    assert sum(array() is not None for array in alive) <= 1


@pytest.mark.parametrize(
    "keep",
    [
        lambda loss: loss,
        lambda loss: loss.graph,
        lambda loss: loss.inputs,
        lambda loss: {"deep": [loss.inputs[0]]},
        lambda loss: loss.graph.order(loss),
        lambda loss: loss.graph.dag,
        lambda loss: lambda: loss,
        lambda loss: loss.graph.backward_steps(loss),
        lambda loss: iter(loss.graph.nodes),
        lambda loss: loss.graph.forward,
    ],
    ids=[
        *("node", "graph", "inputs", "nested", "order"),
        *("dag", "closure", "steps", "iterator", "method"),
    ],
)
def test_what_is_held_stays(keep):
    _, loss = build()
    graph = weakref.ref(loss.graph)
    kept = keep(loss)
    del loss
    gn.Graph()
    gn.Graph()
    assert len(graph()) == 3
    del kept


def test_a_suspended_pass_holds_its_graph():
    w, loss = build()
    steps = loss.graph.backward_steps(loss)
    next(steps)
    del loss
    gn.Graph()
    assert [step.node.name for step in steps] == ["multiply"]
    np.testing.assert_array_equal(w.grad, [2.0, 2.0, 2.0])


def test_the_handle_of_a_merged_graph_holds_it():
    x, y = gn.Input("x", value=[1.0]), gn.Input("y", value=[2.0])
    handles = [x.graph, y.graph]
    total = np.sum(x + y)
    total.graph.backward(total, wrt=[x, y])
    absorbed = [handle for handle in handles if handle is not total.graph]
    assert len(absorbed) == 1
    del handles, total, x, y
    gn.Graph()
    gn.Graph()
    assert absorbed[0].forward(x=[3.0]) == 5.0
