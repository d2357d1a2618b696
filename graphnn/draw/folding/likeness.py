"""Which nodes are alike: of one class, with the same settings, shapes and dtypes."""

from __future__ import annotations

from collections.abc import Hashable
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np

from graphnn.graph.binding import BINDING
from graphnn.graph.node import Node
from graphnn.ops.random import Dropout

MOST_NESTED = 6
"""Containers in containers that are looked into; what is deeper is like itself only."""

SEEDS = frozenset({"rng", "seed"})
"""Settings that differ from layer to layer, and are no difference in what they are."""


class Likeness:
    """Numbers that are the same for nodes that are alike.

    What is learned, and what is carried from pass to pass, may differ in its values; a
    number that stands in a formula may not.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((2, 3)))
    >>> one, other, different = np.sum(x, axis=0), np.sum(x, axis=0), np.sum(x, axis=1)
    >>> number_of = Likeness().number_of
    >>> number_of(one) == number_of(other), number_of(one) == number_of(different)
    (True, False)
    """

    def __init__(self) -> None:
        self._of: dict[int, int] = {}
        self._numbers: dict[Hashable, int] = {}

    def number_of(self, node: Any) -> int:
        """Give the number of a node's kind."""
        found = self._of.get(node.id)
        if found is None:
            found = self._numbers.setdefault(token_of(node), len(self._numbers))
            self._of[node.id] = found
        return found


def token_of(node: Any) -> Hashable:
    """Give what nodes that are alike have in common."""
    return (type(node), node.shape, node.dtype, *settings_of(node))


def settings_of(node: Any) -> list[Hashable]:
    """List the settings of a node."""
    if node.kind == "parameter":
        return [node.trainable]
    if node.kind == "constant":
        value = node.output
        return [repr(value)] if np.ndim(value) == 0 else []
    if node.kind != "operation":
        return []
    names = sorted(node._settings)
    if names and isinstance(node, Dropout):
        names.remove("key")  # the seed of this layer's zeros
    values = node.__dict__
    return [
        (name, value_token(values.get(name))) for name in names if name not in SEEDS
    ]


def value_token(value: Any, depth: int = 0) -> Hashable:
    """Give what equal settings have in common."""
    kind = type(value)
    if value is None or kind in (bool, int, str, bytes):
        return (kind, value)
    if kind in (float, complex):
        return (kind, repr(value))  # NaN is like NaN here, and -0.0 unlike 0.0
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        digest = blake2b(np.ascontiguousarray(value).tobytes(), digest_size=16)
        return (kind, value.shape, value.dtype, digest.digest())
    if isinstance(value, Node) and value.id:
        return Node  # one of the inputs: those are compared by where they come from
    if isinstance(value, type | np.dtype):
        return value
    if depth < MOST_NESTED:
        if kind is slice:
            parts = [value.start, value.stop, value.step]
            return (kind, *[value_token(part, depth + 1) for part in parts])
        if isinstance(value, list | tuple):
            return (kind, *[value_token(part, depth + 1) for part in value])
        if isinstance(value, dict):
            parts = [*value, *value.values()]
            return (kind, *[value_token(part, depth + 1) for part in parts])
        if isinstance(value, set | frozenset):
            return (kind, frozenset([value_token(part, depth + 1) for part in value]))
        if kind is partial:
            parts = [value.func, value.args, value.keywords]
            return (kind, *[value_token(part, depth + 1) for part in parts])
        if isinstance(value, Node):  # a recipe
            own = {k: v for k, v in vars(value).items() if k not in BINDING}
            return (kind, value_token(own, depth + 1))
    return Itself(value)


class Itself:
    """A value that is like no other, and like itself."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Itself) and other.value is self.value

    def __hash__(self) -> int:
        return object.__hash__(self.value)
