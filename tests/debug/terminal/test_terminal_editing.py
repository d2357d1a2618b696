"""Edit and go on, at the prompt."""

import numpy as np
import pytest

import graphnn as gn


def same(one, other):
    return np.array_equal(one, other)


@pytest.mark.parametrize(
    ("line", "node", "value"),
    [
        ("set output = [5.0, 6.0]", "multiply", [5, 6]),
        ("set output[0] = 5", "multiply", [5, 8]),
        ("set multiply = 2", "multiply", [2, 2]),
        ("set multiply[1] = 5", "multiply", [3, 5]),
        ("set multiply.output[1] = 5", "multiply", [3, 5]),
        ("set value[-1] = 5", "multiply", [3, 5]),
        ("set self[0] = 5", "multiply", [5, 8]),
        ("set x = [1, 1]", "x", [1, 1]),
        ("set x.value[0] = 7", "x", [7, 2]),
        ("set w[0] = w.value[1] * 2", "w", [8, 4]),
        ("set w = w * 2", "w", [6, 8]),
        ("set w[:] = 0", "w", [0, 0]),
        ("set inputs[0] = 0", "x", [0, 0]),
        ("set inputs[1][0] = 0", "w", [0, 4]),
        ("set output = output * limit", "multiply", [30, 80]),
        ("set output = -output", "multiply", [-3, -8]),
    ],
)
def test_values(session, small, line, node, value):
    answer = session(small, "n", line, namespace={"limit": 10})[1]
    assert same(small.graph[node].output, value)
    assert not answer.startswith("***")
    assert answer.splitlines()[0] == node
    assert [row.split()[0] for row in answer.splitlines()[1:3]] == ["before", "now"]


@pytest.mark.parametrize(
    ("line", "node", "gradient"),
    [
        ("set grad = 1", "power", [1, 1]),
        ("set output_grad[0] = 5", "power", [5, 1]),
        ("set power.grad = output_grad * 2", "power", [2, 2]),
        ("set input_grads[0] = 3", "multiply", [3, 3]),
        ("set accumulated[0][1] = 3", "multiply", [6, 3]),
        ("set multiply.output_grad = 3", "multiply", [3, 3]),
    ],
)
def test_gradients(session, small, line, node, gradient):
    session(small, "n 5", line)
    assert same(small.graph[node].output_grad, gradient)


def test_only_what_depends_on_it_runs_again(session, small):
    answer = session(small, "n 5", "set w[0] = 0")[1]
    assert answer.splitlines()[-1] == ("5 steps run again: multiply, power, sum, …")
    answer = session(small, "set grad = 3")[0]
    assert answer.splitlines()[-1] == "1 step run again: power"


def test_a_gradient_may_be_set_ahead(session, small):
    answer = session(small, "n 2", "set power.grad = 3")[1]
    assert answer.splitlines()[1].strip() == (
        "set for when the backward pass comes there"
    )
    session(small, "c")
    assert same(small.graph["w"].grad, 3 * 2 * np.array([3.0, 8]) * [1, 2])


def test_parameters_of_operations(session, stepper):
    session(stepper, "n", "set param[0, 0] = 7")
    assert stepper.graph["dense_1/weight"].value[0, 0] == 7
    session(stepper, "j 9", "set param_grad = 1")
    assert same(stepper.graph["dense_2/weight"].grad, None) or np.all(
        stepper.graph["dense_2/weight"].output_grad == 1
    )
    session(stepper, "set input_grad = 2")
    assert np.all(stepper.graph["dense_1/sigmoid"].output_grad == 2)
    session(stepper, "j 3", "set input_ = 0")
    assert np.all(stepper.graph["dense_1/sigmoid"].output == 0.5)


