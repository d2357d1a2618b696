"""Dropout: noise in training that keeps a network from leaning on single neurons."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.errors import ArgumentError
from graphnn.graph import State
from graphnn.nn.layer import Layer
from graphnn.ops.arguments import is_number
from graphnn.ops.random import Dropout as DropoutOperation


class Dropout(Layer):
    """Set a random share of the elements to zero in training.

    Which elements is decided by the network's seed, the place of the layer in the
    network, and the number of the training pass, and by nothing else: a pass that is
    run again sees the same zeros. Outside training the input passes unchanged.

    Parameters
    ----------
    rate : float
        The share of zeros, in [0, 1). What is kept is divided by ``1 - rate``.

    Raises
    ------
    ArgumentError
        For a rate outside [0, 1).

    Notes
    -----
    ``layer.passes`` counts the training passes; it is a :class:`State`.

    References
    ----------
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from
    overfitting", JMLR 15, 2014.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.Dropout(0.25)
    >>> layer.rng = np.random.default_rng(1)
    >>> x = np.ones((2, 4))
    >>> layer.forward(x, training=True)
    array([[1.33333333, 1.33333333, 1.33333333, 0.        ],
           [1.33333333, 1.33333333, 0.        , 1.33333333]])
    >>> layer.forward(x)[0]
    array([1., 1., 1., 1.])
    """

    def __init__(self, rate: float = 0.5) -> None:
        self.rate = as_rate(rate)

    def _setup_layer(self, input_: Any) -> None:
        self.passes = State(np.int64(0), name="passes")

    def _connect(self, input_: Any) -> Any:
        # each use of the layer has a key of its own
        words = self.rng.integers(0, 2**64, 2, dtype=np.uint64)
        key = int(words[0]) << 64 | int(words[1])
        return DropoutOperation(self.rate, key, self.passes)(input_)

    def __repr__(self) -> str:
        name = f" {self.name!r}" if self.name else ""
        return f"<Dropout{name}: rate {self.rate:g}>"


def as_rate(rate: Any) -> float:
    """Take a share of zeros: a number in [0, 1).

    Raises
    ------
    ArgumentError
    """
    if not is_number(rate):
        raise ArgumentError(f"the rate of Dropout is a number, not {rate!r}")
    if not 0 <= rate < 1:
        raise ArgumentError(
            f"the rate of Dropout is in [0, 1), not {rate!r}",
            "It is the share of elements that become zero: gn.Dropout(0.5).",
        )
    return float(rate)
