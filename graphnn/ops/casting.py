"""Dtypes: casting to another, and arrays that are like a node."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements, in_place
from graphnn.graph.node import Node
from graphnn.graph.operation import Operation


class AsType(Operation):
    """``a.astype(dtype)``; the engine casts the gradient back.

    Whole numbers and truths get no gradient, and so they pass none on.

    Parameters
    ----------
    dtype : dtype
    casting : str
        Which casts are allowed; see :func:`numpy.can_cast`.
    """

    arity = 1

    def __init__(self, dtype: Any, casting: str = "unsafe") -> None:
        self.to_dtype = np.dtype(dtype)
        self.casting = casting

    def _output(self) -> Any:
        return self.input_.astype(self.to_dtype, casting=self.casting)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


@implements("astype")
def astype(a: Any, dtype: Any, casting: str = "unsafe") -> Any:
    """Make the node for ``node.astype``."""
    return AsType(dtype, casting)(a)


def numpy_astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Any:
    """Make the node for ``np.astype``; it has an array of its own in any case."""
    return AsType(dtype)(x)


if hasattr(np, "astype"):  # since NumPy 2.1
    implements(np.astype)(numpy_astype)


@implements(np.copyto)
def copyto(dst: Any, src: Any, casting: Any = None, where: Any = None) -> None:
    """Refuse ``np.copyto``."""
    raise in_place("np.copyto")


# -- what shape and dtype alone decide is an answer, not a node ------------------------
def value_of(argument: Any, what: str) -> Any:
    """Give the value of a node; other arguments as they are."""
    if isinstance(argument, Node):
        argument._need_value(what)
        return argument.output
    return argument


def answered(*functions: Any) -> None:
    """Let NumPy functions of a node answer with what they say of its value."""
    for function in functions:

        def answer(*arguments: Any, _function: Any = function, **settings: Any) -> Any:
            name = f"np.{_function.__name__}"
            values = [value_of(argument, name) for argument in arguments]
            return _function(*values, **settings)

        implements(function)(answer)


answered(
    np.can_cast,
    np.common_type,
    np.empty_like,
    np.min_scalar_type,
    np.ones_like,
    np.result_type,
    np.zeros_like,
)


@implements(np.full_like)
def full_like(a: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Any:
    """Answer ``np.full_like``; if the number is a node, make one."""
    like = value_of(a, "np.full_like")
    if not isinstance(fill_value, Node):
        return np.full_like(like, fill_value, dtype, shape=shape)
    filled = np.empty_like(like, dtype, shape=shape)
    return np.broadcast_to(fill_value.astype(filled.dtype), filled.shape)
