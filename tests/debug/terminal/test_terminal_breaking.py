"""Breakpoints at the prompt: pdb's words for them, watchpoints, logs."""

import re

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.terminal.debugger import Debugger


def stops(session_, stepper, *lines):
    """List the indices at which a session stopped."""
    text = session_(stepper, *lines).text
    return [int(found) for found in re.findall(r"^\[(\d+)/", text, re.MULTILINE)][1:]


@pytest.mark.parametrize(
    ("set_", "expected"),
    [
        (["b sigmoid"], [3, 10]),
        (["b dense_1/sigmoid"], [3, 10]),
        (["b Sigmoid"], [3, 10]),
        (["break sigmoid"], [3, 10]),
        (["b forward sigmoid"], [3]),
        (["b backward sigmoid"], [10]),
        (["b backward sigmoid, True"], [10]),
        (["b */bias_add"], [2, 5, 8, 11]),
        (["b dense_2"], [4, 5, 8, 9]),
        (["b backward *"], [7, 8, 9, 10, 11, 12]),
        (["b backward"], [7, 8, 9, 10, 11, 12]),
        (["b *, norm(output) > 3"], [1, 2, 11, 12]),
        (["b *, index == 4"], [4]),
        (["tbreak sigmoid"], [3]),
        (["b sigmoid", "condition 1 phase == 'backward'"], [10]),
        (["b sigmoid, False", "condition 1"], [3, 10]),
        (["b bias_add", "ignore 1 3"], [11]),
        (["b bias_add", "ignore 1 3", "ignore 1"], [2, 5, 8, 11]),
        (["b sigmoid", "disable 1"], []),
        (["b sigmoid", "disable 1", "enable 1"], [3, 10]),
        (["b sigmoid", "b mean_squared_error", "clear 1"], [6, 7]),
        (["b sigmoid", "b mean_squared_error", "cl 1 2"], []),
        (["b sigmoid", "clear sigmoid"], []),
        (["b sigmoid", "delete 1"], []),
        (["watch dense_1/weight"], [12]),
        (["watch dense_1/weight.grad[0, 0]"], [12]),
        (["watch output.shape"], [4, 6, 8, 10]),
    ],
)
def test_where_breakpoints_stop_in_both_directions(session, stepper, set_, expected):
    going = [*set_, *["c"] * (len(expected) + 1)]
    ended = stops(session, stepper, *going)
    assert ended == [*[index for index in expected if index < 12], 12]
    if set_[0].startswith("tbreak"):
        return
    found = stops(session, stepper, *["rc"] * (len(expected) + 1))
    assert found == [*[index for index in expected[::-1] if index < 12], 0]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["c", "ignore 1 1", "c", "c"], [2, 8, 11]),
        (["c", "ignore 1 2", "c"], [2, 11]),
        (["c", "ignore 1 3", "c"], [2, 12]),
        (["c", "ignore 1 1", "ignore 1 0", "c"], [2, 5]),
        (["c", "ignore 1 1", "ignore 1", "c"], [2, 5]),
        (["c", "c", "c", "rc", "ignore 1 1", "c"], [2, 5, 8, 5, 11]),  # ahead: no hits
        (["c", "c", "restart", "ignore 1 1", "c"], [2, 5, 0, 5]),
        (["n", "n", "n", "ignore 1 1", "c"], [1, 2, 3, 8]),  # stepped over: a hit
        (["c", "ignore 1 1", "c", "rc", "c"], [2, 8, 0, 8]),
        (["disable 1", "c", "j 3", "enable 1", "ignore 1 1", "c"], [12, 3, 8]),
    ],
)
def test_hits_are_ignored_from_here_on(session, stepper, lines, expected):
    assert stops(session, stepper, "b bias_add", *lines) == expected


def test_the_list_says_how_many_hits_are_still_ignored(session, stepper):
    def ignored():
        return re.findall(r"ignore .*$", session(stepper, "b").text, re.MULTILINE)

    session(stepper, "b bias_add", "c", "ignore 1 2")
    assert ignored() == ["ignore next 2 hits"]
    session(stepper, "until backward mean_squared_error")
    assert ignored() == ["ignore next hit"]
    session(stepper, "c")
    assert ignored() == []
    session(stepper, "restart")
    assert ignored() == ["ignore next 3 hits"]
    assert stepper.breakpoints[1].ignore == 3


def test_another_condition_leaves_as_many_hits_to_be_ignored(session, stepper):
    session(stepper, "b *", "n 3", "ignore 1 1", "condition 1 phase == 'backward'")
    assert "ignore next hit" in session(stepper, "b").text
    session(stepper, "c")
    assert stepper.index == 8


