"""Arguments and results that are lists, tuples or dicts of arrays, nested or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError


def is_structure(value: Any) -> bool:
    """Tell a container of values from a value; a list of numbers is an array."""
    if type(value) is list:
        return any(is_structure(part) or is_array(part) for part in value)
    return isinstance(value, tuple) or type(value) is dict  # named tuples, too


def is_array(value: Any) -> bool:
    """Tell arrays and nodes from numbers, NumPy's included."""
    return hasattr(value, "__array_ufunc__") and not isinstance(value, np.generic)


def leaves(value: Any) -> list[Any]:
    """List the values in a structure, from left to right.

    Examples
    --------
    >>> leaves({"w": 1.0, "more": (2.0, 3.0)})
    [1.0, 2.0, 3.0]
    """
    if not is_structure(value):
        return [value]
    parts = value.values() if type(value) is dict else value
    return [leaf for part in parts for leaf in leaves(part)]


def leaves_like(template: Any, value: Any) -> list[Any]:
    """List the values that stand where a structure has its leaves.

    Raises
    ------
    ArgumentError
        Where the value is not structured as the template.

    Examples
    --------
    >>> leaves_like({"w": 1.0, "more": (2.0, 3.0)}, {"w": [1, 2], "more": [3, 4]})
    [[1, 2], 3, 4]
    """
    if not is_structure(template):
        return [value]
    if type(template) is dict:
        if type(value) is dict and value.keys() == template.keys():
            pairs = [(part, value[key]) for key, part in template.items()]
            return [leaf for pair in pairs for leaf in leaves_like(*pair)]
    elif isinstance(value, list | tuple) and len(value) == len(template):
        pairs = list(zip(template, value, strict=True))
        return [leaf for pair in pairs for leaf in leaves_like(*pair)]
    raise ArgumentError(
        f"a {described(value)} was given where the structure of a "
        f"{described(template)} is needed"
    )


def described(value: Any) -> str:
    """Name a structure in a message."""
    kind = type(value).__name__
    if type(value) is dict:
        return f"{kind} of {', '.join(map(repr, value))}"
    return f"{kind} of {len(value)}" if isinstance(value, list | tuple) else kind


def names(value: Any, name: str) -> list[str]:
    """Name the leaves of a structure by where they stand.

    Examples
    --------
    >>> names({"w": 1.0, "more": (2.0, 3.0)}, "p")
    ['p_w', 'p_more_0', 'p_more_1']
    """
    if not is_structure(value):
        return [name]
    fields = getattr(value, "_fields", range(len(value)))
    pairs = value.items() if type(value) is dict else zip(fields, value, strict=True)
    return [leaf for key, part in pairs for leaf in names(part, f"{name}_{key}")]


def rebuilt(value: Any, new_leaves: Iterator[Any]) -> Any:
    """Put new leaves in place of a structure's own.

    Examples
    --------
    >>> rebuilt({"w": 1.0, "more": (2.0, 3.0)}, iter("abc"))
    {'w': 'a', 'more': ('b', 'c')}
    """
    if not is_structure(value):
        return next(new_leaves)
    if type(value) is dict:
        return {key: rebuilt(part, new_leaves) for key, part in value.items()}
    parts = [rebuilt(part, new_leaves) for part in value]
    return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """Apply a function to every leaf of a structure."""
    return rebuilt(value, map(function, leaves(value)))
