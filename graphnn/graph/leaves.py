"""The leaves of a graph: what is fed, what is learned, what is fixed."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from graphnn.engine.hooks import DIFFERENTIABLE, NUMERIC
from graphnn.errors import ArgumentError, ShapeError
from graphnn.graph.changes import CHANGES
from graphnn.graph.context import CONTEXT
from graphnn.graph.node import IDS, Node
from graphnn.graph.nodelist import NodeList
from graphnn.graph.source import capture

if TYPE_CHECKING:
    from graphnn.graph.graph import Graph

LIVE_GRAPHS: weakref.WeakSet[Graph] = weakref.WeakSet()
"""Every graph that somebody holds; the leaves that belong to none find theirs here."""


def as_values(value: Any, what: str) -> np.ndarray:
    """Take numbers as an array in C order; refuse all that is none.

    Raises
    ------
    ArgumentError
        For ragged lists, strings, objects, None.
    """
    if isinstance(value, Node):
        raise ArgumentError(
            f"{what} is a node ({value!r}), not an array",
            "Pass node.output, or call the operation on the node.",
        )
    if value is None:
        raise ArgumentError(f"{what} is None, not an array of numbers")
    try:
        array = np.asarray(value, order="C")
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"{what} is no array: {error}", "Are the rows of equal length?"
        ) from error
    if array.dtype == object and array.ndim == 0:
        raise ArgumentError(f"{what} is of type {type(value).__name__}, not an array")
    if array.dtype.kind not in NUMERIC:
        raise ArgumentError(
            f"{what} has dtype {array.dtype}: an array of numbers is needed",
            "Convert it first, for example with array.astype(float).",
        )
    return array


class Leaf(Node):
    """A node without inputs."""

    def __init__(self, name: str | None = None) -> None:
        context = CONTEXT.get()
        self.id = next(IDS)
        self.scope = context.scope
        self._source = (
            context.trace.source
            if context.trace
            else capture(context.maker, context.made_at)
        )
        self._name = name


class FreeLeaf(Leaf):
    """A leaf that belongs to no graph: graphs refer to it."""

    @property
    def name(self) -> str:
        """The name that the graphs that use the leaf agree on, else the leaf's own."""
        names = {graph.name_of(self) for graph in self._graphs()}
        return names.pop() if len(names) == 1 else self.wanted_name()

    @name.setter
    def name(self, name: str) -> None:
        self._name = name
        for graph in self._graphs():
            graph.rename(self)

    @property
    def consumers(self) -> NodeList:
        """The nodes, in every living graph, that have this leaf among their inputs."""
        found = [node for graph in self._graphs() for node in graph.consumers_of(self)]
        return NodeList(sorted(found, key=lambda node: node.id))

    def on_backward(self, function: Any) -> Any:
        """Call ``function(step)`` when the gradient is there, in any graph's passes."""
        from graphnn.graph.hooks import Handle  # passes need leaves

        hooks = self.__dict__.setdefault("_hooks", [])
        return Handle.adding(hooks, function)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        from graphnn.graph.copying import deepcopy_leaf

        return deepcopy_leaf(self, memo)

    def __getstate__(self) -> dict[str, Any]:
        return {key: v for key, v in vars(self).items() if key not in ("id", "_hooks")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, id=next(IDS))

    def _name_at_hand(self) -> str:
        return self.name if len(LIVE_GRAPHS) <= 16 else self.wanted_name()

    def _graphs(self) -> list[Graph]:
        while True:
            try:
                return [graph for graph in list(LIVE_GRAPHS) if self in graph]
            except RuntimeError:  # another thread has just made a graph
                continue


class Parameter(FreeLeaf):
    """An array that is learned.

    Parameters
    ----------
    value : array_like of float
        A float array is kept for life and never replaced: ``parameter.value is value``.
        Lists and Python numbers become float64 arrays.
    name : str, optional

    Attributes
    ----------
    value : ndarray
        Assigning writes into the array that is there.
    grad : ndarray or None
        The gradient of the last pass, None where nothing reached the parameter.
    trainable : bool
        False keeps gradients away.

    Raises
    ------
    ArgumentError
        For integer, object and string data, and for None.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> array = np.array([1.0, 2.0])
    >>> w = gn.Parameter(array, name="w")
    >>> loss = np.sum(w * w)
    >>> loss.backward()
    >>> w.grad
    array([2., 4.])
    >>> w.value is array
    True
    """

    kind: ClassVar[str] = "parameter"
    _trainable: bool = True
    _grad: np.ndarray | None = None
    _lent_grad: np.ndarray | None = None
    """Where a plan has left the gradient: copied for whoever reads it."""

    def __init__(self, value: Any, name: str | None = None) -> None:
        if isinstance(value, list | tuple | int | float) and not isinstance(
            value, bool
        ):
            numbers = as_values(value, "a parameter's value")
            if numbers.dtype.kind in "iu":
                numbers = numbers.astype(np.float64)
            value = numbers
        elif not isinstance(value, np.ndarray):
            value = as_values(value, "a parameter's value")
        if value.dtype.kind not in DIFFERENTIABLE:
            raise ArgumentError(
                f"a parameter of dtype {value.dtype} has no gradient",
                "Give it floating-point numbers: array.astype(float).",
            )
        super().__init__(name)
        self._value: np.ndarray = value

    @property
    def value(self) -> np.ndarray:
        """The array."""
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        array = as_values(value, f"the new value of {self.describe()}")
        if array.shape != self._value.shape:
            raise ShapeError(
                f"{self.describe()}: cannot assign shape {array.shape} to shape "
                f"{self._value.shape}"
            )
        np.copyto(self._value, array, casting="same_kind")

    output = value

    @property
    def trainable(self) -> bool:
        """Whether training changes it."""
        return self._trainable

    @trainable.setter
    def trainable(self, trainable: bool) -> None:
        self._trainable = trainable
        CHANGES.tick()

    @property
    def grad(self) -> np.ndarray | None:
        """The gradient of the last pass, None where nothing reached the parameter."""
        if self._lent_grad is not None:
            self._grad, self._lent_grad = self._lent_grad.copy(order="K"), None
        return self._grad

    @grad.setter
    def grad(self, gradient: np.ndarray | None) -> None:
        self._grad, self._lent_grad = gradient, None

    @property
    def output_grad(self) -> np.ndarray | None:
        """The same as :attr:`grad`."""
        return self.grad


