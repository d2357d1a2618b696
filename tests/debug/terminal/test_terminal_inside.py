"""Into an operation's own formula, and a gradient formula against differences."""

import re

import numpy as np
import pytest

import graphnn as gn


class Wrong(gn.Operation):
    """A square whose gradient has the wrong sign."""

    def _output(self):
        return self.input_**2

    def _input_grad(self, output_grad):
        return -2.0 * self.input_ * output_grad


@pytest.fixture
def wrong():
    x = gn.Parameter([1.0, 2.0], name="x")
    return gn.Stepper(np.sum(Wrong()(np.tanh(x))).graph)


def test_check_finds_the_node_that_is_wrong(session, wrong):
    answers = session(
        wrong, "n", "check", "n", "check", "check tanh", "check all"
    ).answers
    assert answers[1].endswith("1 comparison, all right")
    assert "all right" not in answers[3]
    assert "Wrong._input_grad" in answers[3]
    assert answers[4].endswith("all right")
    assert "wrong" in answers[5]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("check", "No step has been taken yet"),
        ("check nothing", "no node 'nothing'"),
        ("check x", "x"),
        ("expand", "No step has been taken yet"),
        ("expand nothing", "no node 'nothing'"),
        ("expand x", "there is no formula to expand"),
        ("expand tanh", "no value yet"),
    ],
)
def test_what_cannot_be(session, wrong, line, says):
    answer = session(wrong, line)[0]
    assert answer.startswith("*** ")
    assert says in " ".join(answer.split())


def test_expand_opens_a_debugger_in_the_debugger(session, stepper):
    ended = session(stepper, "j 3", "expand", "n", "c", "q", "p index")
    assert ended[1].startswith("[0/7] before the first step")
    assert "((gnn)) n\n[1/7] forward  dense_1/sigmoid/minimum" in ended.text
    assert ended[3].startswith("[7/7]")
    assert ended[4].startswith("[3/12] forward  dense_1/sigmoid")  # back again
    assert ended[5] == "3"
    assert ended.debugger.ending == "quit"


def test_behind_a_backward_step_both_passes_are_inside(session, stepper):
    ended = session(stepper, "j 10", "expand", "c", "q")
    steps = int(re.match(r"\[0/(\d+)\]", ended[1])[1])
    assert steps > 7
    assert f"[{steps}/{steps}] backward  dense_1/sigmoid/" in ended.text


def test_names_and_aliases_are_those_of_outside(session, stepper):
    ended = session(
        stepper,
        "alias two n 2",
        "j 3",
        "expand",
        "two",
        "p rate",
        "q",
        namespace={"rate": 0.5},
    )
    assert ended[3].startswith("[2/7]")
    assert ended[4] == "0.5"


def test_breakpoints_inside_are_their_own(session, stepper):
    ended = session(stepper, "b sigmoid", "c", "expand", "b", "b exp", "c", "q", "b")
    assert ended[3].startswith("No breakpoints")
    assert ended[5].startswith("Breakpoint 1\n[3/7] forward  dense_1/sigmoid/exp")
    assert ended[7].endswith("sigmoid (hit 1 time)")


def test_what_is_elementary_is_not_expanded(session, stepper):
    answer = session(stepper, "j 3", "expand", "n", "expand", "p 1", "q")[3]
    assert answer.startswith("*** dense_1/sigmoid/minimum")
    assert "it is elementary" in " ".join(answer.split())


def test_expand_another_node(session, stepper):
    ended = session(stepper, "j 5", "expand sigmoid", "q")
    assert ended[1].startswith("[0/7] before the first step")


def test_the_help_tells_which_lines_and_formulas_are_meant(session, stepper):
    text = " ".join(session(stepper, "h expand")[0].split())
    assert "The lines shown there are those of your formula; of an operation" in text
    assert "_input_grad and _param_grad do not run in it." in text
