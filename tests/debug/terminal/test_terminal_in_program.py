"""The debugger in a program that runs: its functions and variables, pass by pass."""

import bdb
import io
import re

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.session import Session
from graphnn.debug.terminal.debugger import Debugger
from graphnn.graph.watching import set_driver


@pytest.fixture
def debug():
    """Debug the passes that follow with a script; give what was written."""
    target = io.StringIO()

    def begin(*lines):
        source = io.StringIO("\n".join(lines) + "\n")

        def make(stepper, **settings):
            return Debugger(stepper, source, target, **settings)

        set_driver(Session(stepping=True, debugger=make))
        return target

    yield begin
    set_driver(None)


@pytest.fixture
def network():
    return gn.NeuralNetwork(
        [gn.Dense(4, "sigmoid"), gn.Dense(1)], gn.MeanSquaredError(), seed=0
    )


def train(network, rounds):
    rng = np.random.default_rng(0)
    losses = []
    for number in range(rounds):
        X, y = rng.normal(number, size=(5, 3)), rng.normal(size=(5, 1))
        losses.append(network.train_batch(X, y))
    assert number == rounds - 1
    return losses


def stops(text):
    return re.findall(r"^\[(\d+/\d+)", text, re.MULTILINE)


def test_next_goes_from_pass_to_pass(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("j end", "n", "n", "j end", "n", "n", "c")
    train(network, 2)
    assert stops(text.getvalue())[:5] == ["0/6", "6/6", "6/12", "7/12", "12/12"]


def test_the_programs_functions_and_variables(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("w", "p number, X.shape", "u", "p losses", "n", "p number", "c")
    train(network, 2)
    text = text.getvalue()
    assert "train()\n-> losses.append(network.train_batch(X, y))" in text
    assert "(gnn) p number, X.shape\n(0, (5, 3))" in text
    assert "(gnn) p number\n0\n" in text


def test_conditions_see_the_variables_as_they_are_then(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("b backward sigmoid, number == 3", "c", "p number", "c")
    train(network, 5)
    assert "raised" not in text.getvalue()
    assert "(gnn) p number\n3\n" in text.getvalue()


@pytest.mark.parametrize(
    ("where", "count", "expected"),
    [
        ("backward sigmoid", 2, ["0", "3", "4"]),  # one hit in each pass
        ("sigmoid", 2, ["0", "1", "2", "2"]),  # forward and backward
        ("sigmoid", 0, ["0", "0", "1", "1", "2", "2"]),
    ],
)
def test_hits_are_ignored_from_pass_to_pass(network, debug, where, count, expected):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug(
        *[f"b {where}", "c", "p number", f"ignore 1 {count}"],
        *["c", "p number"] * (len(expected) - 1),
        *["clear 1", "c"],
    )
    train(network, 5)
    assert re.findall(r"^\d$", text.getvalue(), re.MULTILINE) == expected


def test_commands_are_kept_from_pass_to_pass(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug(
        *["b backward sigmoid", "commands", "silent", "p number", "c", "c", "c"]
    )
    train(network, 4)
    assert re.findall(r"^\d$", text.getvalue(), re.MULTILINE) == ["0", "1", "2", "3"]


def test_quitting_leaves_the_program(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    debug("q")
    with pytest.raises(bdb.BdbQuit):
        train(network, 1)


def test_without_breakpoints_the_program_goes_on_to_its_end(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("c", "never read")
    assert len(train(network, 3)) == 3
    assert "never read" not in text.getvalue()


def test_a_debugger_that_is_opened_by_hand_sees_where_it_was_opened(small):
    secret = 42
    target = io.StringIO()
    Debugger(small, io.StringIO("p secret\nn\np secret\nw\n"), target).interact()
    text = target.getvalue()
    assert text.count("(gnn) p secret\n42\n") == 2
    assert "test_a_debugger_that_is_opened_by_hand_sees_where_it_was_opened()" in text
    assert secret == 42


def deep(network, levels):
    return deep(network, levels - 1) if levels else train(network, 1)


def test_a_line_that_runs_and_has_made_the_node_is_shown_once(debug):
    text = debug("n", "w", "u", "l", "c")
    x = gn.Input("x", value=[1.0, 2.0])
    np.sum(gn.Parameter([1.0, 2.0]) * x).graph.forward()
    answer = text.getvalue().split("(gnn) w\n")[1].partition("(gnn) ")[0]
    assert answer.count("np.sum(gn.Parameter") == 1
    assert "()  is running, and has made the node\n-> np.sum(" in answer
    assert "->      np.sum(gn.Parameter" in text.getvalue()


def test_a_line_that_has_made_the_node_elsewhere_is_said_to(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("n", "w", "c")
    train(network, 1)
    lines = text.getvalue().splitlines()
    place = lines.index(next(line for line in lines if "has made the node" in line))
    assert "train()" in lines[place - 2]
    assert "is running" not in text.getvalue()


def test_what_runs_the_program_is_left_out_of_the_levels(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("w", "w all", "u 5", "w", "c")
    train(network, 1)
    _, short, whole, _, after, _ = re.split(r"\(gnn\) ", text.getvalue())
    assert "pytest" not in short.replace("test_terminal", "")
    hidden = int(re.search(r"^  … (\d+) more: w all$", short, re.MULTILINE)[1])
    assert whole.count("pluggy") > 3
    frames = re.compile(r"^[> ] \S.*\(\d+\)\S*\(\)$", re.MULTILINE)
    assert len(frames.findall(short)) > 1
    assert len(frames.findall(whole)) == len(frames.findall(short)) + hidden
    chosen = [line for line in after.splitlines() if line.startswith("> ")]
    assert len(chosen) == 1
    assert f"… {hidden} more" in after


def test_the_middle_of_a_long_stack_is_left_out(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("w", "c")
    deep(network, 40)
    lines = text.getvalue().partition("(gnn) w\n")[2].partition("(gnn)")[0].splitlines()
    assert len(lines) < 25
    assert lines[-3].startswith("> ")
    assert "train()" in lines[-3]


def test_bad_arguments_of_where(session, small):
    assert session(small, "w 3")[0].startswith("*** where takes nothing or all")


def test_the_ends_and_beginnings_of_passes_are_told(network, debug):
    network.train_batch(np.ones((5, 3)), np.ones((5, 1)))
    text = debug("j end", "n", "rn", "n", "j end", "w", "n", "c")
    train(network, 2)
    _, *answers = text.getvalue().split("(gnn) ")
    assert answers[0].endswith(
        "next: the forward pass is complete; n goes on with the program\n"
    )
    assert answers[1].splitlines()[1:] == [
        "[6/12] the backward pass begins",
        "next: backward  mean_squared_error  (MeanSquaredError)",
    ]
    assert answers[3].splitlines()[1].startswith("[6/12] forward  mean_squared_error")
    for answer in answers[4:6]:
        assert answer.splitlines()[-1] == (
            "next: the backward pass is complete; n goes on with the program"
        )
    assert answers[6].splitlines()[1] == "[0/6] before the first step"
