"""Where one stands: the tape, the levels around the node, the user's file."""

import io

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.terminal.debugger import Debugger


def rows(answer):
    """Split a list of steps: number, signs, phase, name, the rest."""
    return [
        (int(line[:4]), line[5:8], *line[9:].split(maxsplit=2))
        for line in answer.splitlines()
    ]


def test_the_tape_around_the_cursor(session, stepper):
    listed = rows(session(stepper, "b sigmoid", "j 10", "rn 2", "l")[3])
    assert [row[0] for row in listed] == list(range(2, 13))
    signs = {row[0]: row[1] for row in listed}
    assert signs[2] == "  ✓"
    assert signs[3] == "● ✓"
    assert signs[8] == "  →"
    assert signs[9] == "  ·"
    assert signs[10] == "● ·"
    assert signs[11] == "   "
    assert listed[1][2:] == ("forward", "dense_1/sigmoid", "(5, 4)  norm 2.23")
    assert listed[10][2:] == ("backward", "dense_1/weight_multiply")


def test_what_is_edited_and_what_is_not_finite(session, small):
    session(small, "n", "set output[0] = np.inf")
    listed = rows(session(small, "n", "ll")[1])
    assert listed[0][1] == " ✎✓"
    assert listed[1][1] == " !→"


def test_signs_in_ascii(stepper):
    target = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    source = io.StringIO("b sigmoid\nj 5\nrn\nl\nw\nh list\n")
    Debugger(stepper, source, target, namespace={}).interact()
    target.seek(0)
    text = target.read()
    assert "  3 B + forward" in text
    assert "  4   > forward" in text
    assert "  5   . forward" in text


def test_listing_again_goes_on_and_a_dot_comes_back(session):
    node = gn.Parameter([1.0], name="w")
    for _ in range(20):
        node = node + 1.0
    stepper = gn.Stepper(np.sum(node).graph)
    ended = session(stepper, "j 10", "l", "l", "l", "l", "l", "l .", "n", "l")
    first = [rows(ended[i])[0][0] for i in (1, 2, 3, 6, 8)]
    assert first == [5, 16, 27, 5, 6]
    assert [row[0] for row in rows(ended[4])] == [38, 39, 40, 41, 42]
    assert ended[5] == "[end of the pass]"


