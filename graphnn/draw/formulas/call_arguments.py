"""The arguments of a call as one writes them: no defaults, names where they help."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from graphnn.planning.statements import defaults_of, is_default

NAMED = frozenset(
    {"axis", "axes", "dtype", "keepdims", "mode", "offset", "ord", "order"}
)
"""Arguments that nobody understands without their names; nor does one True or False."""


def sorted_out(
    function: Any, arguments: Iterable[Any], settings: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """Leave out what is at its default, and name what is nothing without its name.

    Examples
    --------
    >>> sorted_out(np.clip, ("x", 0, 6), {}), sorted_out(np.sum, ("x", 1, None), {})
    ((['x', 0, 6], {}), (['x'], {'axis': 1}))
    """
    first, defaults = defaults_of(function)
    names = list(defaults)
    plain: list[Any] = []
    named: dict[str, Any] = {}
    is_behind = False  # what comes after one that is left out has to be named
    for place, value in enumerate(arguments):
        name = names[place] if first <= place < len(names) else ""
        if name and is_default(value, defaults[name]):
            is_behind = True
        elif name and (is_behind or name in NAMED or type(value) is bool):
            named[name] = value
            is_behind = True
        else:
            plain.append(value)
    named |= {
        name: value
        for name, value in settings.items()
        if name not in defaults or not is_default(value, defaults[name])
    }
    if named.get("keepdims") is False:
        del named["keepdims"]  # NumPy's own default is "not given"
    axis = named.get("axis")
    if type(axis) is tuple and len(axis) == 1:
        named["axis"] = axis[0]
    return plain, named


def spread(arguments: list[Any]) -> list[Any]:
    """Take the one tuple that is given apart: ``x.reshape(2, 3)``."""
    if len(arguments) != 1:
        return arguments
    (given,) = arguments
    if isinstance(given, np.ndarray):
        given = given.tolist()
    return list(given) if type(given) in (tuple, list) and given else arguments


def is_reversal(axes: list[Any], ndim: int) -> bool:
    """Tell what ``.T`` does."""
    return axes in ([], [None]) or axes == list(range(ndim))[::-1]


def plain_index(index: Any) -> Any:
    """Leave out of an index what it does anyway.

    Examples
    --------
    >>> plain_index((slice(None), slice(0, 4, 1), slice(None)))
    (slice(None, None, None), slice(0, 4, None))
    """
    if type(index) is slice:
        return slice(index.start, index.stop) if is_one(index.step) else index
    if type(index) is not tuple:
        return index
    places = [plain_index(place) for place in index]
    if not any(place is Ellipsis for place in places):
        while len(places) > 1 and is_all(places[-1]):
            places.pop()
    return tuple(places) if len(places) != 1 else places[0]


def is_all(place: Any) -> bool:
    """Tell ``:``."""
    return type(place) is slice and place == slice(None)


def is_one(step: Any) -> bool:
    """Tell a step from each element to the next."""
    return type(step) is int and step == 1
