"""What ufuncs take beside their inputs: ``dtype=``, ``where=``, ..., and ``outer``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphnn.graph import dispatch

WEAK = (int, float, complex)
"""Python numbers, which take the dtype of the arrays beside them (NEP 50)."""


def call(
    ufunc: np.ufunc,
    method: str,
    node: Any,
    arguments: tuple[Any, ...],
    settings: Mapping[str, Any],
) -> Any:
    """Make the node for a ufunc, or one of its methods, called on `node` and others.

    Settings at their defaults are no matter; ``dtype=`` and ``casting=`` cast the
    inputs, as NumPy does; the others are refused.
    """
    if method == "at":
        raise dispatch.in_place(f"np.{ufunc.__name__}.at")
    if method == "outer":
        return outer(ufunc, arguments, settings)
    if method != "__call__":
        return dispatch.call(getattr(ufunc, method), node, arguments, settings)
    rest = dict(settings)
    if rest.get("out") is not None or ufunc not in dispatch.OPERATIONS:
        return dispatch.call(ufunc, node, arguments, settings)
    name = dispatch.name_of(ufunc)
    if rest.pop("where", True) is not True:
        raise dispatch.unsupported(
            f"{name}(..., where=) leaves the rest of an array as it was before, and a "
            "new node has no before",
            f"Choose elementwise: np.where(mask, {name}(...), other).",
        )
    if rest.pop("order", "K") != "K":
        raise dispatch.unsupported(
            f"{name}(..., order=) asks for a layout in memory, which a node does not "
            "promise",
            "Leave order= out: the values are the same.",
        )
    for signature in ("signature", "sig"):
        if rest.pop(signature, None) is not None:
            raise dispatch.unsupported(
                f"{name}(..., {signature}=) has no operation on nodes",
                "Say in which dtype to compute: dtype=, or x.astype(dtype).",
            )
    rest.pop("subok", None)
    dtype, casting = rest.pop("dtype", None), rest.pop("casting", "same_kind")
    if dtype is not None or casting != "same_kind":
        arguments = cast(ufunc, arguments, dtype, casting)
    return dispatch.call(ufunc, node, arguments, rest)


def cast(
    ufunc: np.ufunc, arguments: tuple[Any, ...], dtype: Any, casting: str
) -> tuple[Any, ...]:
    """Cast the inputs of a ufunc to the dtypes in which NumPy would compute."""
    values = [value_of(a, f"{dispatch.name_of(ufunc)}(..., dtype=)") for a in arguments]
    given = [type(v) if type(v) in WEAK else np.result_type(v) for v in values]
    wanted = None if dtype is None else np.dtype(dtype)
    resolved = ufunc.resolve_dtypes(
        (*given, *(None,) * ufunc.nout),
        signature=(*(None,) * ufunc.nin, *(wanted,) * ufunc.nout),
        casting=casting,  # type: ignore[arg-type]
    )
    castings = zip(arguments, values, given, resolved[: ufunc.nin], strict=True)
    return tuple([recast(*each) for each in castings])


def recast(argument: Any, value: Any, before: Any, needed: Any) -> Any:
    """Cast a node, an array, or a Python number, if it has another dtype."""
    if before == needed:
        return argument
    if type(value) in WEAK:
        return np.asarray(value, needed)
    return (argument if is_node(argument) else value).astype(needed)


def outer(
    ufunc: np.ufunc, arguments: tuple[Any, ...], settings: Mapping[str, Any]
) -> Any:
    """Make the node for ``ufunc.outer(a, b)``: each element of a with each of b."""
    left, right = arguments
    what = f"{dispatch.name_of(ufunc)}.outer"
    columns = np.ndim(value_of(right, what))
    if columns:
        left = left if is_node(left) else np.asarray(left)
        shape = np.shape(value_of(left, what))
        left = np.reshape(left, (*shape, *(1,) * columns))
    # NumPy takes a Python number here as an array, of its own dtype
    left, right = [a if is_node(a) else np.asarray(a) for a in (left, right)]
    return ufunc(left, right, **settings)


def is_node(argument: Any) -> bool:
    """Tell a node from an array."""
    from graphnn.graph.node import Node  # nodes call this module

    return isinstance(argument, Node)


def value_of(argument: Any, what: str) -> Any:
    """Give the value of a node; take lists as arrays, Python numbers as they are."""
    if is_node(argument):
        argument._need_value(what)
        return argument.output
    return argument if type(argument) in WEAK else np.asarray(argument)
