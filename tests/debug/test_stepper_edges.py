"""Stepping where something goes wrong, or goes on around the stepper."""

import copy
import gc
import pickle
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress

import numpy as np
import pytest
from stepping import check_picture, picture_of

import graphnn as gn
from graphnn.errors import GraphError
from graphnn.graph.watching import Watcher, watched_by


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


# -- hooks that raise ------------------------------------------------------------------
class Picky(gn.Operation):
    """A square root that takes no negative numbers."""

    def _output(self):
        if np.any(self.input_ < 0):
            raise ValueError("negative")
        return np.sqrt(self.input_)

    def _input_grad(self, output_grad):
        if np.any(self.input_ > 100):
            raise KeyboardInterrupt
        return output_grad / (2 * self.output)


def picky(value=4.0):
    w = gn.Parameter(np.array([value]), name="w")
    return w, np.sum(Picky()(w * 1.0) * 3.0)


def standing(stepper):
    """Give what must be unchanged where a step has failed."""
    graph = stepper.graph
    return picture_of(graph), stepper.index, len(stepper.steps), stepper.current


def check_standing(stepper, before):
    check_picture(picture_of(stepper.graph), before[0])
    assert (stepper.index, len(stepper.steps), stepper.current) == before[1:]


def test_an_interrupt_in_a_hook_leaves_the_stepper_in_front_of_the_step():
    w, loss = picky(400.0)
    stepper = gn.Stepper(loss.graph)
    stepper.seek(6)
    before = standing(stepper)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            stepper.step()
        check_standing(stepper, before)
    stepper.set("w", 4.0)
    stepper.seek(len(stepper))
    np.testing.assert_array_equal(w.grad, [0.75])


def test_changes_compare_with_an_unedited_run_that_fails():
    w, loss = picky()
    w.value[...] = -4.0
    calls = []
    loss.graph.on_forward(lambda step: calls.append(step.node.name))
    stepper = gn.Stepper(loss.graph)
    with pytest.raises(ValueError, match="negative"):
        stepper.seek(3)
    stepper.set("w", 4.0)
    stepper.seek(8)
    calls.clear()
    changes = {(change.node.name, change.what): change for change in stepper.changes}
    assert calls == []
    assert stepper.index == 8
    assert w.grad == 0.75
    assert changes["w", "value"].difference == 8.0
    assert changes["sum", "value"].before is None
    assert changes["sum", "value"].after == 6.0


def test_an_edit_that_makes_a_hook_raise_is_taken_back():
    w, loss = picky()
    stepper = gn.Stepper(loss.graph)
    stepper.seek(len(stepper))
    with pytest.raises(ValueError, match="negative"):
        stepper.set("w", -1.0)
    assert stepper.index == 1
    assert stepper.edited == [(w, "value")]
    stepper.undo()
    assert w.value == 4.0
    stepper.seek(8)
    assert w.grad == 0.75


def test_a_written_parameter_that_makes_a_hook_raise_is_taken_back():
    w, loss = picky()
    stepper = gn.Stepper(loss.graph)
    stepper.seek(8)
    w.value[...] = -1.0
    with pytest.raises(ValueError, match="negative"):
        stepper.back()
    assert stepper.index == 1
    stepper.reset()
    stepper.seek(8)
    assert (w.value, w.grad) == (4.0, 0.75)


@pytest.mark.parametrize("where", ["forward", "backward", "leaf", "watcher"])
def test_a_hook_of_the_graph_that_raises(where):
    w, loss = picky()
    graph = loss.graph
    armed = []

    def hook(step):
        if armed:
            raise RuntimeError(where)

    class Raising(Watcher):
        def step(self, step):
            hook(step)

    if where == "forward":
        graph.on_forward(hook)
    elif where == "backward":
        graph.on_backward(hook)
    elif where == "leaf":
        w.on_backward(hook)
    with watched_by(Raising()) if where == "watcher" else nullcontext():
        stepper = gn.Stepper(graph)
        stepper.seek({"forward": 3, "backward": 5, "watcher": 5, "leaf": 7}[where])
        before = standing(stepper)
        armed.append(1)
        for _ in range(2):
            with pytest.raises(RuntimeError, match=where):
                stepper.step()
            check_standing(stepper, before)
        armed.clear()
        stepper.seek(8)
    assert w.grad == 0.75


