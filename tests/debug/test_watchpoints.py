"""Watchpoints: gradients and elements of them, expressions; before and after."""

import numpy as np
import pytest
from stepped import both_passes, places_of, small_network, stops_of, tape_of

import graphnn as gn
from graphnn.debug.breakpoints import Breakpoints
from graphnn.debug.transitions import Transition, brief, is_same
from graphnn.errors import ArgumentError, GradientError, GraphnnError, MissingNode


def shared_weight():
    """Give a loss in which one weight is used three times, once without effect."""
    x = gn.Input("x", value=[[1.0, 2.0], [0.0, 1.0]])
    w = gn.Parameter([[1.0, -1.0], [0.5, 2.0]], name="w")
    once = x @ w
    twice = np.tanh(once) @ w
    no_effect = np.sum(w * 0.0)
    return np.sum(twice**2) + no_effect, w


@pytest.fixture
def shared():
    return shared_weight()


def touching(steps, node):
    return places_of(
        steps, lambda s: s.phase == "backward" and node.id in s.node.input_ids
    )


def both_ways(what, target, **settings):
    """Give the indices at which a watchpoint stops; the same in both directions."""
    steps = both_passes(target)
    found = []
    for direction in ("forward", "backward"):
        breakpoints = Breakpoints(target.graph)
        breakpoints.follow(tape_of(steps))
        breakpoints.watch(what, **settings)
        found.append(stops_of(breakpoints, steps, direction))
    assert found[0] == found[1]
    return found[0], steps


def messages(what, target, **settings):
    steps = both_passes(target)
    breakpoints = Breakpoints(target.graph)
    breakpoints.follow(tape_of(steps))
    breakpoints.watch(what, **settings)
    stops = [breakpoints.matches(step) for step in steps]
    return [stop.message for stop in stops if stop]


def test_a_gradient_stops_where_a_contribution_arrives(shared):
    loss, w = shared
    stops, steps = both_ways(w, loss)
    arrivals = touching(steps, w)
    assert len(arrivals) == 3
    # the one without effect comes first: from nothing to zeros is a change
    assert stops == arrivals


def test_a_contribution_of_zeros_is_no_change():
    w = gn.Parameter([1.0, 2.0], name="w")
    loss = np.sum(w * w) + np.sum(w * 0.0)
    stops, steps = both_ways(w, loss)
    assert len(touching(steps, w)) == 2
    assert stops == touching(steps, w)  # the sum comes last: zeros come first
    other = np.sum(w * 0.0) + np.sum(w * w)
    stops, steps = both_ways(w, other)
    assert stops == touching(steps, w)[:1]


def test_one_element_stops_only_where_it_changes():
    w = gn.Parameter([1.0, 2.0, 3.0], name="w")
    loss = np.sum(w[0:2] * 3.0) + np.sum(w[1:] ** 2)
    arrivals = touching(both_passes(loss), w)
    assert both_ways((w, 0), loss)[0] == arrivals  # nothing, 0 (the other part), 3
    assert both_ways((w, 2), loss)[0] == arrivals[:1]
    assert both_ways(("w", slice(1, None)), loss)[0] == arrivals
    assert messages("w.grad[0]", loss) == [
        "w.grad[0]: nothing → 0.0",
        "w.grad[0]: 0.0 → 3.0",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "w.grad[1, 0]",
        "w.grad[1,0]",
        "w[1, 0]",
        "w.output_grad[1, 0]",
        "w.grad[-1, -2]",
        " w.grad[1][0] ",
        "w[1:, 0]",
        "w.grad[i, 0]",
    ],
)
def test_the_same_element_in_other_words(shared, text):
    loss, w = shared
    steps = both_passes(loss)
    expected = both_ways((w, (1, 0)), loss)[0]
    breakpoints = Breakpoints(loss.graph, names={"i": 1})
    breakpoints.follow(tape_of(steps))
    breakpoints.watch(text)
    assert stops_of(breakpoints, steps) == expected


def test_the_gradient_of_an_operation_and_of_the_target(shared):
    loss, _ = shared
    tanh = loss.graph["tanh"]
    stops, steps = both_ways("tanh", loss)
    assert stops == touching(steps, tanh)
    # what the target starts with is there behind its own step
    first = places_of(steps, lambda step: step.phase == "backward")[0]
    assert both_ways(loss, loss)[0] == [first]


