"""Nested lists, tuples and dicts of arrays."""

from typing import NamedTuple

import numpy as np
import pytest

import graphnn as gn
from graphnn.functions.structures import (
    is_structure,
    leaves,
    leaves_like,
    mapped,
    names,
    rebuilt,
)


def test_there_and_back():
    array = np.ones(2)
    nested = {"a": (1.0, [array, {"b": 2.0}]), "c": ()}
    parts = leaves(nested)
    assert parts[0] == 1.0
    assert parts[1] is array
    assert parts[2:] == [2.0]
    assert rebuilt(nested, iter("xyz")) == {"a": ("x", ["y", {"b": "z"}]), "c": ()}
    assert mapped(np.size, nested) == {"a": (1, [2, {"b": 1}]), "c": ()}


class Pair(NamedTuple):
    left: object
    right: object


def test_named_tuples():
    pair = Pair(1.0, Pair(2.0, [3.0]))
    assert leaves(pair) == [1.0, 2.0, [3.0]]
    assert rebuilt(pair, iter("abc")) == Pair("a", Pair("b", "c"))
    assert names(pair, "p") == ["p_left", "p_right_left", "p_right_right"]


def test_what_is_one_value():
    for value in (
        1.0,
        np.ones(2),
        [1.0, 2.0],
        [[1, 2], [3, 4]],
        [np.float64(1)],
        None,
        "text",
    ):
        assert not is_structure(value)
        assert len(leaves(value)) == 1
    for value in ((1.0, 2.0), {"a": 1.0}, [np.ones(2)], [(1.0,)], ()):
        assert is_structure(value)


@pytest.mark.parametrize("value", [1.0, (1.0,), {"a": 1.0}, {"b": (1.0, 2.0)}])
def test_a_value_of_another_structure(value):
    with pytest.raises(gn.ArgumentError, match="structure"):
        leaves_like({"a": (1.0, 2.0)}, value)
