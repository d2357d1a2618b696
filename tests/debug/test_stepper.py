"""Stepping forwards and back: what is there behind each step."""

import networkx as nx
import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.stops import Stop
from graphnn.errors import (
    ArgumentError,
    GradientError,
    MissingNode,
    NotRunError,
    ShapeError,
)


@pytest.fixture
def parabola():
    x = gn.Input("x", value=[1.0, 2.0])
    w = gn.Parameter(np.array([3.0, 4.0]), name="w")
    return x, w, np.sum((x * w) ** 2)


def gradient_of(loss, **feeds):
    """Run the plain passes; give the value and all gradients."""
    value = loss.graph.forward(target=loss, **feeds)
    loss.graph.backward(loss)
    return value, dict(loss.graph._output_grads)


def test_it_begins_before_the_first_step(parabola):
    _, w, loss = parabola
    stepper = gn.Stepper(loss.graph)
    assert (stepper.index, len(stepper), stepper.current) == (0, 6, None)
    assert loss in stepper.targets
    assert w not in stepper.targets
    assert loss.output is None  # what has not run holds nothing
    assert w.grad is None
    assert stepper.upcoming.node.name == "multiply"
    assert stepper.stop.reason == "start"
    assert repr(stepper) == "<Stepper [0/6] before the first step>"


def test_what_a_step_has_made_is_there_and_nothing_else(parabola):
    x, _, loss = parabola
    stepper = gn.Stepper(loss.graph, {x: [2.0, 1.0]}, loss)
    step = stepper.step()
    assert step is stepper.current
    assert (step.index, step.phase, step.node.name) == (0, "forward", "multiply")
    assert step.output.tolist() == [6.0, 4.0]
    assert loss.output is None
    assert stepper.upcoming.node.name == "power"
    assert repr(stepper) == "<Stepper [1/6] forward Multiply 'multiply'>"


def test_the_end_is_what_plain_passes_leave(parabola):
    _, w, loss = parabola
    value, gradients = gradient_of(loss, x=[2.0, 1.0])
    kept = w.grad.copy()
    stepper = gn.Stepper(loss.graph, {"x": [2.0, 1.0]})
    assert stepper.step(100).node.name == "multiply"
    assert stepper.index == len(stepper) == 6
    assert stepper.step() is None
    assert loss.output == value
    assert w.grad.tolist() == kept.tolist()
    found = loss.graph._output_grads
    assert list(found) == list(gradients)
    for node_id, gradient in gradients.items():
        assert np.array_equal(found[node_id], gradient)


def test_a_parameter_shows_the_sum_so_far():
    w = gn.Parameter(np.array([2.0]), name="w")
    loss = np.sum(w * 3.0 + w * 5.0)
    stepper = gn.Stepper(loss.graph)
    sums = []
    while stepper.step():
        sums.append(None if w.grad is None else float(w.grad[0]))
    assert sums == [None] * 6 + [5.0, 8.0]
    back = []
    while stepper.back():
        back.append(None if w.grad is None else float(w.grad[0]))
    assert back == [5.0] + [None] * 6


def test_back_and_again_runs_no_hook():
    calls = []

    class Counting(gn.Operation):
        def _output(self):
            calls.append("output")
            self.residual = self.input_ > 0
            return self.input_ * self.residual

        def _input_grad(self, output_grad):
            calls.append("input_grad")
            return output_grad * self.residual

    x = gn.Input("x", value=[1.0, -2.0])
    y = Counting()(x)
    loss = np.sum(y)
    calls.clear()
    stepper = gn.Stepper(loss.graph, target=loss, wrt=x)
    stepper.seek(len(stepper))
    assert calls == ["output", "input_grad"]
    residual = y.residual
    stepper.seek(0)
    assert not hasattr(y, "residual")
    stepper.seek(1)
    assert y.residual is residual
    stepper.seek(len(stepper))
    assert calls == ["output", "input_grad"]
    assert x.grad.tolist() == [1.0, 0.0]