def test_changes_and_undo(session, small):
    answers = session(
        small,
        *["n 3", "changes", "set w[0] = 0", "changes", "n 3", "changes"],
        *["set grad = 5", "undo", "undo", "changes", "undo"],
    ).answers
    assert answers[1] == "Nothing edited."
    rows = answers[3].splitlines()
    assert rows[0].split() == ["w", "differs", "by", "up", "to", "3"]
    assert [row.split()[0] for row in rows] == ["w", "multiply", "power", "sum"]
    assert any(row.split()[0] == "w.grad" for row in answers[5].splitlines())
    assert answers[7] == "multiply.grad is as it was."
    assert answers[8] == "w is as it was."
    assert answers[9] == "Nothing edited."
    assert answers[10].startswith("*** there is nothing to undo")
    assert same(small.graph["w"].value, [3, 4])


def test_undo_all(session, small):
    session(small, "n 3", "set w[0] = 0", "set x[0] = 0", "undo all")
    assert same(small.graph["multiply"].output, [3, 8])
    assert not small.edited


def test_what_was_not_there_before(session):
    x = gn.Parameter([1.0, 2.0], name="x")
    stepper = gn.Stepper(np.sum(x * 2.0).graph)
    answers = session(stepper, "n 3", "set multiply = 0", "changes").answers
    assert "multiply" in answers[2]


def test_edits_stay_over_restart(session, small):
    session(small, "n", "set output = 0", "restart", "n")
    assert same(small.graph["multiply"].output, [0, 0])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("set", "set takes name = expression"),
        ("set w", "set takes name = expression"),
        ("set w == 3", "set takes name = expression"),
        ("set w =", "set takes name = expression"),
        ("set nothing = 3", "no node 'nothing'"),
        ("set mutliply = 3", "Did you mean 'multiply'?"),
        ("set nothing = 3", "!name = expression"),
        ("set w = nothing", "NameError"),
        ("set w = [1, 2, 3]", "has shape (3,), the old one (2,)"),
        ("set w[9] = 1", "IndexError"),
        ("set w['x'] = 1", "IndexError"),
        ("set w = 'text'", "w"),
        ("set sum = 1", "has no value yet"),
        ("set sum[0] = 1", "has no value yet"),
        ("set param = 1", "has no parameter"),
        ("set inputs = 1", "which of the 2 inputs?"),
        ("set inputs[9] = 1", "which of the 2 inputs?"),
        ("undo 3", "undo takes nothing or all"),
        ("changes 3", "changes takes nothing or all"),
    ],
)
def test_bad_edits_change_nothing(session, small, line, says):
    answer = session(small, "n", line)[1]
    assert answer.startswith("*** ")
    assert says in " ".join(answer.split())
    assert not small.edited
    assert same(small.graph["w"].value, [3, 4])


def test_an_assignment_to_a_name_like_a_command_is_python(session, small):
    ended = session(small, "set = 3", "!set += 4", "p set")
    assert ended[2] == "7"


def test_nothing_to_set_before_the_first_step(session, small):
    assert session(small, "set output = 3")[0].startswith("*** No step has been")


def test_elements_of_several_outputs(session):
    _, sizes, _ = np.linalg.svd(gn.Parameter(np.diag([1.0, 2.0]), name="a"))
    stepper = gn.Stepper(np.sum(sizes).graph, target="sum")
    session(stepper, "n", "set output[1, 0] = 9", "n")
    assert stepper.graph["svd"].output[1][0] == 9
    session(stepper, "c")
    assert stepper.graph["sum"].output == 10


def test_many_changes_are_cut(session):
    node = w = gn.Parameter([1.0], name="w")
    for _ in range(30):
        node = node + w
    stepper = gn.Stepper(np.sum(node).graph)
    answer = session(stepper, "c", "set w = 2", "changes")[2]
    assert len(answer.splitlines()) == 21
    assert answer.splitlines()[-1].endswith(" more: changes all")


@pytest.mark.parametrize("line", ["set w[0 = 1", "set [0] = 1", "set w]0[ = 1"])
def test_what_is_no_target(session, small, line):
    answer = session(small, "n", line)[1]
    assert answer.startswith("*** ")
    assert not small.edited
