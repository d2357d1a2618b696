"""Write a graph in DOT, Graphviz's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from graphnn.draw.labels import (
    LONGEST_LABEL,
    UNKNOWN,
    bold,
    clean,
    dtype_text,
    markup,
    names_its_class,
    own_name,
    place,
    shape_text,
    shorten,
    small_print,
    stacked,
    tooltip,
    value_of,
    wrapped,
)
from graphnn.draw.marks import checked_marks, checked_notes, legend, marked
from graphnn.draw.neighbourhood import Part, neighbourhood
from graphnn.draw.style import (
    CLUSTER,
    CUT,
    EDGE,
    FADED_EDGE,
    GRAPH,
    LOOKS,
    NODE,
    STRAIGHTNESS,
)
from graphnn.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    import graphviz

    from graphnn.graph import Graph

CAPTION_WIDTH, CAPTION_LINES = 56, 3
"""Characters of a line over the picture, and how many lines there may be."""

DIRECTIONS = ("TB", "LR", "BT", "RL")


def to_dot(
    graph: Graph,
    *,
    target: Any = None,
    direction: str = "TB",
    marks: Mapping[Any, str | Iterable[str]] | None = None,
    notes: Mapping[Any, str] | None = None,
    caption: str = "",
    around: Any = None,
    radius: int | None = None,
) -> str:
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
    marks : mapping of node or str to str or an iterable of them, optional
        What the nodes are marked as; see :data:`graphnn.draw.marks.MARKS`. A legend
        explains the marks that occur.
    notes : mapping of node or str to str, optional
        A short line for the labels of nodes.
    caption : str, optional
        A line or three over the picture.
    around : node or str, optional
        Show only what lies around this node; stubs tell how many nodes are left out.
    radius : int, optional
        How many steps from there; by default up to 4, for as long as that is no crowd.

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        If the direction is none of the four, or for an unknown mark, or a radius that
        is no number of steps.
    MissingNode
        If a node is not in the graph.
    """
    import graphviz

    checked_direction(direction)
    picture = _Picture(graph, target, around, radius)
    picture.marks = checked_marks(graph, marks)
    picture.notes = checked_notes(graph, notes)
    picture.caption = caption
    dot = graphviz.Digraph(
        "graphnn",
        graph_attr={**GRAPH, "rankdir": direction, "tooltip": " "},
        node_attr=NODE,
        edge_attr=EDGE,
    )
    if heading := picture.heading():
        dot.attr(label=f"<{heading}>")
    picture.add_nodes(dot)
    picture.add_edges(dot)
    picture.add_stubs(dot)
    return str(dot.source)


def checked_direction(direction: str) -> None:
    """Refuse what is no direction."""
    if direction not in DIRECTIONS:
        raise ArgumentError(
            f"cannot draw a graph in the direction {direction!r}",
            did_you_mean(direction, DIRECTIONS),
        )


class _Picture:
    """What is drawn of one graph, and as what."""

    marks: Mapping[int, tuple[str, ...]]
    notes: Mapping[int, str]
    caption: str

    def __init__(
        self, graph: Graph, target: Any, around: Any = None, radius: int | None = None
    ) -> None:
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
        part = Part(chosen, [])
        if around is not None:
            part = neighbourhood(chosen, graph.find(around), radius)
        self.stubs = part.stubs
        self.nodes = [node for node in part.nodes if node.id not in self.written]
        self.by_id = {node.id: node for node in self.nodes}
        self.key = {node_id: rank[node_id] for node_id in self.by_id}

    def heading(self) -> str:
        """Write the graph's name, the caption, and what the marks mean, if any."""
        lines = [] if self.graph.name is None else [bold(self.graph.name)]
        lines += map(markup, wrapped(self.caption, CAPTION_WIDTH, CAPTION_LINES))
        used = {mark for node in self.nodes for mark in self.marks.get(node.id, ())}
        if used:
            lines.append(legend(used))
        return stacked(*lines) if len(lines) > 1 or used else "".join(lines)

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
                        label=f"<{bold(scope[depth - 1])}>",
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
        look = marked(LOOKS[kind], self.marks.get(node.id, ()))
        name = own_name(full_name, node.scope)
        class_name = type(node).__name__
        signs = f"{look.signs} " if look.signs else ""
        label = signs + bold(name) + self._arguments(node)
        small = [] if names_its_class(name, class_name) else [shorten(class_name)]
        value = value_of(node)
        if kind == "sink" and value is not None:
            # No edge need leave it that could carry its shape.
            small.append(f"→ {shorten(shape_text(value))}")
        note = shorten(clean(self.notes.get(node.id, "")))
        lines = [line for line in (" ".join(small), look.words, note) if line]
        if lines:
            small_lines = [small_print(line, look.faint_ink) for line in lines]
            label = stacked(label, *small_lines)
        described = f"{full_name} ({class_name}): {_value_text(node)}"
        line = place(node)
        dot.node(
            self.key[node.id],
            label=f"<{label}>",
            tooltip=tooltip(described if line == UNKNOWN else f"{described}, {line}"),
            **look.attributes,
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
                if input_id not in self.by_id:
                    continue  # written in the label, or left out
                if input_id not in written:
                    written[input_id] = _edge(self.by_id[input_id])
                giver, scope = self.by_id[input_id], tuple(node.scope)
                # Where a box is entered, a row is left free for the box's parameters:
                # so two layers, one after the other, are never squeezed side by side.
                enters = tuple(giver.scope)[: len(scope)] != scope
                is_ahead = "ahead" in self.marks.get(node.id, ())
                dot.edge(
                    self.key[input_id],
                    self.key[node.id],
                    minlen="2" if enters else "1",
                    **written[input_id],
                    **(FADED_EDGE if is_ahead else {}),
                )

    def add_stubs(self, dot: graphviz.Digraph) -> None:
        """Write what stands for the nodes that are left out."""
        for index, stub in enumerate(self.stubs):
            key, many = f"cut{index}", "" if stub.size == 1 else "s"
            text = f"… {stub.size:,} node{many}"
            dot.node(key, label=text, tooltip=f"{text} left out", **CUT)
            for giver in stub.givers:
                dot.edge(self.key[giver], key, **FADED_EDGE)
            for taker in stub.takers:
                dot.edge(key, self.key[taker], **FADED_EDGE)


def _edge(giver: Any) -> dict[str, str]:
    """Give the attributes of the edges that leave a node."""
    tip = tooltip(_value_text(giver))
    value = value_of(giver)
    shape = "" if value is None else shorten(shape_text(value))
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
    value = value_of(node)
    if value is None:
        return "no value yet"
    return f"{shape_text(value)} {dtype_text(value)}"
