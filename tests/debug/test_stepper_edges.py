"""Stepping where something goes wrong, or goes on around the stepper."""

import numpy as np
import pytest

import graphnn as gn


@pytest.fixture
def cut():
    """A loss that a gradient reaches along one path of two."""
    w = gn.Parameter(np.array([0.5, -1.0]), name="w")
    inner = np.tanh(w)
    dead = np.sin(inner)
    loss = np.sum(inner * 2.0 + gn.stop_gradient(dead))
    return w, dead, loss


def test_a_gradient_set_behind_a_stop_flows_on(cut):
    w, dead, loss = cut
    stepper = gn.Stepper(loss.graph, target=loss)
    stepper.seek(len(stepper))
    assert dead.grad is None
    tanh = w.consumers[0]
    slope = 1 - tanh.output**2
    stepper.set_grad(dead, [3.0, 4.0])
    assert len(stepper) == 11  # the gradient goes through one more step
    stepper.seek(len(stepper))
    np.testing.assert_allclose(
        w.grad, (2.0 + np.array([3.0, 4.0]) * np.cos(tanh.output)) * slope
    )
    assert ("backward", tanh) in stepper.reran
    stepper.undo()
    stepper.seek(len(stepper))
    np.testing.assert_allclose(w.grad, 2.0 * slope)
    assert len(stepper) == 10


def test_the_plan_leaves_out_what_lies_behind_a_stop(cut):
    _, dead, loss = cut
    stepper = gn.Stepper(loss.graph, target=loss)
    planned = [moment.node for moment in stepper.timeline if moment.phase == "backward"]
    assert dead not in set(planned)
    assert len(planned) == 4


def test_two_parameters_are_written_into_at_once():
    v, w = gn.Parameter([1.0], name="v"), gn.Parameter([2.0], name="w")
    loss = np.sum(v * w)
    stepper = gn.Stepper(loss.graph)
    stepper.seek(4)
    w.value[...] = 5.0
    stepper.step(0)
    v.value[...], w.value[...] = 3.0, 7.0
    stepper.step(0)
    assert loss.output == 21.0
    assert (v.grad, w.grad) == (7.0, 3.0)
    assert [node.name for node, _ in stepper.edited] == ["w", "v", "w"]
    assert [node.name for _, node in stepper.reran] == [
        *("multiply", "sum"),
        *("sum", "multiply"),
    ]
    stepper.undo()
    assert loss.output == 15.0  # v is 3, w is 5
    stepper.undo()
    assert loss.output == 5.0
