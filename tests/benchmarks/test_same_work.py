"""The peers of the benchmark do the same work."""

import copy

import numpy as np
import pytest
from side_by_side.peers import graphnn, graphnn_replay, numpy_out, numpy_plain
from side_by_side.workloads import WORKLOADS
from side_by_side.workloads.random_graph import SHORT_NODES, random_graph


@pytest.mark.parametrize(
    ("name", "peer"),
    [
        (name, peer)
        for peer in (numpy_out, graphnn, graphnn_replay)
        for name in peer.STEPS
    ],
)
def test_ten_steps_have_the_losses_of_numpy_by_hand(name, peer):
    task = WORKLOADS[name].make(True)
    expected, step = numpy_plain.STEPS[name](task), peer.STEPS[name](task)
    for _ in range(2 if name == "w8" else 10):
        assert step() == pytest.approx(expected(), rel=1e-4)


def test_the_gradients_of_the_random_graph_are_those_of_numpy_by_hand():
    task = random_graph(short=True)
    loss, expected = numpy_plain.passes(task)()
    assert sum(grad is not None for grad in expected) > 50
    again, by_hand = numpy_out.passes(task)()
    assert again == loss
    for grad, known in zip(by_hand, expected, strict=True):
        np.testing.assert_allclose(grad, 0.0 if known is None else known, rtol=1e-5)
    node = graphnn.built(task)
    node.backward()
    assert float(node.output) == loss
    leaves = [leaf.tobytes() for leaf in task.leaves]
    for parameter in node.graph.parameters:  # without those that nothing uses
        known = expected[leaves.index(parameter.value.tobytes())]
        if known is None:
            assert parameter.grad is None or not parameter.grad.any()
        else:
            np.testing.assert_allclose(parameter.grad, known, rtol=1e-4, atol=1e-9)


def test_the_graph_that_is_built_once_follows_its_leaves():
    task = random_graph(short=True)
    step = graphnn_replay.STEPS["w8"](task)
    losses = [step(), step()]
    assert losses[0] == losses[1]
    for leaf in task.leaves:
        leaf += np.float32(0.01)
    assert step() == numpy_plain.passes(task)()[0] != losses[0]


@pytest.mark.parametrize("name", ["w1", "w4", "w5", "w6", "w7"])
def test_a_step_leaves_the_task_as_it_is(name):
    task = WORKLOADS[name].make(True)
    before = copy.deepcopy(task)
    for peer in (graphnn, numpy_out, numpy_plain):
        peer.STEPS[name](task)()
    for array, known in zip(arrays_of(task), arrays_of(before), strict=True):
        np.testing.assert_array_equal(array, known)


def arrays_of(task):
    """List the arrays of a task."""
    parts = [part if isinstance(part, list) else [part] for part in task]
    return [one for part in parts for one in part if isinstance(one, np.ndarray)]


def test_the_random_graph_is_the_same_in_every_run():
    one, other = random_graph(short=True), random_graph(short=True)
    assert one.pairs == other.pairs
    assert len(one.pairs) * 2 == SHORT_NODES
    assert one.leaves[0].dtype == np.float32