def test_the_gradient_of_an_input_is_there_where_it_is_asked_for(shared):
    loss, _ = shared
    x = loss.graph["x"]
    assert both_ways(x, loss)[0] == []
    steps = both_passes(loss, wrt=x)
    breakpoints = Breakpoints(loss.graph)
    breakpoints.watch("x")
    assert stops_of(breakpoints, steps) == touching(steps, x)


def test_an_operation_of_several_outputs():
    a = gn.Parameter(np.array([[2.0, 1.0], [1.0, 3.0]]), name="a")
    values, vectors = np.linalg.eigh(a)
    loss = np.sum(values**2) + np.sum(vectors[0] * 2.0)
    whole = values.inputs[0]
    stops, steps = both_ways(whole, loss)
    assert stops == touching(steps, whole)
    assert len(stops) == 2
    one = both_ways((whole, (0, 1)), loss)[0]
    assert one == [i for i in stops if steps[i].node is values]
    with pytest.raises(ArgumentError, match="has no element"):
        Breakpoints(loss.graph).watch((whole, 2))


def test_an_argument_that_is_given_twice():
    w = gn.Parameter(3.0, name="w")
    loss = w * w
    stops, steps = both_ways(w, loss)
    assert stops == touching(steps, w)
    assert messages(w, loss) == ["w.grad: nothing → 6.0"]


def test_nan_to_nan_is_no_change():
    w = gn.Parameter([1.0, np.nan], name="w")
    loss = np.sum(w * w * 0.0) + np.sum(w * w)
    stops, steps = both_ways((w, 1), loss)
    assert len(touching(steps, w)) == 2
    assert stops == touching(steps, w)[:1]
    assert both_ways((w, 0), loss)[0] == stops


def test_the_last_gradient_is_that_of_a_plain_pass(shared):
    loss, w = shared
    last = messages((w, (0, 1)), loss)[-1]
    loss.graph.forward()
    loss.graph.backward(loss)
    assert last.endswith(f"→ {w.grad[0, 1]}")


def test_large_arrays_are_shown_by_norm_and_largest_difference(shared):
    w = gn.Parameter(np.ones((3, 4)), name="w")
    loss = np.sum(w[1:] * 2.0) + np.sum(w)
    assert messages(w, loss) == [
        "w.grad: nothing → float64 (3, 4), norm 3.4641",
        "w.grad: float64 (3, 4), norm 3.4641 → float64 (3, 4), norm 8.7178 "
        "(most at [1, 0]: 1.0 → 3.0)",
    ]


# -- expressions -----------------------------------------------------------------------
def test_an_expression_stops_where_its_value_is_another_than_before(shared):
    loss, _ = shared
    stops, steps = both_ways("norm(output) > 3", loss)
    values = [bool(np.linalg.norm(step.output) > 3) for step in steps]
    assert stops == [i for i in range(1, len(steps)) if values[i] != values[i - 1]]
    assert stops
    assert messages("phase", loss) == ["phase: 'forward' → 'backward'"]


def test_a_function_of_the_step(shared):
    loss, _ = shared
    stops, steps = both_ways(lambda step: len(step.inputs), loss)
    counts = [len(step.inputs) for step in steps]
    assert stops == [i for i in range(1, len(steps)) if counts[i] != counts[i - 1]]


def test_where_an_expression_raises_it_has_no_value(shared):
    loss, _ = shared
    text = "inputs[index > 3].ndim"  # most operations here have one input
    assert "no value (IndexError: tuple index out of range)" in " ".join(
        messages(text, loss)
    )


def test_what_is_absent_is_nothing(shared):
    loss, _ = shared
    stops, steps = both_ways("output_grad.ndim", loss)
    first = places_of(steps, lambda step: step.phase == "backward")[0]
    assert stops[0] == first
    assert messages("output_grad.ndim", loss)[0] == "output_grad.ndim: nothing → 0"


def test_each_value_is_computed_once_on_the_way(shared):
    loss, _ = shared
    steps, seen = both_passes(loss), []
    breakpoints = Breakpoints(loss.graph)
    breakpoints.follow(tape_of(steps))
    breakpoints.watch(lambda step: seen.append(step.index) or 0)
    stops_of(breakpoints, steps)
    assert seen == list(range(len(steps)))
    stops_of(breakpoints, steps, "backward")
    assert len(seen) <= 2 * len(steps)


