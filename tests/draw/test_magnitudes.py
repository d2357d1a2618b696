"""How numbers and arrays are written."""

from __future__ import annotations

import numpy as np
import pytest

from graphnn.draw.labels import Seen
from graphnn.draw.magnitudes import (
    LONGEST_WRITTEN,
    in_full,
    number_text,
    size_text,
    trouble_in,
    value_line,
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-7, "-7"),
        (np.uint64(2**64 - 1), "1.845e+19"),
        (123456789, "123456789"),
        (np.float32(0.1), "0.1"),
        (1e-320, "1e-320"),
        (-0.0, "0"),
        (np.inf, "inf"),
        (np.bool_(True), "True"),
        (complex(0.5, np.inf), "0.5+infj"),
        (complex(np.nan, -1), "NaN-1j"),
    ],
)
def test_numbers(number, text):
    assert number_text(number) == text


def test_fewer_digits():
    assert number_text(2 / 3, digits=2) == "0.67"


def test_long_texts_are_not_written_out():
    long = np.array([-1.2345e-105] * 3 + [-1.5432e-105])
    assert in_full(long) == ""
    assert value_line(long).startswith("‖value‖")
    assert len(in_full(np.array([1.5, -2.5, 1e9]))) <= LONGEST_WRITTEN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        ((None, None), "–"),
        ((None, np.array(2.0)), "2"),
        ((np.ones(8), np.ones(8)), "norm 4"),
        (Seen((2, 3), np.dtype(float)), "–"),
        (np.array([], object), "object"),
        (np.array(["text"]), "<U4"),
        (np.full(5, np.inf), "5 inf of 5"),
    ],
)
def test_sizes(value, text):
    assert size_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([object()]), "value of object"),
        (10**400, "value of int"),
        ("text", "value of str"),
        (True, "value True"),
        ((np.ones(8), np.ones(8)), "‖value‖ 4, 2 outputs"),
        ((np.ones(8), np.full(8, np.nan)), "value: 8 NaN of 16"),
    ],
)
def test_values(value, text):
    assert value_line(value) == text


def test_what_overflows_in_a_sum_is_no_trouble():
    assert trouble_in(np.full(9, 1e308)) == ""
    several = np.array([1.7e308] * 9 + [0.0])
    assert value_line(several) == "‖value‖ inf, 0 … 1.7e+308"
    assert size_text(np.full(9, 1e300)) == "norm 3e+300"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([1.0, np.nan]), "1 NaN of 2"),
        (np.array([-np.inf, np.inf, np.nan]), "1 NaN, 2 inf of 3"),
        (np.array([1 + 1j, complex(np.nan, 0)]), "1 NaN of 2"),
        ((np.ones(2), None, np.array([np.inf])), "1 inf of 3"),
        (np.arange(3), ""),
        (np.array([True]), ""),
        (np.zeros(0), ""),
        (float("nan"), "1 NaN of 1"),
        (2, ""),
        (None, ""),
    ],
)
def test_trouble(value, text):
    assert trouble_in(value) == text
