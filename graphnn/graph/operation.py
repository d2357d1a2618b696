"""An operation: a recipe until it is bound, a node of a graph from then on."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, ClassVar

from graphnn.engine import Step
from graphnn.engine.hooks import call_input_grads, call_output
from graphnn.errors import (
    ArgumentError,
    GradientError,
    MissingHook,
    NotRunError,
)
from graphnn.graph.arraylike import no_attribute
from graphnn.graph.binding import BINDING, bind, bind_copy
from graphnn.graph.context import CONTEXT, changed
from graphnn.graph.gradients import is_differentiable, no_gradient, output_gradient
from graphnn.graph.graph import Graph
from graphnn.graph.leaves import Input, Parameter, State, as_values
from graphnn.graph.node import Node
from graphnn.graph.watching import WATCHING

HOOKS = frozenset(
    {"_output", "_input_grads", "_input_grad", "_param_grad", "_next_states"}
)
"""The methods that passes call, and those that these call."""

_LIBRARY = __name__.partition(".")[0]


class Operation(Node):
    """One operation of a network, written as NumPy formulas.

    A subclass defines ``_output`` and ``_input_grad`` (or, with several inputs,
    ``_input_grads``). Called on nodes it returns a *bound copy*: a new node of the
    graph; the called object stays a recipe and serves again. Called through
    :meth:`forward` and :meth:`backward` it runs on arrays, by itself.

    Attributes
    ----------
    input_ : ndarray
        The value of the (first) input in this pass.
    input_values : tuple of ndarray
        The values of all inputs.
    output : ndarray
        The value; a tuple of them for an operation with several outputs.
    input_grad, input_grads : ndarray, tuple of ndarray
        What the last backward pass handed to the (first) input, to all inputs.
    needs_input_grad : tuple of bool
        In a backward pass: which of the inputs' gradients are wanted.
    states : tuple of State
        What the operation carries from one training pass to the next; set in
        ``__init__``. They are its last inputs.
    broadcasts : bool
        Class attribute. True lets the gradients of broadcast inputs be summed back to
        their shapes by the engine.
    stops_gradient : bool
        Class attribute. True keeps gradients from what lies behind the operation.
    arity : int or None
        Class attribute. The number of inputs; None for any number. An operation that
        defines only ``_input_grad`` has one.

    Notes
    -----
    Hooks are pure: they do not change the arrays that they are given, nor the
    attributes that ``__init__`` has set. An attribute that a hook sets first
    (``self.mask``) lives for one pass.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn import Input, Operation
    >>> class Cube(Operation):
    ...     def _output(self):
    ...         return self.input_**3
    ...
    ...     def _input_grad(self, output_grad):
    ...         return output_grad * 3 * self.input_**2
    >>> cube = Cube()
    >>> y = cube(Input("x", value=[1.0, 2.0]))
    >>> y.output
    array([1., 8.])
    >>> cube.forward(np.array([3.0]))
    array([27.])
    >>> cube.backward(np.array([1.0]))
    array([27.])
    """

    arity: ClassVar[int | None] = None
    broadcasts: bool = False
    stops_gradient: bool = False
    plain: ClassVar[bool] = False  # has neither settings nor residuals to keep apart
    input_values: tuple[Any, ...] = ()
    needs_input_grad: tuple[bool, ...] = ()
    states: tuple[State, ...] = ()
    _settings: frozenset[str] = frozenset()
    _own_input: Input | None = None  # made by the first forward(array)

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if cls.plain and cls.__module__.partition(".")[0] != _LIBRARY:
            # what a user makes of one of ours may have settings, and any hooks
            cls.plain = cls.stackable = False
        # a plain one has no setting to notice: binding sets its attributes faster
        if cls.__setattr__ in (object.__setattr__, Operation.__setattr__):
            own = object.__setattr__ if cls.plain else Operation.__setattr__
            cls.__setattr__ = own  # type: ignore

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        graph = self._graph
        if graph is not None and name in self._settings and not in_a_hook_of(self):
            graph.changed()

    # -- the hooks ---------------------------------------------------------------------
    def _output(self) -> Any:
        raise MissingHook(
            f"{type(self).__name__} does not define _output",
            "def _output(self): return ... of self.input_ (or self.input_values)",
        )

    def _input_grad(self, output_grad: Any) -> Any:
        raise MissingHook(
            f"{type(self).__name__} does not define _input_grad",
            "def _input_grad(self, output_grad): return the gradient of self.input_",
        )

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        input_grad = self._input_grad(output_grad)
        return (self._returned(input_grad, "_input_grad"), *[None] * len(self.states))

    def _next_states(self, *states: Any) -> tuple[Any, ...]:
        raise MissingHook(
            f"{type(self).__name__} has states and does not define _next_states",
            "def _next_states(self, *states): return what the next training pass "
            "starts with, one for each state.",
        )

    def _returned(self, gradient: Any, hook: str) -> Any:
        if gradient is None:
            raise GradientError(
                f"{self.describe()}: {type(self).__name__}.{hook} returned None",
                "Is a return missing? An operation that has no gradient defines "
                "_input_grads and returns (None,).",
            )
        return gradient

    # -- what the hooks read -----------------------------------------------------------
    @property
    def input_(self) -> Any:
        """The value of the first input."""
        return self.input_values[0] if self.input_values else None

    @property
    def training(self) -> bool:
        """Whether the pass is a training pass."""
        graph, trace = self._graph, CONTEXT.get().trace
        if graph is None:  # it is just being bound
            graph = CONTEXT.get().graph
        training = graph is not None and graph.training
        if trace is not None:
            trace.facts.training = training  # what is traced holds for this mode
        return training

    # -- binding -----------------------------------------------------------------------
    def __call__(self, *inputs: Any) -> Any:
        """Bind a fresh copy to nodes (arrays become leaves) and return it."""
        return bind_copy(self, self._arguments(inputs))

    def _arguments(self, inputs: tuple[Any, ...]) -> list[Any]:
        """Turn what a call is given into all inputs, as nodes."""
        self._check_arity(len(inputs))
        first, *rest = inputs
        if not isinstance(first, Node):
            value = as_values(first, f"the input of {type(self).__name__}")
            first = Input("input", value=value)
        for state in self.states:
            state.start_pass()
        return [first, *rest, *self.states]

    def _check_arity(self, given: int) -> None:
        """Refuse a wrong number of inputs."""
        arity = self.arity
        if arity is None and type(self)._input_grads is Operation._input_grads:
            arity = 1
        if given == 0 or (arity is not None and given != arity):
            wanted = "at least 1 input" if arity is None else f"{arity} input"
            wanted += "s" if arity is not None and arity != 1 else ""
            raise ArgumentError(f"{type(self).__name__} takes {wanted}, {given} given")

    def _recipe(self) -> Operation:
        """Copy the settings into a fresh, unbound operation."""
        fresh: Operation = type(self).__new__(type(self))
        if self.id:
            state = {key: self.__dict__[key] for key in self._settings}
        else:
            state = {k: v for k, v in vars(self).items() if k not in BINDING}
        fresh.__dict__.update(state)
        if self._name is not None:
            fresh._name = self._name
        return fresh

    __copy__ = _recipe

    def _clear_residuals(self) -> None:
        if self.plain:
            return
        attributes = self.__dict__
        for name in [
            n for n in attributes if n not in BINDING and n not in self._settings
        ]:
            del attributes[name]

    def _failure(self, error: Exception) -> str | None:
        return None

    # -- the seed's contract: this operation alone, on arrays --------------------------
    def forward(self, *arrays: Any) -> Any:
        """Run this operation on arrays.

        The first call binds this very object to an :class:`Input`, in a graph of its
        own.

        Parameters
        ----------
        *arrays : array_like
            One for each input.

        Returns
        -------
        ndarray
        """
        if not self.id:
            settings = dict(self.__dict__)
            graph = Graph()
            try:
                with changed(graph=graph, scope=(), paused=False):
                    inputs = self._arguments(arrays)
                    bind(self, inputs)
            except BaseException:
                self.__dict__.clear()  # still a recipe
                self.__dict__.update(settings)
                raise
            if isinstance(inputs[0], Input):
                self._own_input = inputs[0]
            return self.output
        values = self._local_values(arrays)
        before = dict(self.__dict__)
        try:
            self.input_values = values
            self._clear_residuals()
            self.output = call_output(self)
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise
        if self._own_input is not None:
            self._own_input.output = values[0]
        for item in self.consumers:
            if isinstance(item, Item):
                item.input_values, item.output = (self.output,), self.output[item.index]
        for watcher in WATCHING.get().watchers:
            watcher.step(Step(0, "forward", self, values, self.output))
        return self.output

    def _local_values(self, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
        carried = self._carried_values()
        if len(arrays) + len(carried) != len(self.input_ids):
            raise ArgumentError(
                f"{self.describe()} takes {len(self.input_ids) - len(carried)} inputs, "
                f"{len(arrays)} given"
            )
        try:
            values = [as_values(array, "an input") for array in arrays]
        except ArgumentError as error:
            raise ArgumentError(f"{self.describe()}: {error}") from error
        return (*values, *carried)

    def _carried_values(self) -> tuple[Any, ...]:
        """Give the values of the inputs that the operation brings itself."""
        return tuple([state.start_pass() for state in self.states])

    def backward(self, output_grad: Any = None) -> Any:
        """Run this operation's gradient on an array.

        Parameters
        ----------
        output_grad : array_like, optional
            The gradient of the output, of its shape. Without it, 1 for an output of
            size 1; on a node of a larger graph, the whole pass
            ``graph.backward(node)``.

        Returns
        -------
        ndarray
            The gradient of the first input.

        Raises
        ------
        NotRunError
            Before :meth:`forward`.
        """
        if self.output is None or self._graph is None:
            raise NotRunError(
                f"{type(self).__name__}.backward came before forward: no output yet",
                "Run forward first (or graph.forward(...), for a node of a graph).",
            )
        if output_grad is None and self._own_input is None:
            self._graph.backward(self)
            return None
        output_grad = output_gradient(self, output_grad)
        given = self.input_values[: len(self.input_values) - len(self.states)]
        needs = tuple([is_differentiable(value) for value in given])
        needs += (False,) * len(self.states)
        if not any(needs):
            raise no_gradient(self, self.input_values[0])
        self.needs_input_grad = needs
        input_grads = call_input_grads(self, output_grad)
        self._graph._output_grads[self.id] = output_grad
        self._graph._input_grads[self.id] = input_grads
        for watcher in WATCHING.get().watchers:
            values = self.input_values, self.output, output_grad, input_grads
            watcher.step(Step(0, "backward", self, *values, input_grads))
        return input_grads[0]

    @property
    def input_grads(self) -> tuple[Any, ...] | None:
        """What the last backward pass handed on, one for each input; None before."""
        return None if self._graph is None else self._graph.input_grads_of(self)

    @property
    def input_grad(self) -> Any:
        """What the last backward pass handed to the first input; None before."""
        input_grads = self.input_grads
        return None if input_grads is None else input_grads[0]

    def item(self, *place: int) -> Any:
        """Give the node of one of several outputs: ``item(0)``."""
        self._need_value("an item")
        if type(self.output) is not tuple or len(place) != 1:
            raise no_attribute(self, "item")
        index = range(len(self.output))[place[0]]
        for consumer in self.consumers:
            if isinstance(consumer, Item) and consumer.index == index:
                return consumer
        return bind(Item(index), (self,))

    @property
    def expandable(self) -> Any:
        """Whether :meth:`Graph.expand` can take the node apart, and why not.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x = gn.Input("x", value=[1.0, -1.0])
        >>> gn.Sigmoid()(x).expandable
        True: it is made of minimum, maximum, exp, negative, exp_2, add, divide
        >>> bool(np.exp(x).expandable)
        False
        """
        from graphnn.graph.expansion import expandable  # it needs operations

        return expandable(self)

    @property
    def formula(self) -> str | None:
        """What the operation computes, read from its ``_output``.

        Python, of which the names are those of NumPy and of the inputs; None where the
        hook cannot be traced, or the inputs have no values yet.

        Examples
        --------
        >>> import numpy as np, graphnn as gn
        >>> x = gn.Input("x", value=[1.0, -1.0])
        >>> gn.ReLU()(x).formula
        'maximum(x, 0)'
        >>> class Hump(gn.Operation):
        ...     def _output(self):
        ...         return np.exp(-((self.input_ - 1.0) ** 2))
        >>> Hump()(x).formula
        'exp(-(x - 1) ** 2)'
        """
        from graphnn.draw.formulas.formula import formula_of  # drawing needs operations

        formula = formula_of(self)
        return None if formula is None else str(formula)

    # -- copies ------------------------------------------------------------------------
    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        from graphnn.graph.copying import deepcopy_operation

        return deepcopy_operation(self, memo)

    def __reduce_ex__(self, protocol: Any) -> Any:
        from graphnn.graph.copying import reduce_node

        return reduce_node(self) if self.id else super().__reduce_ex__(protocol)


def in_a_hook_of(node: Operation) -> bool:
    """Tell whether a hook of the node is running, and sets one of its attributes.

    One that ``__init__`` has set as well is still no setting then, but a residual.
    """
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        first = code.co_varnames[:1]  # self, of a method
        if code.co_name in HOOKS and first and frame.f_locals.get(first[0]) is node:
            return True
        frame = frame.f_back
    return False


class ParamOperation(Operation):
    """An operation with a parameter, such as a matrix of weights.

    Parameters
    ----------
    param : ndarray or Parameter
        Kept for life; several copies of the operation share it.

    Attributes
    ----------
    parameter : Parameter
        The node; the last of ``inputs`` (but for states).
    param : ndarray
        Its array, the very one that was given.
    param_grad : ndarray or None
        The gradient that this operation handed to the parameter.

    Examples
    --------
    >>> import numpy as np
    >>> from graphnn import ParamOperation
    >>> class Scale(ParamOperation):
    ...     def _output(self):
    ...         return self.input_ * self.param
    ...
    ...     def _input_grad(self, output_grad):
    ...         return output_grad * self.param
    ...
    ...     def _param_grad(self, output_grad):
    ...         return np.sum(output_grad * self.input_, axis=0)
    >>> scale = Scale(np.array([2.0, 3.0]))
    >>> scale.forward(np.array([[1.0, 1.0], [2.0, 2.0]]))
    array([[2., 3.],
           [4., 6.]])
    >>> _ = scale.backward(np.ones((2, 2)))
    >>> scale.param_grad
    array([3., 3.])
    """

    arity: ClassVar[int | None] = 1
    parameter: Parameter | None = None

    def __init__(self, param: Any) -> None:
        super().__init__()
        if not isinstance(param, Parameter):
            from graphnn.graph.naming import snake_case

            param = Parameter(param, name=f"{snake_case(type(self).__name__)}_param")
        self.parameter = param

    @property
    def param(self) -> Any:
        """The parameter's array."""
        if self.input_values:
            return self.input_values[-1 - len(self.states)]  # a node, in a trace
        return None if self.parameter is None else self.parameter.value

    @param.setter
    def param(self, param: Any) -> None:
        if self.parameter is None:
            self.parameter = param if isinstance(param, Parameter) else Parameter(param)
        elif param is not self.parameter.value:  # `op.param -= ...` has written already
            self.parameter.value = param

    def _param_grad(self, output_grad: Any) -> Any:
        raise MissingHook(
            f"{type(self).__name__} does not define _param_grad",
            "def _param_grad(self, output_grad): return the gradient of self.param",
        )

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        input_grad = param_grad = None
        if self.needs_input_grad[0]:
            input_grad = self._returned(self._input_grad(output_grad), "_input_grad")
        if self.needs_input_grad[1]:
            param_grad = self._returned(self._param_grad(output_grad), "_param_grad")
        return input_grad, param_grad, *[None] * len(self.states)

    @property
    def param_grad(self) -> Any:
        """What the last backward pass handed to the parameter; None before."""
        input_grads = self.input_grads
        return None if input_grads is None else input_grads[-1 - len(self.states)]

    def _arguments(self, inputs: tuple[Any, ...]) -> list[Any]:
        if self.parameter is None:
            raise ArgumentError(
                f"{type(self).__name__} has no parameter",
                "Call super().__init__(param) in its __init__.",
            )
        arguments = super()._arguments(inputs)
        arguments.insert(len(arguments) - len(self.states), self.parameter)
        return arguments

    def _carried_values(self) -> tuple[Any, ...]:
        states = super()._carried_values()
        return states if self.parameter is None else (self.parameter.value, *states)

    def backward(self, output_grad: Any = None) -> Any:
        """Run the gradients on an array; see :meth:`Operation.backward`."""
        input_grad = super().backward(output_grad)
        local = output_grad is not None or self._own_input is not None
        parameter = self.parameter
        # a whole pass has set the parameter's own gradient: the sum over its uses
        if local and parameter is not None and parameter.trainable:
            parameter.grad = self.param_grad
        return input_grad


class Item(Operation):
    """One of the outputs of an operation that has several."""

    arity = 1

    def __init__(self, index: int) -> None:
        self.index = index

    def _output(self) -> Any:
        return self.input_[self.index]

    def _input_grads(self, output_grad: Any) -> tuple[Any, ...]:
        parts: list[Any] = [None] * len(self.input_)
        parts[self.index] = output_grad
        return (tuple(parts),)
