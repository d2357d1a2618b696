"""The graph as a networkx graph, there and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.errors import GraphError
from graphnn.graph.binding import bind_copy
from graphnn.graph.context import changed
from graphnn.graph.copying import renumbered
from graphnn.graph.leaves import Input, Parameter
from graphnn.graph.node import Node
from graphnn.graph.operation import Item, ParamOperation

if TYPE_CHECKING:
    import networkx

    from graphnn.graph.graph import Graph


def to_dag(graph: Graph) -> networkx.MultiDiGraph[int]:
    """Write a graph as a frozen MultiDiGraph."""
    import networkx

    dag: networkx.MultiDiGraph[int] = networkx.MultiDiGraph(name=graph.name or "")
    for node in graph.nodes:
        dag.add_node(node.id, operation=node)
        for position, input_id in enumerate(node.input_ids):
            dag.add_edge(input_id, node.id, key=position)
    frozen: networkx.MultiDiGraph[int] = networkx.freeze(dag)
    return frozen


def from_dag(graph: Graph, dag: networkx.MultiDiGraph[Any]) -> Graph:
    """Fill an empty graph from a MultiDiGraph, in lexicographic topological order."""
    import networkx

    if not isinstance(dag, networkx.MultiDiGraph):
        raise GraphError(
            f"from_dag takes a networkx.MultiDiGraph, not a {type(dag).__name__}",
            "A DiGraph keeps one edge of x * x; start from graph.dag.copy().",
        )
    for key, operation in dag.nodes(data="operation"):
        if not isinstance(operation, Node):
            raise GraphError(f"node {key!r} of the dag has no attribute 'operation'")
    try:
        cycle = networkx.find_cycle(dag)
    except networkx.NetworkXNoCycle:
        pass
    else:
        names = [_name(dag, edge[0]) for edge in cycle]
        raise GraphError(
            "the dag has a cycle: " + " → ".join([*names, names[0]]),
            "Remove one of these edges: an operation cannot need its own output.",
        )
    made: dict[Any, Node] = {}
    rank = {key: position for position, key in enumerate(dag)}
    with changed(graph=graph, scope=()):
        for key in networkx.lexicographical_topological_sort(dag, rank.__getitem__):
            operation = dag.nodes[key]["operation"]
            made[key] = _made(graph, dag, key, operation, made)
    new_ids = {dag.nodes[key]["operation"].id: node.id for key, node in made.items()}
    for key, node in made.items():
        operation = dag.nodes[key]["operation"]
        old = operation._graph
        trace = None if old is None else old._traces.get(operation.id)
        if trace is not None:
            traces = renumbered({operation.id: trace}, new_ids)
            graph._traces[node.id] = traces[node.id]
    return graph


def _made(
    graph: Graph,
    dag: networkx.MultiDiGraph[Any],
    key: Any,
    operation: Any,
    made: dict[Any, Node],
) -> Node:
    arguments = {
        position: source for source, _, position in dag.in_edges(key, keys=True)
    }
    if set(arguments) != set(range(dag.in_degree(key))):
        positions = sorted(arguments, key=str)
        raise GraphError(
            f"the arguments of {_name(dag, key)} are at positions {positions}",
            "Key the edges into a node 0, 1, 2, …: one for each argument.",
        )
    if operation.kind == "operation":
        inputs = [made[arguments[position]] for position in range(len(arguments))]
        if isinstance(operation, Item) and type(inputs[0].output) is tuple:
            several: Any = inputs[0]
            made_already: Node = several.item(operation.index)
            return made_already
        if operation.id and len(inputs) != len(operation.input_ids):
            raise GraphError(
                f"{_name(dag, key)} has {len(inputs)} edges into it, not "
                f"{len(operation.input_ids)}"
            )
        if not operation.id:
            # a recipe's own count leaves its parameter out
            parameters = isinstance(operation, ParamOperation)
            operation._check_arity(len(inputs) - parameters)
        node: Node = bind_copy(operation, inputs, scope=operation.scope)
        if isinstance(node, ParamOperation) and isinstance(inputs[-1], Parameter):
            node.parameter = inputs[-1]
    elif arguments:
        raise GraphError(f"{_name(dag, key)} is a leaf: it cannot have inputs")
    elif isinstance(operation, Input):
        node = Input(operation._name, value=operation.output)
        node.scope = operation.scope
    else:
        node = operation
        graph.refer(node)
    if operation.id:
        node._source = operation._source
    return node


def _name(dag: networkx.MultiDiGraph[Any], key: Any) -> str:
    return str(dag.nodes[key]["operation"].name)
