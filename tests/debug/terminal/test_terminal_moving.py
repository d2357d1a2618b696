"""The commands that move: pdb's forwards, gdb's backwards."""

import numpy as np
import pytest

import graphnn as gn


def places(answers):
    """Take the place, [index/steps], out of each answer that has one."""
    return [a.partition("]")[0].lstrip("[") for a in answers if a.startswith("[")]


def test_a_stop_shows_where_what_and_what_is_next(session, stepper):
    text = session(stepper, "n", "n")[0]
    lines = text.splitlines()
    assert lines[0].startswith(
        "[1/12] forward  dense_1/weight_multiply  (WeightMultiply, conftest.py:"
    )
    assert [line.split()[0] for line in lines[1:]] == [
        "input_",
        "param",
        "output",
        "next:",
    ]
    assert lines[-1] == "next: forward  dense_1/bias_add  (BiasAdd)"
    assert all(len(line) <= 80 for line in lines)


def test_the_beginning_is_shown_first(session, stepper):
    text = session(stepper).text
    assert text.startswith(
        "[0/12] before the first step\n"
        "next: forward  dense_1/weight_multiply  (WeightMultiply)\n"
    )


@pytest.mark.parametrize(
    ("lines", "index"),
    [
        (["n"], 1),
        (["next"], 1),
        (["ne"], 1),
        (["n 3"], 3),
        (["n", ""], 1),
        (["n 99"], 12),
        (["c"], 12),
        (["cont"], 12),
        (["continue"], 12),
        (["j 7"], 7),
        (["jump 7"], 7),
        (["j 7", "j +2"], 9),
        (["j 7", "j -2"], 5),
        (["j 7", "j -99"], 7),
        (["j 7", "j +99"], 7),
        (["j end"], 12),
        (["j 7", "j 0"], 0),
        (["n 5", "rn"], 4),
        (["n 5", "rn 2"], 3),
        (["n 5", "reverse-next"], 4),
        (["n 5", "rs"], 4),
        (["n 5", "reverse-s"], 4),
        (["n 5", "rc"], 0),
        (["n 5", "reverse-continue"], 0),
        (["n 5", "restart"], 0),
        (["n 5", "run"], 0),
        (["n", "r"], 4),  # out of dense_1
        (["j 8", "return"], 10),  # out of dense_2, backward
        (["until dense_2"], 4),
        (["unt Sigmoid"], 3),
        (["unt mean*"], 6),
        (["n ;; n ;; n"], 3),
    ],
)
def test_where_a_command_leads(session, stepper, lines, index):
    session(stepper, *lines)
    assert stepper.index == index


def test_return_outside_of_layers_goes_to_the_other_pass(session, small):
    session(small, "n", "r")
    assert small.index == 4
    session(small, "r")
    assert small.index == 6


def test_until_without_a_place_leaves_the_line(session):
    x = gn.Parameter([1.0, 2.0])
    y = np.exp(x) + np.exp(2.0 * x)
    z = np.sum(y)
    stepper = gn.Stepper(z.graph)
    session(stepper, "n", "unt")
    assert stepper.current.node.name == "sum"


@pytest.mark.parametrize("command", ["n", "n 12", "c", "r", "unt", "unt sigmoid"])
def test_breakpoints_stop_what_goes_on(session, stepper, command):
    session(stepper, "n", "b bias_add", "j 0", "n", command)
    assert stepper.index == 2
    assert stepper.stop.breakpoint is None or stepper.stop.reason == "breakpoint"


def test_a_count_stops_at_a_breakpoint_and_says_so(session, stepper):
    answers = session(stepper, "b sigmoid", "n 12").answers
    assert answers[1].startswith("Breakpoint 1\n[3/12] forward  dense_1/sigmoid")


def test_at_the_ends_one_is_told_what_to_do(session, stepper):
    for line in ("n", "c", "s", "unt sigmoid"):
        answers = session(stepper, "j end", line).answers
        assert answers[1] == (
            "The pass is at its end. Back: rn, rc, restart. Leave: q"
        ), line
    for line in ("rn", "rc", "rs"):
        answers = session(stepper, "j 0", line).answers
        assert answers[1] == "The pass is at its beginning. On: n, c. Leave: q", line


