"""NumPy as the front end: which operation stands for which NumPy function.

``graphnn.ops`` fills the table; a node looks itself up in it, through NumPy's protocols
``__array_ufunc__`` (NEP 13) and ``__array_function__`` (NEP 18).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any, TypeVar

import numpy as np

from graphnn.errors import UnsupportedError
from graphnn.graph.source import Source, capture

F = TypeVar("F", bound=Callable[..., Any])

OPERATIONS: dict[Any, Callable[..., Any]] = {}
"""NumPy function to the function that makes its node, of the same signature."""


def implements(*functions: Any) -> Callable[[F], F]:
    """Register what makes the node for NumPy functions (as NEP 18 calls it)."""

    def register(handler: F) -> F:
        for function in functions:
            OPERATIONS[function] = handler
        return handler

    return register


Bound = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function and its arguments."""

CALLS: dict[Any, tuple[Callable[..., list[Bound]], Callable[..., Any] | None]] = {}
"""Array function of our own to what lists its calls, and makes what they work in."""


def dispatched(
    is_node: Callable[[Any], bool],
    operands: int = 1,
    calls: Callable[..., list[Bound]] | None = None,
    work: Callable[..., np.ndarray] | None = None,
) -> Callable[[F], F]:
    """Make an array function of our own go through the table as NumPy's do.

    Parameters
    ----------
    is_node : callable
    operands : int
        How many of the first arguments may be nodes.
    calls : callable, optional
        Lists the NumPy calls that the function makes. It takes the same arguments, and
        then the array into which they write what the function gives.
    work : callable, optional
        Of the same arguments; makes an array that the calls need while they run, which
        they take after the one into which they write.

    Notes
    -----
    Where a plan writes calls down, it is one call: what it does inside, such as adding
    up in place, is its own affair. With `calls` the plan makes these, into its buffer.
    """

    def decorate(function: F) -> F:
        if calls is not None:
            CALLS[function] = calls, work

        @wraps(function)
        def wrapper(*arguments: Any, **settings: Any) -> Any:
            if any(map(is_node, arguments[:operands])):
                return OPERATIONS[wrapper](*arguments, **settings)
            recorder = recorder_in(arguments)
            if recorder is not None:
                return recorder.record_call(function, arguments, settings)
            return function(*arguments, **settings)

        return wrapper  # type: ignore[return-value]

    return decorate


def checking(function: F) -> F:
    """Make a check of its first argument's values wait until there are values.

    An array is checked at once, a node never: its values were checked as arrays. Where
    a plan writes calls down, the check is one of them, so each pass is checked.
    """

    @wraps(function)
    def wrapper(values: Any, *arguments: Any, **settings: Any) -> None:
        if isinstance(values, np.ndarray):
            function(values, *arguments, **settings)
        elif recorder_in((values,)) is not None:
            values.record_check(function, (values, *arguments), settings)

    return wrapper  # type: ignore[return-value]


def recorder_in(arguments: Any) -> Any:
    """Find what stands for an array where a plan writes calls down, else None."""
    for argument in arguments:
        kind = type(argument)
        if kind is tuple or kind is list:
            found = recorder_in(argument)
            if found is not None:
                return found
        elif hasattr(kind, "record_call"):
            return argument
    return None


DEFINE_IT = """\
Write an operation for it, and call it on the node: y = MyOperation()(x).

    class MyOperation(gn.Operation):
        def _output(self):
            return ...  # NumPy, of self.input_

        def _input_grad(self, output_grad):
            return ...  # the gradient of self.input_, of its shape

With several inputs: self.input_values, and _input_grads, which returns a tuple."""


def name_of(function: Any) -> str:
    """Name a NumPy function as the user writes it: ``np.linalg.inv``, ``np.add.at``."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"np.{owner.__name__}.{function.__name__}"
    name = str(getattr(function, "__name__", function))
    if getattr(np.emath, name, None) is function:
        return f"np.emath.{name}"
    module = (getattr(function, "__module__", None) or "numpy").split(".")
    public = [part for part in module[1:] if not part.startswith("_")]
    if public[:1] == ["lib"] and public[1:] != ["stride_tricks"]:
        public = []  # where NumPy keeps it, not where its users find it
    return ".".join(["np", *public, name])


def unsupported(what: str, fix: str = "") -> UnsupportedError:
    """Build the refusal, with the user's line."""
    place = capture()
    where = f" ({Source(*place)})" if place else ""
    return UnsupportedError(
        f"{what}{where}",
        fix or DEFINE_IT,
    )


