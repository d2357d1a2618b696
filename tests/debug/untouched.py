"""Nothing is touched: for tools that look at a graph."""

from contextlib import contextmanager

import numpy as np

from graphnn.graph.watching import Watcher, watched_by


class Told(Watcher):
    def __init__(self):
        self.steps = []

    def begin(self, graph, phase, order):
        self.steps.append(phase)

    def step(self, step):
        self.steps.append(step)


@contextmanager
def nothing_is_touched(graph):
    """See to it that a block changes nothing of a graph, and that nobody is told."""
    nodes = list(graph.nodes)
    before = [(node, dict(vars(node)), node.output_grad, node.grad) for node in nodes]
    arrays = [(node.output, np.copy(node.output)) for node in nodes if node.size]
    names = [node.name for node in nodes]
    told, hooked = Told(), []
    handles = [graph.on_forward(hooked.append), graph.on_backward(hooked.append)]
    with watched_by(told):
        yield
    for handle in handles:
        handle.remove()
    assert not told.steps
    assert not hooked
    assert [node.name for node in graph.nodes] == names
    for node, attributes, output_grad, grad in before:
        assert vars(node).keys() == attributes.keys()
        assert all(vars(node)[key] is value for key, value in attributes.items())
        assert (node.output_grad is output_grad, node.grad is grad) == (True, True)
    for array, kept in arrays:
        assert np.array_equal(array, kept)
