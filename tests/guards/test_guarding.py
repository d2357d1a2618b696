"""Guards over a block of code: what is seen, who is named, what is left behind."""

import copy
import pickle
import re
import threading
import time
import warnings

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph.watching import WATCHING
from graphnn.guards.statuses import backward_step, source_of


# -- the cases of github.com/pytorch/pytorch/issues/160016 -----------------------------
def test_the_first_of_two_square_roots_is_named():
    @gn.guard("nan")
    def program():
        x = gn.Parameter([1.0], name="x")
        y = np.sqrt(x - 2)
        y = np.sqrt(y)
        y.backward()

    with pytest.raises(gn.NotFiniteError) as caught:
        program()
    line = program.__wrapped__.__code__.co_firstlineno + 3
    assert str(caught.value).splitlines()[:2] == [
        f"sqrt (Sqrt, test_guarding.py:{line}): its output holds 1 NaN of 1 number, "
        "the first at index (0,); its inputs are fine",
        "Likely reason: the square root of a negative number, -1.0.",
    ]


def test_it_is_named_after_the_passes_too():
    x = gn.Parameter([1.0], name="x")
    with np.errstate(invalid="ignore"):
        first = np.sqrt(x - 2)
        y = np.sqrt(first)
        y.backward()
    (found,) = gn.origin(y.graph, "nan")
    assert found.node is first
    assert gn.statuses(y.graph, "nan").gradients[y] == "propagated"


def test_a_loss_that_is_nan_is_reported_where_it_is_born():
    x = gn.Parameter([1.0], name="x")

    @gn.guard("nan")
    def program():
        loss = np.log(-x)
        loss.backward()

    with pytest.raises(gn.NotFiniteError) as caught:
        program()
    assert caught.value.finding.node.name == "log"
    with np.errstate(invalid="ignore"):
        loss = np.log(-x)
    with gn.guard("nan"):
        loss.backward()  # -1 / 1: this gradient is a number, as it is in PyTorch
        with pytest.raises(gn.NotFiniteError, match="the logarithm of a negative"):
            loss.graph.forward()


@pytest.mark.parametrize("kind", ["nan", "inf"])
def test_infinities_are_another_kind(kind):
    x = gn.Parameter([0.0], name="x")
    with gn.guard(kind):
        if kind == "nan":
            with np.errstate(divide="ignore"):
                assert np.log(x).output == -np.inf
        else:
            with pytest.raises(gn.NotFiniteError, match=r"1 -inf of 1.*\n.*log.* of 0"):
                np.log(x)


# -- what is seen ----------------------------------------------------------------------
def chain():
    """``sum(sqrt(x) * w)`` with good numbers."""
    with gn.Graph() as graph:
        x = gn.Input("x", value=[1.0, 4.0])
        w = gn.Parameter([2.0, 3.0], name="w")
        np.sum(np.sqrt(x) * w)
    return graph


def test_a_forward_pass():
    graph = chain()
    before = [copy.copy(node.output) for node in graph.nodes]
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        graph.forward(x=[1.0, -4.0])
    np.testing.assert_equal([node.output for node in graph.nodes], before)
    error = caught.value
    assert isinstance(error, gn.GuardError)
    assert isinstance(error, FloatingPointError)
    assert error.recent == ()
    assert error.finding.node is error.step.node is graph["sqrt"]
    np.testing.assert_equal(error.step.inputs, [[1.0, -4.0]])
    np.testing.assert_equal(error.step.output, [1.0, np.nan])
    assert "2 nodes of the pass depend on it: multiply, sum." in str(error)
    assert float(graph.forward(x=[1.0, 4.0])) == 8.0  # as usable as before


def test_a_backward_pass():
    graph = chain()
    graph.backward()
    before = graph["w"].grad
    graph.forward(x=[0.0, 4.0])
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("inf"):
        graph.backward(wrt="x")
    assert caught.value.step.phase == "backward"
    lines = str(caught.value).splitlines()
    assert "sqrt (Sqrt" in lines[0]
    assert "the gradient of x holds 1 +inf of 2 numbers" in lines[0]
    assert "its output_grad and its values are fine" in lines[0]
    assert lines[1] == "Likely reason: the slope of the square root at 0 is infinite."
    assert "This was in the backward pass." in lines
    assert graph["w"].grad is before


def test_parameters_whose_gradients_depend_on_it():
    x = gn.Input("x", value=[[1.0, 2.0]])
    layer = gn.Dense(1)
    y = np.sum(np.sqrt(layer(x) * 0.0))
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("inf"):
        y.backward()
    assert (
        "2 gradients of parameters depend on it: dense_1/weight, dense_1/bias."
        in str(caught.value)
    )


