"""Both directions of a sequence at once."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, did_you_mean
from graphnn.nn.layer import Layer
from graphnn.nn.recurrent import Recurrent

MERGES = ("concatenate", "sum", "average", "multiply")


class Bidirectional(Layer):
    """Two recurrent layers: one goes forwards through time, the other backwards.

    M. Schuster, K. Paliwal, "Bidirectional recurrent neural networks", IEEE
    Transactions on Signal Processing 45 (11), 1997.

    Parameters
    ----------
    layer : RNN, LSTM or GRU
        The pattern, not set up yet: two layers with its settings are made, each with
        parameters of its own.
    merge : {"concatenate", "sum", "average", "multiply"} or None
        What becomes of the two outputs; None gives both.

    Attributes
    ----------
    forward_layer, backward_layer : Recurrent
        The two layers; their scopes are called ``forward`` and ``backward``.

    Raises
    ------
    ArgumentError, ShapeError
        For settings that cannot be; for inputs as :class:`Recurrent` refuses them.

    Notes
    -----
    At a time the first has seen what comes before, the second what comes after.
    Without ``return_sequences`` it is the end of the sequence for one and its beginning
    for the other. An initial state has the parts for the forward layer, then those for
    the backward layer, ``layer(x, h, c, h, c)``; and so has the state that
    ``return_state`` adds.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> layer = gn.Bidirectional(gn.LSTM(8, return_sequences=True))
    >>> layer.forward(np.ones((2, 5, 3))).shape
    (2, 5, 16)
    >>> layer.forward_layer.weight.name
    'bidirectional_1/forward/weight'
    """

    def __init__(self, layer: Recurrent, merge: str | None = "concatenate") -> None:
        if not isinstance(layer, Recurrent):
            raise ArgumentError(
                f"Bidirectional takes a recurrent layer, not {layer!r}",
                "gn.Bidirectional(gn.LSTM(64)).",
            )
        if not layer.first:
            raise ArgumentError(
                f"Bidirectional makes two new layers, and {layer!r} is set up",
                "Give it a layer that has not run yet: gn.Bidirectional(gn.LSTM(64)).",
            )
        if merge is not None and (not isinstance(merge, str) or merge not in MERGES):
            raise ArgumentError(
                f"Bidirectional: unknown merge {merge!r}", did_you_mean(merge, MERGES)
            )
        super().__init__(layer.neurons * (2 if merge == "concatenate" else 1))
        self.merge = merge
        self.masked = layer.masked
        self.forward_layer = one_of(layer, "forward", layer.reverse)
        self.backward_layer = one_of(layer, "backward", not layer.reverse)

    def _connect(self, x: Any, *others: Any) -> Any:
        lengths, before = others[: self.masked], others[self.masked :]
        parts = self.forward_layer.operation.carries
        if len(lengths) < self.masked or len(before) not in (0, 2 * len(parts)):
            always = "x, lengths" if self.masked else "x"
            raise ArgumentError(
                f"Bidirectional takes ({always}) or "
                f"({always}, {', '.join(parts * 2)}), {1 + len(others)} inputs given",
                "The state of the forward layer comes first.",
            )
        half = len(before) // 2
        one = self.forward_layer(x, *lengths, *before[:half])
        other = self.backward_layer(x, *lengths, *before[half:])
        state: tuple[Any, ...] = ()
        if type(one) is tuple:
            state = (*one[1:], *other[1:])
            one, other = one[0], other[0]
        merged = self._merged(one, other)
        return (*merged, *state) if len(merged) + len(state) > 1 else merged[0]

    def _merged(self, one: Any, other: Any) -> tuple[Any, ...]:
        """Make one output of two, or leave them as they are."""
        if self.merge is None:
            return one, other
        if self.merge == "concatenate":
            return (np.concatenate([one, other], axis=-1),)
        if self.merge == "multiply":
            return (one * other,)
        total = one + other
        return (total * 0.5 if self.merge == "average" else total,)


def one_of(pattern: Recurrent, name: str, reverse: bool) -> Recurrent:
    """Make a layer with the settings of another, to be seeded on its own."""
    layer = copy.deepcopy(pattern)
    layer._rng = None
    layer.name = name
    layer.reverse = reverse
    return layer
