"""Values at the prompt: expressions, nodes, source text."""

import sys

import numpy as np
import pytest

import graphnn as gn


class Doubled(gn.Operation):
    """Twice a value."""

    def __init__(self, factor=2.0):
        self.factor = factor

    def _output(self):
        self.kept = self.input_ + 1.0
        return self.factor * self.input_

    def _input_grad(self, output_grad):
        return self.factor * output_grad


@pytest.fixture
def doubled():
    with gn.Graph(), gn.scope("block"):
        x = gn.Parameter([[1.0, 2.0], [3.0, 4.0]], name="x")
        return gn.Stepper(np.sum(Doubled()(x)).graph)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("p 1 + 1", "2"),
        ("1 + 1", "2"),
        ("p 'text'", "'text'"),
        ("p None", "None"),
        ("p output.shape", "(2, 2)"),
        ("output.shape", "(2, 2)"),
        ("p name", "'block/doubled'"),
        ("p phase, index", "('forward', 1)"),
        ("p norm(output) > 1", "True"),
        ("p node.factor", "2.0"),
        ("p self.factor", "2.0"),
        ("p block/doubled.output.shape", "(2, 2)"),
        ("p node('block/doubled').shape", "(2, 2)"),
        ('p g["block/doubled"].shape', "(2, 2)"),
        ("p graph", "<Graph: 3 nodes>"),
        ("p doubled.shape", "(2, 2)"),
        ("p limit", "40"),
        ("limit", "40"),
        ("p 'block/doubled'", "'block/doubled'"),
        ("p sum([1, 2])", "3"),
        ("p [norm(output) for _ in range(2)] == 2 * [norm(output)]", "True"),
        ("p (lambda: output.shape)()", "(2, 2)"),
        ("p np.log(0.0)", "np.float64(-inf)"),
        ("whatis 1", "<class 'int'>"),
        ("whatis output", "<class 'numpy.ndarray'>  float64 (2, 2)"),
        ("whatis norm", "Function norm"),
        ("whatis np.ndarray", "Class numpy.ndarray"),
        ("pp {'a': 1}", "{'a': 1}"),
        ("pp output", "[[2., 4.],\n [6., 8.]]"),
        ("pp block/doubled", "[[2., 4.],\n [6., 8.]]"),
    ],
)
def test_expressions(session, doubled, line, answer):
    assert session(doubled, "n", line, namespace={"limit": 40})[1] == answer


def test_arrays_are_statistics_and_a_small_picture(session, doubled):
    lines = session(doubled, "n", "p output")[1].splitlines()
    assert lines[0].startswith("float64 (2, 2)  min 2  mean 5  max 8  norm 10.95")
    assert lines[1:] == ["[[2. 4.]", " [6. 8.]]"]


def test_nodes_are_shown_with_value_and_gradient(session, doubled):
    lines = session(doubled, "c", "block/doubled")[1].splitlines()
    assert lines[0] == "block/doubled  (Doubled)"
    assert lines[1].startswith("float64 (2, 2)")
    assert lines[-1].startswith("grad: float64 (2, 2)  min 1")
    assert "no value yet" in session(doubled, "restart", "p block/doubled")[1]


def test_a_name_of_the_program_is_before_that_of_a_node(session, doubled):
    assert session(doubled, "n", "p sum", namespace={"sum": 7})[1] == "7"
    assert "no value yet" in session(doubled, "p block/sum")[0]


def test_a_node_that_is_called_like_a_function_of_pythons(session):
    stepper = gn.Stepper(np.sum(np.abs(gn.Parameter([1.0, -2.0], name="w"))).graph)
    answers = session(stepper, "n 2", "p sum", "p sum([1, 2])").answers
    assert answers[1].startswith("sum  (Sum)")
    assert answers[2] == "3"


def test_looking_leaves_no_trace_in_the_graph(session, doubled):
    before = len(doubled.graph)
    session(doubled, "n", "p np.exp(node)", "node + 1", "!y = node * 2")
    assert len(doubled.graph) == before


# -- statements ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("lines", "answer"),
    [
        (["!k = 3", "k"], "3"),
        (["k = 3", "k + 1"], "4"),
        (["n = 3", "!n"], "3"),
        (["s = [1, 2]", "s[0]"], "1"),
        (["k = 3", "k += 1", "k"], "4"),
        (["for i in range(3): total = i", "total"], "2"),
        (["import math", "math.pi > 3"], "True"),
        (["def f(x): return x + 1", "f(1)"], "2"),
        (["k = 1", "del k", "k"], "*** "),
        (["limit = 5", "p limit"], "5"),
        (["def f(): return output.shape", "f()"], "(2, 2)"),
        (["!"], ""),
    ],
)
def test_statements(session, doubled, lines, answer):
    ended = session(doubled, "n", *lines, namespace={"limit": 40})
    assert ended[len(lines)].startswith(answer)
    assert doubled.index == 1


