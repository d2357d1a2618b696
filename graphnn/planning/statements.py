"""The bound calls of a plan taken apart again: what is called, on what, into what."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from graphnn.planning.lowering import Bound, store, store_parts
from graphnn.planning.traced import filled
from graphnn.planning.whole import Whole


class Scalar(NamedTuple):
    """An array of no axes that a call takes as a NumPy scalar, ``array[()]``."""

    array: np.ndarray


class Statement(NamedTuple):
    """One bound call.

    Attributes
    ----------
    function : callable
        What is called.
    arguments, settings : tuple, dict
        Positional and keyword arguments; without where the result goes.
    outs : list of ndarray
        Where the result goes.
    is_stored : bool
        Whether the result is copied there: the function cannot write there itself.
    call : Call or None
        What was traced; the first, where several are made at once.
    times : int
        How many are made.
    """

    function: Any
    arguments: tuple[Any, ...]
    settings: dict[str, Any]
    outs: list[np.ndarray]
    is_stored: bool
    call: Any
    times: int = 1

    @property
    def owner(self) -> Any:
        """Whose hook made the call; None for nobody's."""
        return getattr(self.call, "owner", None)

    def reads(self) -> list[np.ndarray]:
        """List the arrays that are read."""
        return list(arrays_in([self.arguments, self.settings]))


def statement_of(bound: Bound, call: Any) -> Statement:
    """Take a bound call apart.

    Examples
    --------
    >>> import numpy as np
    >>> out = np.empty(3)
    >>> made = statement_of((np.add, (np.ones(3), 2.0, out)), None)
    >>> made.arguments, made.outs[0] is out
    ((array([1., 1., 1.]), 2.0), True)
    """
    function, arguments, settings = unwrapped(*bound)
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ndarray):
        function, arguments = (
            getattr(np.ndarray, function.__name__),
            (owner, *arguments),
        )
    if function is store:
        out, function, arguments, settings = arguments
        return stored([out], function, arguments, settings, call)
    if function is store_parts:
        outs, function, template, arrays, scalars = arguments
        values = [
            Scalar(array) if scalar else array
            for array, scalar in zip(arrays, scalars, strict=True)
        ]
        arguments, settings = filled(template, values)
        return stored(outs, function, arguments, settings, call)
    if function is np.copyto:
        out, *arguments = arguments
        casting = {"casting": arguments[1]} if len(arguments) > 1 else {}
        casting |= settings
        if np.can_cast(arguments[0], out.dtype, "same_kind"):
            casting.pop("casting", None)
        return Statement(function, (arguments[0],), casting, [out], False, call)
    outs = []
    if type(function) is np.ufunc:
        arguments, outs = arguments[: function.nin], list(arguments[function.nin :])
    else:
        arguments, settings = with_names(function, arguments, settings)
    given = settings.pop("out", None)
    outs += [] if given is None else given if type(given) is tuple else [given]
    return Statement(function, tuple(arguments), settings, outs, False, call)


def stored(
    outs: list[np.ndarray],
    function: Any,
    arguments: tuple[Any, ...],
    settings: dict[str, Any],
    call: Any,
) -> Statement:
    """Make the statement of a call whose result is copied."""
    function, arguments, settings = unwrapped(function, arguments, settings)
    if type(getattr(function, "__self__", None)) is not Whole:
        arguments, settings = with_names(function, arguments, settings)
    return Statement(function, tuple(arguments), settings, outs, True, call)


def unwrapped(
    function: Any, arguments: Any, settings: Any = None
) -> tuple[Any, Any, dict[str, Any]]:
    """Take what :func:`functools.partial` has bound out of it."""
    settings = dict(settings or {})
    while type(function) is partial:
        arguments = (*function.args, *arguments)
        settings = {**function.keywords, **settings}
        function = function.func
    return function, arguments, settings


ALWAYS = object()
"""Stands for a default that is told nevertheless."""

REDUCE = {
    "array": ALWAYS,
    "axis": ALWAYS,
    "dtype": None,
    "out": None,
    "keepdims": False,
}


def with_names(
    function: Any, arguments: Any, settings: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """Name the arguments that have a default; those that are equal to it are left out.

    Examples
    --------
    >>> with_names(np.cumsum, ("x", 0, None), {})
    (('x',), {'axis': 0})
    """
    first, defaults = defaults_of(function)
    names = list(defaults)
    named = dict(zip(names[first:], arguments[first:], strict=False))
    settings = {
        name: value
        for name, value in {**named, **settings}.items()
        if not is_default(value, defaults.get(name, ALWAYS))
    }
    axis = settings.get("axis")
    if defaults is REDUCE and type(axis) is tuple and len(axis) == 1:
        settings["axis"] = axis[0]
    return (*arguments[:first], *arguments[len(names) :]), settings


def is_default(value: Any, default: Any) -> bool:
    """Tell a setting that need not be told."""
    if value is default:
        return True
    return (
        type(value) in (str, int) and type(default) is type(value) and value == default
    )


@lru_cache(256)
def defaults_of(function: Any) -> tuple[int, dict[str, Any]]:
    """Tell how many arguments stand without a name; and by name the defaults of all.

    Functions that are not NumPy's are called as they are called.
    """
    if type(getattr(function, "__self__", None)) is np.ufunc:
        return (1, REDUCE) if function.__name__ == "reduce" else (0, {})
    is_numpy = (getattr(function, "__module__", None) or "").startswith("numpy")
    if not is_numpy and getattr(function, "__objclass__", None) is not np.ndarray:
        return 0, {}
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # a NumPy that does not tell
        return 0, {}
    defaults: dict[str, Any] = {}
    first = 0
    for parameter in parameters:
        if parameter.kind is parameter.POSITIONAL_ONLY:
            if parameter.default is not parameter.empty:
                return 0, {}
        elif parameter.kind is not parameter.POSITIONAL_OR_KEYWORD:
            break
        first += parameter.default is parameter.empty
        defaults[parameter.name] = parameter.default
    return first, defaults


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """List the arrays in (nested) arguments."""
    if type(value) is Scalar:
        yield value.array
    elif isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, tuple | list):
        for each in value:
            yield from arrays_in(each)
    elif isinstance(value, dict):
        yield from arrays_in(list(value.values()))