def test_parameters_whose_gradients_do_not_depend_on_it():
    a, b = gn.Parameter(1.0, name="a"), gn.Parameter(1.0, name="b")
    y = np.sqrt((a + gn.stop_gradient(b * 2.0)) * 0.0)
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("inf"):
        y.backward()
    assert "1 gradient of a parameter depends on it: a." in str(caught.value)


def test_operations_that_run_alone():
    log = gn.LogSoftmax()
    with gn.guard("nan"):
        log.forward([[1.0, 2.0]])
        with pytest.raises(gn.NotFiniteError, match="its value holds 1 NaN"):
            log.forward([[1.0, np.nan]])
        log.forward([[1.0, 2.0]])
        with pytest.raises(
            gn.NotFiniteError, match="gradient that the pass began with"
        ):
            log.backward([[np.nan, 1.0]])


def test_several_outputs_that_are_computed_as_they_are_made():
    class Parts(gn.Operation):
        def _output(self):
            return np.log(self.input_), self.input_

    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        Parts()(gn.Input("x", value=-1.0))
    assert type(caught.value.finding.node) is Parts  # not the item, which comes first


def test_layers_and_networks():
    net = gn.NeuralNetwork(
        [gn.Dense(3, "relu"), gn.Dense(2)], gn.SoftmaxCrossEntropy(), seed=0
    )
    X, y = np.ones((4, 3)), np.zeros(4, int)
    with gn.guard("nan", "inf", exploding=1e6):
        net.train_batch(X, y)
        net.params()[0][0, 0] = np.nan
        with pytest.raises(gn.NotFiniteError) as caught:
            net.train_batch(X, y)
    assert caught.value.finding.node.name == "dense_1/weight"
    assert "first seen behind dense_1/weight_multiply (WeightM" in str(caught.value)


def test_the_block_ends():
    graph = chain()
    for _ in range(2):
        with gn.guard("nan"):
            graph.forward()
        assert WATCHING.get() == ((), None)
    with np.errstate(invalid="ignore"):
        assert np.isnan(graph.forward(x=[-1.0, 0.0]))


def test_numpy_is_silent_about_what_the_guard_reports_and_nothing_else():
    x = gn.Input("x", value=[0.0])
    with gn.guard("nan"):
        with pytest.raises(gn.NotFiniteError):
            x / 0.0  # would warn
        with pytest.warns(RuntimeWarning, match="divide by zero"):
            np.log(x)
    with np.errstate(over="raise"), gn.guard("nan"), pytest.raises(FloatingPointError):
        np.exp(x + 1e3)


# -- who is named ----------------------------------------------------------------------
def bad_input(graph):
    graph["x"].value = [np.nan, 1.0]


def bad_parameter(graph):
    graph["w"].value = [1.0, np.nan]


@pytest.mark.parametrize("spoil", [bad_input, bad_parameter])
def test_a_leaf_that_is_bad(spoil):
    graph = chain()
    spoil(graph)
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        graph.forward()
    error, name = caught.value, "x" if spoil is bad_input else "w"
    assert error.finding.node is graph[name]
    assert error.finding.step is None
    assert error.step.node.name == ("sqrt" if name == "x" else "multiply")
    assert f"{name} ({type(graph[name]).__name__}, test_guarding.py:" in str(error)
    assert "): its value holds 1 NaN of 2 numbers" in str(error)
    assert f"It was first seen behind {error.step.node.name} (" in str(error)


def test_a_constant_that_is_bad():
    with (
        pytest.raises(gn.NotFiniteError, match=r"constant \(Constant"),
        gn.guard("nan"),
    ):
        gn.Input("x", value=[1.0, 2.0]) * np.array([1.0, np.nan])


def test_a_leaf_that_is_healed_at_once_is_nobodys_business():
    target = gn.Input("target", value=[np.nan, 1.0])
    with gn.guard("nan"):
        known = np.where(np.isfinite(target), target, 0.0)
    assert known.output.tolist() == [0.0, 1.0]


def test_what_was_bad_before_the_block_is_found():
    graph = chain()
    with np.errstate(invalid="ignore"):
        graph.forward(x=[1.0, -4.0])
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        graph.backward()  # sqrt(x) is NaN, and with it the gradient of w
    assert caught.value.finding.node is graph["sqrt"]
    assert caught.value.step.node.name == "multiply"
    assert caught.value.step.phase == "backward"


def test_what_the_node_itself_held_before_the_block_is_found():
    with np.errstate(invalid="ignore"):
        y = np.sqrt(gn.Parameter(-1.0, name="w"))
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        y.backward()
    assert caught.value.finding.node is y
    assert caught.value.finding.phase == "forward"


