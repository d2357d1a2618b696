"""A plan as a picture: each call a box, in the colour of the memory that it writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds

from graphnn.draw.dot import CAPTION_LINES, CAPTION_WIDTH, checked_direction
from graphnn.draw.labels import (
    bold,
    clean,
    markup,
    place,
    shorten,
    small_print,
    stacked,
    tooltip,
    wrapped,
)
from graphnn.draw.render import Picture, write_checked
from graphnn.draw.style import (
    CLUSTER,
    EDGE,
    GRAPH,
    INK,
    LOOKS,
    NODE,
    PAPER,
    STRAIGHTNESS,
)
from graphnn.errors import ArgumentError
from graphnn.planning.source import places_of, source_of, statements_of
from graphnn.planning.statements import Statement

if TYPE_CHECKING:
    import graphviz

    from graphnn.planning.places import Places, Root
    from graphnn.planning.planned import PlannedPass

MOST_CALLS = 300
"""More are no picture."""

FILLS = (
    "#cfe3f7",
    "#ffdcb0",
    "#cfeccb",
    "#ded3f1",
    "#bfe9e4",
    "#e9d5c1",
    "#dfe5b4",
    "#c9d4e2",
    "#efcff2",
    "#d8d8d8",
)
"""One for each buffer that is written more than once; then from the beginning."""

PLAIN = "#f3f4f6"
"""The fill of a buffer that is written once."""

PHASES = {"forward": "forward", "state": "states", "backward": "backward"}


def draw_plan(
    planned: PlannedPass,
    update: Any = None,
    path: str | os.PathLike[str] | None = None,
    *,
    direction: str = "TB",
    caption: str = "",
) -> Picture | Path:
    """Draw the calls of a plan.

    Parameters
    ----------
    planned : PlannedPass
    update : Update, optional
        What updates the parameters.
    path : path_like, optional
        Where to write, as for :func:`graphnn.draw.draw`.
    direction : {"TB", "LR", "BT", "RL"}, default "TB"
    caption : str, optional

    Returns
    -------
    Picture or Path
        The path is that of the file that was written.

    Raises
    ------
    ArgumentError
        For a plan of very many calls; for an unknown format or direction.
    MissingFolder
        If the folder of `path` does not exist.
    DrawError
        If there is no layout program.
    """
    write = None if path is None else write_checked(path)
    dot = plan_to_dot(planned, update, direction=direction, caption=caption)
    if write is not None:
        return write(dot)
    count = len(statements_of(planned, update))
    return Picture(dot, source_of(planned, update), count, what="plan", unit="call")


def plan_to_dot(
    planned: PlannedPass,
    update: Any = None,
    *,
    direction: str = "TB",
    caption: str = "",
) -> str:
    """Write the calls of a plan in DOT.

    A box is a call: what is called, and where the result goes; boxes of one colour
    write the same memory. An arrow leads from the call that has written a value to one
    that reads it. Around the calls of a hook is a box with the node's name.

    Parameters
    ----------
    planned : PlannedPass
    update : Update, optional
    direction : {"TB", "LR", "BT", "RL"}, default "TB"
    caption : str, optional

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        For a plan of very many calls, or an unknown direction.
    """
    import graphviz

    checked_direction(direction)
    statements = statements_of(planned, update)
    if len(statements) > MOST_CALLS:
        raise ArgumentError(
            f"a plan of {len(statements):,} calls is too large for a picture, which "
            f"shows up to {MOST_CALLS}",
            "Draw the graph, plan.graph.draw(...), or read the calls, "
            "print(plan.source()).",
        )
    places = places_of(planned, update, statements)
    picture = _Picture(statements, places, planned.outputs)
    dot = graphviz.Digraph(
        "graphnn",
        graph_attr={**GRAPH, "rankdir": direction, "tooltip": " "},
        node_attr=NODE,
        edge_attr=EDGE,
    )
    lines = [bold(planned.graph.name)] if planned.graph.name else []
    lines += map(markup, wrapped(caption, CAPTION_WIDTH, CAPTION_LINES))
    lines.append(small_print(picture.legend()))
    dot.attr(label=f"<{stacked(*lines)}>")
    picture.add_calls(dot)
    picture.add_edges(dot)
    return str(dot.source)


class _Value(NamedTuple):
    """Bytes that somebody has written: a call, or before all calls a leaf."""

    key: str
    low: int
    high: int


class _Picture:
    """What is drawn of a plan."""

    def __init__(
        self, statements: list[Statement], places: Places, results: list[np.ndarray]
    ) -> None:
        self.statements, self.places = statements, places
        self.givers = {
            number for result in results for number in last_writers(statements, result)
        }
        self.names = [
            [places.name(out) for out in statement.outs] for statement in statements
        ]
        self.leaves: dict[str, str] = {}
        self._times: dict[int, int] = {}
        for statement in statements:
            for root in self._roots_of(statement):
                self._times[id(root)] = self._times.get(id(root), 0) + 1
        again = [root for root in places.buffers_met if self._times[id(root)] > 1]
        self.fills = {
            id(root): FILLS[place % len(FILLS)] for place, root in enumerate(again)
        }

    def _roots_of(self, statement: Statement) -> list[Root]:
        found = {}
        for out in statement.outs:
            root = self.places.root_of(out)
            if root is not None and root.kind == "buffer":
                found[id(root)] = root
        return list(found.values())

    def legend(self) -> str:
        """Say what the colours mean."""
        count = len(self.places.buffers_met)
        return (
            f"{len(self.statements)} calls in this order, {count} buffers: "
            "those of one colour write the same memory"
        )

    # -- boxes -------------------------------------------------------------------------
    def add_calls(self, dot: graphviz.Digraph) -> None:
        """Write the calls, those of a hook inside its box, that inside its pass."""
        import graphviz

        count = 0
        for phase, owned in groups(self.statements):
            around = dot
            if phase:
                around = graphviz.Digraph(f"cluster_phase_{count}")
                around.attr(label=f"<{bold(PHASES.get(phase, phase))}>", **OUTER)
            for node, places in owned:
                box = around
                if len(places) > 1 and node is not None:
                    box = graphviz.Digraph(f"cluster_{count}")
                    title = shorten(clean(node.name))
                    # the arrow into the middle of the box goes past a title on the left
                    title = small_print(title + "\u00a0" * (len(title) + 6), INK)
                    what = f"{node.name} ({type(node).__name__}), {place(node)}"
                    box.attr(label=f"<{title}>", tooltip=tooltip(what), **CLUSTER)
                for number in places:
                    self._add_call(box, number, is_alone=box is around)
                if box is not around:
                    around.subgraph(box)
                count += 1
            if around is not dot:
                dot.subgraph(around)

    def _add_call(self, dot: graphviz.Digraph, number: int, is_alone: bool) -> None:
        statement = self.statements[number]
        words = self.places.spelling.statement(statement)
        label = small_print(f"{number + 1} ") + bold(name_of(statement))
        label += self._numbers(statement)
        goes = [
            f"{name} {shape(out)}"
            for name, out in zip(self.names[number], statement.outs, strict=True)
        ]
        lines = [small_print(f"→ {shorten(', '.join(goes))}", INK)] if goes else []
        if (
            is_alone
            and statement.owner is not None
            and statement.owner.node is not None
        ):
            lines.append(small_print(shorten(clean(statement.owner.node.name))))
        dot.node(
            f"c{number}",
            label=f"<{stacked(label, *lines)}>",
            tooltip=tooltip(f"{words}, {place_text(statement)}"),
            **self._look(number),
        )

    def _look(self, number: int) -> dict[str, str]:
        """Choose the colour: that of the buffer, or of the kind of leaf."""
        statement = self.statements[number]
        look = LOOKS["operation"].attributes()
        if number in self.givers:
            look["peripheries"] = "2"
        if not statement.outs:
            return {**look, "fillcolor": PAPER, "style": "rounded,filled,dashed"}
        root = self.places.root_of(statement.outs[0])
        if root is None or root.kind == "buffer":
            return {**look, "fillcolor": self.fills.get(id(root), PLAIN)}
        kind = "sink" if root.kind == "gradient" else self._kind_of(statement.outs[0])
        return {**look, "fillcolor": LOOKS[kind].fill, "color": LOOKS[kind].line}

    def _kind_of(self, array: np.ndarray) -> str:
        """Tell which kind of leaf an array is."""
        for leaf, what in self.places.leaves.values():
            if np.may_share_memory(leaf, array):
                kind = what.split(",", 1)[0]
                return kind if kind in LOOKS else "state"
        return "state"

    def _numbers(self, statement: Statement) -> str:
        """Write ``(·, 2.0)`` where a number is among the operands of a ufunc."""
        if type(statement.function) is not np.ufunc:
            return ""
        operands = list(self.places.spelling.weak(statement.arguments))
        if not any(isinstance(each, int | float) for each in operands):
            return ""
        parts = [
            f"{each:.6g}" if isinstance(each, int | float) else "·" for each in operands
        ]
        return markup(f"({', '.join(parts)})")

    # -- arrows ------------------------------------------------------------------------
    def add_edges(self, dot: graphviz.Digraph) -> None:
        """Write an arrow from each value to each call that reads it."""
        values: dict[int, list[_Value]] = {}
        for number, statement in enumerate(self.statements):
            givers = []
            for array in statement.reads():
                root = self.places.root_of(array)
                if root is not None:
                    low, high = byte_bounds(array)
                    known = [
                        value.key
                        for value in values.get(id(root), ())
                        if value.low < high and low < value.high
                    ]
                    givers += known or self._leaf(dot, array, root, statement)
            for giver in dict.fromkeys(givers):
                weight = STRAIGHTNESS["parameter"] if giver.startswith("l") else "8"
                dot.edge(giver, f"c{number}", weight=weight)
            for out in statement.outs:
                root = self.places.root_of(out)
                if root is not None:
                    low, high = byte_bounds(out)
                    its = values.setdefault(id(root), [])
                    its[:] = [v for v in its if not (low <= v.low and v.high <= high)]
                    its.append(_Value(f"c{number}", low, high))

    def _leaf(
        self,
        dot: graphviz.Digraph,
        array: np.ndarray,
        root: Root,
        statement: Statement,
    ) -> list[str]:
        """Draw what was there before the first call; nothing for a buffer.

        A parameter that is updated where it lies is named in the call: no arrow.
        """
        for name, (leaf, _) in self.places.leaves.items():
            if not np.may_share_memory(leaf, array):
                continue
            if any(np.may_share_memory(leaf, out) for out in statement.outs):
                return []
            if name not in self.leaves:
                self.leaves[name] = key = f"l{len(self.leaves)}"
                look = LOOKS[self._kind_of(leaf)].attributes()
                label = stacked(bold(name), small_print(shape(leaf)))
                what = tooltip(f"{name}: {self.places.leaves[name][1]}")
                dot.node(key, label=f"<{label}>", tooltip=what, **look)
            return [self.leaves[name]]
        return []


OUTER = {**CLUSTER, "fillcolor": "#ffffff", "fontsize": "12", "style": "rounded,dashed"}
"""The box around a pass."""


def groups(
    statements: list[Statement],
) -> Iterator[tuple[str, list[tuple[Any, list[int]]]]]:
    """Put calls of one pass together, and in these those of one hook."""
    phases: dict[str, dict[int, tuple[Any, list[int]]]] = {}
    phase = ""
    for number, statement in enumerate(statements):
        owner = statement.owner
        phase = phase if owner is None else owner.phase
        node = None if owner is None else owner.node
        owned = phases.setdefault(phase, {})
        key = -1 if node is None else node.id
        owned.setdefault(key, (node, []))[1].append(number)
    for name, owned in phases.items():
        yield name, list(owned.values())


def last_writers(statements: list[Statement], array: np.ndarray) -> list[int]:
    """Find the last call that writes where an array lies."""
    writers = [
        number
        for number, statement in enumerate(statements)
        if any(np.may_share_memory(out, array) for out in statement.outs)
    ]
    return writers[-1:]


def name_of(statement: Statement) -> str:
    """Name what is called, without where it comes from."""
    function = statement.function
    owner = getattr(function, "__self__", None)
    name = getattr(function, "__name__", type(function).__name__)
    if type(owner) is np.ufunc:
        return f"{owner.__name__}.{name}"
    return str(name)


def shape(array: np.ndarray) -> str:
    """Write a shape; of a number, nothing."""
    return str(array.shape) if array.ndim else "()"


def place_text(statement: Statement) -> str:
    """Say whose hook makes a call."""
    owner = statement.owner
    node = None if owner is None else owner.node
    return "an update" if node is None else f"{node.name}, {place(node)}"
