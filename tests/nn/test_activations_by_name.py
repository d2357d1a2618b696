"""Activations by name."""

import subprocess
import sys

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph.naming import snake_case
from graphnn.nn.activations import ACTIVATIONS, ALIASES, as_activation


@pytest.mark.parametrize("name", [*ACTIVATIONS, *ALIASES])
def test_every_name_in_every_spelling(name):
    operation = as_activation(name)
    x = np.linspace(-2, 2, 8).reshape(2, 4)
    expected = operation.forward(x)
    words = name.split("_")
    spellings = [name.upper(), "-".join(words), " ".join(words), "".join(words)]
    spellings += [name.title(), type(operation).__name__.swapcase()]
    for spelling in spellings:
        again = as_activation(spelling)
        assert type(again) is type(operation)
        if spelling.lower() != "gelu":
            np.testing.assert_array_equal(again.forward(x), expected)


def test_each_is_named_as_its_class_is():
    for name in set(ACTIVATIONS) - {"gelu_tanh", "exponential"}:
        assert snake_case(type(as_activation(name)).__name__) == name


def test_every_public_activation_has_a_name():
    modules = ("activations", "rectifiers", "smooth_activations", "softmax")
    public = {
        name
        for name in gn.__all__
        if getattr(getattr(gn, name), "__module__", None)
        in {f"graphnn.ops.{module}" for module in modules}
    }
    named = {type(as_activation(name)).__name__ for name in ACTIVATIONS}
    assert len(public) > 20
    assert public <= named


def test_dense_layers_take_names():
    x = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
    for name in ACTIVATIONS:
        layer = gn.Dense(6, name)
        assert layer.forward(x).dtype == np.float32
        assert layer.backward(np.ones(layer.output.shape, np.float32)).shape == x.shape
    assert gn.Dense(3, "ReLU").activation.__class__ is gn.ReLU


def test_gelus():
    assert as_activation("gelu").approximate is False
    assert as_activation("GELU-tanh").approximate is True


def test_prelu_brings_a_parameter_of_its_own():
    x = np.ones((5, 4))
    network = gn.NeuralNetwork(
        [gn.Dense(3, "prelu"), gn.Dense(3, "prelu"), "prelu"], gn.MeanSquaredError()
    )
    network.forward(x)
    slopes = [p for p in network.parameters if p.value.shape == (1,)]
    assert len({id(p.value) for p in slopes}) == 3


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("relo", "relu"),
        ("RELO", "relu"),
        ("LeakyRelux", "leaky_relu"),
        ("Sigmiod", "sigmoid"),
        ("GELUtanh2", "gelu_tanh"),
        ("swich", "swish"),
        ("Log-Softmaks", "log_softmax"),
    ],
)
def test_an_unknown_name_suggests_the_nearest(name, suggestion):
    pattern = rf"unknown activation '{name}'\nDid you mean '{suggestion}'\?"
    with pytest.raises(gn.ArgumentError, match=pattern):
        gn.Dense(3, name)


def test_names_far_from_all():
    with pytest.raises(gn.ArgumentError, match=r"unknown activation ''\nKnown: celu, "):
        as_activation("")


@pytest.mark.parametrize("wrong", [3, np.tanh, lambda x: x, int, ["relu"], b"relu"])
def test_what_is_no_activation(wrong):
    with pytest.raises(gn.ArgumentError, match=r"a name, an Operation or None, not "):
        gn.Dense(3, wrong)


def test_names_import_nothing_before_they_are_asked_for():
    code = (
        "import sys, graphnn as gn; name = 'graphnn.ops.rectifiers'; "
        "gn.Dense(3, 'relu'); assert name not in sys.modules; "
        "gn.Dense(3, 'elu'); assert name in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
