"""Sessions: the debugger over the passes of a program as it runs."""

import bdb
import contextvars
import io

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.breakpoints import Breakpoints
from graphnn.debug.session import Session, debug_on, set_trace
from graphnn.graph.watching import WATCHING, set_driver


class Scripted:
    """What answers in place of a person: a function for each stop."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.stops = []
        self.namespaces = []

    def __call__(self, stepper, *, namespace, frame, in_program):
        assert in_program
        assert frame.f_globals["gn"] is gn
        self.stepper = stepper
        self.namespaces.append(namespace)
        return self

    def interact(self):
        stepper = self.stepper
        self.stops.append((stepper.index, stepper.upcoming and stepper.upcoming.phase))
        self.ending = self.answers.pop(0)(stepper) or "continue"


@pytest.fixture(autouse=True)
def nobody_drives_afterwards():
    yield
    set_driver(None)


@pytest.fixture
def network():
    return gn.NeuralNetwork(
        [gn.Dense(4, "tanh"), gn.BatchNorm(), gn.Dropout(0.5), gn.Dense(1)],
        gn.MeanSquaredError(),
        seed=0,
    )


def batch(seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(8, 3)), rng.normal(size=(8, 1))


def gradients(network):
    return [gradient.copy() for gradient in network.param_grads()]


def session_of(*answers, stepping=True):
    scripted = Scripted(*answers)
    session = Session(stepping=stepping, debugger=scripted)
    set_driver(session)
    return session, scripted


def next_(stepper):
    return "next"


def continue_(stepper):
    return "continue"


def plain_twin(network, *batches):
    """Give gradients and states after plain passes over the batches."""
    import copy

    twin = copy.deepcopy(network)
    losses = [twin.train_batch(X, y) for X, y in batches]
    return losses, gradients(twin), [state.value for state in twin.graph.states]


def test_a_driven_pass_leaves_what_a_plain_one_does(network):
    network.train_batch(*batch())
    losses, expected, states = plain_twin(network, batch(1))
    session_of(next_, continue_)
    assert network.train_batch(*batch(1)) == losses[0]
    for one, other in zip(gradients(network), expected, strict=True):
        assert np.array_equal(one, other)
    for state, value in zip(network.graph.states, states, strict=True):
        assert np.array_equal(state.value, value)


def test_both_passes_stop_at_their_first_step(network):
    network.train_batch(*batch())
    _, scripted = session_of(next_, next_)
    network.train_batch(*batch(1))
    assert scripted.stops == [(0, "forward"), (8, "backward")]


def test_the_backward_pass_goes_back_into_the_forward_pass(network):
    network.train_batch(*batch())
    seen = []

    def look_back(stepper):
        stepper.run_to("dense_1/tanh")
        stepper.seek(2)
        seen.append((stepper.current.node.name, network.loss.output))

    session_of(next_, look_back)
    network.train_batch(*batch(1))
    assert seen == [("dense_1/bias_add", None)]
    assert network.loss.output is not None


def test_nothing_drives_once_nothing_can_stop(network):
    network.train_batch(*batch())
    session_of(continue_)
    network.train_batch(*batch(1))
    assert WATCHING.get().driver is None


def test_breakpoints_stay_from_pass_to_pass(network):
    network.train_batch(*batch())

    def set_one(stepper):
        stepper.breakpoints.add("dense_1/tanh")

    session, scripted = session_of(set_one, continue_, continue_, continue_)
    network.train_batch(*batch(1))
    assert scripted.stops == [(0, "forward"), (14, "backward")]
    assert WATCHING.get().driver is session
    network.train_batch(*batch(2))
    assert scripted.stops[2:] == [(3, "forward"), (14, "backward")]


def test_an_edit_changes_what_the_program_gets(network):
    network.train_batch(*batch())

    def no_hidden(stepper):
        stepper.run_to("dense_1/tanh")
        stepper.set("dense_1/tanh", 0.0)

    session_of(no_hidden)
    assert np.unique(network.predict(batch(1)[0])).size == 1


def test_quitting_leaves_the_graph_as_before_the_pass(network):
    network.train_batch(*batch())
    before = network.loss.output, [state.value for state in network.graph.states]

    def quit_in_the_middle(stepper):
        stepper.step(5)
        return "quit"

    session_of(quit_in_the_middle)
    with pytest.raises(bdb.BdbQuit):
        network.train_batch(*batch(1))
    assert WATCHING.get().driver is None
    assert network.loss.output is before[0]
    for state, value in zip(network.graph.states, before[1], strict=True):
        assert state.value is value


def test_quitting_the_backward_pass_leaves_the_forward_pass(network):
    network.train_batch(*batch())
    twin = plain_twin(network, batch(1))
    before = gradients(network)
    session_of(next_, lambda stepper: stepper.step(3) and "quit")
    with pytest.raises(bdb.BdbQuit):
        network.train_batch(*batch(1))
    assert float(network.loss.output) == twin[0][0]
    for one, other in zip(gradients(network), before, strict=True):
        assert np.array_equal(one, other)


def test_a_backward_pass_alone_knows_the_forward_pass_before_it():
    w = gn.Parameter(np.array([3.0]), name="w")
    loss = np.sum(w * w * 2.0)
    loss.graph.forward()
    seen = []

    def look(stepper):
        seen.append((stepper.index, stepper.back(2).node.name, loss.output))
        stepper.seek(3)

    session_of(look)
    loss.backward()
    assert seen == [(3, "multiply", None)]
    assert w.grad.tolist() == [12.0]
    assert loss.output == 18.0


def test_gradients_add_up_where_the_program_says_so():
    w = gn.Parameter(np.array([3.0]), name="w")
    loss = np.sum(w * w)
    loss.graph.backward(loss)
    session_of(next_)
    loss.graph.backward(loss, accumulate=True)
    assert w.grad.tolist() == [12.0]


def test_no_gradient_of_an_earlier_pass_is_shown_for_one_of_this():
    w = gn.Parameter(np.array([3.0]), name="w")
    x = gn.Input("x", value=1.0)
    loss = np.sum(w * x)
    loss.backward()
    shown = []

    def look(stepper):
        stepper.step()
        shown.append((w.grad, loss.inputs[0].grad, loss.graph._output_grads))
        return "next"

    def look_back(stepper):
        shown.append(w.grad)
        stepper.seek(1)
        shown.append(w.grad)

    session_of(look, look_back)
    loss.graph.forward(x=2.0)
    assert w.grad.tolist() == [1.0]  # which the program may add to
    loss.graph.backward(loss, accumulate=True)
    assert shown == [(None, None, {}), None, None]
    assert w.grad.tolist() == [3.0]


def test_an_edit_at_the_prompt_is_no_news_to_a_guard():
    w = gn.Parameter(np.array([1.0, 2.0]), name="w")
    loss = np.sum(np.log(w) * 2.0)
    seen = []

    def poison(stepper):
        stepper.seek(2)
        stepper.set("w", [np.nan, 2.0])
        seen.append(stepper.index)
        stepper.undo()

    session_of(poison)
    with gn.guard("nan"):
        assert loss.graph.forward() == 2 * np.log(2.0)
    assert seen == [2]


def test_one_steps_on_through_nodes_that_compute_as_they_are_made():
    x = gn.Input("x", value=np.array([3.0, 1.0]))
    names = []

    def note(stepper):
        names.append(stepper.current.node.name)
        return "next"

    with np.errstate(invalid="ignore"):
        scripted = Scripted(note, note, lambda stepper: note(stepper) and "continue")
        with debug_on([gn.NaNGuard()], debugger=scripted):
            np.exp(np.sum(np.sqrt(np.sqrt(x - 2.0))))
    assert names == ["sqrt", "sqrt_2", "sum"]


def test_passes_at_the_prompt_are_plain():
    x = gn.Input("x", value=1.0)
    y = np.exp(x)
    other = np.exp(gn.Input("z", value=0.0))
    _, scripted = session_of(lambda stepper: other.graph.forward(z=1.0) and None)
    y.graph.forward(x=2.0)
    assert len(scripted.stops) == 1
    assert other.output == np.e
    assert y.output == np.exp(2.0)


def test_the_namespace_is_that_of_the_program():
    local = "here"  # noqa: F841 -- found by its name
    y = np.exp(gn.Input("x", value=1.0))
    _, scripted = session_of(continue_)
    y.graph.forward()
    (namespace,) = scripted.namespaces
    assert namespace["local"] == "here"
    assert namespace["gn"] is gn


def test_a_step_that_fails_fails_as_in_a_plain_pass():
    class Picky(gn.Operation):
        def _output(self):
            if self.input_ < 0:
                raise ValueError("negative")
            return self.input_ * 1.0

    x = gn.Input("x", value=1.0)
    y = Picky()(x)
    session_of(continue_)
    with pytest.raises(ValueError, match="negative") as caught:
        y.graph.forward(x=-1.0)
    assert "in _output of picky" in caught.value.__notes__[0]
    assert (x.output, y.output) == (1.0, 1.0)


def test_watchers_watch_driven_passes_too(network):
    network.train_batch(*batch())
    session_of(next_, next_)
    with gn.guard("nan"), pytest.raises(gn.NotFiniteError, match="input"):
        network.train_batch(np.full((8, 3), np.nan), batch()[1])


def test_set_trace_arms_the_next_pass(capsys):
    def program():
        set_trace(header="look")
        driver = WATCHING.get().driver
        set_trace()  # once more: nothing new
        return driver, WATCHING.get().driver

    first, second = contextvars.copy_context().run(program)
    assert isinstance(first, Session)
    assert first.stepping
    assert second is first
    out = capsys.readouterr().out
    assert out.startswith("look\ngraphnn: stops in the next pass")
    assert out.count("next pass") == 1
    assert WATCHING.get().driver is None


def test_guards_open_the_debugger_where_they_find_something():
    x = gn.Input("x", value=np.ones(2))
    y = np.sum(np.log(x) * 2.0)
    scripted = Scripted(continue_)
    with debug_on([gn.NaNGuard()], debugger=scripted):
        y.graph.forward(x=[1.0, 2.0])
        with np.errstate(all="ignore"):
            y.graph.forward(x=[-1.0, 2.0])
    assert scripted.stops == [(1, "forward")]
    assert WATCHING.get().driver is None


def test_guards_open_the_debugger_where_a_node_computes_as_it_is_made():
    x = gn.Input("x", value=np.array([3.0, 1.0]))
    seen = []

    def look(stepper):
        seen.append((stepper.current.node.name, stepper.stop.message.splitlines()[0]))
        seen.append(stepper.back().node.name)

    quiet = np.errstate(invalid="ignore")
    with quiet, debug_on([gn.NaNGuard()], debugger=Scripted(look)):
        roots = np.sqrt(np.sqrt(x - 2.0))
    assert seen[0][0] == seen[1].replace("subtract", "sqrt") == "sqrt"
    assert "its output holds 1 NaN" in seen[0][1]
    assert [node.name for node in roots.graph.nodes if node.inputs] == [
        "subtract",
        "sqrt",
        "sqrt_2",
    ]
    assert np.isnan(roots.output).tolist() == [False, True]  # the program goes on


def test_guards_open_the_debugger_where_a_node_uses_a_bad_leaf_as_it_is_made():
    x = gn.Input("x", value=np.array([np.nan, 1.0]))
    seen = []

    def look(stepper):
        seen.append((stepper.current.node.name, stepper.stop.message.splitlines()[0]))

    with debug_on([gn.NaNGuard()], debugger=Scripted(look)):
        np.sum(np.exp(x))  # the sum is a victim
    ((name, message),) = seen
    assert name == "exp"
    assert message.startswith("x (Input, ")
    assert "its value holds 1 NaN of 2 numbers" in message


def test_quitting_takes_the_node_out_that_was_being_made():
    x = gn.Input("x", value=np.array([3.0, 1.0]))
    below = x - 2.0
    scripted = Scripted(lambda stepper: "quit")
    quiet, quits = np.errstate(invalid="ignore"), pytest.raises(bdb.BdbQuit)
    with quiet, debug_on([gn.NaNGuard()], debugger=scripted), quits:
        np.sqrt(below)
    assert below.graph.sink() is below


def test_a_guard_opens_the_debugger_in_the_terminal(monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("p float(input_.min())\nc\n"))
    x = gn.Input("x", value=np.array([3.0, 1.0]))
    with gn.guard("nan", action="debug"):
        np.sum(np.sqrt(x - 2.0))
    shown = capsys.readouterr().out
    assert "forward  sqrt" in shown
    assert "the square root of a negative number" in shown
    assert "-1.0" in shown


def test_a_debugger_that_cannot_ask_is_gone(network):
    network.train_batch(*batch())

    class Mute(Scripted):
        def interact(self):
            raise OSError("reading from stdin while output is captured")

    set_driver(Session(stepping=True, debugger=Mute()))
    with pytest.raises(OSError, match="captured"):
        network.predict(batch()[0])
    assert WATCHING.get().driver is None
    network.predict(batch()[0])


def test_a_session_may_begin_with_breakpoints(network):
    network.train_batch(*batch())
    session, scripted = session_of(continue_, stepping=False)
    session.breakpoints = Breakpoints(network.graph)
    session.breakpoints.add("dropout_1/*", phase="backward")
    network.train_batch(*batch(1))
    assert scripted.stops == [(12, "backward")]
