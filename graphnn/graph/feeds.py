"""What a forward pass is fed: found, and refused where it does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.errors import FeedError, GraphnnError, did_you_mean
from graphnn.graph.leaves import as_values
from graphnn.graph.node import Node

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph


def checked_feeds(
    graph: Graph, feeds: Mapping[Any, Any] | None, named_feeds: Mapping[str, Any]
) -> list[tuple[Node, np.ndarray]]:
    """Find the inputs that are fed and check what they get, before anything changes."""
    if feeds is not None and not isinstance(feeds, Mapping):
        raise FeedError(
            f"feeds is a {type(feeds).__name__}, not a dict",
            "Feed by node or by name: graph.forward({x: array}) or forward(x=array).",
        )
    fed: dict[int, tuple[Node, np.ndarray]] = {}
    for key, value in [*(feeds or {}).items(), *named_feeds.items()]:
        node = fed_node(graph, key)
        if node.id in fed:
            raise FeedError(f"input {node.name!r} is fed twice")
        try:
            array = as_values(value, f"the feed of {node.name!r}")
            # a copy: what a caller does with his array later must not change a value
            # that a backward pass still needs
            fed[node.id] = (node, array.copy() if array is value else array)
        except GraphnnError as error:
            raise FeedError(str(error)) from error
    return list(fed.values())


def fed_node(graph: Graph, key: Any) -> Node:
    """Find the input that a key of the feeds means."""
    if isinstance(key, Node) and key.kind == "input" and key in graph:
        return key  # nearly always; names are looked up for what is left
    inputs = [node for node in graph.nodes if node.kind == "input"]
    names = [node.name for node in inputs]
    if isinstance(key, str):
        if key in names:
            return inputs[names.index(key)]
        if key not in graph._names.ids:
            raise FeedError(f"{graph!r} has no input {key!r}", did_you_mean(key, names))
        key = graph[key]
    if not isinstance(key, Node):
        raise FeedError(f"a feed's key is a node or a name, not {type(key).__name__}")
    if key not in graph:
        raise FeedError(f"{key!r} is not in {graph!r}", did_you_mean(key.name, names))
    if key.kind != "input":
        raise FeedError(
            f"{key.describe()} is no input: only inputs are fed",
            did_you_mean(key.name, names),
        )
    return key


def check_fed(inputs: list[Node]) -> None:
    """Refuse to run before every input that is needed has a value."""
    missing = [node.name for node in inputs if node.output is None]
    if missing:
        raise FeedError(
            f"no value was ever fed to {', '.join(map(repr, missing))}",
            f"graph.forward({missing[0].rpartition('/')[2]}=array), "
            "or gn.Input(name, value=array).",
        )
