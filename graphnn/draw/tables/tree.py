"""A graph as a tree of text, for a terminal: what ``print(graph)`` shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.labels import (
    clean,
    names_its_class,
    own_name,
    shorten,
    width_of,
)
from graphnn.draw.options import check_count
from graphnn.draw.scope_names import scope_called
from graphnn.draw.tables.amounts import (
    count_of,
    output_text,
    parameters_text,
    totals,
    usual_dtype,
)
from graphnn.draw.tables.fitting import (
    GAP,
    columns,
    cut_end,
    cut_front,
    padded,
    wrapped_in,
)
from graphnn.draw.tables.outline import Entry, Outline
from graphnn.draw.tables.summary_table import class_of

if TYPE_CHECKING:
    from graphnn.graph import Graph

MOST_LINES = 60
"""Lines above which the innermost scopes are told in one line each."""

LEAST_NAME = 24
"""Columns that names are left with, if they need as many, before numbers give way."""

LEAST_TAKEN = 12
"""Columns below which what a line takes is left out."""

ROOM_NAME, ROOM_TAKEN = 32, 24
"""Columns for names, and for what is taken, that the one leaves to the other."""

WIDEST_OUTPUT = 28


def tree(
    graph: Graph,
    *,
    title: str | None = None,
    within: str = "",
    depth: int | None = None,
    width: int | None = None,
    max_lines: int | None = MOST_LINES,
) -> str:
    """Write a graph as a tree: scopes, and in them what they are made of, in order.

    A line for each input and operation: its name, with its class where the name does
    not say it; the shape of its output ("–" where it is unknown), and the dtype where
    it is not that of most; how many parameters it is the first to use; and behind an
    arrow what it takes, where that is not just what the line before it gives. Equal
    blocks in a row are written once, with their number.

    Parameters
    ----------
    graph : Graph
    title : str, optional
        What stands in front of the totals.
    within : str, optional
        Only what is in this scope.
    depth : int, optional
        How many levels of names are told apart: with 1, each layer is one line. By
        default as many as fit into `max_lines`.
    width : int, optional
        Columns that the text has to fit; by default those of the terminal, and 80 where
        there is none.
    max_lines : int or None, default 60
        Of the tree itself. Where the outermost level alone has more, those in the
        middle are counted. None shows all.

    Returns
    -------
    str

    Raises
    ------
    ArgumentError
        For settings that are no numbers, or a scope that the graph does not have.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=np.ones((4, 3)))
    >>> loss = np.mean((gn.Dense(2, "tanh")(x) - x[:, :2]) ** 2)
    >>> print(tree(loss.graph, width=60))
    Graph: 7 operations, 8 parameters (64 bytes),
    values 488 bytes, float64
                         output  parameters
    ├ x: Input           (4, 3)
    ├ dense_1                             8
    │ ├ weight_multiply  (4, 2)           6
    │ ├ bias_add         (4, 2)           2
    │ └ tanh             (4, 2)
    ├ get_item           (4, 2)              ← x
    ├ subtract           (4, 2)              ← tanh, get_item
    ├ power              (4, 2)              ← subtract, 2
    └ mean               ()
    """
    check_count(depth, "depth", 0, "levels of names that are told apart")
    check_count(max_lines, "max_lines", 1, "lines that the tree may have")
    room = columns(width)
    scope = scope_called(graph, within)
    outline = Outline(graph, within=scope, joined=True, runs=True)
    if depth is None and max_lines is not None:
        depth = outline.depth_for(max_lines)
    if title is None:
        name = shorten(clean(graph.name or ""))
        title = f"Graph {name!r}" if name else "Graph"
    head = wrapped_in(f"{title}: {totals(outline)}", room)
    lines = _lines(outline, depth)
    if max_lines is not None and len(lines) > max_lines:
        lines = _without_middle(lines, max_lines)
    return "\n".join([head, *_aligned(lines, room)]) if lines else head


@dataclass(slots=True)
class _Line:
    """A line before it is aligned."""

    branch: str
    name: str
    cls: str = ""
    output: str = ""
    parameters: str = ""
    takes: tuple[str, ...] = ()

    def named(self, room: int | None = None) -> str:
        """Give branch, name, and class; the class where it has room, too."""
        told = f"{self.branch}{self.name}{self.cls}"
        if room is None or width_of(told) <= room:
            return told
        return self.branch + cut_front(self.name, room - width_of(self.branch))


def _lines(outline: Outline, depth: int | None) -> list[_Line]:
    usual = usual_dtype(outline.nodes)
    before: Any = None  # the node whose value the line before gives
    runs: list[Entry] = []
    lines = []
    for entry, is_last in outline.lines(depth):
        while runs and entry.start >= runs[-1].stop:
            before = outline.output_of(runs.pop())
        line = _Line(_branch(is_last), *_name(outline, entry))
        lines.append(line)
        if entry.parameters:
            line.parameters = parameters_text(entry)
        is_open = outline.is_open(entry, depth)
        if entry.kind == "run" or not is_open:
            line.output = output_text(outline.output_of(entry), usual)
        if not is_open:
            line.takes = _taken(outline, entry, before, depth)
            before = outline.output_of(entry)
        elif entry.kind == "run":
            runs.append(entry)
    return lines


def _branch(is_last: Sequence[bool]) -> str:
    """Draw the branches in front of a name."""
    if not is_last:
        return ""
    above = "".join("  " if last else "│ " for last in is_last[:-1])
    return above + ("└ " if is_last[-1] else "├ ")


def _name(outline: Outline, entry: Entry) -> tuple[str, str]:
    """Give the name of an entry, and the class where the name does not say it."""
    name = entry.label or clean(outline.graph.name or "graph")
    cls = class_of(outline, entry)
    own = name.rpartition("/")[2].partition("…")[0].rstrip()
    told = "" if not cls or names_its_class(own, cls) else f": {clean(cls)}"
    if entry.times > 1:
        return f"{name}{told} × {entry.times:,}", ""
    return name, told


def _taken(
    outline: Outline, entry: Entry, before: Any, depth: int | None
) -> tuple[str, ...]:
    """Name what a line takes, unless it is just what the line before gives."""
    if entry.kind == "node":
        givers = list(outline.graph.inputs_of(outline.nodes[entry.start]))
    else:
        givers = outline.takes(entry)
    givers = [giver for giver in givers if not _is_own(giver, entry)]
    if len(givers) == 1 and givers[0] is before:
        return ()
    return tuple([_giver(outline, giver, entry.scope, depth) for giver in givers])


def _is_own(giver: Any, entry: Entry) -> bool:
    """Tell what goes without saying: states, and the parameters of a layer itself."""
    if giver.kind != "parameter":
        return bool(giver.kind == "state")
    home = tuple(giver.scope)
    if entry.kind == "node":
        return bool(home) and home == entry.scope
    return bool(home) and home[: len(entry.scope)] == entry.scope


def _giver(
    outline: Outline, giver: Any, scope: tuple[str, ...], depth: int | None
) -> str:
    """Name a giver from where it is used, by a line that is shown."""
    value = giver.output
    if giver.kind == "constant" and np.shape(value) == ():
        return clean(repr(value.item() if hasattr(value, "item") else value))
    path = tuple(giver.scope)
    common = 0
    for one, other in zip(path, scope, strict=False):
        if one != other:
            break
        common += 1
    if depth is not None and len(path) >= depth > common:
        return clean("/".join(path[common:depth]))
    return clean(own_name(outline.graph.name_of(giver), path[:common]))


def _aligned(lines: Sequence[_Line], width: int) -> list[str]:
    """Put lines into columns that fit; what has no room is cut or left out."""
    for line in lines:
        line.branch = cut_front(line.branch, width // 2)
        line.output = cut_end(line.output, WIDEST_OUTPUT)
    has_counts = any(line.parameters for line in lines)
    head = _Line("", "", "", "output", "parameters" if has_counts else "")
    lines = [head, *lines]
    names = max(width_of(line.named()) for line in lines)
    outputs = max(width_of(line.output) for line in lines)
    counts = max(width_of(line.parameters) for line in lines)
    taken = max(_arrow_width(line) for line in lines)
    if counts and width - outputs - counts - 2 * GAP < min(names, LEAST_NAME):
        counts = 0
    if width - outputs - GAP < min(names, LEAST_NAME):
        outputs = 0
    room = width - sum(each + GAP for each in (outputs, counts) if each)
    names = min(names, max(room - min(taken, ROOM_TAKEN), ROOM_NAME), room)
    taken = room - names - GAP
    aligned = []
    for line in lines:
        cells = [padded(line.named(names), names)]
        if outputs:
            cells.append(padded(line.output, outputs))
        if counts:
            cells.append(padded(line.parameters, counts, to_right=True))
        if line.takes and taken >= LEAST_TAKEN:
            cells.append(_arrow(line.takes, taken))
        aligned.append((" " * GAP).join(cells).rstrip())
    return aligned if outputs else aligned[1:]


def _arrow_width(line: _Line) -> int:
    return width_of(f"  ← {', '.join(line.takes)}") if line.takes else 0


def _arrow(takes: Sequence[str], room: int) -> str:
    """Write what a line takes, by one word of each name where there is no room."""
    text = f"← {', '.join(takes)}"
    if width_of(text) > room:
        paths = [name.split("/") for name in takes]
        words = [path[-1] for path in paths]
        if len(set(words)) < len(set(takes)):  # query/bias_add, key/bias_add
            words = [path[-2] if len(path) > 1 else path[0] for path in paths]
        text = f"← {', '.join(words)}"
    return cut_end(text, room)


def _without_middle(lines: Sequence[_Line], most: int) -> list[_Line]:
    """Leave out what stands in the middle of too many lines, and count it."""
    head = max(most * 2 // 3, 1)
    tail = max(most - head - 1, 0)
    left_out = count_of(len(lines) - head - tail, "more line")
    between = _Line("⋮ ", left_out)
    return [*lines[:head], between, *lines[len(lines) - tail :]]
