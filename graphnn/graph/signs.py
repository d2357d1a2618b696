"""The operators of Python, and what they call on arrays."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np


class Sign(NamedTuple):
    """An operator.

    Attributes
    ----------
    text : str
        As it is written; empty for ``divmod``, which has no sign.
    function : callable
        What it calls. The operator ``**`` is none of NumPy's functions: it has short
        cuts for numbers such as 2, which ``np.power`` has not.
    """

    text: str
    function: Any


BINARY = {
    "add": Sign("+", np.add),
    "sub": Sign("-", np.subtract),
    "mul": Sign("*", np.multiply),
    "truediv": Sign("/", np.divide),
    "floordiv": Sign("//", np.floor_divide),
    "mod": Sign("%", np.remainder),
    "pow": Sign("**", operator.pow),
    "matmul": Sign("@", np.matmul),
    "divmod": Sign("", np.divmod),
    "lshift": Sign("<<", np.left_shift),
    "rshift": Sign(">>", np.right_shift),
    "and": Sign("&", np.bitwise_and),
    "or": Sign("|", np.bitwise_or),
    "xor": Sign("^", np.bitwise_xor),
    "eq": Sign("==", np.equal),
    "ne": Sign("!=", np.not_equal),
    "lt": Sign("<", np.less),
    "le": Sign("<=", np.less_equal),
    "gt": Sign(">", np.greater),
    "ge": Sign(">=", np.greater_equal),
}
"""By the name of their methods: ``add`` for ``__add__``."""

UNARY = {
    "neg": Sign("-", np.negative),
    "pos": Sign("+", np.positive),
    "abs": Sign("", np.absolute),
    "invert": Sign("~", np.invert),
}
