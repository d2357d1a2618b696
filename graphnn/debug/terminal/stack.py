"""Where the debugger stands, from the outside in: program, line, layers, node."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from graphnn.graph.source import is_library

if TYPE_CHECKING:
    from graphnn.debug.stepper import Stepper


STANDARD_LIBRARY = str(Path(linecache.__file__).parent) + os.sep


class Entry(NamedTuple):
    """One level.

    Attributes
    ----------
    kind : {"frame", "line", "layer", "node"}
        A function of the program that is running; the line that made the node; a layer
        around it; the node.
    title : str
    file : str
        Of a frame and a line; else empty.
    number : int
        The line number.
    thing : object
        The frame, the layer or the node.
    note : str
        What is to be said of it.
    """

    kind: str
    title: str
    file: str = ""
    number: int = 0
    thing: Any = None
    note: str = ""

    @property
    def text(self) -> str:
        """The source text of the line."""
        return linecache.getline(self.file, self.number).strip() if self.file else ""


def stack_of(stepper: Stepper, frame: FrameType | None) -> list[Entry]:
    """List the levels around the node that a stepper stands behind.

    Parameters
    ----------
    stepper : Stepper
    frame : frame, optional
        Of the program that runs the pass.
    """
    stack = frames_of(frame)
    step = stepper.current
    if step is None:
        return stack
    node = step.node
    source = node.source
    if source is not None:
        title = f"{source.file}({source.line}){source.function}()"
        line = Entry("line", title, source.file, source.line, thing=node)
        if stack and stack[-1].title == title:  # a loop in one line
            stack[-1] = stack[-1]._replace(note="is running, and has made the node")
        else:
            stack.append(line._replace(note="has made the node" if stack else ""))
    for depth in range(1, len(node.scope) + 1):
        scope = node.scope[:depth]
        layer = stepper.graph.layers.get(scope)
        kind = f"  {type(layer).__name__}" if layer is not None else ""
        stack.append(Entry("layer", f"{'/'.join(scope)}/{kind}", thing=layer))
    stack.append(Entry("node", f"{node.name}  {type(node).__name__}", thing=node))
    return stack


RUNNERS = frozenset(
    {"_pytest", "pytest", "pluggy", "xdist", "execnet", "hypothesis", "coverage"}
    | {"IPython", "ipykernel", "tornado", "traitlets", "debugpy"}
)
"""Packages that run programs: where their frames are is no news."""

FIRST, LAST = 3, 8
"""How many frames of a long stack are shown, at either end."""


def left_out(stack: list[Entry]) -> range:
    """Tell which levels of a stack are too much for a glance.

    The frames down to what runs the program, such as pytest; of what is left, where
    that is much, the middle.

    Returns
    -------
    range
        Positions; empty where all can be shown.
    """
    frames = [entry for entry in stack if entry.kind == "frame"]
    runners = [place for place, entry in enumerate(frames) if is_runner(entry.file)]
    begin = runners[-1] + 1 if runners else 0
    if begin >= len(frames):
        begin = 0  # all of it is the runner's
    if len(frames) - begin <= FIRST + LAST + 1:
        return range(begin)
    return range(0 if begin else FIRST, len(frames) - LAST)


def is_runner(file: str) -> bool:
    """Tell a file of a package that runs programs.

    Examples
    --------
    >>> is_runner("/venv/lib/python3.11/site-packages/_pytest/python.py")
    True
    >>> is_runner("/home/ada/pytest/model.py")
    False
    """
    parts = Path(file).parts
    return any(
        parent in ("site-packages", "dist-packages")
        and name.partition(".")[0] in RUNNERS
        for parent, name in pairwise(parts)
    )


def is_standard(file: str) -> bool:
    """Tell a file of Python's standard library, and what is no file."""
    return file.startswith((STANDARD_LIBRARY, "<frozen"))


def users_frame() -> FrameType | None:
    """Find the innermost function of the program that is running."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and is_not_the_users(frame.f_code.co_filename):
        frame = frame.f_back
    return frame


def names_of_program() -> Mapping[str, Any]:
    """Give the names that the program sees where it has begun the pass."""
    frame = users_frame()
    return {} if frame is None else {**frame.f_globals, **frame.f_locals}


def is_not_the_users(file: str) -> bool:
    """Tell the library and the standard library."""
    return is_library(file) or is_standard(file)


def frames_of(frame: FrameType | None) -> list[Entry]:
    """List the program's own functions that are running, the outermost first."""
    found: list[Entry] = []
    while frame is not None:
        code = frame.f_code
        if not is_not_the_users(code.co_filename):
            title = f"{code.co_filename}({frame.f_lineno}){code.co_name}()"
            place = code.co_filename, frame.f_lineno
            found.append(Entry("frame", title, *place, thing=frame))
        frame = frame.f_back
    return found[::-1]
