"""Names of PyTorch and Keras are answered with ours."""

import re

import pytest

import graphnn as gn
from graphnn.other_names import OURS


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
