"""A line of one's own, beside what a program prints: parts of lines, progress bars."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import (
    AbstractContextManager,
    contextmanager,
    nullcontext,
    redirect_stdout,
)
from typing import IO, Any

from graphnn.debug.terminal.colour import is_terminal, printable


class Tracked:
    r"""A stream that knows whether what is written next begins a line.

    Parameters
    ----------
    stream : text stream

    Examples
    --------
    >>> import io
    >>> tracked = Tracked(io.StringIO())
    >>> _ = tracked.write("loss: "); tracked.begin_line(); _ = tracked.write("stop")
    >>> tracked.getvalue()
    'loss: \nstop'
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.is_fresh = True

    def write(self, text: str) -> Any:
        """Write a text."""
        written = self.stream.write(text)
        if text:
            self.is_fresh = text.endswith(("\n", "\r"))
        return written

    def writelines(self, lines: Iterable[str]) -> None:
        """Write several texts."""
        for line in lines:
            self.write(line)

    def begin_line(self) -> None:
        """End the line that has been begun, if there is one."""
        if not self.is_fresh:
            self.write("\n")

    def __iter__(self) -> Iterator[str]:
        return iter(self.stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


def tracked(stream: Any) -> Any:
    """Let a stream know whether its line has begun; one that does is left as it is."""
    return stream if isinstance(stream, Tracked) else Tracked(stream)


@contextmanager
def own_lines(stream: Any, in_program: bool) -> Iterator[None]:
    """Keep what a program prints, and its progress bars, from lines of ours.

    Parameters
    ----------
    stream : Tracked
        What is written to; what the program prints meanwhile goes through it as well.
    in_program : bool
        Whether the program may have begun a line before.
    """
    is_shared = bare(sys.stdout) is bare(stream)
    with bars_set_aside(stream):
        if in_program:
            begin_line_of_terminal(bare(stream))
        with redirect_stdout(stream) if is_shared else nullcontext():
            yield


@contextmanager
def bars_set_aside(stream: Any) -> Iterator[None]:
    """Take progress bars off the terminal, and draw them again afterwards.

    Those of tqdm, where the program has loaded it and writes where they are.
    """
    tqdm: Any = getattr(sys.modules.get("tqdm"), "tqdm", None)
    aside: AbstractContextManager[Any] = nullcontext()
    if tqdm is not None:
        # without its lock: the session may be long, and other threads have bars, too
        aside = tqdm.external_write_mode(file=bare(stream), nolock=True)
    with aside:
        yield


def begin_line_of_terminal(stream: Any) -> None:
    """Go to a line of one's own where others may have begun one.

    A line of blanks and a carriage return stay on a line that is empty, and wrap to the
    next one on a line that is not.
    """
    if not is_terminal(stream) or os.environ.get("TERM") == "dumb":
        return
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (AttributeError, ValueError, OSError):
        return
    stream.write(" " * columns + "\r")


PATIENCE = 1.0
"""Seconds that are waited without a word."""

PAUSE = 0.2
"""Seconds between two words."""


@contextmanager
def progress_line(stream: Any, width: int) -> Iterator[Callable[..., None]]:
    """Show what takes long in one line, which is gone in the end; on a terminal only.

    Yields
    ------
    callable
        ``show(text, at_once=False)``.
    """
    shown = 0
    due = time.monotonic() + PATIENCE

    def show(text: str, at_once: bool = False) -> None:
        nonlocal shown, due
        if not is_terminal(stream) or (time.monotonic() < due and not at_once):
            return
        line = printable(text, width - 1)
        stream.write(f"\r{line:<{shown}}")
        stream.flush()
        shown, due = len(line), time.monotonic() + PAUSE

    try:
        yield show
    finally:
        if shown:
            stream.write("\r" + " " * shown + "\r")


def bare(stream: Any) -> IO[str]:
    """Give the stream under one that is tracked."""
    found: IO[str] = stream.stream if isinstance(stream, Tracked) else stream
    return found
