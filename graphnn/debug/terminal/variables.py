"""Assigning to the variables of a program that is running."""

from __future__ import annotations

import ctypes
import inspect
import sys
from types import FrameType
from typing import Any


def assign(frame: FrameType, name: str, value: Any) -> str:
    """Give a variable of a running program another value, which it goes on with.

    Parameters
    ----------
    frame : frame
    name : str
    value : object

    Returns
    -------
    {"local", "global", ""}
        What has been assigned: a variable of the function, one of its module that the
        function reads, or nothing, since a function gets no new variables as it runs.

    Examples
    --------
    >>> def count():
    ...     steps = 3
    ...     where = assign(sys._getframe(), "steps", 5)
    ...     return where, assign(sys._getframe(), "new", 0), steps
    >>> count()
    ('local', '', 5)
    """
    code = frame.f_code
    if not code.co_flags & inspect.CO_OPTIMIZED:  # of a module, of a class
        frame.f_locals[name] = value
        return "local"
    if name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars):
        variables = frame.f_locals
        variables[name] = value
        if sys.version_info < (3, 13):  # which made it write through (PEP 667)
            ctypes.pythonapi.PyFrame_LocalsToFast(
                ctypes.py_object(frame), ctypes.c_int(0)
            )
        return "local"
    if name in frame.f_globals:
        frame.f_globals[name] = value
        return "global"
    return ""


def delete(frame: FrameType, name: str) -> bool:
    """Delete a variable of a module; False for one of a function, which stays."""
    if frame.f_code.co_flags & inspect.CO_OPTIMIZED:
        return False
    frame.f_locals.pop(name, None)
    return True