def test_states_that_cannot_go_on_stay_where_they_were():
    class Counting(gn.Operation):
        def __init__(self, passes, limit):
            self.states, self.limit = (passes,), limit

        def _output(self):
            return self.input_

        def _input_grad(self, output_grad):
            return output_grad

        def _next_states(self, passes):
            if passes >= self.limit:
                raise OverflowError("enough")
            return (passes + 1,)

    first, second = gn.State(0), gn.State(7)
    w = gn.Parameter([1.0])
    loss = np.sum(Counting(second, 7)(Counting(first, 9)(w)))
    stepper = gn.Stepper(loss.graph, training=True)
    stepper.seek(2)
    before = standing(stepper)
    for _ in range(2):
        with pytest.raises(OverflowError, match="enough"):
            stepper.step()
        check_standing(stepper, before)
    stepper.set(second, 3)
    stepper.seek(3)
    assert (first.value, second.value) == (1, 4)
    loss.graph.forward(training=True)
    stepper.back()
    assert (first.value, second.value) == (0, 3)
    stepper.step()
    assert (first.value, second.value) == (1, 4)
    stepper.close()
    assert (first.value, second.value) == (0, 7)


# -- what goes on in between -----------------------------------------------------------
def test_a_hook_that_runs_a_pass_does_not_confuse_the_stepper():
    w, loss = picky()
    graph = loss.graph
    (root,) = w.consumers[0].consumers

    def hook(step):
        handle.remove()
        graph.forward(target=root)
        graph.backward(root)

    handle = graph.on_forward(hook)
    stepper = gn.Stepper(graph)
    stepper.seek(2)
    assert loss.output is None
    assert w.grad is None
    stepper.seek(8)
    assert w.grad == 0.75


def test_a_hook_cannot_move_the_stepper_that_calls_it():
    w, loss = picky()
    moves = [lambda: stepper.back(), lambda: stepper.set(w, 1.0)]
    stepper = gn.Stepper(loss.graph)
    for move in moves:
        handle = loss.graph.on_forward(lambda step, move=move: move())
        with pytest.raises(GraphError, match="in the middle of a step"):
            stepper.step()
        assert stepper.index == 0
        handle.remove()
    stepper.seek(8)
    assert w.grad == 0.75
    assert w.value == 4.0


def test_an_operation_that_is_called_in_between():
    """Its own forward and backward, as one does at a prompt."""
    w, loss = picky()
    root = w.consumers[0].consumers[0]
    stepper = gn.Stepper(loss.graph)
    for index in range(4, 8):
        stepper.seek(index)
        root.forward(np.array([9.0]))
        root.backward(np.array([5.0]))
        stepper.seek(8)
        assert w.grad == 0.75
        stepper.seek(0)
        stepper.seek(index)
        fresh = gn.Stepper(loss.graph)
        fresh.seek(index)
        expected = picture_of(loss.graph)
        stepper.step(0)
        check_picture(picture_of(loss.graph), expected)


def test_a_pass_of_another_graph_over_the_same_leaves():
    w, loss = picky()
    other = np.sum(w * w)
    stepper = gn.Stepper(loss.graph)
    stepper.seek(6)
    other.backward()
    assert w.grad == 8.0
    stepper.step(0)
    assert w.grad is None
    stepper.seek(8)
    other.backward()
    stepper.step(0)
    assert w.grad == 0.75


def test_the_mode_is_that_of_the_pass():
    _, loss = picky()
    aside = np.exp(loss.inputs[0])
    stepper = gn.Stepper(loss.graph, target=loss)
    stepper.seek(3)
    loss.graph.forward(target=aside, training=True)
    stepper.back()
    assert not loss.graph.training


def test_nodes_that_come_and_names_that_change():
    w, loss = picky()
    stepper = gn.Stepper(loss.graph, target=loss)
    stepper.seek(5)
    more = loss * 2.0
    assert more.output == 12.0
    loss.name = "cost"
    stepper.back(3)
    again = loss * 3.0
    assert again.output is None
    with pytest.raises(gn.ArgumentError, match="not part of this pass"):
        stepper.set(more, 1.0)
    stepper.set("w", 16.0)
    stepper.seek(len(stepper))
    stepper.set("cost", 1.0)
    assert w.grad == 0.375
    stepper.close()
    assert more.graph.forward(target=more) == 12.0