def test_states_go_back_in_time():
    network = gn.NeuralNetwork(
        [gn.Dense(4), gn.BatchNorm(), gn.Dropout(0.5), gn.Dense(1)],
        gn.MeanSquaredError(),
        seed=0,
    )
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(8, 3)), rng.normal(size=(8, 1))
    stepper = gn.Stepper.of_network(network, X, y)
    before = [state.value for state in network.graph.states]
    stepper.seek(len(stepper))
    after = [state.value for state in network.graph.states]
    assert not any(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    gradients = [parameter.grad for parameter in network.parameters]
    stepper.seek(0)
    for state, value in zip(network.graph.states, before, strict=True):
        assert state.value is value
    stepper.close()
    network.train_batch(X, y)
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        assert np.array_equal(parameter.grad, gradient)
    for state, value in zip(network.graph.states, after, strict=True):
        assert np.array_equal(state.value, value)


def test_the_timeline_tells_done_recorded_and_planned(parabola):
    stepper = gn.Stepper(parabola[2].graph)
    stepper.step(3)
    stepper.back()
    moments = stepper.timeline
    assert [m.state for m in moments] == ["done"] * 2 + ["recorded"] + ["planned"] * 3
    assert [m.index for m in moments] == [1, 2, 3, 4, 5, 6]
    assert [m.phase for m in moments] == ["forward"] * 3 + ["backward"] * 3


def test_run_to_goes_on_to_the_next_step_of_a_node(parabola):
    stepper = gn.Stepper(parabola[2].graph)
    assert stepper.run_to("power").phase == "forward"
    assert stepper.run_to("power").phase == "backward"
    assert stepper.index == 5
    assert stepper.run_to("power") is None
    assert stepper.index == 6
    assert stepper.stop.reason == "end"


def test_run_to_what_somebody_else_has_seen(parabola):
    *_, loss = parabola
    seen = list(loss.graph.backward_steps(loss))
    stepper = gn.Stepper(loss.graph)
    assert stepper.run_to(seen[1]).phase == "backward"
    assert stepper.index == 5
    assert stepper.stop.reason == "step"
    assert stepper.stop.breakpoint is None


def test_run_to_a_leaf_that_a_guard_has_found():
    x = gn.Input("x", value=[1.0, 2.0])
    w = gn.Parameter(np.array([3.0, np.nan]), name="w")
    loss = np.sum(np.exp(x) * w)
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        loss.graph.forward()
    assert caught.value.finding.node is w
    stepper = gn.Stepper(loss.graph)
    assert stepper.run_to(caught.value.finding).node.name == "multiply"
    assert stepper.run_to(caught.value.finding) is None  # in the forward pass only


def test_run_to_a_sum_that_a_guard_has_found():
    w = gn.Parameter(np.array([1e-300]), name="w")
    loss = np.sum(w * 1e308 + w * 1.1e308)
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("inf"):
        loss.backward()
    assert caught.value.finding.node is w
    assert "depends on it" not in str(caught.value)  # but w itself
    stepper = gn.Stepper(loss.graph)
    with np.errstate(over="ignore"):
        found = stepper.run_to(caught.value.finding)
    assert (found.phase, found.node) == ("backward", caught.value.step.node)
    assert np.isinf(w.grad[0])


def test_run_to_a_phase_and_a_condition(parabola):
    stepper = gn.Stepper(parabola[2].graph)
    assert stepper.run_to("power", phase="backward").phase == "backward"
    stepper.seek(0)
    assert stepper.run_to(phase="backward").node.name == "sum"
    stepper.seek(0)
    assert stepper.run_to(condition="norm(output) > 20").node.name == "power"
    found = stepper.run_to(condition=lambda step: step.output_grad is not None)
    assert (found.node.name, stepper.stop.message) == ("sum", "")
    assert stepper.run_to(condition="no_such_name").node.name == "power"
    assert "raised NameError" in stepper.stop.message
    assert len(stepper.breakpoints) == 0


def test_breakpoints_of_another_stepper_serve(parabola):
    graph = parabola[2].graph
    first, second = gn.Stepper(graph), gn.Stepper(graph)
    first.breakpoints.add("power")
    second.breakpoints = first.breakpoints
    assert second.continue_().node.name == "power"
    with pytest.raises(ArgumentError, match=r"not a list\n.*breakpoints\.add\(where\)"):
        second.breakpoints = ["power"]
    assert second.breakpoints is first.breakpoints


def test_run_until_something_says_so(parabola):
    stepper = gn.Stepper(parabola[2].graph)

    def at_power(step):
        return Stop("step", message="here") if step.node.name == "power" else None

    assert stepper.run_until(at_power).phase == "forward"
    assert stepper.stop.message == "here"
    assert stepper.run_until(at_power).phase == "backward"
    assert stepper.run_until(at_power, "backward").phase == "forward"
    assert stepper.run_until(at_power, "backward") is None
    assert (stepper.index, stepper.stop.reason) == (0, "start")


def test_the_steps_that_are_left_can_be_gone_through(parabola):
    stepper = gn.Stepper(parabola[2].graph)
    stepper.step(4)
    assert [step.node.name for step in stepper] == ["power", "multiply"]
    assert list(stepper) == []


def test_forward_only(parabola):
    *_, loss = parabola
    stepper = gn.Stepper(loss.graph, backward=False)
    assert len(stepper) == 3
    stepper.seek(3)
    assert stepper.step() is None
    with pytest.raises(GradientError, match="forward only"):
        stepper.set_grad("power", 0.0)


def test_several_targets_need_backward_false(parabola):
    x, _, loss = parabola
    other = np.exp(x)
    with pytest.raises(ArgumentError, match="one target, not at 2"):
        gn.Stepper(loss.graph, target=[loss, other])
    stepper = gn.Stepper(loss.graph, target=[loss, other], backward=False)
    assert len(stepper) == 4


def test_a_target_that_is_no_number_needs_an_output_grad():
    x = gn.Input("x", value=np.ones(3))
    y = np.exp(x)
    stepper = gn.Stepper(y.graph, wrt=x)
    with pytest.raises(GradientError, match="starting point"):
        stepper.seek(2)
    assert stepper.index == 1  # what has run is there
    stepper = gn.Stepper(y.graph, wrt=x, output_grad=[1.0, 0.0, 2.0])
    stepper.seek(2)
    assert x.grad.tolist() == [np.e, 0.0, 2 * np.e]


def test_closing_leaves_no_trace(parabola):
    x, w, loss = parabola
    loss.graph.backward(loss)
    before = loss.output, w.grad, x.output, loss.inputs[0].grad
    with gn.Stepper(loss.graph, {"x": [5.0, 6.0]}) as stepper:
        stepper.step(4)
        stepper.set("w", [1.0, 1.0])
        assert w.value.tolist() == [1.0, 1.0]
    assert (loss.output, w.grad, x.output, loss.inputs[0].grad) == before
    assert w.value.tolist() == [3.0, 4.0]


def test_a_hook_that_raises_leaves_the_stepper_in_front_of_it():
    class Picky(gn.Operation):
        def _output(self):
            if self.input_ < 0:
                raise ValueError("negative")
            return np.sqrt(self.input_)

        def _input_grad(self, output_grad):
            return output_grad / (2 * self.output)

    x = gn.Input("x", value=1.0)
    y = Picky()(x * 2.0)
    stepper = gn.Stepper(y.graph, {"x": -8.0}, y, wrt=x)
    with pytest.raises(ValueError, match="negative"):
        stepper.seek(2)
    assert stepper.index == 1
    assert y.output is None
    stepper.set("x", 8.0)
    stepper.seek(4)
    assert (y.output, x.grad) == (4.0, 0.25)


def test_what_is_no_failure_of_a_step_is_not_kept_for_one(parabola):
    stepper = gn.Stepper(parabola[2].graph)
    stepper.close()
    with pytest.raises(gn.GraphError, match="is closed"):
        stepper.step()
    assert stepper.failure is None
    assert stepper.stop.reason == "start"


def test_a_pass_in_between_does_not_confuse_it(parabola):
    _, w, loss = parabola
    stepper = gn.Stepper(loss.graph, {"x": [2.0, 1.0]})
    stepper.seek(5)
    loss.graph.forward(x=[9.0, 9.0], training=True)
    loss.graph.backward(loss)
    stepper.step()
    assert w.grad.tolist() == [24.0, 8.0]
    assert loss.output == 52.0
    loss.graph.forward(x=[9.0, 9.0])
    stepper.back(4)
    assert loss.output is None
    assert loss.inputs[0].output.tolist() == [36.0, 16.0]
    assert not loss.graph.training


def test_bad_input(parabola):
    *_, loss = parabola
    graph = loss.graph
    with pytest.raises(ArgumentError, match="takes a Graph, not a Sum"):
        gn.Stepper(loss)
    with pytest.raises(ArgumentError, match="takes a NeuralNetwork, not a Graph"):
        gn.Stepper.of_network(graph, [1.0], [1.0])
    with pytest.raises(gn.FeedError, match="no input 'z'"):
        gn.Stepper(graph, {"z": 1.0})
    stepper = gn.Stepper(graph)
    for wrong in (7, -1, 1.5, "power"):
        with pytest.raises(ArgumentError, match=f"no index {wrong!r}\nFrom 0"):
            stepper.seek(wrong)
    with pytest.raises(ArgumentError, match=r"back\(2\) goes the other way"):
        stepper.step(-2)
    with pytest.raises(ArgumentError, match=r"step\(2\) goes the other way"):
        stepper.back(-2)
    with pytest.raises(ArgumentError, match=r"run_to\(where\) goes to a node"):
        stepper.step("power")
    for wrong in (-1, 1.5, True, "2"):
        with pytest.raises(ArgumentError, match="whole number"):
            stepper.step(wrong)
    with pytest.raises(NotRunError, match="still to come"):
        stepper.set("power", 1.0)
    with pytest.raises(MissingNode, match="Did you mean 'power'"):
        stepper.set("powr", 1.0)
    stepper.step(2)
    with pytest.raises(ShapeError, match=r"has shape \(3,\), the old one \(2,\)"):
        stepper.set("power", [1.0, 2.0, 3.0])
    with pytest.raises(ArgumentError, match="dtype complex128, the old one float64"):
        stepper.set("power", 1j)
    assert stepper.edited == []


def test_a_read_only_parameter_cannot_be_set():
    array = np.ones(2)
    w = gn.Parameter(array, name="w")
    loss = np.sum(w * 2.0)
    array.flags.writeable = False
    stepper = gn.Stepper(loss.graph)
    with pytest.raises(ArgumentError, match="read-only"):
        stepper.set("w", 1.0)


# -- editing ---------------------------------------------------------------------------
def network_graph():
    rng = np.random.default_rng(1)
    x = gn.Input("x", value=rng.normal(size=(4, 3)))
    first = gn.Parameter(rng.normal(size=(3, 5)), name="first")
    second = gn.Parameter(rng.normal(size=(5, 1)), name="second")
    hidden = np.tanh(x @ first)
    side = np.exp(x)
    return np.mean((hidden @ second) ** 2) + np.sum(side) * 0.1


def step_graph(graph, loss):
    """Give the graph of the steps: what each of them reads."""
    steps = nx.DiGraph()
    needed = graph.order(loss)
    grads = {n.id for n in needed if n.inputs and n.grad is not None}
    for node in needed:
        for giver in node.inputs:
            steps.add_edge(("value", giver.id), ("value", node.id))
            if node.id in grads:
                steps.add_edge(("value", giver.id), ("back", node.id))
                steps.add_edge(("back", node.id), ("grad", giver.id))
        if node.id in grads:
            steps.add_edge(("value", node.id), ("back", node.id))
            steps.add_edge(("grad", node.id), ("back", node.id))
    return steps


def expected_reruns(steps, start):
    names = {"value": "forward", "back": "backward"}
    return {
        (names[kind], node_id)
        for kind, node_id in nx.descendants(steps, start)
        if kind in names
    }


@pytest.mark.parametrize("name", ["x", "first", "second", "tanh", "exp", "power"])
def test_an_edit_runs_again_what_depends_on_it_and_nothing_else(name):
    loss = network_graph()
    graph = loss.graph
    graph.backward(loss)
    node = graph[name]
    stepper = gn.Stepper(graph)
    stepper.seek(len(stepper))
    steps = step_graph(graph, loss)
    stepper.set(name, node.output * 1.5)
    found = {(phase, n.id) for phase, n in stepper.reran}
    assert found == expected_reruns(steps, ("value", node.id))
    assert found


@pytest.mark.parametrize("name", ["tanh", "matmul_2", "power", "add"])
def test_a_set_gradient_runs_again_what_it_flows_to(name):
    loss = network_graph()
    graph = loss.graph
    graph.backward(loss)
    node = graph[name]
    stepper = gn.Stepper(graph)
    stepper.seek(len(stepper))
    steps = step_graph(graph, loss)
    stepper.set_grad(name, node.grad * 2.0)
    found = {(phase, n.id) for phase, n in stepper.reran}
    assert found == expected_reruns(steps, ("grad", node.id))


def test_an_edit_in_the_middle_is_followed_as_the_steps_are_reached(parabola):
    _, w, loss = parabola
    stepper = gn.Stepper(loss.graph, {"x": [2.0, 1.0]})
    stepper.seek(2)
    stepper.set("power", [7.0, 5.0])
    assert stepper.index == 2
    assert loss.output is None
    assert stepper.reran == []
    stepper.seek(6)
    assert loss.output == 12.0
    assert w.grad.tolist() == [24.0, 8.0]  # 2 (x w) x: its formula reads its input


def test_changes_compare_with_the_unedited_run(parabola):
    _, _, loss = parabola
    stepper = gn.Stepper(loss.graph, {"x": [2.0, 1.0]})
    stepper.seek(2)
    stepper.set("w", [1.0, 1.0])
    stepper.seek(6)  # further than the unedited run has come
    changes = {(c.node.name, c.what): c for c in stepper.changes}
    assert set(changes) == {
        ("w", "value"),
        ("multiply", "value"),
        ("power", "value"),
        ("sum", "value"),
        ("multiply", "grad"),
        ("w", "grad"),
    }
    w = changes["w", "grad"]
    assert (w.before.tolist(), w.after.tolist()) == ([24.0, 8.0], [8.0, 2.0])
    assert w.difference == 16.0
    assert stepper.index == 6
    assert loss.output == 5.0  # and the edited run is what is there


def test_edits_are_taken_back(parabola):
    _, w, loss = parabola
    stepper = gn.Stepper(loss.graph, {"x": [2.0, 1.0]})
    stepper.seek(6)
    stepper.set("w", [1.0, 1.0])
    stepper.set_grad("power", [1.0, 0.0])
    assert w.grad.tolist() == [8.0, 0.0]
    assert [(node.name, what) for node, what in stepper.edited] == [
        ("w", "value"),
        ("power", "grad"),
    ]
    stepper.undo()
    assert w.grad.tolist() == [8.0, 2.0]
    stepper.reset()
    assert w.value.tolist() == [3.0, 4.0]
    assert w.grad.tolist() == [24.0, 8.0]
    assert stepper.changes == []


def test_what_is_written_into_a_parameter_is_an_edit(parabola):
    _, w, loss = parabola
    stepper = gn.Stepper(loss.graph, {"x": [2.0, 1.0]})
    stepper.seek(5)
    w.value[0] = 10.0
    stepper.step()
    assert w.grad.tolist() == [80.0, 8.0]
    assert loss.output == 416.0
    assert [node.name for node, _ in stepper.edited] == ["w"]
    stepper.reset()
    assert w.value.tolist() == [3.0, 4.0]


def test_a_set_gradient_of_a_parameter_stays(parabola):
    _, w, loss = parabola
    stepper = gn.Stepper(loss.graph)
    stepper.seek(4)
    stepper.set_grad("w", 0.5)
    stepper.seek(6)
    assert w.grad.tolist() == [0.5, 0.5]


def test_an_edit_of_one_of_several_outputs():
    a = gn.Parameter(np.array([[2.0, 0.0], [0.0, 3.0]]), name="a")
    values, _ = np.linalg.eigh(a)
    loss = np.sum(values**2)
    stepper = gn.Stepper(loss.graph)
    stepper.seek(len(stepper))
    stepper.set(values, [1.0, 1.0])
    assert loss.output == 2.0
    stepper.reset()
    assert loss.output == 13.0


def test_a_pass_beside_a_stepper_that_has_not_begun_runs_every_output():
    a = gn.Parameter(np.array([[2.0, 0.0], [0.0, 3.0]]), name="a")
    values, vectors = np.linalg.eigh(a)
    loss = np.sum(values**2)
    gn.Stepper(loss.graph, target=loss)
    assert vectors.output is None
    loss.graph.forward(target=loss)
    assert vectors.output.shape == (2, 2)
    loss.graph.backward(loss)
    assert a.grad.tolist() == [[4.0, 0.0], [0.0, 6.0]]


def test_hooks_of_the_graph_are_called_when_a_step_runs(parabola):
    *_, loss = parabola
    seen = []
    loss.graph.on_forward(lambda step: seen.append((step.phase, step.node.name)))
    loss.graph.on_backward(lambda step: seen.append((step.phase, step.node.name)))
    parabola[1].on_backward(lambda step: seen.append(("leaf", step.node.name)))
    stepper = gn.Stepper(loss.graph)
    stepper.seek(6)
    stepper.seek(0)
    stepper.seek(6)
    names = ["multiply", "power", "sum"]
    assert seen == [
        *[("forward", name) for name in names],
        *[("backward", name) for name in reversed(names)],
        ("leaf", "w"),
    ]


def test_importing_the_debugger_leaves_passes_untouched(parabola):
    import graphnn.debug.stepper
    import graphnn.debug.tape  # noqa: F401
    from graphnn.graph.watching import WATCHING

    *_, loss = parabola
    assert WATCHING.get() == ((), None)
    assert not loss.graph._hooks.forward
    assert loss.graph.forward(x=[2.0, 1.0]) == 52.0
