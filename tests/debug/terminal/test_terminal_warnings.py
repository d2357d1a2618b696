"""What NumPy warns of while the debugger moves: a line, with the step."""

import warnings

import numpy as np
import pytest

import graphnn as gn

pytestmark = pytest.mark.filterwarnings("always")


def warned(ended):
    return [line for line in ended.text.splitlines() if "Warning" in line]


@pytest.fixture
def logarithms():
    w = gn.Parameter([0.0, -1.0], name="w")
    with np.errstate(all="ignore"):
        return gn.Stepper(np.sum(np.log(w) + np.sqrt(w) + np.log(w * 1.0)).graph)


def test_a_warning_names_its_step_and_comes_once(session, logarithms):
    ended = session(logarithms, "c")
    lines = warned(ended)
    assert lines[0].startswith("RuntimeWarning at [1/14] log: divide by zero")
    assert len(lines) == len(set(lines))
    assert "RuntimeWarning at [1/14] log: invalid value encountered in log" in lines
    assert "RuntimeWarning at [2/14] sqrt: invalid value encountered in sqrt" in lines


def test_the_step_is_that_of_the_header(session, logarithms):
    ended = session(logarithms, "n", "n")
    assert ended[1].splitlines()[0].startswith("RuntimeWarning at [2/14] sqrt: ")
    assert ended[1].splitlines()[1].startswith("[2/14] forward  sqrt")


def test_in_the_backward_pass(session, logarithms):
    session(logarithms, "j 7")
    lines = warned(session(logarithms, "c"))
    assert lines
    for line in lines:
        assert int(line.partition("[")[2].partition("/")[0]) > 7


def test_what_an_expression_warns_of_is_of_no_step(session, small):
    def warn():
        warnings.warn("mind", UserWarning, stacklevel=1)

    ended = session(small, "warn()", "n", "warn()", namespace={"warn": warn})
    assert ended[0] == "UserWarning: mind"
    assert ended[2] == "UserWarning: mind"


class Warns(gn.Operation):
    def _output(self):
        warnings.warn("in the formula", UserWarning, stacklevel=1)
        return self.input_ * 2.0

    def _input_grad(self, output_grad):
        return output_grad * 2.0


def test_a_warning_of_the_users_own(session):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stepper = gn.Stepper(np.sum(Warns()(Warns()(gn.Parameter([1.0])))).graph)
    ended = session(stepper, "c")
    assert warned(ended) == ["UserWarning at [1/6] warns: in the formula"]


def test_warnings_are_pythons_again_afterwards(session, logarithms):
    before = warnings.showwarning
    session(logarithms, "c")
    assert warnings.showwarning is before
