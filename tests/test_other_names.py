"""Names of PyTorch and Keras are answered with ours."""

import copy
import pickle
import re

import pytest

import graphnn as gn
from graphnn.other_names import OF_NETWORKS, OURS


@pytest.mark.parametrize("ours", sorted(set(OURS.values())))
def test_what_is_said_is_there(ours):
    names = re.findall(r"\bgn\.(\w+)", ours)
    assert names or not ours.startswith("gn.")
    for name in names:
        assert hasattr(gn, name)


def test_keys_are_folded():
    assert [key for key in OURS if key != key.casefold().replace("_", "")] == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("MSELoss", "Here it is gn.MeanSquaredError."),
        ("cross_entropy", "Here it is gn.SoftmaxCrossEntropy."),
        ("StepLR", "Here it is gn.StepSchedule."),
        ("Sigmod", "Did you mean 'Sigmoid'?"),
        ("relu", "Did you mean 'ReLU'?"),
    ],
)
def test_unknown_names_of_the_library(name, says):
    with pytest.raises(AttributeError, match=re.escape(says)):
        getattr(gn, name)


@pytest.mark.parametrize("name", sorted(OF_NETWORKS))
def test_methods_that_networks_have_elsewhere(name):
    net = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError())
    assert not hasattr(net, name)
    with pytest.raises(AttributeError, match=re.escape(OF_NETWORKS[name])):
        getattr(net, name)


def test_a_misspelt_method_of_a_network():
    net = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError())
    with pytest.raises(AttributeError, match=r"Did you mean 'predict'\?"):
        net.predikt(3)
    twin = pickle.loads(pickle.dumps(copy.deepcopy(net)))
    assert len(twin.layers) == 1
