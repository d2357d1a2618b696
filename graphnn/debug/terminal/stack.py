"""Where the debugger stands, from the outside in: program, line, layers, node."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Mapping
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
    """

    kind: str
    title: str
    file: str = ""
    number: int = 0
    thing: Any = None

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
        stack.append(Entry("line", title, source.file, source.line, thing=node))
    for depth in range(1, len(node.scope) + 1):
        scope = node.scope[:depth]
        layer = stepper.graph.layers.get(scope)
        kind = f"  {type(layer).__name__}" if layer is not None else ""
        stack.append(Entry("layer", f"{'/'.join(scope)}/{kind}", thing=layer))
    stack.append(Entry("node", f"{node.name}  {type(node).__name__}", thing=node))
    return stack


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
