"""Nodes and the graph that holds them."""

from graphnn.graph.context import paused, scope
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Constant, Input, Parameter, State
from graphnn.graph.node import Node
from graphnn.graph.operation import Item, Operation, ParamOperation
from graphnn.graph.source import Source

__all__ = [
    "Constant",
    "Graph",
    "Input",
    "Item",
    "Node",
    "Operation",
    "ParamOperation",
    "Parameter",
    "Source",
    "State",
    "paused",
    "scope",
]
