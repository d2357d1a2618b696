"""The exceptions by which a person leaves from inside a hook: they are no failures."""

from __future__ import annotations

import bdb
import pdb

LEAVING: tuple[type[Exception], ...] = (bdb.BdbQuit, pdb.Restart)
"""What ``quit`` and ``restart`` raise at a debugger's prompt.

They are exceptions like any other, but for what catches everything that a hook of a
user's may raise they are not: it lets them pass.
"""
