"""Conditions and messages: the names of a step, text and functions, what goes wrong."""

import warnings

import numpy as np
import pytest
from stepped import both_passes, small_network

import graphnn as gn
from graphnn.debug.conditions import STEP_NAMES, Expression, Message, names_of, norm
from graphnn.errors import ArgumentError
from graphnn.graph.watching import Watcher, watched_by


@pytest.fixture
def steps():
    return both_passes(small_network())


@pytest.fixture
def layer_steps():
    network = gn.NeuralNetwork([gn.Dense(2), gn.BatchNorm()], gn.MeanSquaredError())
    network.train_batch(np.eye(3), np.ones((3, 2)))
    return both_passes(network.loss)


def test_the_names_of_a_step(steps):
    for step in steps:
        names = names_of(step)
        node = step.node
        assert tuple(names) == STEP_NAMES
        assert names["node"] is names["self"] is node
        assert (names["name"], names["scope"]) == (node.name, node.scope)
        assert (names["source"], names["phase"]) == (node.source, step.phase)
        assert (names["index"], names["output"]) == (step.index + 1, step.output)
        assert names["input_"] is step.inputs[0]
        assert names["output_grad"] is step.output_grad
        assert names["accumulated"] is step.accumulated
        first = None if step.phase == "forward" else step.input_grads[0]
        assert names["input_grad"] is first
        assert names["param"] is None
        assert names["param_grad"] is None


class Decaying(gn.ParamOperation):
    def __init__(self, param):
        super().__init__(param)
        self.states = (gn.State(1.0),)

    def _output(self):
        return self.input_ * self.param * self.input_values[-1]

    def _input_grad(self, output_grad):
        return output_grad * self.param

    def _param_grad(self, output_grad):
        return output_grad * self.input_

    def _next_states(self, state):
        return (state * 0.5,)


def test_the_parameter_comes_before_the_states():
    array = np.array([2.0, 3.0])
    y = np.sum(Decaying(array)(gn.Input("x", value=[5.0, 7.0])))
    *_, step = both_passes(y)
    names = names_of(step)
    assert names["param"] is array
    assert names["param_grad"].tolist() == [5.0, 7.0]


def test_the_parameter_of_an_operation(layer_steps):
    seen = set()
    for step in layer_steps:
        parameter = getattr(step.node, "parameter", None)
        if parameter is None:
            continue
        names = names_of(step)
        assert names["param"] is parameter.value
        place = [n.id for n in step.node.inputs].index(parameter.id)
        grads = step.input_grads
        assert names["param_grad"] is (grads[place] if grads else None)
        seen.add((step.node.name, step.phase))
    assert ("dense_1/weight_multiply", "backward") in seen


def test_the_names_of_the_user_lie_under_those_of_the_step(steps):
    names = names_of(steps[0], {"limit": 3, "name": "mine"})
    assert names["limit"] == 3
    assert names["name"] == steps[0].node.name


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([3.0, 4.0], 5.0),
        (np.array([[3, 4]]), 5.0),
        (np.array(3 + 4j), 5.0),
        (-2.0, 2.0),
        ((np.array([3.0]), None, np.array([[4.0]])), 5.0),
        ((3.0, 4.0), 5.0),
        (np.float16([200.0, 200.0]), 200.0 * np.sqrt(2)),
        (np.array([]), 0.0),
    ],
)
def test_norm(value, expected):
    assert norm(value) == pytest.approx(expected)


def test_norm_of_nothing_is_nothing_and_of_nan_is_nan():
    assert norm(None) is None
    assert norm((None, None)) is None
    assert np.isnan(norm(np.array([1.0, np.nan])))
    assert norm(np.array([3e200, 4e200])) == pytest.approx(5e200)
    assert norm(gn.Parameter([3.0, 4.0])) == 5.0


def test_text_is_evaluated_over_the_names(steps):
    test = Expression("phase == 'backward' and norm(output_grad) > limit", "condition")
    found = [step.index for step in steps if test.holds(step, {"limit": 0.5})]
    expected = [
        step.index
        for step in steps
        if step.phase == "backward" and np.linalg.norm(step.output_grad) > 0.5
    ]
    assert found == expected
    assert 0 < len(found) < len(steps)


def test_a_comprehension_sees_the_names(steps):
    test = Expression("all(norm(i) < limit for i in inputs)", "condition")
    assert test.holds(steps[0], {"limit": 100})


def test_a_function_gets_the_step(steps):
    test = Expression(lambda step: step.index == 2, "condition")
    assert [test.holds(step) for step in steps[:4]] == [False, False, True, False]
    assert test.text == "<lambda>(step)"


def test_looking_leaves_no_trace_in_the_graph_and_tells_no_watcher(steps):
    graph = steps[0].node.graph
    before = [(node.id, node.name) for node in graph.nodes]

    class Refusing(Watcher):
        def step(self, step):
            raise AssertionError("seen")

    with watched_by(Refusing()):
        for step in steps:
            value = Expression("np.sum(node * 2).output", "condition").of(step)
            assert value == pytest.approx(2 * np.sum(step.output))
    assert [(node.id, node.name) for node in graph.nodes] == before


def test_looking_warns_of_no_number():
    (step,) = np.exp(gn.Parameter([0.0, 1.0])).graph.forward_steps()
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert Expression("np.log(input_)[0] < 0", "condition").holds(step)


def test_what_an_expression_raises_comes_out(steps):
    with pytest.raises(NameError, match="nmae"):
        Expression("nmae == 'x'", "condition").holds(steps[0])
    with pytest.raises(ValueError, match="ambiguous"):
        Expression("output > 0", "condition").holds(steps[0])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = 3", r"invalid syntax(.|\n)*To compare, write =="),
        ("output >", "invalid syntax"),
        ("", "it is empty"),
        ("  ", "it is empty"),
        ("if output: 1", "invalid syntax"),
        ("(1", r"'\(' was never closed"),
        ("a\0b", "null bytes"),
        ("yield 3", "outside function|invalid syntax"),
    ],
)
def test_text_that_is_no_expression_is_refused_at_once(text, reason):
    with pytest.raises(ArgumentError, match=f"is no condition: .*({reason})"):
        Expression(text, "condition")


@pytest.mark.parametrize("what", [3, None, gn.Sigmoid, gn.Sigmoid(), ["name"]])
def test_what_is_no_condition_is_refused(what):
    with pytest.raises(ArgumentError, match="is text or a function of the step"):
        Expression(what, "condition")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("", ""),
        ("{name}", "dense_1/matmul"),
        ("{name!r:>20}", "    'dense_1/matmul'"),
        ("{len(inputs)} {{x}} {phase:.3}", "2 {x} for"),
        ("ends in a quote\"'", "ends in a quote\"'"),
        ('"""{index}', '"""1'),
        ("{index}'''", "1'''"),
        ("back\\slash\\", "back\\slash\\"),
        ("two\nlines {index}", "two\nlines 1"),
        ("{'a' + \"b\"}", "ab"),
        ("{[i for i in range(index + limit)]}", "[0, 1, 2]"),
    ],
)
def test_messages(steps, text, expected):
    assert Message(text).of(steps[0], {"limit": 2}) == expected


def test_a_message_by_a_function(steps):
    assert Message(lambda step: step.index * 2).of(steps[3]) == 6
    assert Message(lambda step: None).of(steps[3]) is None


@pytest.mark.parametrize("text", ["{", "}", "{}", "{index", "{1 +}", "\"\"\"'''"])
def test_messages_that_cannot_be_are_refused_at_once(text):
    with pytest.raises(ArgumentError):
        Message(text)
