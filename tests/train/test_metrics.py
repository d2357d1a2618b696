"""Figures that people read."""

import numpy as np
import pytest

import graphnn as gn

SCORES = np.array([[0.9, 0.1, 0.0], [0.2, 0.7, 0.1], [0.3, 0.3, 0.4], [0.5, 0.4, 0.1]])
LABELS = np.array([0, 1, 0, 2])


@pytest.mark.parametrize(
    "target",
    [LABELS, LABELS.reshape(-1, 1), LABELS.astype(float), np.eye(3)[LABELS]],
    ids=["indices", "column", "floats", "one-hot"],
)
def test_accuracy(target):
    assert gn.accuracy(SCORES, target) == 0.5
    assert gn.accuracy(SCORES.tolist(), target.tolist()) == 0.5
    assert type(gn.accuracy(SCORES, target)) is float


def test_accuracy_of_all_and_none():
    assert gn.accuracy(SCORES, SCORES.argmax(axis=1)) == 1.0
    assert gn.accuracy(SCORES, SCORES.argmin(axis=1)) == 0.0


@pytest.mark.parametrize(
    ("scores", "target"),
    [
        (SCORES, LABELS[:3]),
        (SCORES[:0], LABELS[:0]),
        (SCORES[0], LABELS),
        (SCORES, np.eye(4)[LABELS]),
        (SCORES, np.array(1)),
    ],
    ids=["lengths", "no rows", "one axis", "classes", "number"],
)
def test_what_does_not_fit(scores, target):
    with pytest.raises(gn.ShapeError):
        gn.accuracy(scores, target)
    assert gn.accuracy(SCORES, LABELS) == 0.5
