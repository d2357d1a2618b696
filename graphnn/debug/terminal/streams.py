"""Where the debugger reads and writes: a terminal, a pipe, a list of commands."""

from __future__ import annotations

import builtins
import inspect
import shutil
import sys
from typing import IO, Any, NamedTuple

from graphnn.debug.terminal.colour import can_encode, is_terminal
from graphnn.debug.terminal.fresh import tracked

PLAINER = str.maketrans(
    {"█": "#", "▌": "=", "–": "-", "×": "x", "…": "...", "→": "->", "‖": "|"}
)
"""What is written where the encoding lacks a sign."""

PLAIN_WIDTH = 80
"""Columns, where it is no terminal that is written to."""

NARROWEST = 40


class Signs(NamedTuple):
    """The signs in lists."""

    done: str
    cursor: str
    breakpoint: str
    ahead: str
    not_finite: str
    edited: str
    more: str


UNICODE = Signs("✓", "→", "●", "·", "!", "✎", "…")
ASCII = Signs("+", ">", "B", ".", "!", "*", "...")


def signs_for(stream: IO[str]) -> Signs:
    """Choose signs that a stream can write.

    Examples
    --------
    >>> import io
    >>> signs_for(io.TextIOWrapper(io.BytesIO(), encoding="latin-1")).done
    '+'
    """
    return UNICODE if can_encode(stream, "".join(UNICODE)) else ASCII


def write(stream: IO[str], text: str) -> None:
    """Write what a stream's encoding may lack letters for."""
    try:
        stream.write(text)
    except UnicodeEncodeError:
        stream.write(spelled(stream, text))


def spelled(stream: IO[str], text: str) -> str:
    r"""Write out the letters that a stream's encoding lacks.

    What is put into columns is to be spelled before it is measured.

    Examples
    --------
    >>> import io
    >>> ascii_only = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    >>> spelled(ascii_only, "\u6743 × x"), spelled(io.StringIO(), "\u6743 × x")
    ('\\u6743 x x', '权 × x')
    """
    if can_encode(stream, text):
        return text
    encoding = getattr(stream, "encoding", None) or "ascii"
    plainer = text.translate(PLAINER)
    return plainer.encode(encoding, "backslashreplace").decode(encoding)


def width_of(stream: IO[str]) -> int:
    """Give the number of columns to fill."""
    if not is_terminal(stream):
        return PLAIN_WIDTH
    return max(shutil.get_terminal_size((PLAIN_WIDTH, 24)).columns, NARROWEST)


class Echo:
    """A source of lines that are not typed: each is shown as it is read.

    So what a script makes is read like a session, with the commands in it.
    """

    def __init__(self, source: IO[str], target: IO[str]) -> None:
        self.source, self.target = source, target

    def readline(self) -> str:
        """Read a line and show it."""
        line = self.source.readline()
        write(self.target, line if line.endswith("\n") else f"{line}\n")
        return line

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)


def streams(stdin: IO[str] | None, stdout: IO[str] | None) -> tuple[Any, IO[str], bool]:
    """Choose what to read, what to write, and whether a person types.

    A person types into a terminal, and where ``input`` is one of their own: in a
    notebook, in the consoles of some editors.

    Returns
    -------
    stdin, stdout, typed
    """
    by_hand = is_terminal(sys.stdin) or not inspect.isbuiltin(builtins.input)
    typed = stdin is None and stdout is None and by_hand
    source, target = stdin or sys.stdin, tracked(stdout or sys.stdout)
    if not typed and not is_terminal(source) and not isinstance(source, Echo):
        source = Echo(source, target)
    return source, target, typed
