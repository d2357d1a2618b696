"""What leaves and operations have in common: identity, value, and NumPy's manners."""

from __future__ import annotations

import itertools
import math
import operator
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np

from graphnn.engine.brief import brief
from graphnn.graph import dispatch, ufuncs
from graphnn.graph.arraylike import ArrayLike
from graphnn.graph.context import CONTEXT
from graphnn.graph.naming import snake_case
from graphnn.graph.nodelist import NodeList
from graphnn.graph.signs import BINARY, UNARY, Sign
from graphnn.graph.source import Source

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

IDS = itertools.count(1)
"""One counter for the process, so that ids of two graphs never collide."""

_MAKING_NODES = frozenset({"T", "expandable", "formula", "imag", "mT", "real"})
"""Properties that make nodes as they are read."""


class Node(ArrayLike):
    """A node of a graph; an :class:`Operation` is one, and so are the leaves.

    The attributes have class-level defaults, so a subclass that forgets
    ``super().__init__()`` works.
    """

    kind: ClassVar[str] = "operation"
    """``"operation"``, ``"input"``, ``"parameter"``, ``"state"`` or ``"constant"``."""

    id: int = 0
    """Number of the node, unique in the process; 0 for a recipe that is not bound."""

    input_ids: tuple[int, ...] = ()
    output: Any = None
    stackable: bool = False
    """Whether many of a class compute their gradients together; see the engine."""

    scope: tuple[str, ...] = ()
    """The path of layers around the node."""

    _graph: Graph | None = None
    _name: str | None = None
    _source: tuple[str, int, str] | None = None

    # -- where it stands ---------------------------------------------------------------
    @property
    def graph(self) -> Graph | None:
        """The graph that the node belongs to; None for parameters and constants."""
        return self._graph

    @property
    def name(self) -> str:
        """Name, unique in its graph; under its scope: ``dense_1/weight_multiply``."""
        if self._graph is None:
            return self.wanted_name()
        return self._graph.name_of(self)

    @name.setter
    def name(self, name: str) -> None:
        self._name = name
        if self._graph is not None:
            self._graph.rename(self)

    def wanted_name(self) -> str:
        """Give the name that the node has where nobody else wants it."""
        return "/".join((*self.scope, self._name or snake_case(type(self).__name__)))

    @property
    def source(self) -> Source | None:
        """The user's file, line and function that made the node."""
        return None if self._source is None else Source(*self._source)

    @property
    def inputs(self) -> NodeList:
        """The nodes that this one was called on, in the order of the arguments."""
        return NodeList() if self._graph is None else self._graph.inputs_of(self)

    @property
    def consumers(self) -> NodeList:
        """The nodes that have this one among their inputs, by id; each once."""
        return NodeList() if self._graph is None else self._graph.consumers_of(self)

    @property
    def forward_node(self) -> Any:
        """For a node of :meth:`Graph.gradient`: the node whose gradient it computes."""
        trace = None if self._graph is None else self._graph._traces.get(self.id)
        if self._graph is None or trace is None or not trace.is_gradient:
            return None
        return self._graph._nodes.get(trace.origin)

    def describe(self) -> str:
        """Name the node in a message: name, class, the user's line."""
        source = self.source
        place = f", {source}" if source else ""
        return f"{self.name} ({type(self).__name__}{place})"

    # -- what it holds -----------------------------------------------------------------
    @property
    def output_grad(self) -> Any:
        """Gradient that reached the output in the last pass; None where none did."""
        return None if self._graph is None else self._graph.output_grad_of(self)

    @property
    def grad(self) -> Any:
        """The same as :attr:`output_grad`."""
        return self.output_grad

    def on_backward(self, function: Callable[[Any], object]) -> Any:
        """Call ``function(step)`` when the node's gradient is there, in each pass.

        Returns
        -------
        Handle
            Its ``.remove()`` takes the hook away.
        """
        if self._graph is None:
            raise dispatch.unsupported(
                f"{self!r} is a recipe: there is no pass to hook into",
                "Call it on a node first, and hook into the node that it returns.",
            )
        hooks = self._graph._hooks
        return hooks.add(hooks.nodes.setdefault(self.id, []), function)

    @property
    def shape(self) -> Any:
        """Shape of the output, None while unknown; a tuple of them for several."""
        if type(self.output) is tuple:
            return tuple([part.shape for part in self.output])
        return self._last_seen()[0] if self.output is None else np.shape(self.output)

    @property
    def dtype(self) -> Any:
        """The output's dtype, None while unknown; a tuple of them for several."""
        if type(self.output) is tuple:
            return tuple([part.dtype for part in self.output])
        if self.output is None:
            return self._last_seen()[1]
        return np.result_type(self.output)

    def _last_seen(self) -> tuple[Any, Any]:
        """Give shape and dtype of a value that a plan has taken off the node."""
        if self._graph is None:
            return (None, None)
        return self._graph._seen.get(self.id, (None, None))

    @property
    def ndim(self) -> int | None:
        """Number of axes of the output, None while it is unknown."""
        return None if self.shape is None else len(self.shape)

    @property
    def size(self) -> int | None:
        """Number of elements of the output, None while it is unknown."""
        if self.output is not None:
            return int(np.size(self.output))
        return None if self.shape is None else math.prod(self.shape)

    def __len__(self) -> int:
        if type(self.output) is tuple:
            return len(self.output)
        self._need_value("len()")
        if not self.shape:
            raise TypeError(f"len() of {self.describe()}, which is 0-d")
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        if type(self.output) is tuple:
            return (self[index] for index in range(len(self)))
        return iter(dispatch.OPERATIONS[iter](self))

    def _need_value(self, what: str) -> None:
        if self.output is None:
            raise dispatch.unsupported(
                f"{what} of {self.describe()}, which has no value yet",
                "Give its Input a value: gn.Input('x', value=array), or run forward.",
            )

    def __repr__(self) -> str:
        # short, of constant size and cost, and it never raises: debuggers call it for
        # every variable in sight, also for what is half built
        kind = type(self).__name__[:60]
        try:
            if not self.id:
                return f"<{kind} recipe>"
            output = self.output
            value = self._unseen() if output is None else brief(output)
            return f"<{kind} {self._name_at_hand()[:60]!r}: {value}>"
        except Exception:
            return f"<{kind}, half built>"

    def _unseen(self) -> str:
        """Say that there is no value, or none any more."""
        shape, dtype = self._last_seen()
        if shape is None or self._graph is None or self._graph._has_values:
            return "no value"
        return f"{dtype} {shape}, not kept by a plan"[:80]

    def __dir__(self) -> list[str]:
        # an editor's debugger reads all that is listed to unfold a variable: what makes
        # nodes, or takes its time, is left out for it
        names = sorted(object.__dir__(self))
        if "_pydevd_bundle" not in sys.modules:
            return names
        return [name for name in names if name not in _MAKING_NODES]

    def _name_at_hand(self) -> str:
        """Give the name, where it can be found quickly."""
        return self.name

    # -- NumPy's protocols -------------------------------------------------------------
    __hash__ = object.__hash__  # `==` is elementwise; identity is what hashes

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *arguments: Any, **settings: Any
    ) -> Any:
        if method == "__call__":
            handler = None if settings else dispatch.OPERATIONS.get(ufunc)
            if handler is not None:
                return handler(*arguments)
        return ufuncs.call(ufunc, method, self, arguments, settings)

    def __array_function__(
        self, function: Any, types: Any, arguments: Any, settings: Any
    ) -> Any:
        if not all(issubclass(t, Node | np.ndarray) for t in types):
            return NotImplemented
        return dispatch.call(function, self, arguments, settings)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise dispatch.unsupported(
            f"{self.describe()} is a node, not an array: it would silently leave the "
            "graph",
            "Take its value with node.output, or use a NumPy function on the node: "
            "np.stack([a, b]) for np.array([a, b]), gn.Constant(array)[node] to index "
            "an array with a node.",
        )

    def _no_number(self, *arguments: Any) -> NoReturn:
        is_comparison = self.kind == "operation" and self.dtype == bool
        if self._graph is not None and is_comparison and not CONTEXT.get().trace:
            self._graph.set_aside(self)  # such as `loss < 0.1` in an `if`
        raise dispatch.unsupported(
            f"{self.describe()} is a node, not a number: an `if`, float() or int() "
            "would make the graph depend on a value",
            "Take the value with node.output, or choose elementwise with np.where. To "
            "put nodes into an array: np.stack of a list. To round: np.round. An axis "
            "or a size is a plain number: bind it with functools.partial.",
        )

    __float__ = __int__ = __complex__ = __index__ = __round__ = _no_number

    def __bool__(self) -> bool:
        """Be true, as in ``loss or default``, for a recipe; refuse it for a node."""
        return self._no_number() if self.id else True

    def __format__(self, spec: str) -> str:
        return repr(self) if not spec else self._no_number()

    def __setitem__(self, index: Any, value: Any) -> NoReturn:
        raise dispatch.in_place("node[...] = value")

    def __getitem__(self, index: Any) -> Any:
        return dispatch.OPERATIONS[operator.getitem](self, index)

    @property
    def T(self) -> Any:
        """The transpose."""
        return np.transpose(self)

    @property
    def real(self) -> Any:
        """The real part."""
        return np.real(self)

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return np.imag(self)

    def astype(self, dtype: Any, *, casting: str = "unsafe", copy: bool = True) -> Any:
        """Cast to another dtype, with ``copy=False`` only if it is another."""
        if not copy and self.output is not None and self.dtype == dtype:
            return self
        return dispatch.OPERATIONS["astype"](self, dtype, casting)

    def clip(self, min: Any = None, max: Any = None) -> Any:  # noqa: A002
        """Move values into an interval; see :func:`numpy.clip`."""
        return np.clip(self, min, max)

    def transpose(self, *axes: Any) -> Any:
        """Permute the axes: ``transpose()``, ``transpose(1, 0)``."""
        order = axes[0] if len(axes) == 1 and not isinstance(axes[0], int) else axes
        return np.transpose(self, order or None)