def call(
    function: Any, node: Any, arguments: tuple[Any, ...], settings: Mapping[str, Any]
) -> Any:
    """Make the node for a call of a NumPy function on `node` and others."""
    handler = OPERATIONS.get(function)
    if handler is None:
        raise unsupported(
            f"{name_of(function)} of {node.describe()}: there is no operation for "
            f"{name_of(function)}",
            DEFINE_IT,
        )
    if not settings:
        limit = POSITIONAL_LIMITS.get(handler)
        if limit is None:
            limit = positional_limit(function, handler)
        if len(arguments) <= limit:
            return handler(*arguments)
    given = by_name(function, handler, arguments, settings)
    return handler(*given.pop("", ()), **given)


def in_place(what: str) -> UnsupportedError:
    """Build the refusal to change a node in place."""
    return unsupported(
        f"{what} would change an array in place, which the graph could not undo",
        "Make a new node: x = x + y, not x += y; y = np.exp(x), not np.exp(x, out=y).",
    )


POSITIONAL_LIMITS: dict[Callable[..., Any], int] = {}


def positional_limit(function: Any, handler: Callable[..., Any]) -> int:
    """Count the positional arguments that a handler takes, once for each handler.

    One that takes any number gets none from ``out`` on.
    """
    parameters = inspect.signature(handler).parameters.values()
    limit = sum(
        p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters
    )
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        theirs = list(signature_of(function))
        keyword_only = theirs[:1] == ["operands"]  # np.einsum(*operands, out=...)
        limit = 1_000_000
        if "out" in theirs and not keyword_only:
            limit = theirs.index("out")
    return POSITIONAL_LIMITS.setdefault(handler, limit)


def by_name(
    function: Any,
    handler: Callable[..., Any],
    arguments: tuple[Any, ...],
    settings: Mapping[str, Any],
) -> dict[str, Any]:
    """Sort arguments by NumPy's own signature, leaving out what is at its default.

    What the handler does not know is refused by name, never ignored.
    """
    known = inspect.signature(handler).parameters
    takes_any = any(p.kind is p.VAR_KEYWORD for p in known.values())
    limit = positional_limit(function, handler)
    given: dict[str, Any] = dict(settings)
    if len(arguments) <= limit:
        given[""] = arguments
    else:
        names = signature_of(function)
        if len(names) < len(arguments):  # this NumPy does not say what they are
            raise unsupported(
                f"{name_of(function)} of a node takes {limit} positional arguments, "
                f"{len(arguments)} were given",
                "Name the others: axis=, dtype=, and so on.",
            )
        given.update(zip(names, arguments, strict=False))
    if given.get("out") is not None:
        raise in_place(f"{name_of(function)}(..., out=)")
    defaults = signature_of(function)
    for name in [n for n in given if n and n not in known]:
        if is_default(given[name], defaults.get(name)) or name == "out":
            del given[name]
        elif not takes_any:
            raise unsupported(
                f"{name_of(function)}(..., {name}=) has no operation on nodes",
                f"Leave {name}= out, or write an Operation for it.",
            )
    return given


def is_default(given: Any, default: Any) -> bool:
    """Tell a setting that is left at NumPy's default; arrays never are."""
    if type(given) in (bool, int, float, str):
        return type(given) is type(default) and bool(given == default)
    return given is default


@cache
def signature_of(function: Any) -> Mapping[str, Any]:
    """Give the parameters of a NumPy function and their defaults, where known."""
    if isinstance(getattr(function, "__self__", None), np.ufunc):
        return METHOD_SIGNATURE
    try:
        parameters = inspect.signature(function).parameters
    except ValueError:  # a function written in C without a signature
        return {}
    return {name: parameter.default for name, parameter in parameters.items()}


METHOD_SIGNATURE = {
    "array": inspect.Parameter.empty,
    "axis": 0,
    "dtype": None,
    "out": None,
    "keepdims": False,
    "where": True,
}
"""What ``reduce`` and ``accumulate`` of a ufunc take; NumPy does not tell Python."""