@pytest.mark.parametrize("larger", [True, False])
def test_graphs_that_merge_while_a_stepper_is_open(larger):
    w, loss = picky()
    stepper = gn.Stepper(loss.graph, target=loss)
    stepper.seek(5)
    other = gn.Input("x", value=[1.0])
    for _ in range(20 if larger else 1):
        other = other * 2.0
    total = np.sum(loss + other)
    assert total.graph is stepper.graph or total.graph.__dict__ is (
        stepper.graph.__dict__
    )
    stepper.seek(8)
    assert w.grad == 0.75
    stepper.seek(0)
    stepper.seek(8)
    assert w.grad == 0.75
    stepper.close()
    assert total.graph.forward(target=total) == 6.0 + other.output.sum()


def test_two_steppers_on_one_graph():
    w, loss = picky()
    one, two = gn.Stepper(loss.graph), gn.Stepper(loss.graph, training=True)
    for index in range(9):
        one.seek(index)
        two.seek(8 - index)
        assert two.graph.training
        one.step(0)
        assert not one.graph.training
        assert (loss.output is None) == (index < 4)
    assert w.grad == 0.75


# -- copies, threads, memory -----------------------------------------------------------
@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))]
)
def test_copies_of_a_graph_that_is_stepped_through(copied):
    w = gn.Parameter([4.0], name="w")
    loss = np.sum(np.sqrt(w) * 3.0)
    stepper = gn.Stepper(loss.graph)
    for index in (0, 2, 5, 6):
        stepper.seek(index)
        twin = copied(loss.graph)
        check_picture(picture_of(twin), picture_of(loss.graph))
        twin.forward()
        twin.backward()
        assert twin.parameters[0].grad == 0.75
        with gn.Stepper(twin) as other:
            other.seek(6)
            assert twin.parameters[0].grad == 0.75
        assert stepper.index == index
    assert w.grad == 0.75


def in_a_thread(function):
    """Call a function in a thread; raise what it raises."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


def test_another_thread_is_kept_out_while_the_stepper_moves():
    w, loss = picky()
    graph = loss.graph
    seen = []

    def hook(step):
        with pytest.raises(gn.BusyError):
            in_a_thread(graph.forward)
        seen.append(step.node.name)

    handle = graph.on_forward(hook)
    stepper = gn.Stepper(graph)
    stepper.seek(2)
    handle.remove()
    assert len(seen) == 2
    assert in_a_thread(graph.forward) == 6.0  # a stepper that stands keeps nobody out
    in_a_thread(lambda: stepper.seek(7))
    stepper.seek(8)
    assert w.grad == 0.75


def test_a_pass_in_another_thread_keeps_the_stepper_out():
    _, loss = picky()
    stepper = gn.Stepper(loss.graph)
    stepper.seek(3)
    go, done = threading.Event(), threading.Event()

    def walk():
        steps = loss.graph.forward_steps(target=loss)
        next(steps)
        go.set()
        done.wait(10)
        list(steps)

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(walk)
        go.wait(10)
        with pytest.raises(gn.BusyError):
            stepper.step()
        with pytest.raises(gn.BusyError):
            stepper.set("w", 1.0)
        loss.graph.parameters[0].value[...] = 16.0
        with pytest.raises(gn.BusyError):
            stepper.step()
        assert stepper.index == 3
        assert stepper.edited == []
        done.set()
        running.result()
    stepper.seek(8)
    assert [what for _, what in stepper.edited] == ["value"]  # it is not lost
    assert loss.output == 12.0


@pytest.mark.parametrize("fails", [False, True])
def test_a_stepper_keeps_nothing_alive(fails):
    gc.collect()
    gc.disable()
    try:
        w, loss = picky()
        stepper = gn.Stepper(loss.graph)
        stepper.seek(8)
        if fails:
            with suppress(ValueError):
                stepper.set(w, -1.0)
            stepper.undo()
            stepper.seek(8)
        assert stepper.changes == []
        array = weakref.ref(loss.inputs[0].output)
        gone = weakref.ref(stepper)
        del stepper
        assert gone() is None
        del loss
        gn.Graph()
        gn.Graph()
        assert array() is None
    finally:
        gc.enable()


# -- closing ---------------------------------------------------------------------------
def test_a_closed_stepper_moves_no_more():
    w, loss = picky()
    with gn.Stepper(loss.graph) as stepper:
        stepper.seek(3)
        stepper.close()
        w.value[...] = 9.0  # such as a step of an optimizer
    stepper.close()
    assert w.value == 9.0
    assert stepper.index == 3
    assert len(stepper.steps) == 3
    for move in (stepper.step, stepper.back, stepper.undo, stepper.continue_):
        with pytest.raises(GraphError, match="closed"):
            move()
    assert w.value == 9.0
