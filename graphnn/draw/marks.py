"""What is said of single nodes in a picture: marks, and the legend that reads them.

A mark lies over the look of a node's kind. It is a sign and an outline as much as a
colour, so it is read in grey and by the colour-blind as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn.draw.labels import markup, small_print
from graphnn.draw.style import FAINT_INK, INK, LOOKS, PAPER, Look
from graphnn.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    from graphnn.graph import Graph


class Mark(NamedTuple):
    """How a mark changes the look of a node; what is empty stays as the kind has it.

    Attributes
    ----------
    sign : str
        Stands before the name of the node.
    meaning : str
        What the legend says.
    word : str
        Stands under the name, after the sign once more: for what is rare and matters.
    fill, line : str
        Colours, as ``#rrggbb``.
    width : float
        Of the outline, in points; the widest of several marks gives the outline.
    style : str
        Graphviz's ``style``, added to that of the kind.
    ink, faint_ink, sign_ink : str
        Colours of the name, of the small lines under it, and of the sign where it has
        one of its own (but not on a dark ground).
    """

    sign: str
    meaning: str
    word: str = ""
    fill: str = ""
    line: str = ""
    width: float = 0.0
    style: str = ""
    ink: str = ""
    faint_ink: str = ""
    sign_ink: str = ""


RED = "#b0261c"
PLUM = "#7d1d57"
GREY = "#626c78"

MARKS = {
    "ahead": Mark(
        "…",
        "not run yet",
        fill=PAPER,
        line="#858f9a",
        width=1.2,
        style="dashed",
        ink=GREY,
        faint_ink=GREY,
    ),
    "done": Mark("✓", "forward done"),
    "returned": Mark("∇", "backward done", fill="#ffd8ad", line="#a85400", width=2.0),
    "edited": Mark("✎", "changed by hand", "edited", line="#5b35a8", width=2.6),
    "current": Mark("►", "here", fill="#ffe45c", line="#000000", width=3.4),
    "victim": Mark(
        "!", "spoilt by an input", "victim", fill="#f7d3e4", line=PLUM, width=2.0
    ),
    "culprit": Mark(
        "!!",
        "first to go wrong",
        "culprit",
        fill=PLUM,
        line="#3f0a2a",
        width=2.8,
        ink=PAPER,
        faint_ink=PAPER,
    ),
    "failed": Mark(
        "✗",
        "raised an error",
        "failed",
        fill=RED,
        line="#570f0a",
        width=2.8,
        ink=PAPER,
        faint_ink=PAPER,
    ),
    "breakpoint": Mark("●", "breakpoint", sign_ink=RED),
}
"""By name, the weakest first: where a node has several, the later one gives the fill
and the ink."""

LEGEND_COLUMNS = 3


def checked_marks(
    graph: Graph, marks: Mapping[Any, str | Iterable[str]] | None
) -> dict[int, tuple[str, ...]]:
    """Find the marked nodes: by id, the names of their marks, the weakest first.

    Raises
    ------
    ArgumentError
        For a mark that there is not.
    MissingNode
        For a node of another graph, or a name that no node has.
    """
    found: dict[int, tuple[str, ...]] = {}
    for key, given in (marks or {}).items():
        names = {given} if isinstance(given, str) else set(given)
        node = graph.find(key)
        for name in sorted(map(str, names - MARKS.keys())):
            raise ArgumentError(
                f"cannot mark {graph.name_of(node)!r} as {name!r}",
                did_you_mean(name, MARKS),
            )
        earlier = found.get(node.id, ())  # a node and its name may both be keys
        found[node.id] = tuple([m for m in MARKS if m in names or m in earlier])
    return found


def checked_notes(graph: Graph, notes: Mapping[Any, str] | None) -> dict[int, str]:
    """Find the nodes that there is a note for: by id, the note.

    Raises
    ------
    MissingNode
        For a node of another graph, or a name that no node has.
    """
    return {graph.find(key).id: str(note) for key, note in (notes or {}).items()}


class Marked(NamedTuple):
    """A look with marks laid over it.

    Attributes
    ----------
    attributes : dict of str to str
        Graphviz's.
    signs : str
        Markup for the front of the name.
    words : str
        For a line of its own under the name.
    faint_ink : str
        The colour of the small lines.
    """

    attributes: dict[str, str]
    signs: str = ""
    words: str = ""
    faint_ink: str = FAINT_INK


def marked(look: Look, names: Iterable[str]) -> Marked:
    """Lay marks over the look of a kind.

    Examples
    --------
    >>> marked(LOOKS["operation"], ["returned", "current"]).signs
    '∇ ►'
    >>> marked(LOOKS["operation"], ["culprit"]).words
    'culprit'
    """
    attributes, marks = look.attributes(), [MARKS[name] for name in names]
    if not marks:
        return Marked(attributes)
    for mark in marks:
        if mark.fill:
            attributes["fillcolor"] = mark.fill
        if mark.style:
            attributes["style"] = f"{attributes['style']},{mark.style}"
    outline = max(marks, key=lambda mark: mark.width)
    if outline.width:
        attributes |= {"color": outline.line, "penwidth": f"{outline.width:g}"}
    # The ink belongs to the fill that it stands on.
    filled = [mark for mark in marks if mark.fill]
    ink = (filled[-1].ink if filled else "") or INK
    faint_ink = (filled[-1].faint_ink if filled else "") or FAINT_INK
    if ink != INK:
        attributes["fontcolor"] = ink
    return Marked(
        attributes,
        " ".join(_sign(mark, ink) for mark in marks),
        ", ".join(mark.word for mark in marks if mark.word),
        faint_ink,
    )


def _sign(mark: Mark, ink: str) -> str:
    if not mark.sign_ink or ink != INK:
        return markup(mark.sign)
    return f'<font color="{mark.sign_ink}">{markup(mark.sign)}</font>'


def legend(names: Iterable[str]) -> str:
    """Write, as a table for an HTML-like label, what the marks that occur mean.

    Examples
    --------
    >>> "done" in legend(["done"]), "raised" in legend(["done"])
    (True, False)
    """
    used = set(names)
    entries = [_entry(MARKS[name]) for name in MARKS if name in used]
    # Rows of about equal length: four marks are two and two, not three and one.
    count = max(1, -(-len(entries) // LEGEND_COLUMNS))
    columns = max(1, -(-len(entries) // count))
    rows = [
        "".join(entries[start : start + columns])
        for start in range(0, len(entries), columns)
    ]
    air = '<td height="4"></td>'
    body = "".join(f"<tr>{row}</tr>" for row in [air, *rows, air])
    plain = 'border="0" cellborder="0" cellpadding="2"'
    table = f'<table {plain} cellspacing="3">{body}</table>'
    # Under a wider line Graphviz pulls all columns apart: let it be empty ones, mostly.
    sides = "<td></td>" * 4
    return (
        f'<table {plain} cellspacing="0"><tr>{sides}<td>{table}</td>{sides}</tr>'
        "</table>"
    )


def _entry(mark: Mark) -> str:
    """Write a small box that looks as the mark does, and beside it what it means."""
    plain = LOOKS["operation"]
    frame = f'bgcolor="{mark.fill or plain.fill}" color="{mark.line or plain.line}"'
    frame += f' border="{2 if mark.width > 1.5 else 1}"'
    frame += ' width="26" height="20" fixedsize="true"'
    if "dashed" in mark.style:
        frame += ' style="dashed"'
    sign = small_print(mark.sign, mark.sign_ink or mark.ink or INK)
    return (
        f"<td {frame}>{sign}</td>"
        f'<td align="left">{small_print(f"{mark.meaning}  ", INK)}</td>'
    )
