"""What is said of single nodes in a picture: marks, and the legend that reads them.

A mark lies over the look of a node's kind. It is a sign and an outline as much as a
colour, so it is read in grey and by the colour-blind as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn.draw.scene import Box, Sign, Swatch
from graphnn.errors import ArgumentError, did_you_mean

if TYPE_CHECKING:
    from graphnn.draw.themes import Theme
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
    dashed : bool
        Whether the outline is dashed.
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
    dashed: bool = False
    ink: str = ""
    faint_ink: str = ""
    sign_ink: str = ""


PAPER = "#ffffff"
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
        dashed=True,
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

WIDE = 1.5
"""Points of an outline above which it is wide in the legend, too."""


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


def mark_box(box: Box, names: Sequence[str], theme: Theme) -> None:
    """Lay marks over the look of a box, the weakest first.

    Examples
    --------
    >>> from graphnn.draw.themes import LIGHT
    >>> box = Box("n0", "operation", "exp", LIGHT.looks["operation"])
    >>> mark_box(box, ["returned", "culprit"], LIGHT)
    >>> [sign.text for sign in box.signs], box.lines
    (['∇', '!!'], ('culprit',))
    """
    marks = [MARKS[name] for name in names]
    if not marks:
        return
    look = box.look
    for mark in marks:
        if mark.fill:
            # The ink belongs to the fill that it stands on.
            look = look._replace(fill=mark.fill, ink=mark.ink, faint_ink=mark.faint_ink)
        look = look._replace(dashed=look.dashed or mark.dashed)
    outline = max(marks, key=lambda mark: mark.width)
    if outline.width:
        look = look._replace(line=outline.line, width=outline.width)
    box.look = look
    # A sign keeps its own colour on a light ground.
    box.signs = tuple(
        [Sign(mark.sign, "" if look.ink else mark.sign_ink) for mark in marks]
    )
    if words := ", ".join(mark.word for mark in marks if mark.word):
        box.lines += (words,)


def swatches_of(names: Iterable[str], theme: Theme) -> list[Swatch]:
    """Say what the marks that occur mean.

    Examples
    --------
    >>> from graphnn.draw.themes import LIGHT
    >>> [swatch.meaning for swatch in swatches_of({"failed", "done"}, LIGHT)]
    ['forward done', 'raised an error']
    """
    plain = theme.looks["operation"]
    used = set(names)
    return [
        Swatch(
            mark.meaning,
            mark.fill or plain.fill,
            mark.line or plain.line,
            Sign(mark.sign, mark.sign_ink),
            dashed=mark.dashed,
            wide=mark.width > WIDE,
            ink=mark.ink,
        )
        for name, mark in MARKS.items()
        if name in used
    ]
