"""Whose turn it is at the prompt, where debuggers run in several threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

PROMPT = threading.RLock()
"""Held by the thread whose debugger reads commands; those of others wait for it."""


@contextmanager
def ones_turn() -> Iterator[str]:
    """Have the prompt to oneself in the block.

    A debugger inside of a debugger has it already.

    Yields
    ------
    str
        The name of the thread; empty for the main one.
    """
    with PROMPT:
        thread = threading.current_thread()
        yield "" if thread is threading.main_thread() else thread.name
