"""Topological order."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import TypeVar

from graphnn.engine.node import Node

N = TypeVar("N", bound=Node)


def order(nodes: Mapping[int, N], targets: Iterable[int]) -> list[N]:
    """Sort what the targets need, every node after its inputs.

    A node is numbered when it is bound, which is after its inputs were: within one
    graph the ids are a topological numbering. So the nodes that the targets can be
    reached from, sorted by id, are in topological order, and in the one that is
    smallest in the lexicographic sense (what Kahn's algorithm [1]_ with a heap would
    give), hence the same in every process.

    Parameters
    ----------
    nodes : mapping of int to node
        The graph, by id.
    targets : iterable of int
        The ids to reach.

    Returns
    -------
    list of node

    References
    ----------
    .. [1] A. B. Kahn, "Topological sorting of large networks", CACM 5 (11), 1962.
    """
    found = set(targets)
    ids = sorted(nodes)
    del ids[bisect_right(ids, max(found, default=0)) :]
    needed = []
    for node_id in reversed(ids):  # when a node's turn comes, its consumers had theirs
        if node_id in found:
            node = nodes[node_id]
            needed.append(node)
            found.update(node.input_ids)
    needed.reverse()
    return needed
