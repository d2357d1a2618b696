"""What was typed, kept from session to session, where ``readline`` is there."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

LONGEST = 1000
"""Lines that are kept."""

DELIMITERS = " \t\n`@#$%^&()=+[{]}|;'\",<>!"
"""Between words that are completed: names of nodes, globs and files are one word."""


def history_file() -> Path:
    """Give the file that the lines are kept in: where the system keeps such things."""
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData/Local")
    else:
        folder = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local/state")
    return Path(folder) / "graphnn" / "debug_history"


@contextmanager
def own_history(wanted: bool) -> Iterator[None]:
    """Let the keys up and down give the lines of earlier sessions.

    The lines of the program that is debugged (which may be an interactive one itself)
    are put back. Without ``readline``, or without a place to write, nothing is kept.
    """
    try:
        import readline
    except ImportError:
        wanted = False
    if not wanted:
        yield
        return
    theirs = [
        readline.get_history_item(i + 1)
        for i in range(readline.get_current_history_length())
    ]
    delimiters = readline.get_completer_delims()
    readline.set_completer_delims(DELIMITERS)
    if "libedit" in (readline.__doc__ or ""):  # as on macOS: cmd binds GNU's way only
        readline.parse_and_bind("bind ^I rl_complete")
    readline.clear_history()
    _read(readline)
    try:
        yield
    finally:
        _write(readline)
        readline.set_completer_delims(delimiters)
        readline.clear_history()
        for line in theirs:
            readline.add_history(line)


@contextmanager
def kept_delimiters() -> Iterator[None]:
    """Let words end where they did, whatever pdb sets."""
    try:
        import readline
    except ImportError:
        yield
        return
    delimiters = readline.get_completer_delims()
    try:
        yield
    finally:
        readline.set_completer_delims(delimiters)


def _read(readline: Any) -> None:
    with suppress(OSError, RuntimeError):  # RuntimeError: a person without a home
        readline.read_history_file(history_file())


def _write(readline: Any) -> None:
    with suppress(OSError, RuntimeError):
        file = history_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        length = readline.get_history_length()
        readline.set_history_length(LONGEST)
        readline.write_history_file(file)
        readline.set_history_length(length)
