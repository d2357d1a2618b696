"""What a training run recorded."""

import copy
import pickle

import pytest

import graphnn as gn


@pytest.fixture
def history():
    recorded = gn.History()
    recorded.add({"epoch": 1, "loss": 0.5, "accuracy": 0.25})
    recorded.add({"epoch": 10, "loss": 0.125, "accuracy": 0.75})
    return recorded


def test_columns_and_rows(history):
    assert history["epoch"] == [1, 10]
    assert history["loss"] == [0.5, 0.125]
    assert len(history) == 2
    assert [row["accuracy"] for row in history] == [0.25, 0.75]
    assert history.rows[1] == {"epoch": 10, "loss": 0.125, "accuracy": 0.75}


def test_an_unknown_column_suggests_the_nearest(history):
    with pytest.raises(gn.MissingNode, match=r"Did you mean 'accuracy'\?") as caught:
        history["acuracy"]
    assert isinstance(caught.value, KeyError)
    assert history["accuracy"] == [0.25, 0.75]


def test_a_column_that_began_late(history):
    history.add({"epoch": 11, "loss": 0.1, "extra": 1.0})
    assert history["extra"] == [1.0]
    assert history["loss"] == [0.5, 0.125, 0.1]


def test_it_prints_as_a_table(history):
    assert str(history).splitlines() == [
        "epoch      loss  accuracy",
        "    1    0.5000    0.2500",
        "   10    0.1250    0.7500",
    ]
    assert repr(history) == "<History: 2 epochs>"


def test_an_empty_one():
    history = gn.History()
    assert len(history) == 0
    assert list(history) == []
    assert str(history)
    with pytest.raises(gn.MissingNode, match="loss"):
        history["loss"]


def test_copies(history):
    for twin in (copy.deepcopy(history), pickle.loads(pickle.dumps(history))):
        assert twin.rows == history.rows
        twin.add({"epoch": 11})
        assert len(history) == 2


def test_rows_by_their_place(history):
    assert history[-1] is history.rows[-1]
    assert history[0]["epoch"] == history["epoch"][0]
    with pytest.raises(IndexError):
        history[len(history)]
