"""A part of a large graph: what lies around a node, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from graphnn.errors import ArgumentError, MissingNode

RADIUS = 4
"""Steps from the node in the middle to the last ones shown, unless told otherwise."""

MOST = 150
"""Nodes of a neighbourhood: one that is used a thousand times has a wide one."""


class Stub(NamedTuple):
    """Nodes that are left out, and what is shown of the graph at their border.

    Attributes
    ----------
    size : int
        How many they are.
    givers, takers : tuple of int
        The ids of the nodes shown that they take from, and give to.
    """

    size: int
    givers: tuple[int, ...]
    takers: tuple[int, ...]


class Part(NamedTuple):
    """What of a graph is shown, and what stands for the rest."""

    nodes: list[Any]
    stubs: list[Stub]


def neighbourhood(nodes: Sequence[Any], middle: Any, radius: int | None = None) -> Part:
    """Choose what lies within some steps of a node.

    A step goes along an argument, in either direction, from operation to operation: two
    uses of one parameter are not neighbours by that. The inputs, parameters and
    constants of the operations that are shown come along.

    Parameters
    ----------
    nodes : sequence of node
        All that could be shown, in topological order.
    middle : node
        One of them, of any kind.
    radius : int, optional
        How many steps to go; past ``MOST`` nodes, the farther ones are left out.

    Raises
    ------
    ArgumentError
        If the radius is no number of steps.
    MissingNode
        If the node is not one of them.
    """
    steps = RADIUS if radius is None else radius
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 0:
        raise ArgumentError(
            f"cannot draw what lies within radius={steps!r}",
            "It is a number of steps: 0, 1, 2, …",
        )
    if not any(node is middle for node in nodes):
        raise MissingNode(
            f"cannot draw what lies around {middle.name!r}: it is not needed for what "
            "is drawn",
            "Leave the target out, or choose another node.",
        )
    consumers: dict[int, list[int]] = {node.id: [] for node in nodes}
    for node in nodes:
        for input_id in dict.fromkeys(node.input_ids):
            consumers[input_id].append(node.id)
    by_id = {node.id: node for node in nodes}
    shown = _near(by_id, consumers, middle, steps)
    return Part(
        [node for node in nodes if node.id in shown],
        _stubs(nodes, consumers, shown, middle.id),
    )


def _near(
    by_id: dict[int, Any], consumers: dict[int, list[int]], middle: Any, radius: int
) -> set[int]:
    shown, ring = {middle.id}, [middle.id]
    for distance in range(radius + 1):
        following: list[int] = []
        for node_id in ring:
            if node_id != middle.id and not by_id[node_id].input_ids:
                continue  # nothing is reached through what is shared
            near = dict.fromkeys(by_id[node_id].input_ids)
            if distance == radius:  # of the last ring, only what it is fed
                near = {i: None for i in near if not by_id[i].input_ids}
            else:
                near |= dict.fromkeys(consumers[node_id])
            for other in sorted(near.keys() - shown):
                if len(shown) == MOST:
                    return shown
                shown.add(other)
                following.append(other)
        ring = following
    return shown


def _stubs(
    nodes: Sequence[Any], consumers: dict[int, list[int]], shown: set[int], middle: int
) -> list[Stub]:
    """Gather what is left out into connected pieces, before the part and after it."""
    before: set[int] = set()
    for node in reversed(nodes):
        if node.id in shown or node.id in before:
            before.update(node.input_ids)
    cut = [node for node in nodes if node.id not in shown]
    pieces = _Pieces(node.id for node in cut)
    for node in cut:
        for input_id in node.input_ids:
            same_side = (input_id in before) == (node.id in before)
            if input_id not in shown and same_side:
                pieces.join(input_id, node.id)
    sizes: dict[int, int] = {}
    givers: dict[int, dict[int, None]] = {}
    takers: dict[int, dict[int, None]] = {}
    is_leaf = {node.id: not node.input_ids for node in nodes}
    for node in cut:
        piece = pieces.of(node.id)
        sizes[piece] = sizes.get(piece, 0) + 1
        for input_id in node.input_ids:
            # A parameter that is used elsewhere too does not go on there.
            if input_id in shown and (input_id == middle or not is_leaf[input_id]):
                givers.setdefault(piece, {})[input_id] = None
        for consumer in consumers[node.id]:
            if consumer in shown:
                takers.setdefault(piece, {})[consumer] = None
    return [
        Stub(size, tuple(givers.get(piece, ())), tuple(takers.get(piece, ())))
        for piece, size in sizes.items()
        if piece in givers or piece in takers
    ]


class _Pieces:
    """Sets that are joined; each is known by one of its members [1]_.

    References
    ----------
    .. [1] R. E. Tarjan, "Efficiency of a good but not linear set union algorithm",
       JACM 22 (2), 1975.
    """

    def __init__(self, members: Iterable[int]) -> None:
        self.parent = {member: member for member in members}

    def of(self, member: int) -> int:
        while self.parent[member] != member:
            self.parent[member] = member = self.parent[self.parent[member]]
        return member

    def join(self, one: int, other: int) -> None:
        first, second = sorted([self.of(one), self.of(other)])
        self.parent[second] = first