def test_the_header_after_the_last_step(session, stepper):
    assert session(stepper, "c")[0].endswith("next: none, the pass is complete")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("n x", "a count is a whole number from 1, not 'x'"),
        ("n 0", "a count is a whole number from 1, not '0'"),
        ("n -1", "not '-1'"),
        ("rn 1.5", "not '1.5'"),
        ("c 3", "continue takes no argument"),
        ("r 3", "return takes no argument"),
        ("s in", "step takes no argument"),
        ("restart now", "restart takes no argument"),
        ("q now", "quit takes no argument"),
        ("rc 2", "reverse-continue takes no argument"),
        ("j", "jump takes an index from 0 to 12"),
        ("j x", "jump takes an index from 0 to 12, not 'x'"),
        ("j 13", "the pass has 12 steps: there is no index 13"),
        ("unt sigmiod", "Did you mean 'sigmoid'?"),
        ("unt", "No step has been taken yet"),
        ("r", "No step has been taken yet"),
    ],
)
def test_bad_arguments_are_refused_and_nothing_moves(session, stepper, line, says):
    answer = session(stepper, line)[0]
    assert answer.startswith("*** ")
    assert says in " ".join(answer.split())
    assert stepper.index == 0


# -- leaving ---------------------------------------------------------------------------
@pytest.mark.parametrize("line", ["q", "quit", "exit", "EOF", "quit()", "exit()"])
def test_quitting(session, stepper, line):
    ended = session(stepper, line, "n")
    assert ended.debugger.ending == "quit"
    assert stepper.index == 0


def test_the_end_of_the_input_quits(session, stepper):
    ended = session(stepper, "n")
    assert ended.debugger.ending == "quit"
    assert ended.text.endswith("(gnn) \n")


@pytest.mark.parametrize(
    ("lines", "ending"),
    [
        (["c"], "continue"),
        (["n 12", "c"], "continue"),
        (["n 12", "n"], "next"),
        (["n 12", "s"], "next"),
        (["q"], "quit"),
    ],
)
def test_in_a_program_the_end_of_the_pass_goes_on(session, stepper, lines, ending):
    ended = session(stepper, *lines, "n", in_program=True)
    assert ended.debugger.ending == ending


def test_in_a_program_a_breakpoint_still_stops(session, stepper):
    ended = session(stepper, "b sigmoid", "c", in_program=True)
    assert ended.debugger.ending == "quit"  # by the end of the input
    assert stepper.index == 3


# -- what goes wrong in a formula ------------------------------------------------------
class Fragile(gn.Operation):
    def _output(self):
        return 1.0 * self.input_

    def _input_grad(self, output_grad):
        raise RuntimeError("the formula is broken")


def test_an_exception_in_a_formula_names_node_and_line(session):
    stepper = gn.Stepper(np.sum(Fragile()(gn.Parameter([1.0]))).graph)
    ended = session(stepper, "c", "p 1")
    lines = ended[0].splitlines()
    assert lines[0] == "*** RuntimeError: the formula is broken"
    assert "in _input_grads of fragile (Fragile, test_terminal_moving.py" in lines[1]
    place = " ".join(ended[0].partition("\n    at")[2].split())
    assert "test_terminal_moving.py" in place
    assert ", in _input_grad [" in place
    assert "Traceback" not in ended.text
    assert "activations.py" not in ended.text
    assert ended[1] == "1"  # the session goes on


def test_after_an_exception_one_sees_where_one_stands(session):
    stepper = gn.Stepper(np.sum(Fragile()(gn.Parameter([1.0]))).graph)
    ended = session(stepper, "c")
    assert stepper.index == 3
    assert "[3/4] backward  sum" in ended[0]


@pytest.mark.filterwarnings("default")
def test_warnings_are_a_line_without_library_code(session):
    with np.errstate(divide="ignore"):
        y = np.sum(np.log(gn.Parameter([1.0]) - 1.0))
    ended = session(gn.Stepper(y.graph), "n", "n")
    first, second, *_ = ended[1].splitlines()
    assert first == "RuntimeWarning at [2/6] log: divide by zero encountered in log"
    assert second.startswith("[2/")
    assert "elementary.py" not in ended.text


@pytest.mark.parametrize("line", ["j -99", "j +99", "j 99", "j -4"])
def test_no_jump_out_of_the_pass(session, stepper, line):
    ended = session(stepper, "n 3", line, "p index")
    assert ended[1].startswith("*** the pass has 12 steps: there is no index ")
    assert ended[2] == "3"


def test_a_jump_by_as_far_as_there_is(session, stepper):
    ended = session(stepper, "n 3", "j +9", "j -12")
    assert ended[1].startswith("[12/12]")
    assert ended[2].startswith("[0/12]")


@pytest.mark.parametrize("line", ["j 13", "j 99"])
def test_an_index_beyond_the_end_is_refused_in_the_words_of_the_prompt(
    session, stepper, line
):
    answer = session(stepper, line)[0]
    assert answer.startswith("*** the pass has 12 steps: there is no index")
    assert "To a node: until NAME. Steps back: rn." in " ".join(answer.split())
    assert "(" not in answer
    assert stepper.index == 0