def test_a_condition_and_a_message_know_before_and_after(shared):
    loss, w = shared
    texts = []
    breakpoints = Breakpoints(loss.graph, write=texts.append)
    breakpoints.watch((w, (0, 0)), log="{before} to {after:.1f} by {name}")
    breakpoints.watch((w, (0, 0)), condition="before is None")
    stops = [s for s in map(breakpoints.matches, both_passes(loss)) if s]
    assert [stop.message for stop in stops] == ["w.grad[0, 0]: nothing → 0.0"]
    assert texts[0] == "None to 0.0 by multiply\n"
    assert len(texts) == 3


# -- finding what is meant -------------------------------------------------------------
def test_a_variable_of_the_users_stands_for_its_node(shared):
    loss, w = shared
    breakpoints = Breakpoints(loss.graph, names={"weights": w, "k": 3})
    assert breakpoints.watch("weights.grad[0, 1]").where_text == "w.grad[0, 1]"
    assert breakpoints.watch("weights").where_text == "w.grad"
    assert breakpoints.watch("index > k").where_text == "index > k"


def test_the_end_of_a_name_if_it_is_the_only_one():
    loss = small_network()
    breakpoints = Breakpoints(loss.graph)
    with pytest.raises(ArgumentError, match=r"2 nodes: dense_1/sigmoid, dense_2/sig"):
        breakpoints.watch("sigmoid")
    assert breakpoints.watch("mean.grad").where_text == "mean.grad"
    with gn.scope("late"):
        node = np.exp(loss)
    assert breakpoints.watch("exp").where_text == f"{node.name}.grad"


def test_a_local_of_the_step_comes_before_the_end_of_a_name():
    loss = small_network()
    with gn.scope("head"):
        node = np.exp(loss)
    node.name = "output"
    assert node.name == "head/output"
    breakpoints = Breakpoints(node.graph)
    assert breakpoints.watch("output").where_text == "output"
    assert breakpoints.watch("head/output").where_text == "head/output.grad"


@pytest.mark.parametrize(
    "name", ["w.grad", "w.grad[0]", "a b[", "x:y*", "output", "phase"]
)
def test_an_exact_name_wins(name):
    w = gn.Parameter([1.0, 2.0], name=name)
    loss = np.sum(np.exp(w))
    loss.name = "loss"
    stops, steps = both_ways(name, loss)
    assert stops == touching(steps, w)
    assert both_ways(f"{name}.grad", loss)[0] == stops
    assert both_ways(f"{name}.grad[1]", loss)[0] == stops
    assert both_ways(f"{name}[1]", loss)[0] == stops


def test_two_parameters_of_one_name():
    one, other = gn.Parameter(1.0, name="w"), gn.Parameter(2.0, name="w")
    loss = one * np.exp(other)
    steps = both_passes(loss)
    breakpoints = Breakpoints(loss.graph)
    breakpoints.watch("w_2")
    assert stops_of(breakpoints, steps) == touching(steps, other)
    assert breakpoints[1].where_text == "w_2.grad"


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("ww.grad[0]", MissingNode, r"is called 'ww'\nDid you mean 'w'"),
        ("dense/w.grad", MissingNode, "is called 'dense/w'"),
        ("my w.grad[0]", MissingNode, "is called 'my w'"),
        ("nmae == 'x'", MissingNode, r"is called 'nmae'\nDid you mean 'name'"),
        (("v", 0), MissingNode, r"no node 'v' to watch"),
        ("w.grad[2, 0]", ArgumentError, r"w \(Para.*no element \[2, 0\].*\(2, 2\)"),
        ("w.grad[0, 0, 0]", ArgumentError, "too many indices"),
        ("w.grad['a']", ArgumentError, "has no element"),
        ("w.grad[1.5]", ArgumentError, "has no element"),
        ("w.grad[1 / 0]", ArgumentError, "no index: ZeroDivisionError"),
        ("w.grad[0:][1]", ArgumentError, r"more than one index\nWrite w.grad\[1, 2:4"),
        ("norm(w.grad[0])", MissingNode, "'w' is a node, no local of a step"),
        ("norm(outptu)", MissingNode, r"is called 'outptu'\nDid you mean 'output'"),
        ("w.grad[j]", ArgumentError, "no index: NameError"),
        ("output >", ArgumentError, "is no watch expression"),
        ("", ArgumentError, "cannot be watched"),
        (3, ArgumentError, "cannot be watched"),
        (None, ArgumentError, "cannot be watched"),
        (("w", 0, 1), ArgumentError, r"\(w, \(2, 3\)\)"),
        ((3, 0), ArgumentError, "cannot be watched"),
        (gn.Sigmoid, ArgumentError, "cannot be watched"),
        ("constant", GradientError, "is a constant: there is no gradient by it"),
        ("greater", GradientError, "no gradient for bool values"),
        ("n", GradientError, "no gradient for int64 values"),
    ],
)
def test_what_cannot_be_watched_is_an_error_at_once(shared, what, error, message):
    loss, _ = shared
    n = gn.Input("n", value=[1, 2])
    _ = np.sum(loss * n), np.greater(loss, 0.0)
    with pytest.raises(error, match=message):
        Breakpoints(loss.graph).watch(what)


