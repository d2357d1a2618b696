"""Names: unique in a graph, stable once given, and never parsed."""

from __future__ import annotations

import re
from functools import cache

_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])")
_ONE_WORD = re.compile(r"[A-Z]?ReLU")


@cache
def snake_case(name: str) -> str:
    """Write a class name as a node name.

    Examples
    --------
    >>> snake_case("WeightMultiply"), snake_case("weightMultiply"), snake_case("ReLU")
    ('weight_multiply', 'weight_multiply', 'relu')
    >>> snake_case("MeanSquaredError"), snake_case("LeakyReLU"), snake_case("PReLU")
    ('mean_squared_error', 'leaky_relu', 'prelu')
    >>> snake_case("Conv2D"), snake_case("Conv2DTranspose")
    ('conv2d', 'conv2d_transpose')
    """
    if len(name) <= 4:  # ReLU, GELU, LSTM: one word however it is capitalised
        return name.lower()
    name = _ONE_WORD.sub(lambda word: word.group().capitalize(), name)
    return _WORD.sub("_", name).lower()


class Names:
    """The names of one graph's nodes, both ways round.

    Of two nodes that want one name, the younger (the larger id) gets a suffix.
    """

    def __init__(self) -> None:
        self.of: dict[int, str] = {}
        self.ids: dict[str, int] = {}
        self._next: dict[str, int] = {}

    def add(self, node_id: int, wanted: str) -> None:
        """Give a node the name that it wants, or the next free one."""
        holder = self.ids.get(wanted)
        if holder is None:
            self.of[node_id] = wanted
            self.ids[wanted] = node_id
            return
        elder, younger = sorted((holder, node_id))
        self.of[elder] = wanted
        self.ids[wanted] = elder
        number = self._next.get(wanted, 2)
        while f"{wanted}_{number}" in self.ids:
            number += 1
        self._next[wanted] = number + 1
        self.of[younger] = f"{wanted}_{number}"
        self.ids[f"{wanted}_{number}"] = younger

    def drop(self, node_id: int) -> None:
        """Forget a node's name."""
        del self.ids[self.of.pop(node_id)]