class Constant(FreeLeaf):
    """A value that is fixed and has no gradient.

    Python numbers stay Python numbers, so that a float32 array times ``2.0`` stays
    float32 (NEP 50).

    Examples
    --------
    >>> import graphnn as gn
    >>> gn.Constant(2.0).value
    2.0
    """

    kind: ClassVar[str] = "constant"

    def __init__(self, value: Any) -> None:
        super().__init__()
        if type(value) not in (bool, int, float, complex):
            value = as_values(value, "a constant")
        self.output = value

    @property
    def value(self) -> Any:
        """The array or the Python number."""
        return self.output


class State(FreeLeaf):
    """A value that an operation carries from one training pass to the next.

    Running means and the number of the pass are such: no gradient reaches them, and
    each training pass leaves the value that the next one starts with; one that fails,
    or is stepped and left half-way, leaves them as they were. An operation declares its
    states, and says how they go on in the hook ``_next_states``; see
    :class:`Operation`.

    Parameters
    ----------
    value : array_like
        Copied.
    name : str, optional

    Attributes
    ----------
    value : ndarray
        What the next pass will start with. It is replaced, never changed in place, so
        a reference to it is a snapshot.
    output : ndarray
        What the last pass has used.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> class Counting(gn.Operation):
    ...     def __init__(self, passes):
    ...         self.states = (passes,)
    ...
    ...     def _output(self):
    ...         return self.input_
    ...
    ...     def _next_states(self, passes):
    ...         return (passes + 1,)
    >>> passes = gn.State(0, name="passes")
    >>> y = Counting(passes)(gn.Input("x", value=1.0))
    >>> for training in (True, True, False):
    ...     _ = y.graph.forward(training=training)
    >>> int(passes.value)
    2
    """

    kind: ClassVar[str] = "state"

    def __init__(self, value: Any, name: str | None = None) -> None:
        array = as_values(value, "a state's value")
        super().__init__(name)
        self._value = self.output = array.copy()

    @property
    def value(self) -> np.ndarray:
        """What the next pass will start with."""
        return self._value

    @value.setter
    def value(self, value: Any) -> None:
        try:
            array = as_values(value, "the new value")
        except ArgumentError as error:
            raise ArgumentError(f"{self.describe()}: {error}") from error
        own = self._value
        if array.shape != own.shape:
            raise ShapeError(
                f"{self.describe()}: cannot assign shape {array.shape} to shape "
                f"{own.shape}"
            )
        if not np.can_cast(array.dtype, own.dtype, "same_kind"):
            raise ArgumentError(
                f"{self.describe()}: cannot assign {array.dtype} to {own.dtype}",
                "A state keeps the dtype of its first value: gn.State(0.0).",
            )
        self._value = array.astype(own.dtype)

    def start_pass(self) -> np.ndarray:
        """Let a pass use the value."""
        self.output = self._value
        return self._value


class Input(Leaf):
    """What is fed: the data of a pass.

    Parameters
    ----------
    name : str, optional
    value : array_like, optional
        The first value. With one, everything that is built on the input computes its
        own value at once, so shapes are checked on the line where they are wrong.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x")
    >>> y = np.exp(x)
    >>> float(x.graph.forward(x=0.0))
    1.0
    """

    kind: ClassVar[str] = "input"

    def __init__(self, name: str | None = None, value: Any = None) -> None:
        from graphnn.graph.graph import Graph  # graphs hold leaves, inputs need a graph

        if name is not None and not isinstance(name, str):
            raise ArgumentError(
                f"an input's name is a str, not {type(name).__name__}",
                "The value comes second: gn.Input('x', value=array).",
            )
        super().__init__(name)
        if value is not None:
            self.output = as_values(value, f"the value of input {self.wanted_name()!r}")
        graph = CONTEXT.get().graph
        if graph is None or CONTEXT.get().paused:
            graph = Graph()
        (graph._survivor() or graph).register(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        from graphnn.graph.copying import deepcopy_operation

        return deepcopy_operation(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        from graphnn.graph.copying import reduce_node

        return reduce_node(self)

    @property
    def value(self) -> Any:
        """The value that was fed last, None before."""
        return self.output

    @value.setter
    def value(self, value: Any) -> None:
        self.output = as_values(value, f"the value of {self.describe()}")