def test_a_node_of_another_graph(shared):
    loss, _ = shared
    with pytest.raises(MissingNode, match="is not in"):
        Breakpoints(loss.graph).watch(gn.Parameter(1.0, name="elsewhere"))
    names = {"mine": gn.Parameter(1.0, name="elsewhere")}
    with pytest.raises(GraphnnError, match="is not in"):
        Breakpoints(loss.graph, names=names).watch("mine.grad")


def test_an_element_that_is_found_out_of_range_later_stops_and_says_so():
    x = gn.Input("x")
    w = gn.Parameter(2.0, name="w")
    product = x * w
    loss = np.sum(product)
    breakpoints = Breakpoints(loss.graph)
    breakpoints.watch((product, 3))
    steps = [*loss.graph.forward_steps(x=[1.0, 2.0]), *loss.graph.backward_steps(loss)]
    stops = [stop for stop in map(breakpoints.matches, steps) if stop]
    assert len(stops) == 1
    assert "raised IndexError: index 3 is out of bounds" in stops[0].message


def test_a_name_that_is_gone_stops_and_says_so(shared):
    loss, _ = shared
    breakpoints = Breakpoints(loss.graph, names={"k": 3})
    breakpoints.watch("index > k")
    breakpoints.names = {}
    stop = breakpoints.matches(both_passes(loss)[0])
    assert "watching index > k raised NameError" in stop.message


# -- comparing and showing -------------------------------------------------------------
class Odd:
    def __eq__(self, other):
        raise RuntimeError("never compare me")

    __hash__ = None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (1, 1.0, True),
        (np.nan, float("nan"), True),
        (np.array([1, 2]), np.array([1.0, 2.0]), True),
        (np.array([1.0, np.nan]), np.array([1.0, np.nan]), True),
        (np.array([1.0, np.nan]), np.array([np.nan, 1.0]), False),
        (np.array([1 + np.nan * 1j]), np.array([1 + np.nan * 1j]), True),
        (np.zeros(2), np.zeros((2, 1)), False),
        (np.zeros(1), 0.0, False),
        (None, 0, False),
        (None, None, True),
        ((np.zeros(2), None), (np.zeros(2), None), True),
        ((np.zeros(2), None), (np.zeros(2), np.zeros(2)), False),
        ("a", "a", True),
        (np.array(["a"]), np.array(["a"]), True),
        (np.array(["a"]), np.array([1.0]), False),
        ({"a": 1}, {"a": 2}, False),
        (Odd(), Odd(), False),
    ],
)
def test_what_counts_as_the_same(one, other, expected):
    assert is_same(one, other) is expected
    assert is_same(other, one) is expected


def test_nodes_are_compared_by_identity(shared):
    loss, w = shared
    size = len(loss.graph)
    assert is_same(w, w)
    assert not is_same(w, loss)
    assert not is_same((w, 1), (loss, 1))
    assert len(loss.graph) == size


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array(2.5), "2.5"),
        (np.float32(0.1), "0.1"),
        (np.array([[1.0, 2.0], [3.0, 1e-9]]), "[[1.e+00 2.e+00] [3.e+00 1.e-09]]"),
        ((np.array(1.0), None), "(1.0, nothing)"),
        ("text", "'text'"),
        ("x" * 100, f"'{'x' * 78}…"),
    ],
)
def test_values_on_a_line(value, expected):
    assert brief(value) == expected


def test_a_transition_to_nan_says_where():
    before, after = np.zeros(8), np.zeros(8)
    after[3] = np.nan
    assert str(Transition(before, after)).endswith("(most at [3]: 0.0 → nan)")
    assert "most" not in str(Transition(np.zeros(8), np.zeros(9)))
    text = str(Transition(np.zeros(8, dtype=int), np.arange(8)))
    assert text.endswith("(most at [7]: 0 → 7)")
