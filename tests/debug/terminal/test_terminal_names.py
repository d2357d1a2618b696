"""Names of the step: before the first one, without a gradient, in Python's prompt."""

import numpy as np
import pytest

import graphnn as gn


def test_before_the_first_step_names_are_none(session, small):
    ended = session(
        small, "p output", "p norm(output_grad), np.pi, node", "output_grad.max()"
    )
    assert ended[0] == "None  (no step has been taken yet: n)"
    assert ended[1] == "(None, 3.141592653589793, None)"
    assert ended[2].splitlines() == [
        "*** AttributeError: 'NoneType' object has no attribute 'max'",
        "    No step has been taken yet, the names of the step are None: n",
    ]


def test_nodes_are_known_before_the_first_step(session, small):
    ended = session(small, "p node('w').shape", "p w.shape", "norm(w)")
    assert ended.answers[:3] == ["(2,)", "(2,)", "5.0"]


def test_displays_from_the_beginning(session, small):
    ended = session(
        small, "display norm(output_grad)", "display output_grad.max()", "n", "j 4"
    )
    assert ended[0] == "display norm(output_grad): None"
    assert ended[1] == "display output_grad.max(): None"
    assert "display" not in ended[2]
    assert "display norm(output_grad): 1.0\n    [old: None]" in ended[3]


def test_displays_that_raise_for_another_reason_say_so(session, small):
    ended = session(small, "display output.maxx()", "n", "display 1 +")
    assert ended[0] == "display output.maxx(): None"
    assert "** raised AttributeError: 'numpy" in ended[1]
    assert "** raised SyntaxError" in ended[2]


def test_none_in_a_forward_step_is_explained(session, small):
    ended = session(small, "n", "output_grad.max()", "None + 1")
    assert ended[1].endswith("\n    In a forward step the gradients are None.")


@pytest.mark.parametrize("line", ["exit()", "quit()", "raise SystemExit", "EOF"])
def test_ways_out_of_pythons_own_prompt(session, small, line):
    if line == "EOF":
        ended = session(small, "n", "interact")
    else:
        ended = session(small, "n", "interact", "exit", line, "n")
        assert "Use exit() or Ctrl-D to come back to the debugger" in ended.text
        assert "*back*" in ended[-3]
        assert ended[-2].startswith("[2/6]")
    assert "*back*\n" in ended.text
    assert "***" not in ended.text
    assert not ended.debugger.stdin.closed


def test_names_of_the_program_hide_the_way_out(session, small):
    ended = session(small, "interact", "exit", "quit()", namespace={"exit": 42})
    assert "42" in ended.text


def first_line(answer):
    return answer.splitlines()[0]


def test_why_of_the_names_of_the_step(session, small):
    ended = session(
        small,
        *["c", "j 5", "why", "why output_grad[1]", "why grad", "why input_grad[1]"],
        *["why input_grads[0]", "why inputs[0]", "why output", "why input_"],
    )
    assert "power" in first_line(ended[2])
    assert "power" in first_line(ended[3])
    assert "multiply" in first_line(ended[5])
    assert "[1]" in first_line(ended[5])
    assert "multiply" in first_line(ended[6])
    assert ended[7].splitlines() == [
        "*** inputs is a value: why explains gradients",
        "    Its gradient: why input_grads. What came in: a",
    ]
    assert "Its gradient: why grad." in ended[8]
    assert "Its gradient: why input_grad." in ended[9]


def test_why_of_the_second_input(session, small):
    ended = session(small, "c", "j end", "why input_grads[1][0]", "why input_grads[7]")
    assert first_line(ended[2]).startswith("w")
    assert ended[3].splitlines()[0] == "*** which of the 2 input_grads?"


def test_why_of_the_parameter(session, stepper):
    ended = session(stepper, "j 9", "why param_grad[0, 0]", "j 7", "why param_grad")
    assert "dense_2" in first_line(ended[1])
    assert "weight" in first_line(ended[1])
    assert ended[3].startswith("*** mean_squared_error has no parameter")


def test_why_before_the_first_step(session, small):
    ended = session(small, "why grad", "why input_grad", "why")
    for answer in ended.answers[:3]:
        assert answer == "*** No step has been taken yet\n    Take one: n"


@pytest.mark.parametrize(
    ("typed", "watched"),
    [
        ("input_grad[1]", "multiply.grad[1]"),
        ("input_grads[0]", "multiply.grad"),
        ("output_grad", "power.grad"),
        ("'w'.grad[1]", "w.grad[1]"),
    ],
)
def test_watching_sticks_to_the_node(session, small, typed, watched):
    ended = session(small, "j 2", f"watch {typed}", "b")
    assert ended[1] == f"Watchpoint 1 at {watched}"


def test_a_watched_parameter_of_the_step(session, stepper):
    ended = session(stepper, "n", "watch param_grad[0, 0]", "c")
    assert "Watchpoint 1 at " in ended[1]
    assert ended[2].startswith("Watchpoint 1: ")
    assert stepper.index == 12


def test_the_nodes_of_a_layer(session, stepper):
    ended = session(stepper, "p dense_1", "dense_1", "len(dense_1)", "p dense_3")
    lines = ended[0].splitlines()
    assert "dense_1/sigmoid          Sigmoid" in lines
    assert all(line.startswith("dense_1/") for line in lines)
    assert ended[1] == ended[0]
    assert ended[2] == str(len(lines))
    assert ended[3].startswith("*** NameError")


def test_layers_in_layers(session):
    with gn.scope("decoder"), gn.scope("gate"):
        y = np.tanh(gn.Parameter([1.0], name="w"))
    ended = session(gn.Stepper(np.sum(y).graph), "decoder/gate", "gate", "gate[1].name")
    assert ended[0] == "decoder/gate/w     Parameter\ndecoder/gate/tanh  Tanh"
    assert ended[1] == ended[0]
    assert ended[2] == "'decoder/gate/tanh'"


@pytest.fixture
def odd():
    """Over the sum of the squares of what has brackets in its name."""
    w = gn.Parameter([[1.0, 2.0], [3.0, 4.0]], name="größe[0]")
    return gn.Stepper(np.sum(w * w).graph)


@pytest.mark.parametrize(
    "name", ['"größe[0]"', "'größe[0]'", "größe[0]", '"größe[0]".grad']
)
def test_quoted_names_with_an_index(session, odd, name):
    ended = session(odd, "c", f"why {name}[1, 1]", f"why {name}", f"watch {name}[1, 0]")
    assert first_line(ended[1]).startswith("größe[0]")
    assert "8" in ended[1]
    assert first_line(ended[2]).startswith("größe[0]")
    assert ended[3] == "Watchpoint 1 at größe[0].grad[1, 0]"


def test_setting_by_a_quoted_name(session, odd):
    ended = session(odd, 'set "größe[0]"[1, 1] = 7', 'p node("größe[0]").value[1, 1]')
    assert first_line(ended[0]) == "größe[0]"
    assert "7.0" in ended[1]
    ended = session(odd, "c", "set 'größe[0]'.grad = 7", 'p node("größe[0]").grad[0]')
    assert first_line(ended[1]) == "größe[0].grad"
