"""Gradients that a step does not have: conditions, messages, watched expressions."""

import numpy as np
import pytest
from stepped import both_passes, small_network

import graphnn as gn
from graphnn.debug.conditions import Expression, Message


@pytest.fixture(scope="module")
def steps():
    return both_passes(small_network())


FORWARD_ABSENT = [
    "output_grad.max() > 0",
    "norm(output_grad) > 10",
    "-1 < norm(output_grad)",
    "10 > norm(output_grad)",
    "norm(input_grads) > -1",
    "input_grads[0][0] > 0",
    "norm(input_grads[0]) > -1",
    "np.isnan(output_grad).any()",
    "np.abs(input_grad).max() > 0",
    "output[0] > output_grad[0]",
    "output > output_grad",
    "output_grad * output > 0",
    "(output_grad > 0).any()",
    "len(input_grads) > 0",
    "any(norm(g) > -1 for g in input_grads)",
    "accumulated[0].size",
    "param.max() > 1",
    "float(param_grad) > 1",
    "norm(w.grad) > -1",
    "norm(pair) > -1",
    "w.grad[0, 0] != 7",
    "phase == 'forward' and output_grad.any()",
    "abs(-output_grad) + 1 > 0",
    "f'{norm(output_grad):.3g}' != ''",
    "round(norm(output_grad), 2) == 1",
    "{1: 2}[len(output_grad)]",
    "(lambda g: g.max())(output_grad) > 0",
]


@pytest.mark.parametrize("text", FORWARD_ABSENT)
def test_a_condition_on_what_is_absent_is_not_fulfilled(steps, text):
    test = Expression(text, "condition")
    names = {"w": gn.Parameter([[1.0]], name="w"), "pair": (None, None)}
    assert not test.holds(steps[0], names)
    if "param" not in text:
        assert test.of(steps[0], names) is None or "and" in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("output_grad is None", True),
        ("output_grad is not None and output_grad.max() > 0", False),
        ("output_grad is None or output_grad.max() > 0", True),
        ("not input_grads", True),
        ("output_grad == None", True),
        ("phase == 'forward' or output_grad.any()", True),
        ("norm(output_grad) is None", True),
        ("norm(output_grad)", False),
    ],
)
def test_what_can_be_said_of_nothing(steps, text, expected):
    assert Expression(text, "condition").holds(steps[0]) is expected


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("output.maxx() > 0", AttributeError),
        ("output > 0", ValueError),
        ("1 / 0 > len(output_grad)", ZeroDivisionError),
        ("missing > output_grad", NameError),
        ("output_grad is None and output.maxx()", AttributeError),
        ("nothing.max() > 0", AttributeError),
        ("nothing > 3 or output_grad", TypeError),
    ],
)
def test_what_is_wrong_otherwise_comes_out(steps, text, error):
    with pytest.raises(error):
        Expression(text, "condition").holds(steps[0], {"nothing": None})


def test_a_misspelt_method_of_a_gradient_comes_out_where_there_is_one(steps):
    test = Expression("output_grad.maxx() > 0", "condition")
    assert not test.holds(steps[0])
    with pytest.raises(AttributeError, match="maxx"):
        test.holds(steps[-1])


def test_what_a_function_raises_comes_out(steps):
    with pytest.raises(AttributeError):
        Expression(lambda step: step.output_grad.max() > 0, "condition").holds(steps[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{name}: {norm(output_grad):.3g}", "dense_1/matmul: nothing"),
        ("{norm(output_grad):>9.3f}|{len(inputs):03}", "nothing|002"),
        ("{output_grad.max()!r:>9}|{input_grads[0][0]}", "  nothing|nothing"),
        ("{norm(output_grad)}", "None"),
        ("{output_grad}", "None"),
    ],
)
def test_messages(steps, text, expected):
    assert Message(text).of(steps[0]) == expected


def test_messages_that_raise_otherwise(steps):
    with pytest.raises(AttributeError, match="maxx"):
        Message("{output.maxx()} {norm(output_grad):.3g}").of(steps[0])


def test_breakpoints_stop_where_there_is_a_gradient():
    stepper = gn.Stepper(np.sum(gn.Parameter([3.0, 4.0], name="w") * 2.0).graph)
    stepper.breakpoints.add(condition="output_grad.max() > 0")
    stepper.continue_()
    assert (stepper.index, stepper.stop.message) == (3, "")


def test_no_guard_of_the_norm_of_nothing():
    stepper = gn.Stepper(np.sum(gn.Parameter([3.0, 4.0], name="w") * 2.0).graph)
    stepper.breakpoints.watch("norm(output_grad)")
    stepper.continue_()
    assert stepper.index == 3
    assert stepper.stop.message == "norm(output_grad): nothing → 1.0"


def test_a_watched_comparison_is_as_good_as_false_without_a_gradient():
    stepper = gn.Stepper(np.sum(gn.Parameter([3.0, 4.0], name="w") * 2.0).graph)
    stepper.breakpoints.watch("norm(output_grad) > 1.2")
    stepper.continue_()
    assert (stepper.index, stepper.stop.reason) == (4, "breakpoint")
    assert stepper.stop.message == "norm(output_grad) > 1.2: False → True"


def test_a_watched_comparison_that_is_true_at_once():
    stepper = gn.Stepper(np.sum(gn.Parameter([3.0, 4.0], name="w") * 2.0).graph)
    stepper.breakpoints.watch("output_grad.max() > 0.5")
    stepper.continue_()
    assert stepper.stop.message == "output_grad.max() > 0.5: nothing → True"
