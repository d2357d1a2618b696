"""Write a graph in DOT, Graphviz's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from graphnn.draw.labels import (
    LONGEST_LABEL,
    UNKNOWN,
    clean,
    dtype_text,
    markup,
    names_its_class,
    own_name,
    place,
    shape_text,
    shorten,
    tooltip,
)
from graphnn.draw.style import (
    CLUSTER,
    EDGE,
    FAINT_INK,
    GRAPH,
    LOOKS,
    NODE,
    SMALL,
    STRAIGHTNESS,
)
from graphnn.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    import graphviz

    from graphnn.graph import Graph

DIRECTIONS = ("TB", "LR", "BT", "RL")


def to_dot(graph: Graph, *, target: Any = None, direction: str = "TB") -> str:
    """Write a graph in DOT.

    Nodes are ``n0``, ``n1``, … by their rank in ``graph.nodes``; layers are nested
    boxes; every argument is an edge that carries a shape; a scalar constant stands in
    its consumer's label. The text is the same in every process.

    Parameters
    ----------
    graph : Graph
    target : node, str or a list of them, optional
        Show only what this needs.
    direction : {"TB", "LR", "BT", "RL"}, default "TB"
        Where the arrows go: from top to bottom, from left to right, …

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        If the direction is none of the four.
    """
    import graphviz

    if direction not in DIRECTIONS:
        raise ArgumentError(
            f"cannot draw a graph in the direction {direction!r}",
            did_you_mean(direction, DIRECTIONS),
        )
    picture = _Picture(graph, target)
    dot = graphviz.Digraph(
        "graphnn",
        graph_attr={**GRAPH, "rankdir": direction, "tooltip": " "},
        node_attr=NODE,
        edge_attr=EDGE,
    )
    if graph.name is not None:
        dot.attr(label=f"<{_bold(graph.name)}>")
    picture.add_nodes(dot)
    picture.add_edges(dot)
    return str(dot.source)


class _Picture:
    """What is drawn of one graph, and as what."""

    def __init__(self, graph: Graph, target: Any) -> None:
        rank = {node.id: f"n{index}" for index, node in enumerate(graph.nodes)}
        chosen = list(graph.nodes) if target is None else graph.order(target)
        self.graph = graph
        self.used = {input_id for node in chosen for input_id in node.input_ids}
        gradients = {node.id for node in chosen if node.forward_node is not None}
        self.consumed = {  # a loss that its gradient reads is the result all the same
            input_id
            for node in chosen
            for input_id in node.input_ids
            if node.id not in gradients or input_id in gradients
        }
        self.results = {node.id for node in graph.results}
        self.written = {
            node.id: shorten(clean(_scalar(node.output)), LONGEST_LABEL // 2)
            for node in chosen
            if node.id in self.used and _is_scalar_constant(node)
        }
        self.nodes = [node for node in chosen if node.id not in self.written]
        self.by_id = {node.id: node for node in self.nodes}
        self.key = {node_id: rank[node_id] for node_id in self.by_id}

    def add_nodes(self, dot: graphviz.Digraph) -> None:
        """Write the nodes, those of a scope inside its box."""
        import graphviz

        boxes: dict[tuple[str, ...], graphviz.Digraph] = {(): dot}
        for node in self.nodes:
            scope = tuple(node.scope)
            for depth in range(len(scope) + 1):
                if scope[:depth] not in boxes:
                    box = graphviz.Digraph(f"cluster_{len(boxes) - 1}")
                    box.attr(
                        label=f"<{_bold(scope[depth - 1])}>",
                        tooltip=tooltip("/".join(scope[:depth])),
                        **CLUSTER,
                    )
                    boxes[scope[:depth]] = box
            self._add_node(boxes[scope], node)
        # A box is copied into the one around it, so the innermost is closed first; the
        # sort is stable: boxes of one depth stay in the order in which they were met.
        for scope in sorted(boxes, key=len, reverse=True):
            if scope:
                boxes[scope[:-1]].subgraph(boxes[scope])

    def _add_node(self, dot: graphviz.Digraph, node: Any) -> None:
        full_name = self.graph.name_of(node)
        kind = self._kind(node)
        name = own_name(full_name, node.scope)
        class_name = type(node).__name__
        label = _bold(name) + self._arguments(node)
        small = [] if names_its_class(name, class_name) else [shorten(class_name)]
        if kind == "sink" and node.output is not None:
            # No edge need leave it that could carry its shape.
            small.append(f"→ {shorten(shape_text(node.output))}")
        if small:
            label = _under(label, markup(" ".join(small)))
        described = f"{full_name} ({class_name}): {_value_text(node)}"
        line = place(node)
        dot.node(
            self.key[node.id],
            label=f"<{label}>",
            tooltip=tooltip(described if line == UNKNOWN else f"{described}, {line}"),
            **LOOKS[kind].attributes(),
        )

    def _kind(self, node: Any) -> str:
        is_operation = node.kind == "operation"
        if self.results:  # of a traced function: what it computed besides is none
            return "sink" if is_operation and node.id in self.results else node.kind
        return "sink" if is_operation and node.id not in self.consumed else node.kind

    def _arguments(self, node: Any) -> str:
        """Write ``(·, 2.0)`` where scalar constants are among the arguments."""
        if not any(input_id in self.written for input_id in node.input_ids):
            return ""
        parts = (self.written.get(input_id, "·") for input_id in node.input_ids)
        return markup(shorten(f"({', '.join(parts)})"))

    def add_edges(self, dot: graphviz.Digraph) -> None:
        """Write one edge for each argument."""
        written: dict[int, dict[str, str]] = {}
        for node in self.nodes:
            for input_id in node.input_ids:
                if input_id in self.written:
                    continue
                if input_id not in written:
                    written[input_id] = _edge(self.by_id[input_id])
                giver, scope = self.by_id[input_id], tuple(node.scope)
                # Where a box is entered, a row is left free for the box's parameters:
                # so two layers, one after the other, are never squeezed side by side.
                enters = tuple(giver.scope)[: len(scope)] != scope
                dot.edge(
                    self.key[input_id],
                    self.key[node.id],
                    minlen="2" if enters else "1",
                    **written[input_id],
                )


def _edge(giver: Any) -> dict[str, str]:
    """Give the attributes of the edges that leave a node."""
    tip = tooltip(_value_text(giver))
    shape = "" if giver.output is None else shorten(shape_text(giver.output))
    return {
        # Spaces keep the text off the line that it belongs to.
        "label": f" {shape} " if shape else "",
        "tooltip": tip,
        "labeltooltip": tip,
        "weight": STRAIGHTNESS.get(giver.kind, "8"),
    }


def _is_scalar_constant(node: Any) -> bool:
    return (
        node.kind == "constant"
        and node.output is not None
        and not isinstance(node.output, tuple)
        and getattr(node.output, "shape", ()) == ()
    )


def _scalar(value: Any) -> str:
    """Write a scalar as Python would; a 0-d array like the number in it."""
    return repr(value.item() if hasattr(value, "item") else value)


def _value_text(node: Any) -> str:
    if node.output is None:
        return "no value yet"
    return f"{shape_text(node.output)} {dtype_text(node.output)}"


def _under(label: str, text: str) -> str:
    """Set a small line under a label; a table keeps the lines from touching."""
    font = f'<font point-size="{SMALL}" color="{FAINT_INK}">{text}</font>'
    rows = f"<tr><td>{label}</td></tr><tr><td>{font}</td></tr>"
    plain = 'border="0" cellborder="0" cellspacing="0" cellpadding="0"'
    return f"<table {plain}>{rows}</table>"


def _bold(text: str) -> str:
    """Set a name in bold; Graphviz refuses an empty ``<b></b>``."""
    return f"<b>{markup(shorten(clean(text))) or '&#160;'}</b>"
