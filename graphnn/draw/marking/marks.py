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
    """How a mark changes a box; its colours are those of the theme.

    Attributes
    ----------
    sign : str
        Stands before the name of the node.
    meaning : str
        What the legend says.
    word : str
        Stands under the name, after the sign once more: for what is rare and matters.
    width : float
        Of the outline, in points; the widest of several marks gives the outline.
    dashed : bool
        Whether the outline is dashed.
    """

    sign: str
    meaning: str
    word: str = ""
    width: float = 0.0
    dashed: bool = False


MARKS = {
    "ahead": Mark("…", "not run yet", width=1.2, dashed=True),
    "done": Mark("✓", "forward done"),
    "returned": Mark("∇", "backward done", width=2.0),
    "edited": Mark("✎", "changed by hand", "edited", width=2.6),
    "highlight": Mark("★", "highlighted", width=3.2),
    "current": Mark("►", "here", width=3.4),
    "victim": Mark("!", "spoilt by another", "victim", width=2.0),
    "culprit": Mark("!!", "first to go wrong", "culprit", width=2.8),
    "failed": Mark("✗", "raised an error", "failed", width=2.8),
    "breakpoint": Mark("●", "breakpoint"),
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
    if not names:
        return
    look = box.look
    for name in names:
        paint = theme.marks[name]
        if paint.fill:
            # The ink belongs to the fill that it stands on.
            look = look._replace(fill=paint.fill, ink=paint.ink, faint_ink=paint.ink)
        look = look._replace(dashed=look.dashed or MARKS[name].dashed)
    outline = max(names, key=lambda name: MARKS[name].width)
    if MARKS[outline].width:
        look = look._replace(line=theme.marks[outline].line, width=MARKS[outline].width)
    box.look = look
    # A sign has a colour of its own on the grounds of the kinds, and no other.
    box.signs = tuple(
        [
            Sign(MARKS[name].sign, "" if look.ink else theme.marks[name].sign_ink)
            for name in names
        ]
    )
    if words := ", ".join(MARKS[name].word for name in names if MARKS[name].word):
        box.lines += (words,)


def swatches_of(names: Iterable[str], theme: Theme) -> list[Swatch]:
    """Say what the marks that occur mean.

    Examples
    --------
    >>> from graphnn.draw.themes import LIGHT
    >>> [swatch.meaning for swatch in swatches_of({"failed", "done"}, LIGHT)]
    ['forward done', 'raised an error']
    """
    plain, used = theme.looks["operation"], set(names)
    return [
        Swatch(
            mark.meaning,
            theme.marks[name].fill or plain.fill,
            theme.marks[name].line or plain.line,
            Sign(mark.sign, theme.marks[name].sign_ink),
            dashed=mark.dashed,
            wide=mark.width > WIDE,
            ink=theme.marks[name].ink,
        )
        for name, mark in MARKS.items()
        if name in used
    ]
