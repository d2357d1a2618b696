"""Stepping into a formula: pdb in _output, _input_grad, _param_grad, and back."""

import sys

import numpy as np
import pytest

import graphnn as gn

CALLS = []


def helper(array):
    return array + 1.0


class Shifted(gn.ParamOperation):
    def _output(self):
        CALLS.append("_output")
        shifted = helper(self.input_)
        return shifted * self.param

    def _input_grad(self, output_grad):
        CALLS.append("_input_grad")
        return output_grad * self.param

    def _param_grad(self, output_grad):
        CALLS.append("_param_grad")
        return np.sum(output_grad * (self.input_ + 1.0), axis=0)


class Raises(gn.Operation):
    def _output(self):
        return 1.0 * self.input_

    def _input_grad(self, output_grad):
        raise ValueError("broken")


@pytest.fixture
def shifted():
    x = gn.Parameter([[1.0, 2.0], [3.0, 4.0]], name="x")
    stepper = gn.Stepper(np.sum(Shifted(np.array([5.0, 6.0]))(x * 1.0)).graph)
    CALLS.clear()
    return stepper


def test_step_stops_on_the_first_line_of_the_formula(session, shifted):
    ended = session(shifted, "n", "s", "p self.input_.shape", "c", "p index")
    lines = ended[1].splitlines()
    assert lines[0].startswith("> ")
    assert lines[0].endswith(")_output()")
    assert lines[1] == '-> CALLS.append("_output")'
    assert ended[2] == "(2, 2)"
    assert ended[3].startswith("[2/6] forward  shifted  (Shifted, ")
    assert ended[4] == "2"
    assert CALLS == ["_output"]
    assert "(Pdb) p self.input_.shape\n" in ended.text


def test_pdbs_own_words_in_the_formula(session, shifted):
    ended = session(shifted, "n", "s", "n", "s", "n", "r", "n", "n", "w", "c")
    assert "test_terminal_hooks.py" in ended[2]
    assert ended[3].startswith("--Call--")  # into the helper
    assert "helper" in ended[3]
    assert "--Return--" in ended[5]
    assert ended[6].endswith("-> return shifted * self.param")
    assert "--Return--" in ended[7]
    assert "cmdloop" not in ended[8]


def test_the_backward_pass_stops_in_each_formula(session, shifted):
    ended = session(shifted, "j 4", "s", "p output_grad.shape", "n", "n", "n", "c")
    assert ended[1].splitlines()[0].endswith(")_input_grad()")
    assert ended[2] == "(2, 2)"
    assert "--Return--" in ended[4]
    assert ")_param_grad()" in ended[5]
    assert ended[6].startswith("[5/6] backward  shifted")
    assert CALLS == ["_output", "_input_grad", "_param_grad"]


def test_leaving_the_formula_leaves_the_step_undone(session, shifted):
    ended = session(shifted, "n", "s", "q", "p index", "n")
    assert ended[2].startswith("The step has not been taken.\n[1/6]")
    assert ended[3] == "1"
    assert ended[4].startswith("[2/6]")


def test_the_end_of_the_input_in_a_formula(session, shifted):
    ended = session(shifted, "n", "s")
    assert ended.debugger.ending == "quit"
    assert shifted.index == 1
    assert sys.gettrace() is None or sys.gettrace().__class__.__name__ != "method"


def test_a_step_that_has_run_shows_its_formula_again(session, shifted):
    session(shifted, "c")
    expected = [n.output for n in shifted.graph.nodes]
    gradients = [n.output_grad for n in shifted.graph.nodes]
    session(shifted, "j 1")
    ended = session(shifted, "s", "p self.param", "c", "c")
    assert ended[0].startswith("This step has run: its formula runs again")
    assert "5., 6." in ended[1]
    assert ended[2].startswith("[2/6] forward  shifted")
    assert CALLS == ["_output", "_input_grad", "_param_grad", "_output"]
    for node, value, gradient in zip(
        shifted.graph.nodes, expected, gradients, strict=True
    ):
        assert node.output is value
        assert node.output_grad is gradient


def test_a_step_back_and_into_the_gradient_again(session, shifted):
    session(shifted, "c", "j 4")
    ended = session(shifted, "s", "q", "p index")
    assert ended[1].startswith("[5/6] backward  shifted")
    assert ended[2] == "5"


def test_an_exception_in_the_formula_is_shown_by_both(session):
    stepper = gn.Stepper(np.sum(Raises()(gn.Parameter([1.0]))).graph)
    ended = session(stepper, "j 3", "s", "n", "c", "p index")
    assert "ValueError: broken" in ended[2]
    assert "*** ValueError: broken" in ended.text
    assert stepper.index == 3
    assert ended.debugger.ending == "quit"


def test_formulas_of_the_library(session, stepper):
    ended = session(stepper, "n 2", "s", "c")
    assert "activations.py" in ended[1]
    assert ended[2].startswith("[3/12] forward  dense_1/sigmoid")


def test_an_operation_without_a_formula_of_its_own(session):
    stepper = gn.Stepper(np.sum(gn.Parameter([1.0]) * 2.0).graph)
    session(stepper, "s", "c", "s", "c", "s", "c", "s", "c")
    assert stepper.index == 4


def test_who_traced_before_traces_again(session, shifted):
    seen = []

    def tracer(frame, event, argument):
        seen.append(event)

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        session(shifted, "s", "c")
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def test_an_empty_line_of_a_script_repeats_nothing_in_pdb_either(session, shifted):
    ended = session(shifted, "n", "s", "n", "", "p missing", "c")
    assert ended[3] == ""
    assert "NameError" in ended[4]


def test_what_one_changes_in_a_formula_holds_until_one_goes_back(session, shifted):
    x = shifted.graph["x"]
    changed = ["n 4", "s", "n", "!output_grad = output_grad * 0", "c", "c"]
    ended = session(shifted, *changed, "p float(norm(x.grad))", "rn 2", "c", "q")
    assert ended[6] == "0.0"
    assert x.grad.tolist() == [[5.0, 6.0], [5.0, 6.0]]


def test_an_edit_goes_by_the_formula_alone(session, shifted):
    changed = ["n 4", "s", "n", "!output_grad = output_grad * 0", "c"]
    ended = session(shifted, *changed, "set shifted.grad = 2", "c", "q")
    assert ended
    assert shifted.graph["x"].grad.tolist() == [[10.0, 12.0], [10.0, 12.0]]
    shifted.undo()
    assert shifted.graph["x"].grad.tolist() == [[5.0, 6.0], [5.0, 6.0]]
