"""A part of a large graph: what lies around a node, and what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from graphnn.errors import ArgumentError, MissingNode

RADIUS = 4
"""Steps from the node in the middle to the last ones shown, unless told otherwise; but
fewer, where these are more than ``AT_A_GLANCE`` nodes."""

AT_A_GLANCE = 25

SMALLEST_STUB = 3
"""Nodes that are left out at once: a smaller piece is shown; a stub saves nothing."""

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


class Steps(NamedTuple):
    """Where one gets from each node in a step: by ids."""

    by_id: dict[int, Any]
    givers: dict[int, list[int]]
    consumers: dict[int, list[int]]


class Part(NamedTuple):
    """What of a graph is shown, and what stands for the rest."""

    nodes: list[Any]
    stubs: list[Stub]


def neighbourhood(nodes: Sequence[Any], middle: Any, radius: int | None = None) -> Part:
    """Choose what lies within some steps of a node.

    A step goes along an argument, in either direction, from operation to operation: two
    uses of one parameter are not neighbours by that. The inputs, parameters and
    constants of the operations that are shown come along; so do the last one or two
    nodes of a branch, in place of a stub.

    Parameters
    ----------
    nodes : sequence of node
        All that could be shown, in topological order.
    middle : node
        One of them, of any kind.
    radius : int, optional
        How many steps to go; past ``MOST`` nodes, the farther ones are left out. By
        default up to four, as long as these are few enough nodes to take in.

    Raises
    ------
    ArgumentError
        If the radius is no number of steps.
    MissingNode
        If the node is not one of them.
    """
    if radius is not None:
        check_radius(radius)
    if not any(node is middle for node in nodes):
        raise MissingNode(
            f"cannot draw what lies around {middle.name!r}: it is not needed for what "
            "is drawn",
            "Leave the target out, or choose another node.",
        )
    by_id = {node.id: node for node in nodes}
    # What lies in a scope may take from outside, which is not shown.
    givers = {
        node.id: [i for i in dict.fromkeys(node.input_ids) if i in by_id]
        for node in nodes
    }
    consumers: dict[int, list[int]] = {node.id: [] for node in nodes}
    for node_id, its_givers in givers.items():
        for input_id in its_givers:
            consumers[input_id].append(node_id)
    ways = Steps(by_id, givers, consumers)
    if radius is not None:
        shown = _near(ways, middle, radius)
    else:
        for steps in range(1, RADIUS + 1):
            wider = _near(ways, middle, steps)
            if steps > 1 and len(wider) > AT_A_GLANCE:
                break
            shown = wider
    for piece in _pieces(nodes, givers, shown):
        if len(piece) < SMALLEST_STUB and len(shown) + len(piece) <= MOST:
            shown.update(piece)
    stubs = [
        _stub(piece, ways, shown, middle.id) for piece in _pieces(nodes, givers, shown)
    ]
    return Part(
        [node for node in nodes if node.id in shown],
        [stub for stub in stubs if stub.givers or stub.takers],
    )


def check_radius(radius: Any) -> None:
    """Refuse what is no number of steps."""
    if isinstance(radius, bool) or not isinstance(radius, int) or radius < 0:
        raise ArgumentError(
            f"cannot draw what lies within radius={radius!r}",
            "It is a number of steps: 0, 1, 2, …",
        )


def _near(steps: Steps, middle: Any, radius: int) -> set[int]:
    by_id = steps.by_id
    shown, ring = {middle.id}, [middle.id]
    for distance in range(radius + 1):
        following: list[int] = []
        for node_id in ring:
            if node_id != middle.id and not by_id[node_id].input_ids:
                continue  # nothing is reached through what is shared
            near = dict.fromkeys(steps.givers[node_id])
            if distance == radius:  # of the last ring, only what it is fed
                near = {i: None for i in near if not by_id[i].input_ids}
            else:
                near |= dict.fromkeys(steps.consumers[node_id])
            for other in sorted(near.keys() - shown):
                if len(shown) == MOST:
                    return shown
                shown.add(other)
                following.append(other)
        ring = following
    return shown


def _pieces(
    nodes: Sequence[Any], givers: dict[int, list[int]], shown: set[int]
) -> list[list[int]]:
    """Gather what is left out into connected pieces, before the part and after it."""
    before: set[int] = set()
    for node in reversed(nodes):
        if node.id in shown or node.id in before:
            before.update(givers[node.id])
    cut = [node for node in nodes if node.id not in shown]
    sets = _Sets(node.id for node in cut)
    for node in cut:
        for input_id in givers[node.id]:
            same_side = (input_id in before) == (node.id in before)
            if input_id not in shown and same_side:
                sets.join(input_id, node.id)
    pieces: dict[int, list[int]] = {}
    for node in cut:
        pieces.setdefault(sets.of(node.id), []).append(node.id)
    return list(pieces.values())


def _stub(
    piece: list[int],
    steps: Steps,
    shown: set[int],
    middle: int,
) -> Stub:
    """Say where a piece that is left out touches what is shown."""
    givers = [input_id for i in piece for input_id in steps.givers[i]]
    takers = [consumer for i in piece for consumer in steps.consumers[i]]
    # A parameter that is used elsewhere too does not go on there.
    goes_on = [i for i in givers if i == middle or steps.by_id[i].input_ids]
    return Stub(
        len(piece),
        tuple(dict.fromkeys(i for i in goes_on if i in shown)),
        tuple(dict.fromkeys(i for i in takers if i in shown)),
    )


class _Sets:
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
