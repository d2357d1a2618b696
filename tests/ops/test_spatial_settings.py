"""The ways in which sizes and padding are written."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.ops.spatial_settings import as_padding, as_sizes, is_channels_first


@pytest.mark.parametrize("value", [2, np.int64(2), (2,), [2, 2], np.array([2, 2])])
def test_sizes(value):
    sizes = as_sizes(value, 2, "it")
    assert sizes == (2, 2)
    assert {type(number) for number in sizes} == {int}


@pytest.mark.parametrize(
    "value", ["22", b"22", 2.0, None, np.array(2.0), {2}, [[2], 2]]
)
def test_what_is_no_size(value):
    with pytest.raises(gn.ArgumentError, match=r"^it: a whole number of at least 1"):
        as_sizes(value, 2, "it")


@pytest.mark.parametrize(
    ("padding", "rank", "expected"),
    [
        ("valid", 2, ((0, 0), (0, 0))),
        ("same", 2, "same"),
        ("causal", 1, "causal"),
        (2, 2, ((2, 2), (2, 2))),
        ([1, 2], 2, ((1, 1), (2, 2))),
        (np.array([1, 2]), 2, ((1, 1), (2, 2))),
        ((1, (0, 3)), 2, ((1, 1), (0, 3))),
        (((1, 2), [0, 3]), 2, ((1, 2), (0, 3))),
        (2, 1, ((2, 2),)),
        ((2,), 1, ((2, 2),)),
        ((2, 0), 1, ((2, 0),)),
        (((2, 0),), 1, ((2, 0),)),
    ],
)
def test_padding(padding, rank, expected):
    assert as_padding(padding, rank, "it", causal=True) == expected


def test_the_names_of_formats():
    for name in ("NHWC", "NWC"):
        assert not is_channels_first(name, 1, "it")
    for name in ("NCHW", "NCW"):
        assert is_channels_first(name, 1, "it")
    with pytest.raises(gn.ArgumentError, match="the data_format of it: unknown format"):
        is_channels_first("NWC", 2, "it")
