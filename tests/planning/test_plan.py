"""What a plan promises to those who run it."""

import copy
import gc
import pickle
import threading

import numpy as np
import pytest
from agreement import check_agreement, same_bits, was_planned

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def small(rows=4):
    """Build a loss over an input and two parameters."""
    x = gn.Input("x", value=numbers(rows, 3))
    w = gn.Parameter(numbers(3, 2, seed=1), name="w")
    b = gn.Parameter(numbers(2, seed=2), name="b")
    hidden = np.tanh(x @ w + b)
    return x, w, b, hidden, np.mean(hidden**2)


# -- what is given back ----------------------------------------------------------------
def test_outputs_are_copies_and_interior_values_are_gone():
    x, w, b, hidden, loss = small()
    plan = loss.graph.plan([loss, hidden + 0.0], gradients_of=[w, b])
    one = plan.run({x: numbers(4, 3, seed=5)})
    kept = [part.copy() for part in one]
    plan.run({x: numbers(4, 3, seed=6)})
    assert all(map(same_bits, one, kept))
    assert hidden.output is None
    assert (hidden.shape, hidden.dtype, hidden.size) == ((4, 2), np.float64, 8)


def test_each_gradient_is_an_array_of_its_own():
    x, w, _, _, loss = small()
    plan = loss.graph.plan(loss, gradients_of=w)
    plan.run()
    grad, kept = w.grad, w.grad.copy()
    assert w.grad is grad
    plan.run({x: numbers(4, 3, seed=6)})
    np.testing.assert_array_equal(grad, kept)
    assert not np.array_equal(w.grad, kept)
    w.grad *= 0
    assert check_agreement(plan)


def test_gradients_of_inputs_and_of_nodes_of_other_sizes():
    x, w, _, hidden, loss = small()
    plan = loss.graph.plan(loss, gradients_of=[x, hidden, w])
    for rows in (4, 7, 7, 7, 7, 4, 7):
        check_agreement(plan, {x: numbers(rows, 3, seed=rows)}, is_planned=None)
    assert was_planned(plan)
    assert x.grad.shape == (7, 3)


# -- feeds -----------------------------------------------------------------------------
def test_feeds_are_checked_as_by_forward():
    x, w, _, _, loss = small()
    plan = loss.graph.plan(loss, gradients_of=w)
    before = x.output.copy()
    for feeds, named in [
        ({"z": numbers(4, 3)}, {}),
        ({x: numbers(4, 3)}, {"x": numbers(4, 3)}),
        ({x: "text"}, {}),
        ({x: numbers(4, 5)}, {}),
    ]:
        with pytest.raises(gn.GraphnnError) as stepped:
            loss.graph.forward(feeds, target=loss, **named)
        for _ in range(4):
            with pytest.raises(type(stepped.value)) as planned:
                plan.run(feeds, **named)
            assert str(planned.value) == str(stepped.value)
    np.testing.assert_array_equal(x.output, before)
    assert check_agreement(plan)


def test_a_missing_feed_is_named():
    x = gn.Input("x")
    loss = np.sum(x * 2.0)
    plan = loss.graph.plan(loss)
    with pytest.raises(gn.FeedError, match="x"):
        plan.run()
    for seed in range(5):
        assert float(plan.run(x=[1.0, seed])) == 2.0 + 2 * seed


def test_labels_are_checked_in_each_pass():
    x, y = gn.Input("x", value=numbers(3, 4)), gn.Input("y", value=np.array([0, 3, 1]))
    loss = gn.SoftmaxCrossEntropy()(x, y)
    plan = loss.graph.plan(loss, gradients_of=x)
    assert check_agreement(plan)
    assert not check_agreement(plan, {y: np.array([0, 4, 1])})
    np.testing.assert_array_equal(y.output, [0, 3, 1])
    assert check_agreement(plan)


# -- what changes ----------------------------------------------------------------------
def test_parameters_are_read_in_each_pass():
    _, w, b, _, loss = small()
    plan = loss.graph.plan(loss, gradients_of=[w, b])
    w.value[...] = 0.5
    assert check_agreement(plan)
    b.value = np.array([1.0, 2.0])
    assert check_agreement(plan)


def test_a_setting_that_changes_is_heeded():
    x = gn.Input("x", value=np.abs(numbers(4, 3)))
    node = gn.LeakyReLU(0.1)(x - 1.0)
    plan = np.sum(node * 2.0).graph.plan(gradients_of=x)
    assert check_agreement(plan)
    node.slope = 0.5
    for _ in range(4):
        check_agreement(plan, is_planned=None)
    assert was_planned(plan)


def test_a_graph_that_grows_or_shrinks():
    x, w, _, hidden, loss = small()
    plan = loss.graph.plan(loss, gradients_of=w)
    assert check_agreement(plan)
    more = np.sum(hidden) * 3.0
    for _ in range(4):
        check_agreement(plan, {x: numbers(4, 3, seed=8)}, is_planned=None)
    loss.graph.remove([more.id])
    for _ in range(4):
        check_agreement(plan, {x: numbers(4, 3, seed=9)}, is_planned=None)


def test_frozen_parameters():
    _, w, b, _, loss = small()
    plan = loss.graph.plan(loss, optimizer=gn.SGD(0.1))
    plan.run()
    w.trainable, kept = False, w.value.copy()
    for _ in range(5):
        plan.run()
    np.testing.assert_array_equal(w.value, kept)
    assert w.grad is None
    assert b.grad is not None


