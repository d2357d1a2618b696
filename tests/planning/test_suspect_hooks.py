"""What hooks of users may depend on besides their inputs, and what is no sign of it."""

import warnings

import numpy as np
import pytest
from agreement import check_agreement, planned_wholes
from homemade import Masked

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


# -- how floating-point errors are handled ---------------------------------------------
class Handling(gn.Operation):
    """A logarithm; one of its hooks handles errors in a way of its own."""

    def __init__(self, hook, **handling):
        self.hook, self.handling = hook, handling

    def _handling(self, hook):
        return np.errstate(**(self.handling if hook == self.hook else {}))

    def _output(self):
        with self._handling("forward"):
            return np.log(self.input_)

    def _input_grad(self, output_grad):
        with self._handling("backward"):
            return np.divide(output_grad, self.input_)


@pytest.mark.parametrize("hook", ["forward", "backward"])
@pytest.mark.parametrize(
    "handling",
    [{"all": "ignore"}, {"divide": "ignore"}, {"divide": "ignore", "over": "raise"}],
)
def test_a_hook_that_ignores_errors_is_not_heard(hook, handling):
    x = gn.Input("x", value=np.abs(numbers(3, 4)) + 0.5)
    loss = np.sum(Handling(hook, **handling)(x))
    plan = loss.graph.plan(loss, gradients_of=x)
    assert planned_wholes(plan) == {"Handling"}
    for seed in range(3):
        assert check_agreement(plan, {x: np.abs(numbers(3, 4, seed=seed)) + 0.5})
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        plan.run({x: np.zeros((3, 4))})
    said = {"forward": "divide by zero encountered in log"}
    said["backward"] = "divide by zero encountered in divide"
    assert [str(each.message) for each in heard] == [
        text for where, text in said.items() if where != hook
    ]


def test_a_hook_that_raises_errors_raises_them():
    x = gn.Input("x", value=np.ones((3, 4)))
    loss = np.sum(Handling("forward", all="raise")(x))
    plan = loss.graph.plan(loss)
    with pytest.raises(FloatingPointError, match="divide by zero") as caught:
        plan.run({x: np.zeros((3, 4))})
    assert "Handling" in "\n".join(caught.value.__notes__)


def test_a_hook_that_leaves_errors_to_others_is_traced():
    x = gn.Input("x", value=np.ones((3, 4)))
    loss = np.sum(Handling("forward")(x))
    plan = loss.graph.plan(loss, gradients_of=x)
    assert planned_wholes(plan) == set()
    with np.errstate(divide="ignore"):
        assert float(plan.run({x: np.zeros((3, 4))})) == -np.inf


class Passes(gn.Operation):
    """A state that goes on under a handling of its own."""

    def __init__(self, state, **handling):
        self.states, self.handling = (state,), handling

    def _output(self):
        value, _ = self.input_values
        return value * 2.0

    def _input_grads(self, output_grad):
        return output_grad * 2.0, None

    def _next_states(self, state):
        with np.errstate(**self.handling):
            return (state / np.zeros(3) + 1.0,)


@pytest.mark.parametrize("handling", [{}, {"divide": "ignore"}])
def test_a_state_that_goes_on_where_errors_are_ignored(handling):
    x = gn.Input("x", value=numbers(3))
    state = gn.State(np.ones(3), name="state")
    loss = np.sum(Passes(state, **handling)(x))
    plan = loss.graph.plan(loss, gradients_of=x, training=True)
    assert planned_wholes(plan) == ({"Passes"} if handling else set())
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for seed in range(3):
            plan.run({x: numbers(3, seed=seed)})
    assert bool(heard) != bool(handling)
    np.testing.assert_array_equal(state.value, np.inf)


class Setting(gn.Operation):
    """A hook that leaves another handling behind."""

    def _output(self):
        value = np.log(self.input_)
        np.seterr(divide="ignore")
        return value


def test_a_hook_that_leaves_another_handling_behind():
    x = gn.Input("x", value=np.ones(3))
    with np.errstate():
        loss = np.sum(Setting()(x))
    plan = loss.graph.plan(loss)
    assert planned_wholes(plan) == {"Setting"}
    with np.errstate(divide="warn"):
        plan.run({x: np.full(3, 2.0)})
        assert np.geterr()["divide"] == "ignore"


# -- the library's own operations ------------------------------------------------------
class Drawn(gn.Operation):
    """What is drawn does not come from the inputs."""

    def __init__(self, seed):
        self.rng = np.random.default_rng(seed)

    def _output(self):
        return self.rng.normal(size=self.input_.shape)

    def _input_grad(self, output_grad):
        return output_grad


@pytest.mark.parametrize("make", [Masked, lambda: Drawn(3)])
def test_operations_of_the_library_are_traced_beside_a_users(make):
    logits = gn.Input("logits", value=numbers(6, 3))
    classes = gn.Input("classes", value=np.array([0, 2, 1, 2, 0, 1]))
    own = make()
    loss = gn.SoftmaxCrossEntropy()(own(np.tanh(logits)), classes)
    plan = loss.graph.plan(loss, gradients_of=logits)
    assert planned_wholes(plan) == (set() if make is Masked else {"Drawn"})
    for seed in range(3 if make is Masked else 0):
        assert check_agreement(
            plan, {logits: numbers(6, 3, seed=seed)}, is_planned=None
        )