def test_lines_of_the_users_file(session, stepper):
    line = stepper.graph["dense_1/sigmoid"].source.line
    assert stops(session, stepper, f"b conftest.py:{line}", "c", "c")[:2] == [1, 2]
    stepper.seek(0)
    stepper.breakpoints.clear()
    assert stops(session, stepper, f"b conftest:{line}", "c")[:1] == [1]


def test_what_is_said_when_one_is_set(session, stepper):
    answers = session(
        stepper,
        "b sigmoid",
        "b backward bias_add, norm(output_grad) > 1",
        "tbreak *",
        "watch dense_1/weight[0, 0]",
        "log sigmoid, {name}",
    ).answers
    assert answers == [
        "Breakpoint 1 at sigmoid",
        "Breakpoint 2 at bias_add (2 nodes), backward only, if norm(output_grad) > 1",
        "Breakpoint 3 at every step, once",
        "Watchpoint 4 at dense_1/weight.grad[0, 0]",
        "Logpoint 5 at sigmoid",
        "",
    ]


def test_the_list(session, stepper):
    assert session(stepper, "b")[0] == "No breakpoints. Set one: b where"
    listed = session(stepper, "b sigmoid", "tbreak backward *", "disable 1", "b")[
        3
    ].splitlines()
    assert listed[0] == "Num Type         Disp Enb   Where"
    assert listed[1] == "1   breakpoint   keep no    sigmoid"
    assert listed[2].startswith("2   breakpoint   del  yes   every step, backward")


def test_watching_the_gradient_of_this_node(session, small):
    answers = session(small, "n", "watch grad[0]", "c").answers
    assert answers[1] == "Watchpoint 1 at multiply.grad[0]"
    assert small.index == 5


def test_watchpoints_tell_before_and_after(session, small):
    answer = session(small, "watch w.grad[1]", "c")[1]
    assert answer.startswith("Watchpoint 1: w.grad[1]: nothing → 32.0\n[6/6] backward")


def test_names_of_program_nodes_and_prompt_in_conditions(session, small):
    session(small, "b *, norm(w) > limit", "c", namespace={"limit": 4.9})
    assert small.index == 1
    small.breakpoints.clear()
    small.seek(0)
    session(small, "!limit = 40", "b *, norm(output) > limit", "c")
    assert small.index == 2


def test_a_condition_that_raises_stops_there_and_says_so(session, small):
    answer = session(small, "b *, nonsense > 1", "c")[1]
    assert "nonsense" in answer.splitlines()[0]
    assert "NameError" in answer.splitlines()[0]
    assert small.index == 1


def test_logs_go_to_the_debuggers_output(session, stepper):
    ended = session(stepper, "log sigmoid, '{name}: {output.shape}'", "c", "restart")
    assert ended[1].startswith("dense_1/sigmoid: (5, 4)\ndense_1/sigmoid: (5, 4)\n[12/")


# -- commands --------------------------------------------------------------------------
def test_commands_run_at_each_stop(session, stepper):
    ended = session(
        stepper, "b sigmoid", "commands 1", "p index", "p phase", "end", "c", "c"
    )
    assert "(com) p index\n" in ended.text
    assert ended[5].endswith("3\n'forward'")
    assert ended[6].endswith("10\n'backward'")


def test_silent_commands_that_go_on(session, stepper):
    ended = session(
        stepper, "b bias_add", "commands", "silent", "p name", "c", "c", "p index"
    )
    assert ended[5].splitlines()[:4] == [
        "'dense_1/bias_add'",
        "'dense_2/bias_add'",
        "'dense_2/bias_add'",
        "'dense_1/bias_add'",
    ]
    assert ended[5].splitlines()[4].startswith("[12/12]")
    assert ended[6] == "12"


def test_commands_are_listed_and_taken_away(session, stepper):
    answers = session(
        stepper,
        *["b sigmoid", "commands 1", "silent", "p index", "end", "b"],
        *["commands 1", "end", "b"],
    ).answers
    assert answers[5].endswith("sigmoid\n        silent\n        p index")
    assert answers[8].endswith("sigmoid")


def test_many_silent_stops_are_no_recursion(session):
    node = gn.Parameter([1.0], name="w")
    for _ in range(1500):
        node = node + 1.0
    stepper = gn.Stepper(np.sum(node).graph)
    session(stepper, "b *", "commands", "silent", "c", "c")
    assert stepper.index == len(stepper)


def test_commands_end_with_the_input(session, stepper):
    ended = session(stepper, "b sigmoid", "commands 1", "p 1")
    assert ended.debugger.ending == "quit"


# -- clearing --------------------------------------------------------------------------
@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("yes", 0), ("n", 2), ("", 2)])
def test_clearing_all_asks(session, stepper, answer, left):
    ended = session(stepper, "b sigmoid", "b dense_2", "clear", answer, "p 1")
    assert len(stepper.breakpoints) == left
    assert "Clear all breaks? " + answer in ended.text
    assert ended[3].endswith("1")


