"""What every public object can do: be copied, pickled, and shown in a short line."""

import copy
import inspect
import pickle

import numpy as np
import pytest
from test_bad_input import GIVEN, KINDS, LAYERS, TARGETS, measured

import graphnn as gn

COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda o: pickle.loads(pickle.dumps(o))}


def make(kind):
    return getattr(gn, kind)(**copy.deepcopy(GIVEN.get(kind, {})))


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_copy_of_what_has_not_run(kind, copied):
    made = make(kind)
    other = copied(made)
    assert type(other) is type(made)
    assert other is not made
    assert repr(other) == repr(made)


@pytest.mark.parametrize("kind", KINDS)
def test_the_representation_is_a_short_line(kind):
    shown = repr(make(kind))
    assert kind.lower() in shown.lower().replace("_", "")
    assert len(shown) < 130
    assert "\n" not in shown
    assert " at 0x" not in shown


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("name", LAYERS)
def test_a_copy_of_a_layer_that_has_run(name, copied):
    made, x = LAYERS[name]
    layer = made()
    layer.rng = np.random.default_rng(0)
    output = layer.forward(x, training=True)
    layer.backward(np.ones_like(output))
    other = copied(layer)
    assert repr(other) == repr(layer)
    assert len(repr(layer)) < 120
    np.testing.assert_array_equal(other.forward(x), layer.forward(x))
    for one, its_copy in zip(layer.parameters, other.parameters, strict=True):
        assert one is not its_copy
        assert not np.shares_memory(one.value, its_copy.value)
    for one, its_copy in zip(layer.states, other.states, strict=True):
        np.testing.assert_array_equal(one.value, its_copy.value)


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("name", [name for name in TARGETS if name in KINDS])
def test_a_copy_of_a_loss_that_has_run(name, copied):
    _, prediction, target = measured(name)
    loss = make(name)
    value = loss.forward(prediction, target)
    other = copied(loss)
    assert other.forward(prediction, target) == value
    np.testing.assert_array_equal(other.backward(), loss.backward())


OPTIMIZERS = [kind for kind in KINDS if issubclass(getattr(gn, kind), gn.Optimizer)]
SCHEDULES = [kind for kind in KINDS if issubclass(getattr(gn, kind), gn.Schedule)]


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_a_copy_of_an_optimizer_goes_on_alike(kind, copied):
    w = gn.Parameter(np.arange(1.0, 5.0), name="w")
    optimizer = getattr(gn, kind)(gn.CosineSchedule(0.1, 10), parameters=[w])

    def step(one):
        for parameter in one.parameters:
            np.sum(parameter**2).backward()
        one.step()

    step(optimizer)
    other = copied(optimizer)
    step(optimizer)
    step(other)
    (its_copy,) = other.parameters
    assert its_copy is not w
    np.testing.assert_array_equal(its_copy.value, w.value)
    assert other.step_count == optimizer.step_count == 2


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
@pytest.mark.parametrize("kind", SCHEDULES)
def test_a_copy_of_a_schedule_gives_the_same_rates(kind, copied):
    schedule = make(kind)
    other = copied(schedule)
    rates = [[one(step) for step in range(12)] for one in (schedule, other)]
    assert rates[0] == rates[1]


def test_the_representation_does_not_grow_with_the_weights():
    shown = []
    for size in (2, 500):
        layer = gn.Sequential(gn.Dense(size), "relu", gn.Dense(size))
        layer.forward(np.ones((size, size)))
        shown.append(repr(layer))
    assert shown[0] == shown[1]


# -- what help() shows -----------------------------------------------------------------
WORDS = {"cls", "self", "arguments", "inputs"}


def documented(kind):
    """Give the documentation of a class, with that of those it refers to."""
    found = getattr(gn, kind)
    return "\n".join(inspect.getdoc(base) or "" for base in found.__mro__[:-1])


@pytest.mark.parametrize("kind", KINDS)
def test_the_documentation_tells_of_every_parameter(kind):
    text = documented(kind)
    names = set(inspect.signature(getattr(gn, kind)).parameters) - WORDS
    missing = [name for name in names if name not in text]
    assert not missing
    assert ">>>" in inspect.getdoc(getattr(gn, kind))
    first = inspect.getdoc(getattr(gn, kind)).splitlines()[0]
    assert first.endswith(".")
    assert len(first) < 88


MEASURES = [name for name in TARGETS if name not in KINDS]


@pytest.mark.parametrize("name", MEASURES)
def test_the_documentation_of_metrics(name):
    function = getattr(gn, name)
    text = inspect.getdoc(function)
    assert ">>>" in text
    assert all(n in text for n in inspect.signature(function).parameters)
