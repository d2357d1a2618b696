"""Where in the user's code a node was made."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import CodeType, FrameType
from typing import NamedTuple

import numpy as np

_LIBRARY = str(Path(__file__).absolute().parent.parent) + os.sep
_NUMPY = str(Path(np.__file__).absolute().parent) + os.sep  # which calls us back
_DEMO = _LIBRARY + "demo.py"
_inside: dict[str, bool] = {}

KNOWN_LINES: dict[int, tuple[CodeType, tuple[str, int, str]]] = {}
"""The place that an instruction outside the library was last seen at, and its code.

Python finds the line of an instruction by reading through the table of the function.
"""


class Source(NamedTuple):
    """A place in the user's code.

    Attributes
    ----------
    file : str
        Path of the file, as Python knows it.
    line : int
        Line number, from 1.
    function : str
        Name of the function, ``<module>`` at the top of a file.
    """

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{Path(self.file).name}:{self.line}"


def is_library(filename: str) -> bool:
    """Tell our files and NumPy's from the user's; the demo is a user's script."""
    inside = _inside.get(filename)
    if inside is None:
        inside = filename.startswith((_LIBRARY, _NUMPY)) and filename != _DEMO
        _inside[filename] = inside
    return inside


def capture(
    maker: FrameType | None = None, made_at: Source | None = None, depth: int = 1
) -> tuple[str, int, str] | None:
    """Find the first frame outside the library.

    One frame is looked at, not a whole traceback: this runs for every node.

    Parameters
    ----------
    maker : frame, optional
        A frame of the library (of a layer that adds its operations).
    made_at : Source, optional
        What to answer when `maker` is met first: the line that made the layer says more
        than the line that ran the whole network.
    depth : int
        How many frames up the user's can be at the nearest.
    """
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        filename = code.co_filename
        inside = _inside.get(filename)
        if inside is None:
            inside = is_library(filename)
        if not inside:
            return place_of(frame)
        if frame is maker:
            return made_at
        frame = frame.f_back
    return None


def place_of(frame: FrameType) -> tuple[str, int, str]:
    """Give the line that a frame is at; nearly always one object for a line."""
    code = frame.f_code
    known = KNOWN_LINES.get(frame.f_lasti)
    if known is None or known[0] is not code:
        known = code, (code.co_filename, frame.f_lineno, code.co_name)
        KNOWN_LINES[frame.f_lasti] = known
    return known[1]
