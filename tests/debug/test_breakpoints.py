"""Breakpoints: each kind stops at the steps that one expects, in both directions."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepped import both_passes, places_of, small_network, stops_of, tape_of

import graphnn as gn
from graphnn.debug.breakpoints import HEADING, Breakpoints
from graphnn.debug.conditions import norm
from graphnn.errors import ArgumentError, MissingNode


@pytest.fixture
def loss():
    return small_network()


@pytest.fixture
def steps(loss):
    return both_passes(loss)


def following(steps, **settings):
    breakpoints = Breakpoints(steps[0].node.graph, **settings)
    breakpoints.follow(tape_of(steps))
    return breakpoints


def both_ways(steps, *arguments, **settings):
    """Give the indices at which a breakpoint stops; the same in both directions."""
    found = []
    for direction in ("forward", "backward"):
        breakpoints = following(steps)
        breakpoints.add(*arguments, **settings)
        found.append(stops_of(breakpoints, steps, direction))
    assert found[0] == found[1]
    return found[0]


def is_sigmoid(step):
    return isinstance(step.node, gn.Sigmoid)


# -- where it stops --------------------------------------------------------------------
@pytest.mark.parametrize("where", ["sigmoid", "dense_*/sigmoid", gn.Sigmoid, "Sigmoid"])
def test_places(steps, where):
    expected = places_of(steps, is_sigmoid)
    assert len(expected) == 4
    assert both_ways(steps, where) == expected


def test_a_node_a_scope_a_line_and_every_step(steps, loss):
    node = loss.graph["dense_2/matmul"]
    line = f"stepped.py:{node.source.line}"
    at_node = places_of(steps, lambda step: step.node is node)
    in_scope = places_of(steps, lambda step: step.node.scope == ("dense_2",))
    assert both_ways(steps, node) == both_ways(steps, "dense_2/matmul") == at_node
    assert both_ways(steps, "dense_2") == both_ways(steps, line) == in_scope
    assert both_ways(steps) == list(range(len(steps)))


def test_phases(steps):
    backward = places_of(steps, lambda step: step.phase == "backward")
    assert both_ways(steps, phase="backward") == backward
    both = set(backward) & set(places_of(steps, is_sigmoid))
    assert both_ways(steps, "sigmoid", phase="backward") == sorted(both)


def test_conditions_as_text_and_as_functions(steps):
    def is_small(step):
        return step.phase == "backward" and norm(step.output_grad) < 0.3

    text = "phase == 'backward' and norm(output_grad) < 0.3"
    expected = places_of(steps, is_small)
    assert 0 < len(expected) < len(steps)
    assert both_ways(steps, condition=text) == expected
    assert both_ways(steps, condition=is_small) == expected


def test_the_names_of_the_user(steps):
    breakpoints = following(steps, names={"last": steps[-1].node})
    breakpoints.add(condition="node is last")
    here = places_of(steps, lambda step: step.node is steps[-1].node)
    assert stops_of(breakpoints, steps) == here
    assert breakpoints.add("last").where_text == steps[-1].node.name
    breakpoints.names = {"last": None}
    assert stops_of(breakpoints, steps) != []


def test_a_name_of_the_graph_comes_before_one_of_the_user(steps, loss):
    breakpoints = following(steps, names={"mean": loss.graph["dense_1/matmul"]})
    assert breakpoints.add("mean").where_text == "mean"


def test_a_guard_of_ones_own(steps):
    class Finder:
        def check(self, step):
            return f"found {step.index}" if is_sigmoid(step) else None

    breakpoints = following(steps)
    breakpoints.add("dense_1", guard=Finder())
    stops = [stop for stop in map(breakpoints.matches, steps) if stop]
    indices = places_of(steps, lambda s: is_sigmoid(s) and s.node.scope == ("dense_1",))
    assert [stop.message for stop in stops] == [f"found {index}" for index in indices]
    assert breakpoints[1].kind == "guard"
    assert breakpoints[1].text.endswith("Finder at dense_1 (2 nodes) (hit 2 times)")


# -- hits ------------------------------------------------------------------------------
@pytest.mark.parametrize("ignore", range(6))
def test_hits_are_counted_in_the_order_of_the_pass(steps, ignore):
    expected = places_of(steps, is_sigmoid)[ignore:]
    assert both_ways(steps, "sigmoid", ignore=ignore) == expected


def test_hits_that_were_stepped_over_count(steps):
    places = places_of(steps, is_sigmoid)
    breakpoints = following(steps)
    breakpoints.add("sigmoid", ignore=2)
    last = [breakpoints.matches(step) is not None for step in steps[places[2] :]]
    assert last.count(True) == 2  # the two before were never shown
    assert last[0]


def test_going_to_and_fro_counts_a_hit_once(steps):
    breakpoints = following(steps)
    point = breakpoints.add("sigmoid", ignore=3)
    for _ in range(3):
        stops_of(breakpoints, steps)
        stops_of(breakpoints, steps, "backward")
    assert point.hits == 4
    assert stops_of(breakpoints, steps) == places_of(steps, is_sigmoid)[3:]


def test_hits_of_earlier_passes_count_on(steps):
    breakpoints = Breakpoints(steps[0].node.graph)
    point = breakpoints.add("mean", phase="forward", ignore=36)
    stopped = []
    for number in range(40):
        breakpoints.follow(tape_of(steps))
        stopped += [number for step in steps if breakpoints.matches(step)]
        assert point.hits == number + 1
    assert stopped == [36, 37, 38, 39]


def test_a_tape_that_goes_on_counts_once(steps):
    half = len(steps) // 2
    tape = tape_of(steps[:half])
    breakpoints = Breakpoints(steps[0].node.graph)
    point = breakpoints.add("sigmoid")
    breakpoints.follow(tape)
    stops_of(breakpoints, steps[:half])
    tape.records += tape_of(steps[half:]).records
    breakpoints.follow(tape)
    stops_of(breakpoints, steps[half:])
    assert point.hits == 4
    stops_of(breakpoints, steps, "backward")
    assert point.hits == 4
    breakpoints.follow(tape_of(steps))
    assert point.hits == 4
    stops_of(breakpoints, steps)
    assert point.hits == 8


def test_a_pass_that_nobody_looked_at_counts(steps):
    breakpoints = Breakpoints(steps[0].node.graph)
    point = breakpoints.add("sigmoid", condition="phase == 'backward'", ignore=4)
    for _ in range(2):
        breakpoints.follow(tape_of(steps))
    breakpoints.follow(tape_of(steps))
    assert point.hits == 4
    assert len(stops_of(breakpoints, steps)) == 2


def test_a_disabled_one_does_not_count(steps):
    breakpoints = following(steps)
    point = breakpoints.add("sigmoid", ignore=2)
    breakpoints.disable(point)
    assert stops_of(breakpoints, steps) == []
    breakpoints.follow(tape_of(steps))
    assert point.hits == 0
    breakpoints.enable(1)
    assert len(stops_of(breakpoints, steps)) == 2


def test_a_step_that_runs_again_is_looked_at_again(steps):
    tape = tape_of(steps)
    breakpoints = Breakpoints(steps[0].node.graph)
    breakpoints.follow(tape)
    point = breakpoints.add(condition="norm(output) > 1e3", ignore=1)
    assert stops_of(breakpoints, steps) == []
    edited = [replace(s, output=np.array([1e4])) for s in steps[:3]]
    tape.records[:3] = tape_of(edited).records
    assert stops_of(breakpoints, [*edited, *steps[3:]]) == [1, 2]
    assert point.hits == 3
    tape.records[:3] = tape_of(steps[:3]).records
    assert stops_of(breakpoints, steps) == []
    assert point.hits == 0


def test_without_a_tape_what_was_seen_counts(loss):
    breakpoints = Breakpoints(loss.graph)
    breakpoints.add("sigmoid", ignore=1)
    stops = [s.node.name for s in loss.graph.forward_steps() if breakpoints.matches(s)]
    assert stops == ["dense_2/sigmoid"]


def test_once(steps):
    for direction, place in (("forward", 0), ("backward", -1)):
        breakpoints = following(steps)
        breakpoints.add("sigmoid", once=True)
        expected = places_of(steps, is_sigmoid)[place]
        assert stops_of(breakpoints, steps, direction) == [expected]
        assert len(breakpoints) == 0


def test_once_after_some_were_ignored(steps):
    breakpoints = following(steps)
    breakpoints.add("sigmoid", once=True, ignore=2)
    assert stops_of(breakpoints, steps) == places_of(steps, is_sigmoid)[2:3]


def test_a_one_shot_is_done_where_another_stops_too(steps):
    breakpoints = following(steps)
    breakpoints.add("sigmoid")
    breakpoints.add("dense_1/sigmoid", once=True)
    stops = [stop for stop in map(breakpoints.matches, steps) if stop]
    assert [stop.breakpoint.number for stop in stops] == [1, 1, 1, 1]
    assert [stop.message for stop in stops] == ["also breakpoint 2", "", "", ""]
    assert [point.number for point in breakpoints] == [1]


# -- logging ---------------------------------------------------------------------------
def test_log_only_does_not_stop(steps):
    lines = []
    breakpoints = following(steps, write=lines.append)
    point = breakpoints.add("sigmoid", phase="backward", log="{name} {index}")
    assert stops_of(breakpoints, steps) == []
    first, second = places_of(steps, lambda s: is_sigmoid(s) and s.phase == "backward")
    shown = [f"dense_2/sigmoid {first + 1}\n", f"dense_1/sigmoid {second + 1}\n"]
    assert lines == shown
    assert point.hits == 2
    lines.clear()
    stops_of(breakpoints, steps, "backward")
    assert lines == [f"back: {line}" for line in shown[::-1]]


def test_logs_go_to_standard_output_unless_told_otherwise(steps, capsys):
    breakpoints = following(steps)
    breakpoints.add("mean", log=lambda step: f"at {step.index}", ignore=1)
    breakpoints.add("mean", log=lambda step: None)
    stops_of(breakpoints, steps)
    assert capsys.readouterr().out == f"at {places_of(steps, is_mean)[1]}\n"


def is_mean(step):
    return step.node.name == "mean"


def test_a_log_once_is_one_line(steps):
    lines = []
    breakpoints = following(steps, write=lines.append)
    breakpoints.add("sigmoid", log="here", once=True)
    assert stops_of(breakpoints, steps) == []
    assert (lines, len(breakpoints)) == (["here\n"], 0)


def test_a_log_that_raises_is_logged_and_does_not_stop(steps):
    lines = []
    breakpoints = following(steps, write=lines.append)
    breakpoints.add("mean", log="{nothing}")
    assert stops_of(breakpoints, steps) == []
    expected = "breakpoint 1: the log raised NameError: name 'nothing' is not defined\n"
    assert lines == [expected] * 2


# -- what raises -----------------------------------------------------------------------
def test_a_condition_that_raises_stops_there_and_says_so(steps):
    condition = "inputs[7] > output_grad[0] if name == 'mean' else False"
    breakpoints = following(steps)
    point = breakpoints.add(condition=condition, once=True, ignore=5)
    stops = {step.index: breakpoints.matches(step) for step in steps}
    stops = {index: stop for index, stop in stops.items() if stop}
    assert list(stops) == places_of(steps, is_mean)
    first, second = stops.values()
    assert first.breakpoint is point
    assert first.message == (
        f"the condition {condition!r} raised IndexError: tuple index out of range"
    )
    assert "raised IndexError" in second.message
    assert point in breakpoints  # it was not reached, it failed
    assert point.hits == 0
    assert both_ways(steps, condition=condition) == list(stops)


def test_what_failed_is_not_counted(steps):
    def condition(step):
        if step.phase == "forward":
            raise ValueError("not yet")
        return True

    breakpoints = following(steps)
    point = breakpoints.add("sigmoid", condition=condition, ignore=1)
    places = places_of(steps, is_sigmoid)
    assert stops_of(breakpoints, steps) == [places[0], places[1], places[3]]
    assert point.hits == 2
    breakpoints.follow(tape_of(steps))
    assert point.hits == 2


def test_a_function_that_raises_and_an_array_that_is_neither_true_nor_false(steps):
    def fails(step):
        raise gn.ArgumentError("no", "Not this way.")

    breakpoints = following(steps)
    breakpoints.add("mean", condition=fails, log="never")
    breakpoints.add("dense_1/matmul", condition="output > 0")
    stops = [stop for stop in map(breakpoints.matches, steps) if stop]
    raised = "the condition 'fails(step)' raised ArgumentError: no Not this way."
    assert [stop.message for stop in stops if stop.breakpoint.number == 1] == [
        raised
    ] * 2
    ambiguous = [stop.message for stop in stops if stop.breakpoint.number == 2]
    assert len(ambiguous) == 2
    assert all("raised ValueError: The truth value" in text for text in ambiguous)


def test_ctrl_c_is_not_swallowed(steps):
    def interrupted(step):
        raise KeyboardInterrupt

    breakpoints = following(steps)
    breakpoints.add(condition=interrupted)
    with pytest.raises(KeyboardInterrupt):
        breakpoints.matches(steps[0])


def test_conditions_leave_the_graph_as_it_is(steps):
    graph = steps[0].node.graph
    names = [node.name for node in graph.nodes]
    breakpoints = following(steps)
    breakpoints.add(
        condition="bool((node * 2 > 0).output.all() and np.exp(node).output)"
    )
    stops_of(breakpoints, steps)
    assert [node.name for node in graph.nodes] == names


# -- the collection --------------------------------------------------------------------
def test_numbers_never_come_again(loss):
    breakpoints = Breakpoints(loss.graph)
    one, two, three = (breakpoints.add("mean") for _ in range(3))
    assert [point.number for point in breakpoints] == [1, 2, 3]
    breakpoints.remove(two)
    breakpoints.remove(3)
    assert breakpoints.watch("mean").number == 4
    breakpoints.clear()
    assert breakpoints.add().number == 5
    assert (len(breakpoints), one in breakpoints, 5 in breakpoints) == (1, False, True)
    with pytest.raises(ArgumentError, match=r"no breakpoint 2\nThere are: 5\."):
        breakpoints.remove(2)
    with pytest.raises(ArgumentError, match="no breakpoint 3"):
        breakpoints.enable(three)
    with pytest.raises(ArgumentError, match="no breakpoint 'mean'"):
        breakpoints["mean"]


def test_a_breakpoint_of_another_list_is_none_of_this_one(loss):
    one, other = Breakpoints(loss.graph), Breakpoints(loss.graph)
    point = one.add("mean")
    other.add("mean")
    assert point not in other
    with pytest.raises(ArgumentError, match="no breakpoint 1"):
        other.remove(point)


def test_what_failed_to_be_added_takes_no_number(loss):
    breakpoints = Breakpoints(loss.graph)
    with pytest.raises(MissingNode):
        breakpoints.add("nothing")
    with pytest.raises(ArgumentError):
        breakpoints.add("mean", condition="(")
    assert breakpoints.add("mean").number == 1


def test_settings_may_be_changed(steps):
    breakpoints = following(steps)
    point = breakpoints.add("sigmoid", condition="False")
    assert stops_of(breakpoints, steps) == []
    point.condition = None
    assert stops_of(breakpoints, steps) == places_of(steps, is_sigmoid)
    point.phase = "forward"
    assert len(stops_of(breakpoints, steps)) == 2
    point.ignore = 1
    assert len(stops_of(breakpoints, steps)) == 1
    point.log = "never"
    breakpoints.write = lambda line: None
    assert stops_of(breakpoints, steps) == []
    assert point.kind == "logpoint"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"phase": "backwards"}, "Did you mean 'backward'"),
        ({"condition": "x = 1"}, "To compare, write =="),
        ({"condition": 3}, "is text or a function"),
        ({"ignore": -1}, "ignore counts hits"),
        ({"ignore": 1.5}, "ignore counts hits"),
        ({"log": "{"}, "is no log message"),
        ({"guard": "nan"}, "has a method check"),
    ],
)
def test_wrong_settings_are_an_error_at_once(loss, settings, message):
    breakpoints = Breakpoints(loss.graph)
    with pytest.raises(ArgumentError, match=message):
        breakpoints.add("mean", **settings)
    if "guard" in settings:
        return
    point = breakpoints.add("mean")
    ((name, value),) = settings.items()
    with pytest.raises(ArgumentError, match=message):
        setattr(point, name, value)


def test_the_list(loss, steps):
    breakpoints = following(steps)
    breakpoints.add("dense_1/sigmoid", phase="backward", condition="norm(output) > 3")
    breakpoints.add("sigmoid", once=True, ignore=9)
    breakpoints.watch((loss.graph["w1"], (2, 3)), where="dense_1/matmul")
    breakpoints.add(loss, log="{name}")
    breakpoints.add(gn.Sigmoid)
    breakpoints.disable(5)
    breakpoints.write = lambda line: None
    stops_of(breakpoints, steps)
    assert [HEADING, *map(str, breakpoints)] == [
        "Num Type         Disp Enb   Where",
        "1   breakpoint   keep yes   dense_1/sigmoid, backward, if norm(output) > 3",
        "2   breakpoint   del  yes   sigmoid (2 nodes), ignore 9 (hit 4 times)",
        "3   watchpoint   keep yes   w1.grad[2, 3] at dense_1/matmul (hit 1 time)",
        "4   logpoint     keep yes   mean, log '{name}' (hit 2 times)",
        "5   breakpoint   keep no    Sigmoid (2 nodes)",
    ]
    assert repr(breakpoints) == "<Breakpoints: 1, 2, 3, 4, 5>"
    assert repr(breakpoints[1]).startswith("<Breakpoint 1   breakpoint   keep yes")
    assert repr(Breakpoints()) == "<Breakpoints: none>"


# -- any condition, any graph ----------------------------------------------------------
@st.composite
def targets(draw):
    """Draw a graph: operations on earlier nodes, under scopes; and a sum of it all."""
    rng = np.random.default_rng(draw(st.integers(0, 999)))
    nodes = [gn.Parameter(rng.normal(size=3), name=name) for name in "uvw"]
    for _ in range(draw(st.integers(1, 8))):
        first = nodes[draw(st.integers(0, len(nodes) - 1))]
        second = nodes[draw(st.integers(0, len(nodes) - 1))]
        with gn.scope(draw(st.sampled_from("ab"))):
            name = draw(st.sampled_from(["add", "multiply", "tanh", "Sigmoid"]))
            make = gn.Sigmoid() if name == "Sigmoid" else getattr(np, name)
            made = make(first, second) if name in ("add", "multiply") else make(first)
        nodes.append(made)
    total = nodes[-1]
    for node in nodes[:-1]:
        total = total + node
    return np.sum(total)


numbers = st.sampled_from(
    ["norm(output)", "norm(output_grad)", "index", "len(inputs)", "norm(accumulated)"]
)
comparisons = st.builds(
    "{} {} {}".format, numbers, st.sampled_from("<>"), st.floats(0, 9)
)
tests = st.sampled_from(["phase == 'backward'", "'a' in scope", "name.endswith('_2')"])
conditions = st.recursive(
    comparisons | tests,
    lambda inner: (
        st.builds("({} and {})".format, inner, inner)
        | st.builds("({} or {})".format, inner, inner)
        | st.builds("not ({})".format, inner)
        | st.builds("{} or 1 / (index % 3) < 0".format, inner)  # which may raise
    ),
    max_leaves=4,
)


@given(data=st.data(), target=targets())
def test_both_directions_stop_at_the_same_indices(data, target):
    steps = both_passes(target)
    kinds = data.draw(
        st.lists(st.sampled_from(["add", "watch"]), min_size=1, max_size=3)
    )
    made = []
    for kind in kinds:
        condition = data.draw(st.none() | conditions)
        settings = {"condition": condition, "ignore": data.draw(st.integers(0, 4))}
        if kind == "watch":
            what = data.draw(numbers | st.sampled_from(["u", "v.grad[1]", "w[0]"]))
            made.append((kind, what, settings))
            continue
        nodes = [node for node in target.graph.nodes if node.kind == "operation"]
        names = [node.name for node in nodes] + [s for n in nodes for s in n.scope]
        where = data.draw(st.sampled_from([None, "*", "*u*", gn.Operation, *names]))
        made.append((kind, where, settings))
    found = []
    for direction in ("forward", "backward"):
        breakpoints = following(steps)
        for kind, what, settings in made:
            getattr(breakpoints, kind)(what, **settings)
        found.append(stops_of(breakpoints, steps, direction))
        assert stops_of(breakpoints, steps) == found[-1]
    assert found[0] == found[1]


@given(target=targets(), condition=conditions)
def test_a_condition_stops_where_it_is_true_or_raises(target, condition):
    steps = both_passes(target)
    names = {"norm": norm}

    def predicted(step):
        given_names = {
            "output": step.output,
            "output_grad": step.output_grad,
            "accumulated": step.accumulated,
            "inputs": step.inputs,
            "index": step.index + 1,
            "phase": step.phase,
            "scope": step.node.scope,
            "name": step.node.name,
        }
        try:
            return bool(eval(condition, {**names, **given_names}))
        except ZeroDivisionError:
            return True
        except TypeError:  # there is no gradient
            return False

    assert both_ways(steps, condition=condition) == places_of(steps, predicted)
