"""Names of the step: before the first one, without a gradient, in Python's prompt."""

import pytest


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
