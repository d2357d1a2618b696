"""Sequences of nodes in which ``in`` and ``index`` go by identity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, SupportsIndex

if TYPE_CHECKING:
    from graphnn.graph.node import Node as _Node
else:
    _Node = Any


class NodeList(list[_Node]):
    """A list of nodes.

    ``==`` on nodes is elementwise and makes a node, so a plain list cannot be searched
    for one; this one compares by identity.
    """

    def __contains__(self, node: object) -> bool:
        return any(item is node for item in self)

    def index(
        self, node: _Node, start: SupportsIndex = 0, stop: SupportsIndex | None = None
    ) -> int:
        """Position of a node."""
        for position in range(len(self))[slice(start, stop)]:
            if self[position] is node:
                return position
        raise ValueError(f"{node!r} is not in the list")

    def count(self, node: _Node) -> int:
        """How often a node is in the list."""
        return sum(item is node for item in self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Iterable):
            return NotImplemented
        others = list(other)
        return len(others) == len(self) and all(
            a is b for a, b in zip(self, others, strict=True)
        )

    __hash__ = None
