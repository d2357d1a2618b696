"""Contributions at the prompt: ranked, followed one level at a time."""

import numpy as np
import pytest

import graphnn as gn


@pytest.fixture
def shared():
    """Over sum(w * w + 3 * w), after both passes."""
    w = gn.Parameter([1.0, 2.0], name="w")
    stepper = gn.Stepper(np.sum(w * w + 3.0 * w).graph)
    stepper.seek(len(stepper))
    return stepper


def headline(answer):
    return answer.splitlines()[0]


@pytest.mark.parametrize(
    "line", ["why w[1]", "why w.grad[1]", "why w.grad [ 1 ]", "why w", "why w[-1]"]
)
def test_the_contributions_to_an_element(session, shared, line):
    answer = session(shared, line)[0]
    assert headline(answer) == "w.grad[1] = 7: 3 contributions"
    assert len(answer.splitlines()) == 5
    assert "multiply_2" in answer.splitlines()[2]


def test_following_one_and_coming_back(session, shared):
    answers = session(shared, "why w[1]", "why 1", "why 1", "why ..", "why ..").answers
    assert headline(answers[1]).startswith("multiply_2.grad[1] = 1")
    assert headline(answers[2]).startswith("add.grad[1] = 1")
    assert answers[3] == answers[1]
    assert answers[4] == answers[0]


def test_the_same_again_goes_further(session, shared):
    answers = session(shared, "why w[1]", "why 1", "why 1").answers
    assert headline(answers[2]).startswith("add.grad[1]")


def test_without_argument_it_is_this_node(session, shared):
    answers = session(shared, "rn", "why", "why grad[0]").answers
    name = shared.current.node.name
    assert headline(answers[1]).startswith(f"{name}.grad[")
    assert headline(answers[2]).startswith(f"{name}.grad[0]")


def test_where_the_pass_starts(session, shared):
    answers = session(shared, "why sum", "why 1").answers
    assert "started with" in answers[0]
    assert "what the pass started with" in " ".join(answers[1].split())
    assert answers[1].startswith("*** ")


def test_moving_forgets_them(session, shared):
    answer = session(shared, "why w", "rn", "why 1")[2]
    assert answer.startswith("*** there are no contributions to follow yet")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("why 1", "there are no contributions to follow yet"),
        ("why ..", "there is nothing to come back to"),
        ("why v", "no node 'v'"),
        ("why w[9]", "has no element"),
        ("why w[x]", "NameError"),
        ("why w[0][1]", "***"),
        ("why constant", "no gradient reaches it"),
    ],
)
def test_bad_questions(session, shared, line, says):
    answer = session(shared, line)[0]
    assert answer.startswith("*** ")
    assert says in " ".join(answer.split())


def test_a_number_that_is_not_there(session, shared):
    answer = session(shared, "why w", "why 9")[1]
    assert answer == "*** there is no contribution 9\n    1 to 3"
    assert session(shared, "why w", "why 0")[1].startswith("*** there is no")


def test_before_the_backward_pass(session, small):
    assert "has no gradient yet" in session(small, "n", "why w")[1]
    assert "has no gradient yet" in session(small, "why")[0]


def test_a_zero_has_no_sign(session):
    w = gn.Parameter([1.0, 2.0], name="w")
    stepper = gn.Stepper(np.sum(w * np.array([-0.0, 3.0])).graph)
    assert headline(session(stepper, "c", "why w[0]")[1]).startswith("w.grad[0] = 0:")
    assert np.signbit(stepper.graph["w"].grad[0])