def test_of_several_that_are_bad_the_first_is_named():
    x = gn.Input("x", value=[np.nan])
    w = gn.Parameter([np.nan], name="w")
    for make in (lambda: x + w, lambda: w + x):
        with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
            make()
        assert caught.value.finding.node is x


def test_of_several_bad_gradients_the_first_in_the_pass_is_named():
    class Bad(gn.Operation):
        def _output(self):
            return self.input_ * 1.0

        def _input_grad(self, output_grad):
            return output_grad * np.nan

    x = gn.Input("x", value=1.0)
    inner = x * 2.0
    y = Bad()(inner) + Bad()(inner)
    y.graph.backward(y, wrt=x)
    step = backward_step(y.graph, inner)
    assert source_of(gn.NaNGuard(), step).node is y.inputs[1]


def test_a_gradient_that_is_bad_from_the_start():
    graph = chain()
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        graph.backward(output_grad=np.nan)
    assert caught.value.finding.node.name == "sum"
    assert "the gradient that the pass began with holds 1 NaN" in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "limit"), [("exploding", 1e2), ("vanishing", 1e-2), ("dead", 0.0)]
)
def test_other_kinds_raise_guard_errors(kind, limit):
    x = gn.Input("x", value=[[1.0, -1.0], [2.0, -3.0]])
    net = gn.ReLU()(x) * 100.0
    loss = np.sum(net) * 1e-6

    @gn.guard(**{kind: limit})
    def passes():
        loss.graph.forward()
        loss.graph.backward(loss, wrt=x)

    with pytest.raises(gn.GuardError) as caught:
        passes()
    assert not isinstance(caught.value, gn.NotFiniteError)
    assert isinstance(caught.value, ArithmeticError)
    names = {"exploding": "multiply", "vanishing": "multiply_2", "dead": "relu"}
    assert caught.value.finding.node.name == names[kind]


def test_dead_inputs_are_no_ones_fault():
    x = gn.Input("x", value=[[0.0, 1.0], [0.0, 2.0]])
    with gn.guard("dead"):
        assert (x * 2.0).shape == (2, 2)


# -- actions ---------------------------------------------------------------------------
def test_warnings_name_the_culprit_once_and_the_pass_goes_on():
    graph = chain()
    guarding = gn.guard("nan", action="warn")
    with guarding:
        with pytest.warns(RuntimeWarning, match=r"^sqrt \(Sqrt") as seen:
            assert np.isnan(graph.forward(x=[1.0, -4.0]))
        with pytest.warns(RuntimeWarning, match=r"^sqrt \(Sqrt"):
            graph.backward()  # which tells of it once more
    assert [warning.filename for warning in seen] == [__file__]
    assert [found.node.name for found in guarding.findings] == ["sqrt", "sqrt"]
    assert guarding.victims == 3


def test_the_same_warning_is_shown_once_in_a_loop():
    graph = chain()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        with gn.guard("nan", action="warn") as guarding:
            for _ in range(200):
                graph.forward(x=[1.0, -4.0])
    assert len(seen) == 1
    assert len(guarding.findings) == 100  # the last ones


def test_an_action_of_ones_own():
    found = []
    graph = chain()
    with gn.guard("nan", "inf", action=found.append):
        graph.forward(x=[-1.0, np.inf])
    assert [(one.kind, one.node.name) for one in found] == [
        ("nan", "sqrt"),
        ("inf", "x"),
    ]


def test_guards_within_guards():
    graph, found = chain(), []
    with gn.guard("nan", action=found.append) as outer, gn.guard("inf") as inner:
        with outer:
            graph.forward(x=[1.0, -4.0])
        assert len(found) == 1  # told once, though it stands twice
        with pytest.raises(gn.NotFiniteError):
            graph.forward(x=[1.0, np.inf])
    assert repr(outer) == "<Guarding NaNGuard(): a function>"
    assert repr(inner) == "<Guarding InfGuard(): raise>"


def test_a_decorator():
    @gn.guard("nan")
    def root(value):
        """Take the root."""
        return np.sqrt(gn.Input("x", value=value)).output

    assert root(4.0) == 2.0
    assert root.__name__ == "root"
    with pytest.raises(gn.NotFiniteError):
        root(-4.0)
    assert WATCHING.get() == ((), None)


def test_the_findings_in_a_decorated_function_are_kept():
    guarding = gn.guard("nan", action=lambda finding: None)

    @guarding
    def root(value):
        return np.sqrt(np.sqrt(gn.Input("x", value=value)))

    root(-4.0)
    root(-9.0)
    assert [found.array.item() for found in guarding.findings] == pytest.approx(
        [np.nan, np.nan], nan_ok=True
    )
    assert guarding.victims == 2