def _method(name: str) -> Callable[..., Any]:
    function = getattr(np, name)

    def method(self: Node, *arguments: Any, **settings: Any) -> Any:
        return function(self, *arguments, **settings)

    method.__name__ = name
    method.__doc__ = f"Do as :func:`numpy.{name}` does, as a node."
    return method


def _operator(name: str, sign: Sign) -> None:
    """Give nodes a binary operator: forward, reflected, and refused in place."""
    table, ufunc = dispatch.OPERATIONS, sign.function

    def left(self: Node, other: Any) -> Any:
        handler = table.get(ufunc)
        if handler is None:
            return dispatch.call(ufunc, self, (self, other), {})
        return handler(self, other)

    def right(self: Node, other: Any) -> Any:
        handler = table.get(ufunc)
        if handler is None:
            return dispatch.call(ufunc, self, (other, self), {})
        return handler(other, self)

    def inplace(self: Node, other: Any) -> NoReturn:
        raise dispatch.in_place(f"node {sign.text or name}= value")

    setattr(Node, f"__{name}__", left)
    if name not in ("eq", "ne", "lt", "le", "gt", "ge"):
        setattr(Node, f"__r{name}__", right)
        setattr(Node, f"__i{name}__", inplace)


for _name, _sign in BINARY.items():
    _operator(_name, _sign)

for _name, _sign in UNARY.items():
    setattr(
        Node,
        f"__{_name}__",
        lambda self, _ufunc=_sign.function: dispatch.call(_ufunc, self, (self,), {}),
    )

for _name in (
    "choose",
    "diagonal",
    "dot",
    "max",
    "mean",
    "min",
    "ravel",
    "repeat",
    "squeeze",
    "sum",
    "swapaxes",
    "take",
    "trace",
):
    setattr(Node, _name, _method(_name))

for _name in ("conj", "conjugate", "round"):
    setattr(Node, _name, _method(_name))

for _name in (
    "all",
    "any",
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "cumprod",
    "cumsum",
    "nonzero",
    "prod",
    "searchsorted",
    "std",
    "var",
):
    setattr(Node, _name, _method(_name))
