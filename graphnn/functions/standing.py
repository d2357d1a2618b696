"""What stands for a node while a function is replayed: it has a shape, and no value."""

from __future__ import annotations

import math
from typing import Any

from graphnn.graph import dispatch
from graphnn.graph.node import Node


class Deviation(Exception):
    """The function does something else than the script says."""


class StandIn(Node):
    """A node without a value, of known shape and dtype.

    Whatever an operation could tell besides, or a function could do with its value,
    ends the replay.
    """

    def __init__(
        self, replay: Any, place: int, kind: type, shape: Any, dtype: Any
    ) -> None:
        attributes = self.__dict__
        attributes["replay"], attributes["place"] = replay, place
        attributes["stands_for"] = kind
        attributes["known"] = (shape, dtype)

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        """The class of the node that it stands for, for ``isinstance``."""
        return self.__dict__["stands_for"]

    @property
    def shape(self) -> Any:
        """Shape of the output."""
        return self.known[0]

    @property
    def dtype(self) -> Any:
        """Dtype of the output."""
        return self.known[1]

    @property
    def ndim(self) -> int:
        """Number of axes of the output."""
        return len(self.known[0])

    @property
    def size(self) -> int:
        """Number of elements of the output."""
        return math.prod(self.known[0])

    def __len__(self) -> int:
        if not self.known[0]:
            raise self.replay.deviate("len() of a number")
        return int(self.known[0][0])

    def __iter__(self) -> Any:
        return iter(dispatch.OPERATIONS[iter](self))

    def astype(self, dtype: Any, *, casting: str = "unsafe", copy: bool = True) -> Any:
        """Cast to another dtype, with ``copy=False`` only if it is another."""
        if not copy and self.dtype == dtype:
            return self
        return dispatch.OPERATIONS["astype"](self, dtype, casting)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self.replay.deviate(name)


AS_A_NODE = frozenset(
    {"T", "real", "imag", "mT", "all", "any", "argmax", "argmin", "argpartition"}
    | {"argsort", "choose", "clip", "compress", "conj", "conjugate", "copy", "cumprod"}
    | {"cumsum", "diagonal", "dot", "flatten", "max", "mean", "min", "nonzero", "prod"}
    | {"ravel", "repeat", "reshape", "round", "searchsorted", "squeeze", "std", "sum"}
    | {"swapaxes", "take", "trace", "transpose", "var", "_graph", "__array_ufunc__"}
    | {"__array_function__", "__getitem__", "__hash__"}
)
"""What makes nodes of a node, without a look at its value."""

NUMBERS = ("abs", "neg", "pos", "invert", "eq", "ne", "lt", "le", "gt", "ge")
BINARY = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "divmod"),
    *("lshift", "rshift", "and", "or", "xor"),
)
OPERATORS = {f"__{name}__" for name in (*NUMBERS, *BINARY)} | {
    f"__r{name}__" for name in BINARY
}
OF_EVERY_OBJECT = frozenset(
    {"__dict__", "__weakref__", "__module__", "__doc__", "__class__", "__new__"}
    | {
        "__init__",
        "__getattribute__",
        "__setattr__",
        "__delattr__",
        "__init_subclass__",
    }
    | {"__subclasshook__", "__annotations__", "__sizeof__"}
)


def ending(name: str) -> Any:
    """Make an attribute that ends the replay when it is read, or set."""

    def end(self: Any, *given: Any) -> Any:
        raise self.replay.deviate(name)

    return end if name.startswith("__") else property(end, end)


for _name in dir(Node):
    _is_known = _name in StandIn.__dict__ or _name in OF_EVERY_OBJECT
    if not _is_known and _name not in AS_A_NODE and _name not in OPERATORS:
        setattr(StandIn, _name, ending(_name))
