"""Names, globs and functions: which of several names are meant."""

import pytest

from graphnn.draw.choosing import chosen
from graphnn.errors import ArgumentError, MissingNode

NAMES = ["dense_1", "dense_1/sigmoid", "dense_2", "[a]", "loss"]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (None, []),
        ((), []),
        ("loss", ["loss"]),
        ("dense_?", ["dense_1", "dense_2"]),
        ("*/sigmoid", ["dense_1/sigmoid"]),
        (["loss", "dense_1*"], ["dense_1", "dense_1/sigmoid", "loss"]),
        ("[a]", ["[a]"]),
        (lambda name: name.endswith("1"), ["dense_1"]),
        (lambda name: False, []),
    ],
)
def test_which_names_are_meant(given, found):
    assert sorted(chosen(NAMES, given, "fold")) == sorted(found)


@pytest.mark.parametrize("given", ["Loss", "dense_3*", ["loss", "nothing"]])
def test_what_fits_nothing_is_refused(given):
    with pytest.raises(MissingNode, match="fits no name"):
        chosen(NAMES, given, "fold")


@pytest.mark.parametrize("given", [3, [3], ["loss", None], b"loss"])
def test_what_is_no_name_is_refused(given):
    with pytest.raises(ArgumentError, match="is no name"):
        chosen(NAMES, given, "expand")


def test_where_there_are_no_names_it_is_said_what_makes_some():
    with pytest.raises(MissingNode, match=r"fits no name here\n.*gn\.scope"):
        chosen([], "dense_1", "fold")


def test_the_nearest_name_is_suggested():
    with pytest.raises(MissingNode, match="Did you mean 'dense_1/sigmoid'"):
        chosen(NAMES, "dense_1/sigmiod", "expand")
