"""What to do about an error: what to type, not which method to call."""

import io

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.session import Session
from graphnn.debug.terminal.debugger import Debugger
from graphnn.graph.watching import set_driver


class Cube(gn.Operation):
    def _output(self):
        return self.input_**3

    def _input_grad(self, output_grad):
        return 3 * self.input_**2 * output_grad


@pytest.fixture
def cubes():
    w = gn.Parameter([1.0, 2.0], name="w")
    return gn.Stepper(np.sum(Cube()(w * 3.0)).graph)


def test_gradients_are_still_ahead(session, cubes):
    ended = session(cubes, "n", "why w", "j 4", "why w", "j end", "why w")
    assert ended[1].splitlines()[1:] == [
        "    Go on into the backward pass: c, or until backward NAME."
    ]
    assert ended[3].endswith("\n    If not yet: c, or until backward NAME.")
    assert ended[5].startswith("w.grad[")


def test_values_are_still_ahead(session, cubes):
    for line in ("check cube", "expand cube"):
        assert session(cubes, line)[0].endswith("\n    Go on to it: until NAME, or n.")


def test_checking_before_anything_has_run(session, cubes):
    ended = session(cubes, "check all", "n", "check all")
    assert ended[0] == "*** nothing has run yet: nothing to compare\n    Go on: n, c"
    assert ended[2] == "1 operation right"


def test_a_stepper_that_goes_forward_only(session):
    y = np.exp(gn.Parameter([1.0], name="w"))
    ended = session(gn.Stepper(y.graph, backward=False), "c", "set grad = 1", "why w")
    assert "goes forward only" in ended[1]
    assert "goes forward only" in ended[2]


def test_a_program_that_may_go_backwards_later(cubes):
    target = io.StringIO()
    script = io.StringIO("j end\nset grad = 3\nwhy w\nn\nn\nset grad = 3\nc\n")

    def make(stepper, **settings):
        return Debugger(stepper, script, target, **settings)

    set_driver(Session(stepping=True, debugger=make))
    try:
        (loss,) = cubes.targets
        loss.graph.forward(target=loss)
        loss.graph.backward(loss)
    finally:
        set_driver(None)
    said = " ".join(target.getvalue().split())
    way = "The backward pass is still to come, if the program asks for it: n at the end"
    assert "there are no gradients yet" in said
    assert said.count(way) == 2
    assert loss.graph["w"].grad.tolist() == [3 * 81.0, 3 * 324.0]


@pytest.mark.parametrize("word", ["restart", "run"])
def test_restart_in_a_formula_leaves_it(session, cubes, word):
    ended = session(cubes, "n", "s", word, "restart", "n")
    assert ended[2].startswith("The formula is left; type restart again")
    assert "[1/6]" in ended[2]
    assert ended[3].startswith("[0/6]")
    assert "Restart" not in ended.text
    assert ended[4].startswith("[1/6]")


def test_restart_in_a_formula_that_runs_again(session, cubes):
    ended = session(cubes, "c", "j 1", "s", "restart", "p index")
    assert ended[3].startswith("The formula is left; type restart again")
    assert ended[4] == "2"