# -- states ----------------------------------------------------------------------------
def test_states_go_on_as_stepped_in_any_order():
    def build():
        x = gn.Input("x", value=numbers(6, 3))
        y = gn.Dropout(0.6)(gn.BatchNorm()(gn.Dense(4)(x)))
        return x, np.mean(y**2)

    (x, loss), (x2, loss2) = build(), build()
    for one, other in zip(loss2.graph.parameters, loss.graph.parameters, strict=True):
        one.value[...] = other.value
    graph = loss.graph
    plan = graph.plan(loss, gradients_of=list(graph.parameters), training=True)
    for step in range(12):
        feeds = numbers(6, 3, seed=step)
        if step % 3 == 2:
            check_agreement(plan, {x: feeds})  # it leaves one pass behind
        else:
            plan.run({x: feeds})
        loss2.graph.forward({x2: feeds}, target=loss2, training=True)
        for one, other in zip(loss.graph.states, loss2.graph.states, strict=True):
            assert one.value.dtype == other.value.dtype
            np.testing.assert_array_equal(one.value, other.value)


# -- who looks -------------------------------------------------------------------------
def test_hooks_guards_and_steppers_see_stepped_passes():
    x, w, _, hidden, loss = small()
    plan = loss.graph.plan(loss, gradients_of=w)
    seen = []
    handles = [
        loss.graph.on_forward(seen.append),
        hidden.on_backward(seen.append),
    ]
    assert check_agreement(plan, {x: numbers(4, 3, seed=3)}, is_planned=False)
    assert seen
    for handle in handles:
        handle.remove()
    assert check_agreement(plan)


def test_backward_after_a_planned_pass_says_what_to_do():
    _, w, _, _, loss = small()
    plan = loss.graph.plan(loss, gradients_of=w)
    plan.run()
    total = loss * 2.0
    for node in (loss, total):
        with pytest.raises(gn.NotRunError, match="planned pass keeps no values"):
            loss.graph.backward(node)
    loss.graph.forward(target=total)
    loss.graph.backward(total)
    assert w.grad is not None


def test_another_thread_is_refused():
    class Waiting(gn.Operation):
        def _output(self):
            if threading.current_thread() is not threading.main_thread():
                inside.set()
                assert go_on.wait(10)
            return self.input_ + float(np.sum(self.input_) * 0)

        def _input_grad(self, output_grad):
            return output_grad

    inside, go_on = threading.Event(), threading.Event()
    x = gn.Input("x", value=[1.0, 2.0])
    loss = np.sum(Waiting()(x))
    plan = loss.graph.plan(loss, gradients_of=x)
    thread = threading.Thread(target=plan.run)
    thread.start()
    assert inside.wait(10)
    with pytest.raises(gn.BusyError):
        plan.run()
    go_on.set()
    thread.join()
    assert check_agreement(plan)


# -- copies, memory, other targets -----------------------------------------------------
def test_memory_is_reused():
    x = gn.Input("x", value=numbers(50, 50))
    y = x
    for _ in range(20):
        y = np.tanh(np.sin(y) * 1.5)
    plan = np.sum(y).graph.plan()
    assert plan.memory.bytes < 4 * x.output.nbytes
    assert plan.memory.saved > 0.5


def pickled(graph):
    return pickle.loads(pickle.dumps(graph))


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_graph_that_was_planned_can_be_copied(copied):
    x, w, _, _, loss = small()
    plan = loss.graph.plan(loss, gradients_of=w)
    plan.run({x: numbers(4, 3, seed=4)})
    twin = copied(loss.graph)
    expected = plan.run({x: numbers(4, 3, seed=7)})
    found = twin.forward({"x": numbers(4, 3, seed=7)})
    assert same_bits(found, expected)
    other = twin.plan(gradients_of="w")
    assert same_bits(other.run({"x": numbers(4, 3, seed=7)}), expected)


def test_gradient_graphs_are_targets():
    x, w, _, _, loss = small()
    (slope,) = loss.graph.gradient(loss, [w])
    bent = np.sum(slope**2)
    plan = loss.graph.plan(bent, gradients_of=[w, x])
    for seed in range(3):
        assert check_agreement(plan, {x: numbers(4, 3, seed=seed)})


def test_traced_functions():
    graph = gn.trace(lambda a, b: np.sum(np.exp(-a) @ b))(numbers(2, 3), numbers(3, 2))
    plan = graph.plan(gradients_of=[n for n in graph.nodes if n.kind == "input"])
    assert check_agreement(plan)


def test_plans_are_let_go():
    _, w, _, _, loss = small()
    plan = loss.graph.plan(loss, gradients_of=w)
    plan.run()
    graph = loss.graph
    count = len(graph)
    del plan
    gc.collect()
    assert len(graph) == count
    graph.forward()


@pytest.mark.filterwarnings("default")
def test_floating_point_errors_are_raised_in_a_plan_too():
    x = gn.Input("x", value=[1.0, 2.0])
    loss = np.sum(np.log(x))
    plan = loss.graph.plan(loss, gradients_of=x)
    with np.errstate(all="raise"):
        assert check_agreement(plan)
        with pytest.raises(FloatingPointError) as caught:
            plan.run(x=[0.0, 1.0])
        assert any("log" in note for note in caught.value.__notes__)
        np.testing.assert_array_equal(x.output, [1.0, 2.0])
        assert check_agreement(plan)
