"""The table of operations, and how arguments find their places."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.graph import dispatch


def test_arguments_that_nothing_names_are_refused(monkeypatch):
    """On some NumPys a function does not say what its arguments are."""
    x = gn.Input("x", value=np.ones(2))
    monkeypatch.setitem(dispatch.OPERATIONS, min, lambda a, axis=None: (a, axis))
    assert dispatch.signature_of(min) == {}
    assert dispatch.call(min, x, (x, 1), {}) == (x, 1)
    with pytest.raises(gn.UnsupportedError, match="takes 2 positional arguments, 3"):
        dispatch.call(min, x, (x, 1, "dropped"), {})


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (np.exp, "np.exp"),
        (np.sum, "np.sum"),
        (np.add.at, "np.add.at"),
        (np.linalg.inv, "np.linalg.inv"),
        (np.fft.rfft, "np.fft.rfft"),
        (np.lib.stride_tricks.as_strided, "np.lib.stride_tricks.as_strided"),
    ],
)
def test_functions_are_named_as_their_users_write_them(function, name):
    assert dispatch.name_of(function) == name
