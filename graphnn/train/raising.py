"""Whether what NumPy warns of is an error now."""

from __future__ import annotations

import contextvars
import warnings
from operator import itemgetter
from typing import Any

import numpy as np

ACTION = itemgetter(0)


def may_raise() -> bool:
    """Tell whether NumPy's warnings are errors, by its settings or Python's.

    Examples
    --------
    >>> import numpy as np, warnings
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("default")
    ...     may_raise()
    ...     with np.errstate(divide="raise"):
    ...         may_raise()
    False
    True
    """
    if "error" in map(ACTION, warnings.filters) and are_errors():
        return True
    if VARIABLE is not None and VARIABLE.get(None) is HARMLESS[0]:
        return False
    actions = np.geterr().values()
    if "raise" in actions or "call" in actions:
        return True
    if VARIABLE is not None:
        HARMLESS[0] = VARIABLE.get(None)
    return False


def are_errors() -> bool:
    """Tell whether a filter may make an error of NumPy's warnings."""
    for action, message, category, module, line in warnings.filters:
        if issubclass(RuntimeWarning, category):
            if action == "error":
                return True
            if not (message or module or line):
                return False  # it is for all of them, and comes first
    return False


def variable_of_numpy() -> contextvars.ContextVar[Any] | None:
    """Find the context variable in which NumPy keeps its settings, if it does.

    To ask whether it is still the same takes less time than to ask NumPy.
    """
    before = dict(contextvars.copy_context())
    with np.errstate(all="ignore"):
        now = contextvars.copy_context()
    found = [each for each, value in now.items() if before.get(each) is not value]
    return found[0] if len(found) == 1 else None


VARIABLE = variable_of_numpy()

HARMLESS: list[Any] = [object()]
"""What the variable was when NumPy was asked last, and raised nothing."""
