"""A stepper stops at each kind of breakpoint where one expects, in both directions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepped import small_network

import graphnn as gn
from graphnn.debug.breakpoints import Breakpoints
from graphnn.debug.conditions import norm
from graphnn.debug.session import Session
from graphnn.graph.watching import WATCHING


def stepper_of(target, **settings):
    stepper = gn.Stepper(target.graph, None, target, **settings)
    stepper.breakpoints.follow(stepper.tape)
    return stepper


def stops_of(stepper):
    """Go on to the end and back to the beginning; give the indices of the stops."""
    onward, back = [], []
    while stepper.continue_() is not None:
        assert stepper.stop.reason == "breakpoint"
        onward.append(stepper.index)
    assert (stepper.stop.reason, stepper.index) == ("end", len(stepper))
    last = [stepper.index] if onward[-1:] == [stepper.index] else []
    while stepper.reverse_continue() is not None:
        assert stepper.stop.reason == "breakpoint"
        back.append(stepper.index)
    assert (stepper.stop.reason, stepper.index) == ("start", 0)
    assert back[::-1] + last == onward
    return onward


def predicted(stepper, test):
    """Give the indices behind the steps for which something is true."""
    stepper.seek(len(stepper))
    found = [step.index + 1 for step in stepper.steps if test(step)]
    stepper.seek(0)
    return found


@pytest.fixture
def stepper():
    return stepper_of(small_network())


def is_sigmoid(step):
    return isinstance(step.node, gn.Sigmoid)


def is_matmul(step):
    return step.node.name.endswith("/matmul")


def in_first(step):
    return step.node.scope == ("dense_1",)


@pytest.mark.parametrize(
    ("settings", "test"),
    [
        ({"where": "dense_1/sigmoid"}, lambda s: is_sigmoid(s) and in_first(s)),
        ({"where": "sigmoid"}, is_sigmoid),
        ({"where": "dense_*/sig*"}, is_sigmoid),
        ({"where": gn.Sigmoid}, is_sigmoid),
        ({"where": "Sigmoid"}, is_sigmoid),
        ({"where": "dense_1"}, in_first),
        ({"where": "sigmoid", "phase": "forward"}, None),
        ({"phase": "backward"}, lambda s: s.phase == "backward"),
        ({"condition": "norm(output) > 2"}, lambda s: norm(s.output) > 2),
        (
            {"condition": "norm(output_grad) > 0.02", "where": "*/matmul"},
            lambda s: (norm(s.output_grad) or 0) > 0.02 and is_matmul(s),
        ),
    ],
)
def test_each_kind(stepper, settings, test):
    expected = predicted(
        stepper, test or (lambda s: is_sigmoid(s) and s.phase == "forward")
    )
    stepper.breakpoints.add(**settings)
    assert expected
    assert stops_of(stepper) == expected


def test_a_line_of_the_users_file(stepper):
    line = stepper.graph["dense_2/sigmoid"].source.line
    expected = predicted(stepper, lambda step: step.node.source.line == line)
    stepper.breakpoints.add(f"stepped.py:{line}")
    assert stops_of(stepper) == expected


@pytest.mark.parametrize("ignore", range(5))
def test_hits_that_are_ignored(stepper, ignore):
    expected = predicted(stepper, is_sigmoid)[ignore:]
    stepper.breakpoints.add("sigmoid", ignore=ignore)
    assert stops_of(stepper) == expected


def test_ignored_hits_count_also_where_one_has_jumped(stepper):
    expected = predicted(stepper, is_sigmoid)
    stepper.seek(len(stepper))
    stepper.breakpoints.add("sigmoid", ignore=2)
    assert stepper.reverse_continue() is not None
    assert stepper.index == expected[-1]
    stepper.reverse_continue()
    assert stepper.index == expected[-2]
    assert stepper.reverse_continue() is None


@pytest.mark.parametrize("place", [0, -1])
def test_once(stepper, place):
    expected = predicted(stepper, is_sigmoid)
    stepper.breakpoints.add("sigmoid", once=True)
    if place:
        stepper.seek(len(stepper))
    go = stepper.reverse_continue if place else stepper.continue_
    assert go() is not None
    assert stepper.index == expected[place]
    assert go() is None
    assert len(stepper.breakpoints) == 0


def test_log_only(stepper):
    lines = []
    stepper.breakpoints.write = lines.append
    stepper.breakpoints.add("sigmoid", log="{index}")
    assert stops_of(stepper) == []
    onward = [f"{index}\n" for index in predicted(stepper, is_sigmoid)]
    assert lines == onward + [f"back: {line}" for line in onward[::-1]]


def test_watchpoints_on_a_gradient_and_on_an_element(stepper):
    w = stepper.graph["w1"]

    def touches(step):
        return step.phase == "backward" and w.id in step.node.input_ids

    expected = predicted(stepper, touches)
    stepper.breakpoints.watch(w)
    stepper.breakpoints.watch("w1.grad[2, 4]")
    assert stops_of(stepper) == expected
    stepper.continue_()
    first, second = stepper.stop.message.split("\n")
    assert stepper.stop.breakpoint.number == 1
    assert first.startswith("w1.grad: nothing → float64 (3, 5), norm ")
    assert second == (f"also watchpoint 2: w1.grad[2, 4]: nothing → {w.grad[2, 4]}")


def test_a_watchpoint_stops_where_the_gradient_of_the_graph_changes():
    w = gn.Parameter([1.0, 2.0], name="w")
    loss = np.sum(w * w) + np.sum(np.tanh(w) * w) + np.sum(w * 0.0)
    stepper = stepper_of(loss)
    expected, before = [], None
    while stepper.step() is not None:
        now = None if w.grad is None else w.grad.copy()
        same = now is before or (before is not None and np.array_equal(now, before))
        if not same:
            expected.append(stepper.index)
        before = now
    stepper.seek(0)
    stepper.breakpoints.watch(w)
    assert len(expected) > 2
    assert stops_of(stepper) == expected


def test_after_an_edit_conditions_are_looked_at_again(stepper):
    stepper.breakpoints.add(condition="norm(output) > 100")
    assert stops_of(stepper) == []
    stepper.run_to("dense_1/matmul")
    stepper.set("dense_1/matmul", np.full((4, 5), 1e3))
    at_edit = stepper.index
    stepper.seek(0)
    stepper.continue_()
    assert stepper.index == at_edit
    stepper.reset()
    stepper.seek(0)
    assert stops_of(stepper) == []


def test_a_condition_that_raises_stops_there_in_both_directions(stepper):
    stepper.breakpoints.add(condition="output_grad[0] is None")
    expected = predicted(
        stepper, lambda s: s.output_grad is None or s.output_grad.ndim == 0
    )
    assert stops_of(stepper) == expected
    stepper.continue_()
    assert "raised TypeError" in stepper.stop.message


def test_run_to_takes_every_kind_of_place(stepper):
    for where in ("dense_1/sigmoid", "sig*", gn.Sigmoid, "Sigmoid", "dense_1"):
        stepper.seek(0)
        assert stepper.run_to(where).node.scope == ("dense_1",)


def test_the_graph_and_the_values_stay_as_they_are(stepper):
    names = [node.name for node in stepper.graph.nodes]
    stepper.breakpoints.add(condition="float(np.sum(node * 2).output) > 1e9")
    stepper.breakpoints.watch("float(np.sum(node * 2).output) > 0")
    stops_of(stepper)
    assert [node.name for node in stepper.graph.nodes] == names


@given(
    text=st.sampled_from(["norm(output)", "norm(output_grad)", "norm(accumulated)"]),
    limit=st.floats(0, 5),
    ignore=st.integers(0, 6),
    watched=st.booleans(),
)
def test_both_directions_stop_at_the_same_indices(text, limit, ignore, watched):
    stepper = stepper_of(small_network())
    stepper.breakpoints.add(condition=f"{text} > {limit}", ignore=ignore)
    if watched:
        stepper.breakpoints.watch(f"{text} > {limit}", ignore=ignore)
    stops_of(stepper)


# -- a loop of many passes -------------------------------------------------------------
def test_the_hits_of_a_training_loop_count_on():
    network = gn.NeuralNetwork(
        [gn.Dense(3, "sigmoid"), gn.Dense(1)], gn.MeanSquaredError(), seed=0
    )
    X, y = np.ones((4, 2)), np.ones((4, 1))
    network.train_batch(X, y)
    stops, now = [], []

    class Noting:
        ending = "continue"

        def __init__(self, stepper, **settings):
            self.stepper = stepper

        def interact(self):
            step = self.stepper.current
            stops.append((now[-1], step.phase, self.stepper.stop.breakpoint.number))

    session = Session(stepping=False, debugger=Noting)
    session.breakpoints = Breakpoints(network.graph)
    forward = session.breakpoints.add("sigmoid", phase="forward", ignore=36, once=True)
    both = session.breakpoints.add("sigmoid", ignore=37, once=True)
    token = WATCHING.set(WATCHING.get()._replace(driver=session))
    try:
        for number in range(1, 40):
            now.append(number)
            network.train_batch(X, y)
    finally:
        WATCHING.reset(token)
    # the second is hit twice in a pass; where nothing can stop, nobody looks any more
    assert stops == [(19, "backward", both.number), (37, "forward", forward.number)]
    assert WATCHING.get().driver is None


# -- guards ----------------------------------------------------------------------------
def logarithm(value):
    x = gn.Input("x", value=[2.0, value])
    w = gn.Parameter([1.0, 1.0], name="w")
    with np.errstate(all="ignore"):
        return np.sum(np.exp(np.log(x * w - 1.0)) ** 2)


def guarded_stops(target, *guard, **settings):
    stepper = stepper_of(target)
    stepper.breakpoints.guard(*guard, **settings)
    with np.errstate(all="ignore"):
        indices = stops_of(stepper)
        names = []
        while (step := stepper.continue_()) is not None:
            names.append((step.phase, step.node.name))
    assert len(names) == len(indices)
    return names


def test_a_guard_stops_at_the_culprit_and_not_at_its_victims():
    loss = logarithm(-3.0)
    assert guarded_stops(loss, "nan") == [("forward", "log")]
    assert guarded_stops(loss, "nan", where="exp") == []
    assert guarded_stops(loss, "nan", phase="backward") == []
    assert guarded_stops(loss, "nan", condition="False") == []
    assert guarded_stops(logarithm(3.0), "nan") == []


def test_a_guard_names_what_it_has_found():
    stepper = stepper_of(logarithm(-3.0))
    stepper.breakpoints.guard("nan")
    with np.errstate(all="ignore"):
        stepper.continue_()
    assert stepper.stop.breakpoint.kind == "guard"
    assert stepper.stop.message.startswith("log (Log, test_stops_of_steppers.py:")
    assert "holds 1 NaN" in stepper.stop.message


def test_what_is_bad_from_the_start_is_found_where_it_is_used():
    loss = logarithm(np.nan)
    assert guarded_stops(loss, "nan") == [("forward", "multiply")]
    stepper = stepper_of(loss)
    stepper.breakpoints.guard(gn.NaNGuard())
    stepper.continue_()
    assert stepper.stop.message.startswith("x (Input, test_stops_of_steppers.py:")


def test_leaves_are_not_to_blame_for_units_that_are_dead():
    x = gn.Input("x", value=[[1.0, 0.0, -1.0], [2.0, 0.0, -2.0]])
    scaled = x * 2.0
    assert guarded_stops(np.sum(scaled), "dead") == []
    below = gn.ReLU()(x - 3.0)  # all three columns
    assert guarded_stops(np.sum(below), "dead") == [("forward", "relu")]


def test_a_gradient_that_starts_bad_is_found_at_the_first_step():
    w = gn.Parameter([1.0, 2.0], name="w")
    target = np.tanh(np.tanh(w))
    stepper = stepper_of(target, output_grad=[1.0, np.nan])
    stepper.breakpoints.guard("nan")
    assert stops_of(stepper) == [3]


def test_a_gradient_that_goes_bad_on_its_way():
    w = gn.Parameter([0.0, 4.0], name="w")
    loss = np.sum(np.sqrt(w * 1.0))
    assert guarded_stops(loss, "inf") == [("backward", "sqrt")]


def test_limits_are_those_that_are_given():
    w = gn.Parameter([3.0], name="w")
    loss = np.sum((w * 10.0) * 10.0)
    assert guarded_stops(loss, "exploding", limit=200.0) == [("forward", "multiply_2")]
    assert guarded_stops(loss, "exploding", limit=1e6) == []
    assert guarded_stops(loss, "exploding", limit=50.0) == [
        ("forward", "multiply_2"),
        ("backward", "multiply"),
    ]
    stepper = stepper_of(loss)
    point = stepper.breakpoints.guard("exploding", limit=50.0, once=True, ignore=1)
    assert point.text == (
        "1   guard        del  yes   exploding (limit=50.0), ignore 1"
    )
    with pytest.raises(gn.ArgumentError, match="Did you mean 'exploding'"):
        stepper.breakpoints.guard("explodes")