def test_a_decorated_function_in_several_threads_at_once():
    both = threading.Barrier(2)
    done = []

    @gn.guard("nan")
    def together(late):
        both.wait()
        if late:
            time.sleep(0.05)  # who came first also goes first
        return np.sqrt(gn.Input("x", value=4.0)).output

    def run(late):
        together(late)
        done.append(WATCHING.get())

    threads = [threading.Thread(target=run, args=(late,)) for late in (False, True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [((), None)] * 2


def test_what_is_left_lying_is_not_decorated():
    def steps():
        yield 1

    with pytest.raises(gn.ArgumentError, match="a guard decorates plain functions"):
        gn.guard("nan")(steps)


def test_guards_of_a_block_that_fails():
    with pytest.raises(ZeroDivisionError), gn.guard("nan"):
        raise ZeroDivisionError
    assert WATCHING.get() == ((), None)


def test_nan_and_infinities_by_default():
    assert [one.kind for one in gn.guard().guards] == ["nan", "inf"]
    assert [one.kind for one in gn.guard(dead=0.5).guards] == ["dead"]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: gn.guard("non"), "there is no guard 'non'\nDid you mean 'nan'"),
        (lambda: gn.guard("nan", action="rise"), "an action is .*Did you mean 'raise'"),
        (
            lambda: gn.guard("nan", action=3),
            "an action is one of 'raise', 'warn', 'deb",
        ),
        (lambda: gn.guard(exploded=3.0), "Did you mean 'exploding'"),
    ],
)
def test_guards_that_cannot_be(make, message):
    with pytest.raises(gn.ArgumentError, match=re.compile(message, re.DOTALL)):
        make()


def test_copies():
    guarding = gn.guard("nan", exploding=10.0)
    for twin in (copy.deepcopy(guarding), pickle.loads(pickle.dumps(guarding))):
        assert repr(twin) == repr(guarding)
        with twin, pytest.raises(gn.GuardError):
            gn.Input("x", value=20.0) * 1.0


def test_looking_changes_no_numbers():
    def trained():
        net = gn.NeuralNetwork(
            [gn.Dense(4, "tanh"), gn.Dropout(0.5), gn.BatchNorm(), gn.Dense(1)],
            gn.MeanSquaredError(),
            seed=0,
        )
        optimizer = gn.Adam(0.1)
        optimizer.net = net
        rng = np.random.default_rng(0)
        for _ in range(3):
            net.train_batch(rng.standard_normal((8, 3)), np.ones((8, 1)))
            optimizer.step()
        return net.params()

    kinds = ["nan", "inf", "exploding", "vanishing", "dead", "dtype"]
    with gn.guard(*kinds, action=lambda found: None):
        watched = trained()
    np.testing.assert_equal(watched, trained())


def test_an_error_can_be_sent_to_another_process():
    graph = chain()
    with pytest.raises(gn.NotFiniteError) as caught, gn.guard("nan"):
        graph.forward(x=[1.0, -4.0])
    twin = pickle.loads(pickle.dumps(caught.value))
    assert str(twin) == str(caught.value)
    assert twin.finding.node.name == "sqrt"
    np.testing.assert_equal(twin.step.output, caught.value.step.output)


def test_the_debugger_opens_at_the_culprit(monkeypatch):
    stops = []

    class Debugger:
        ending = "continue"

        def __init__(self, stepper, **settings):
            self.stepper = stepper

        def interact(self):
            stops.append((self.stepper.current, self.stepper.stop.message))

    monkeypatch.setattr("graphnn.debug.session.terminal_debugger", Debugger)
    graph = chain()
    with gn.guard("nan", "inf", action="debug"):
        graph.forward()
        graph.forward(x=[1.0, -4.0])
        graph.forward(x=[0.0, 4.0])
        graph.backward(wrt="x")
    assert [(step.phase, step.node.name) for step, _ in stops] == [
        ("forward", "sqrt"),
        ("backward", "sqrt"),
    ]
    assert "the square root of a negative number, -4.0" in stops[0][1]
    assert WATCHING.get() == ((), None)


def test_an_infinity_that_made_a_nan_is_not_called_fine():
    x = gn.Input("x", value=np.array([0.0, 1.0]))
    with np.errstate(divide="ignore"):
        logarithm = np.log(x)
    with gn.guard("nan"), pytest.raises(gn.NotFiniteError) as caught:
        x * logarithm
    headline = str(caught.value).splitlines()[0]
    assert headline.endswith("at index (0,); its inputs hold no NaN")
    assert "0.0 times -inf" in str(caught.value)