def test_printing_from_a_statement_goes_where_the_debugger_writes(session, doubled):
    assert session(doubled, "n", "print(output.shape)")[1] == "(2, 2)"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("p nothing", "NameError: name 'nothing' is not defined"),
        ("p outptu.max()", "Did you mean 'output'?"),
        ("p duobled", "Did you mean"),
        ("sys_exit()", "SystemExit"),
        ("p output +", "SyntaxError: invalid syntax"),
        ("p output.nothing", "AttributeError"),
        ("p block/nothing", "NameError"),
        ("!nothing", "NameError"),
        ("p", "p takes an expression"),
        ("pp", "pp takes an expression"),
        ("whatis", "whatis takes an expression"),
        ("nxet", "'nxet' is neither a command nor the name of something"),
        ("nxet", "Did you mean 'next'?"),
        ("brek sigmoid", "Did you mean 'break'?"),
        ("qwertz", "The commands: help"),
        ("p g['block/doubed']", "Did you mean 'block/doubled'?"),
    ],
)
def test_errors_are_one_line_and_a_fix(session, doubled, line, says):
    ended = session(doubled, "n", line, "p 1", namespace={"sys_exit": sys.exit})
    assert ended[1].startswith("*** ")
    assert says in ended[1]
    assert ended[2] == "1"
    assert "Traceback" not in ended.text


def test_an_exception_in_a_function_of_the_users_names_its_line(session, doubled):
    def broken():
        raise ValueError("mine")

    answer = session(doubled, "broken()", namespace={"broken": broken})[0]
    first, *place = answer.splitlines()
    assert first == "*** ValueError: mine"
    assert place[0].startswith("    at")
    assert "test_terminal_looking.py" in "".join(place)
    assert "".join(place).endswith("broken")


# -- nodes -----------------------------------------------------------------------------
def test_args(session, doubled):
    lines = session(doubled, "n", "a")[1].splitlines()
    assert lines[0].split()[:2] == ["input_", "block/x"]
    assert lines[1].split() == ["factor", "2.0"]
    assert lines[2].split()[0] == "kept"
    assert lines[2].endswith("(left by the formula)")
    assert lines[3].split() == ["goes", "to", "block/sum"]


def test_args_of_another_node(session, doubled):
    answer = session(doubled, "n", "a block/sum")[1]
    assert "inputs[0]" in answer
    assert "block/doubled" in answer
    assert "Did you mean" in session(doubled, "a block/smu")[0]


def test_retval(session, stepper):
    assert session(stepper, "n", "rv")[1].startswith("float64 (5, 4)")
    backward = session(stepper, "j 9", "rv")[1]
    assert backward.startswith("2 values\n[0] float64 (5, 4)")


@pytest.mark.parametrize("line", ["a", "rv", "source"])
def test_before_the_first_step_there_is_nothing(session, stepper, line):
    answer = session(stepper, line)[0]
    assert answer == "*** No step has been taken yet\n    Take one: n"


def test_source(session, doubled):
    answer = session(doubled, "n", "source")[1]
    assert "test_terminal_looking.py:" in answer.splitlines()[0]
    assert "def _input_grad(self, output_grad):" in answer
    assert "class Doubled" in session(doubled, "source block/doubled")[0]
    assert "def norm" in session(doubled, "n", "source norm")[1]
    assert session(doubled, "source 3")[0].startswith("*** no source text")
    assert session(doubled, "source nothing")[0].startswith("*** ")


# -- display ---------------------------------------------------------------------------
def test_display_shows_what_has_changed(session, stepper):
    answers = session(
        stepper, "n", "display output.shape", "n", "n 2", "display", "undisplay", "n 2"
    ).answers
    assert answers[1] == "display output.shape: (5, 4)"
    assert "display" not in answers[2]
    assert answers[3].endswith("display output.shape: (5, 1)\n    [old: (5, 4)]")
    assert answers[4] == "Currently displaying:\noutput.shape: (5, 1)"
    assert "display" not in answers[6]


def test_display_of_what_raises(session, stepper):
    answers = session(stepper, "display big.max()", "big = np.ones(1)", "n").answers
    assert answers[0].startswith("display big.max(): ** raised NameError")
    assert "[old: ** raised NameError" in answers[2]


def test_display_of_arrays_compares_their_elements(session, stepper):
    answers = session(stepper, "n", "display output * 1", "j 2", "j 2").answers
    assert "display output * 1: float64" in answers[1]
    assert "[old:" not in answers[3]


def test_undisplay(session, stepper):
    answers = session(
        stepper, "display 1", "display 2", "undisplay 1", "display", "undisplay 3"
    ).answers
    assert answers[3] == "Currently displaying:\n2: 2"
    assert answers[4].startswith("*** not displaying 3")


def test_interact(session, doubled):
    ended = session(doubled, "n", "interact", "output.shape", "k = 1")
    assert "*interactive*" in ended.text
    assert ">>> output.shape" in ended.text
    assert ">>> output.shape\n(2, 2)\n>>> k = 1\n>>> \n" in ended.text
    assert "*back*" in ended.text


def test_the_names_of_a_step_before_the_first(session, doubled):
    answer = session(doubled, "p output")[0]
    assert answer == "None  (no step has been taken yet: n)"


def test_the_gradient_by_its_short_name(session, doubled):
    assert session(doubled, "c", "p grad is output_grad")[1] == "True"
