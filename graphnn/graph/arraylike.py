"""What an array has and a node answers as well, and what it refuses with a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.errors import UnsupportedAttribute
from graphnn.graph.dispatch import unsupported

CHANGES = frozenset(
    {"fill", "itemset", "partition", "put", "resize", "setfield", "setflags", "sort"}
)
"""The methods of an array that change it."""

INSTEAD = {
    "data": "x.output is the value.",
    "fill": "a new node, x * 0 + number.",
    "flat": "x.ravel() has the elements in C order.",
    "item": "x.output.item() is the number.",
    "itemset": "np.where(places, values, x).",
    "partition": "np.partition(x, kth).",
    "put": "np.where(places, values, x).",
    "resize": "np.resize(x, shape).",
    "setfield": "np.where(places, values, x).",
    "setflags": "x.output.setflags(...), of the value.",
    "sort": "np.sort(x).",
    "tolist": "x.output.tolist().",
    "view": "x.astype(dtype) converts; x.output.view(dtype) reads the bits anew.",
}
"""What to write in the place of an attribute that a node does not have."""


class ArrayLike:
    """The methods of an array whose signatures are not those of NumPy's functions."""

    def reshape(
        self: Any, *shape: Any, order: Any = "C", copy: bool | None = None
    ) -> Any:
        """Give the elements another shape: ``reshape(2, 3)``, ``reshape((2, 3))``."""
        new = shape[0] if len(shape) == 1 else shape
        if copy is None:
            return np.reshape(self, new, order)
        return np.reshape(self, new, order, copy=copy)

    def flatten(self: Any, order: Any = "C") -> Any:
        """Put all elements along one axis."""
        return np.ravel(self, order)

    def copy(self: Any, order: Any = "C") -> Any:
        """Make a node with a copy of the value."""
        return np.copy(self, order)

    def compress(self: Any, condition: Any, axis: int | None = None) -> Any:
        """Take the elements where a condition holds."""
        return np.compress(condition, self, axis)

    @property
    def mT(self: Any) -> Any:
        """The transpose of the last two axes."""
        return np.matrix_transpose(self)

    @property
    def itemsize(self: Any) -> int | None:
        """Bytes of an element, None while there is no value."""
        return None if self.output is None else self.dtype.itemsize

    @property
    def nbytes(self: Any) -> int | None:
        """Bytes of all elements, None while there is no value."""
        return None if self.output is None else self.size * self.dtype.itemsize

    if not TYPE_CHECKING:  # or every misspelt attribute would pass for one

        def __getattr__(self, name: str) -> Any:
            # what is refused here is no attribute: hasattr() and dir() stay right
            if hasattr(type(self), name):  # a property that failed inside
                return object.__getattribute__(self, name)
            if name in INSTEAD or (name[:2] != "__" and hasattr(np.ndarray, name)):
                raise no_attribute(self, name)
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}",
                name=name,
                obj=self,
            )


def no_attribute(node: Any, name: str) -> UnsupportedAttribute:
    """Build the refusal of what an array has and a node has not."""
    what = f"{node.describe()} is a node: it has no .{name}, as its value has"
    if name in CHANGES:
        what = f".{name} would change an array in place, which the graph could not undo"
    instead = INSTEAD.get(name, f"x.output.{name}.")
    return UnsupportedAttribute(str(unsupported(what, f"Instead: {instead}")))
