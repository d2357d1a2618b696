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