def test_clearing_says_so(session, stepper):
    answers = session(stepper, "b sigmoid", "clear 1").answers
    assert answers[1] == "Deleted breakpoint 1"


def test_breakpoints_stay_over_restart(session, stepper):
    session(stepper, "b sigmoid", "c", "restart", "c")
    assert stepper.index == 3


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("b sigmiod", "Did you mean 'sigmoid'?"),
        ("b input", "takes no step to stop at"),
        ("b nowhere.py:3", "no node was made in a file 'nowhere.py'"),
        ("b 9999", "no node was made on conftest.py:9999"),
        ("b sigmoid, 1 +", "is no condition"),
        ("tbreak", "tbreak takes a place"),
        ("watch", "watch takes what to watch"),
        ("watch nonsense", "nonsense"),
        ("watch dense_1/weight[9, 9]", "has no element [9, 9]"),
        ("log sigmoid", "log takes a place and a text"),
        ("log sigmoid, {1 +}", "is no log message"),
        ("condition", "Breakpoint number expected"),
        ("condition x y", "Breakpoint number expected, not 'x'"),
        ("condition 9 True", "Breakpoint number 9 out of range"),
        ("ignore", "Breakpoint number expected"),
        ("ignore 9 1", "Breakpoint number 9 out of range"),
        ("enable", "Breakpoint number expected"),
        ("disable x", "Breakpoint number expected, not 'x'"),
        ("clear 9", "Breakpoint number 9 out of range"),
        ("clear relu", "no breakpoint at 'relu'"),
        ("commands", "there are no breakpoints"),
        ("commands 9", "Breakpoint number 9 out of range"),
        ("guard", "guard takes a kind"),
    ],
)
def test_bad_arguments(session, stepper, line, says):
    answer = session(stepper, line)[0]
    assert answer.startswith("*** ")
    assert says in " ".join(answer.split())
    assert not len(stepper.breakpoints)


@pytest.mark.parametrize("line", ["condition 1 1 +", "ignore 1 x", "ignore 1 -1"])
def test_bad_settings_change_nothing(session, stepper, line):
    answer = session(stepper, "b sigmoid", line)[1]
    assert answer.startswith("*** ")
    assert stepper.breakpoints[1].condition is None
    assert stepper.breakpoints[1].ignore == 0


def test_the_debugger_leaves_the_passes_untouched(network):
    before = [array.copy() for array in network.param_grads()]
    stepper = gn.Stepper(network.graph, target=network.loss)
    Debugger(stepper, namespace={})
    stepper.seek(len(stepper))
    for one, other in zip(before, network.param_grads(), strict=True):
        assert np.array_equal(one, other)


def test_what_is_said_when_settings_change(session, stepper):
    answers = session(
        stepper,
        *["b sigmoid", "condition 1 True", "condition 1", "ignore 1 2", "ignore 1 1"],
        *["ignore 1", "disable 1", "enable 1", "commands 1", "p 1", "end", "clear 1"],
    ).answers
    assert answers[1:8] == [
        "New condition set for breakpoint 1.",
        "Breakpoint 1 is now unconditional.",
        "Will ignore the next 2 hits of breakpoint 1.",
        "Will ignore the next hit of breakpoint 1.",
        "Will stop every time breakpoint 1 is reached.",
        "Disabled breakpoint 1",
        "Enabled breakpoint 1",
    ]


def test_an_end_behind_a_command_that_goes_on_is_no_news(session, stepper):
    ended = session(stepper, "b sigmoid", "commands", "p index", "c", "end", "end")
    assert ended[4] == ""
    assert ended[5].startswith("*** end closes the commands of a breakpoint")
    ended = session(stepper, "commands 1", "c", "n", "end")
    assert ended[3].startswith("*** end closes")


def test_an_end_of_the_program(session, stepper):
    ended = session(
        stepper, "b sigmoid", "commands", "c", "end", "end", namespace={"end": 7}
    )
    assert ended[3] == ended[4] == "7"


@pytest.mark.parametrize(
    ("text", "is_hinted"),
    [
        ("norm(output)", True),
        ("'norm(output)'", True),
        ("name", True),
        ("output.max() > 3", True),
        ("here", False),
        ("norm(output) of it", False),
        ("{norm(output)}", False),
        ("f(3)", False),
    ],
)
def test_a_text_to_log_that_is_meant_as_an_expression(
    session, stepper, text, is_hinted
):
    ended = session(stepper, f"log sigmoid, {text}")
    plain = text.strip("'")
    hint = f"The text is printed as it is. To compute it: {{{plain}}}"
    assert (hint in ended[0]) is is_hinted
    assert ended[0].startswith("Logpoint 1 at sigmoid")