@pytest.mark.parametrize(
    ("line", "numbers"),
    [
        ("l 3, 5", [3, 4, 5]),
        ("l 3,2", [3, 4, 5]),
        ("l 6", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ("list 12", [7, 8, 9, 10, 11, 12]),
        ("ll", list(range(1, 13))),
        ("longlist", list(range(1, 13))),
    ],
)
def test_ranges(session, stepper, line, numbers):
    assert [row[0] for row in rows(session(stepper, line)[0])] == numbers


@pytest.mark.parametrize("line", ["l x", "l 1, x", "l 1, 2, 3", "l -1"])
def test_bad_ranges(session, stepper, line):
    assert session(stepper, line)[0].startswith("*** Error in argument")


def test_long_rows_are_cut_to_the_width(session):
    with gn.scope("a" * 50), gn.scope("b" * 50):
        y = np.sum(gn.Parameter([1.0]) * 2.0)
    stepper = gn.Stepper(y.graph)
    for line in ("ll", "n", "w", "u", "n", "a"):
        assert max(map(len, session(stepper, line).text.splitlines())) <= 80


# -- levels ----------------------------------------------------------------------------
def test_where_shows_line_layers_node_and_flow(session, stepper):
    lines = session(stepper, "n 3", "w")[1].splitlines()
    assert lines[0].endswith(")network()")
    assert "conftest.py(" in lines[0]
    assert lines[1].startswith("-> [gn.Dense(4")
    assert lines[2] == "  dense_1/  Dense"
    assert lines[3] == "> dense_1/sigmoid  Sigmoid"
    assert lines[4].split()[0] == "input_"
    assert lines[5].split()[0] == "output"
    assert lines[6].startswith("next: ")


def test_where_at_the_beginning(session, stepper):
    answer = session(stepper, "w")[0]
    assert answer.splitlines()[0] == "Before the first step."
    assert "next: forward" in answer


def test_up_and_down(session, stepper):
    answers = session(stepper, "n 3", "u", "u", "u", "d 2", "d", "u -1", "d 9").answers
    assert answers[1] == "> dense_1/  Dense"
    assert answers[2].splitlines()[1].startswith("-> [gn.Dense")
    assert answers[3] == "*** Oldest frame"
    assert answers[4] == "> dense_1/sigmoid  Sigmoid"
    assert answers[5] == "*** Newest frame"
    assert answers[6].endswith(
        '-> [gn.Dense(4, "sigmoid"), gn.Dense(1)], gn.MeanSquaredError(), seed=0'
    )
    assert answers[7] == answers[4]


@pytest.mark.parametrize("line", ["u x", "d x", "u 1.5"])
def test_bad_levels(session, stepper, line):
    answer = session(stepper, "n 3", "u", line)[2]
    assert answer.startswith("*** Invalid frame count")


def test_at_a_line_it_is_the_file_that_is_listed(session, stepper):
    ended = session(stepper, "n 3", "u 2", "l", "d 2", "l", "u 2", "ll")
    listed = ended[2].splitlines()
    assert any("->  " in line and "gn.Dense(4" in line for line in listed)
    assert len(listed) == 11
    assert "dense_1/sigmoid" in ended[4]
    assert ended[6].splitlines()[0].startswith('   1      """Debuggers')


def test_the_functions_of_the_program(session, stepper):
    def training_loop():
        rate = 0.125
        return rate, session(
            stepper, "n", "u", "u", "u", "p rate", "l", in_program=True
        )

    _, ended = training_loop()
    assert ended[3].startswith("> ")
    assert ended[3].splitlines()[0].endswith(")run_session()")
    assert ended[4].startswith("*** NameError") or ended[4] == "0.125"
    answers = session(stepper, "w", in_program=True)[0]
    assert "test_the_functions_of_the_program()" in answers


def test_the_names_of_a_level(session, stepper):
    import sys

    def inner():
        rate = 0.5
        assert rate
        return sys._getframe()

    frame = inner()
    answers = session(stepper, "p rate", "n", "p rate", frame=frame).answers
    assert answers[0] == "0.5"
    assert answers[2] == "0.5"


def test_info(session, stepper):
    answer = session(stepper, "b sigmoid", "n", "info")[2]
    assert "12 steps: 6 forward, 6 backward; not training" in answer
    assert "at index 1" in answer
    assert "1 breakpoints (b), 0 edits (changes)" in answer
    assert session(stepper, "info b")[0] == session(stepper, "b")[0]
    assert session(stepper, "info display")[0] == "Nothing."
    assert session(stepper, "info x")[0].startswith("*** info takes breakpoints")


def test_before_the_first_step_in_a_program_it_is_the_steps_that_are_listed(
    session, stepper
):
    answers = session(stepper, "l", "ll", "u", "l", in_program=True).answers
    assert rows(answers[0])[0][2:] == ("forward", "dense_1/weight_multiply")
    assert rows(answers[1])[-1][0] == 12
    assert "->" in answers[3]


def test_colours(session, stepper, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    answers = session(stepper, "n 2", "ll", "w", "u", "u", "l", "nothing").answers
    current, ahead = "\x1b[1;38;5;164m", "\x1b[38;5;30m"
    first, second, third, *_ = answers[1].splitlines()
    assert not first.startswith("\x1b")
    assert second.startswith(current)
    assert third.startswith(ahead)
    marked = [line for line in answers[2].splitlines() if current in line]
    assert [line[:2] for line in marked] == ["> "]
    here = [line for line in answers[5].splitlines() if line.startswith(current)]
    assert len(here) == 1
    assert "->" in here[0]
    assert answers[6].startswith("\x1b[1;38;5;160m***\x1b[0m ")
