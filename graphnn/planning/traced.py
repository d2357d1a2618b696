"""What stands for an array while the NumPy calls of a pass are written down.

A hook is called with these in place of arrays. Each NumPy call in it goes through
NumPy's own protocols (NEP 13 and 18), runs at once on the arrays inside, and leaves a
:class:`Call`. Nothing about NumPy is known here: shape, dtype, strides, whether the
result is a scalar and whose memory it looks into are facts of the call that just ran.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, NoReturn

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin


class Untraceable(TypeError):
    """A hook does what cannot be written down as calls; it is called as a whole."""


class Slot(NamedTuple):
    """The place of an operand among the arguments of a call."""

    position: int


SLOTS = tuple([Slot(position) for position in range(8)])
"""Those that nearly all calls have."""


def slot(position: int) -> Slot:
    """Give the slot of an operand."""
    return SLOTS[position] if position < len(SLOTS) else Slot(position)


class Call:
    """One NumPy call, as it ran.

    Attributes
    ----------
    function : callable
    arguments, settings : tuple, dict
        Positional and keyword arguments, with a :class:`Slot` for each operand.
    inputs : list of Traced
        The operands.
    results : list of Traced
        What it gave; several for a function that returns a tuple.
    is_several : bool
        Whether it gave a tuple or a list.
    is_view : bool
        Whether the results are nothing but other looks at the memory of the inputs.
    owner : object
        Whose hook made the call; see :class:`graphnn.planning.trace.Owner`.
    """

    __slots__ = (
        "arguments",
        "function",
        "inputs",
        "is_several",
        "is_view",
        "owner",
        "results",
        "settings",
    )

    def __init__(
        self,
        function: Any,
        arguments: tuple[Any, ...],
        settings: dict[str, Any],
        inputs: list[Traced],
        owner: Any,
    ) -> None:
        self.function, self.arguments, self.settings = function, arguments, settings
        self.inputs, self.owner = inputs, owner
        self.results: list[Traced] = []
        self.is_several = self.is_view = False

    @property
    def is_shaped_by_values(self) -> bool:
        """Whether values decide shape or dtype, which a hook may read as constants."""
        if self.function is operator.getitem:
            places = self.arguments[1]
            places = places if type(places) is tuple else (places,)
            slots = [place for place in places if type(place) is Slot]
            return any(self.inputs[slot[0]].dtype.kind == "b" for slot in slots)
        if self.function is np.where:
            return len(self.arguments) == 1
        return self.function in SHAPED_BY_VALUES

    def __repr__(self) -> str:
        name = getattr(self.function, "__name__", type(self.function).__name__)
        shapes = ", ".join([str(np.shape(each.value)) for each in self.inputs])
        return f"<Call {name} of {shapes or 'constants'}>"


class Tape:
    """The calls of a trace, in the order in which they ran.

    Attributes
    ----------
    calls : list of Call
    owner : object
        Whose hook is running.
    errors : object
        What is done about floating-point errors, see :func:`error_handling`, as the
        hook began; None where it may change: the hook is our own, or traced no more.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.owner: Any = None
        self.errors: Any = None

    def check_errors(self) -> None:
        """Refuse a call under an ``np.errstate`` of the hook's: no call has its own."""
        if self.errors != error_handling():
            raise Untraceable("a hook says what is done about floating-point errors")

    def record(
        self,
        function: Any,
        arguments: tuple[Any, ...],
        settings: dict[str, Any],
        run: Any = None,
    ) -> Any:
        """Run a call on the arrays inside, write it down, and give what it gave.

        `run` is what is called now, where that is not what a plan is to call.
        """
        if self.errors is not None:
            self.check_errors()
        inputs: list[Traced] = []
        template = templated(arguments, inputs)
        named = templated(settings, inputs) if settings else settings
        values = [each.value for each in inputs]
        result = (run or function)(
            *filled(template, values), **(filled(named, values) if named else named)
        )
        call = Call(function, template, named, inputs, self.owner)
        traced = self.taken(result, call)
        if not call.results:
            raise Untraceable(f"{function!r:.60} gives no array: {result!r:.60}")
        call.is_several = isinstance(result, tuple | list)
        call.is_view = all_are_views(call)
        self.calls.append(call)
        return traced

    def apply(self, ufunc: np.ufunc, arguments: tuple[Any, ...]) -> Any:
        """Do what :meth:`record` does, of what is called most: a ufunc, of arrays."""
        if ufunc.nout != 1:
            return self.record(ufunc, arguments, {})
        if self.errors is not None:
            self.check_errors()
        inputs: list[Traced] = []
        values, template = [], []
        for each in arguments:
            kind = type(each)
            if kind is Traced:
                template.append(slot(len(inputs)))
                inputs.append(each)
                values.append(each.value)
            elif kind is list or kind is tuple:
                return self.record(ufunc, arguments, {})
            else:
                template.append(each)
                values.append(each)
        result = ufunc(*values)
        kind = type(result)
        if kind is not np.ndarray and not issubclass(kind, np.generic):
            raise Untraceable(f"{ufunc!r:.60} gives a {kind.__name__}")
        call = Call(ufunc, tuple(template), {}, inputs, self.owner)
        traced = Traced(result, self, call)  # its memory is its own
        call.results.append(traced)
        self.calls.append(call)
        return traced

    def check(self, function: Any, *arguments: Any, **settings: Any) -> None:
        """Write a check down, which looks at values and gives nothing."""
        inputs: list[Traced] = []
        template = templated(arguments, inputs)
        self.calls.append(Call(function, template, settings, inputs, self.owner))

    def shape_asked(self) -> None:
        """Hear that a hook asks for a shape: the plan is for this shape only."""

    def taken(self, result: Any, call: Call) -> Any:
        """Put what stands for it around each array of a result."""
        kind = type(result)
        if isinstance(result, np.generic):
            return self.traced(result, call, None)
        if kind is np.ndarray:
            for operand in call.inputs:
                if operand.value is result:  # handed back as it was
                    return self.traced(result, call, operand.base)
            return self.traced(result, call, None)
        if isinstance(result, tuple | list):
            parts = [self.taken(part, call) for part in result]
            return kind(*parts) if hasattr(result, "_fields") else kind(parts)
        raise Untraceable(f"{call.function!r:.60} gives a {kind.__name__}")

    def traced(self, value: Any, call: Call | None, base: Traced | None) -> Traced:
        """Make what stands for a value, and number it among the call's results."""
        made = Traced(value, self, call)
        if call is not None:
            if base is None and type(value) is np.ndarray:
                base = looked_into(value, call.inputs)
            call.results.append(made)
        if base is not None:
            made.base = base
        return made


def error_handling() -> tuple[Any, Any]:
    """Give what NumPy does about floating-point errors here: modes and callback."""
    return np.geterr(), np.geterrcall()


def looked_into(value: np.ndarray, inputs: list[Traced]) -> Traced | None:
    """Find the operand whose memory a result looks into."""
    if value.base is None:
        return None
    for operand in inputs:
        array = operand.value
        if type(array) is np.ndarray and np.may_share_memory(value, array):
            return operand.base
    return None


def all_are_views(call: Call) -> bool:
    """Tell a call that only looks at memory in another way, wherever that memory is.

    One of several operands may be an index, on which the place depends: no view then.
    """
    if call.is_shaped_by_values or getattr(call.function, "is_called_again", False):
        return False
    if any(result.base is result for result in call.results):
        return False
    return len(call.inputs) == 1 or call.function is np.broadcast_arrays


def operators(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Make an operator and the reflected one, as the mixin's but without detours."""

    def applied(self: Traced, other: Any) -> Any:
        if type(other) in OPERANDS:
            return self.tape.apply(ufunc, (self, other))
        return ufunc(self, other)

    def reflected(self: Traced, other: Any) -> Any:
        if type(other) in OPERANDS:
            return self.tape.apply(ufunc, (other, self))
        return ufunc(other, self)

    return applied, reflected


class Traced(NDArrayOperatorsMixin):
    """An array or NumPy scalar, and the call that it comes from.

    Attributes
    ----------
    value : ndarray or NumPy scalar
        What the trace computed.
    call : Call or None
        None for a leaf: what is fed, a parameter, a state.
    base : Traced
        Whose memory it looks into; itself where the memory is its own.
    """

    __slots__ = ("base", "call", "tape", "value")

    def __init__(self, value: Any, tape: Tape, call: Call | None = None) -> None:
        self.value, self.tape, self.call = value, tape, call
        self.base: Traced = self

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        value = self.value
        return f"<Traced {type(value).__name__} {value.shape} {value.dtype}>"

    # -- NumPy's protocols -------------------------------------------------------------
    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *arguments: Any, **settings: Any
    ) -> Any:
        if method == "__call__" and not settings:
            return self.tape.apply(ufunc, arguments)
        if settings.get("out") is not None or method == "at":
            raise Untraceable(f"np.{ufunc.__name__} changes an array in place")
        function = ufunc if method == "__call__" else getattr(ufunc, method)
        return self.tape.record(function, arguments, settings)

    def __array_function__(
        self, function: Any, types: Any, arguments: Any, settings: Any
    ) -> Any:
        if function in SHAPED:
            # its result depends on the shape alone
            self.tape.shape_asked()
            return function(*untraced(arguments), **untraced(settings))
        if settings.get("out") is not None or function in IN_PLACE:
            raise Untraceable(f"{function.__name__} changes an array in place")
        return self.tape.record(function, arguments, settings)

    def record_call(
        self, function: Any, arguments: tuple[Any, ...], settings: dict[str, Any]
    ) -> Any:
        """Write down a call of an array function of our own."""
        return self.tape.record(function, arguments, settings)

    def record_check(
        self, function: Any, arguments: tuple[Any, ...], settings: dict[str, Any]
    ) -> None:
        """Write down a check of values."""
        self.tape.check(function, *arguments, **settings)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise Untraceable("a hook makes an array of a value in a way that NumPy hides")

    def _no_number(self, *arguments: Any) -> NoReturn:
        raise Untraceable("a hook reads a value as a plain number, or branches on it")

    __float__ = __int__ = __complex__ = __index__ = __round__ = __bool__ = _no_number
    __format__ = _no_number

    def _no_change(self, *arguments: Any) -> NoReturn:
        raise Untraceable("a hook changes an array in place")

    __setitem__ = __delitem__ = _no_change
    __iadd__ = __isub__ = __imul__ = __itruediv__ = __ifloordiv__ = __imod__ = (
        _no_change
    )
    __ipow__ = __imatmul__ = __iand__ = __ior__ = __ixor__ = _no_change
    __ilshift__ = __irshift__ = _no_change

    __add__, __radd__ = operators(np.add)
    __sub__, __rsub__ = operators(np.subtract)
    __mul__, __rmul__ = operators(np.multiply)
    __truediv__, __rtruediv__ = operators(np.true_divide)

    # the operator of an array squares where np.power would not
    def __pow__(self, exponent: Any) -> Any:
        return self.tape.record(operator.pow, (self, exponent), {})

    def __rpow__(self, base: Any) -> Any:
        return self.tape.record(operator.pow, (base, self), {})

    def __getitem__(self, index: Any) -> Any:
        return self.tape.record(operator.getitem, (self, index), {})

    def __len__(self) -> int:
        self.tape.shape_asked()
        return len(self.value)

    def __iter__(self) -> Iterator[Any]:
        return iter([self[place] for place in range(len(self))])

    # -- what an array has -------------------------------------------------------------
    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the value."""
        self.tape.shape_asked()
        shape: tuple[int, ...] = self.value.shape
        return shape

    @property
    def dtype(self) -> Any:
        """The value's dtype."""
        return self.value.dtype

    def __getattr__(self, name: str) -> Any:
        if name in SHAPES:
            self.tape.shape_asked()
            return getattr(self.value, name)
        if name in PARTS:
            return self.tape.record(PARTS[name], (as_array(self),), {})
        method = getattr(np.ndarray, name, None)
        if method is None or name.startswith("__"):
            raise AttributeError(name)
        if name in CHANGING or not callable(method):
            raise Untraceable(f"a hook uses .{name}")

        def recorded(*arguments: Any, **settings: Any) -> Any:
            if settings.get("out") is not None:
                raise Untraceable(f".{name}(out=) changes an array in place")
            return self.tape.record(method, (as_array(self), *arguments), settings)

        return recorded


OPERANDS = frozenset({Traced, np.ndarray, int, float})
"""What an operator takes without asking whether the other side is to answer."""


def as_array(traced: Any) -> Any:
    """Take a NumPy scalar as an array of no axes, as the engine does."""
    if type(traced) is not Traced or not isinstance(traced.value, np.generic):
        return traced
    tape = traced.tape
    call = Call(np.asarray, (Slot(0),), {}, [traced], tape.owner)
    made = tape.traced(np.asarray(traced.value), call, traced.base)
    call.is_view = True  # in a plan, a scalar is an array of no axes
    tape.calls.append(call)
    return made


SHAPES = frozenset({"flags", "itemsize", "nbytes", "ndim", "size", "strides"})
"""Attributes that depend on no element."""

PARTS: dict[str, Callable[..., Any]] = {
    "T": np.ndarray.transpose,
    "imag": np.imag,
    "mT": np.matrix_transpose,
    "real": np.real,
}
"""Properties that look into the memory."""

CHANGING = frozenset(
    {"byteswap", "fill", "getfield", "item", "itemset", "partition", "put", "resize"}
    | {"setfield", "setflags", "sort", "tobytes", "tofile", "tolist", "view", "dumps"}
)
"""Methods that change an array, or give what is none."""

SHAPED = frozenset(
    {np.shape, np.ndim, np.size, np.result_type, np.can_cast, np.iscomplexobj}
    | {np.isrealobj, np.isfortran, np.ones_like, np.zeros_like, np.empty_like}
    | {np.common_type}
)
"""Functions whose result depends on shape and dtype, not on elements."""

SHAPED_BY_VALUES = frozenset(
    {np.argwhere, np.bincount, np.compress, np.delete, np.extract, np.flatnonzero}
    | {np.insert, np.intersect1d, np.linalg.eig, np.linalg.eigvals, np.linalg.lstsq}
    | {np.nonzero, np.polyfit, np.real_if_close, np.repeat, np.roots, np.setdiff1d}
    | {np.setxor1d, np.trim_zeros, np.union1d, np.unique, np.unique_all}
    | {np.unique_counts, np.unique_inverse, np.unique_values}
    | {np.ndarray.compress, np.ndarray.nonzero, np.ndarray.repeat}
    | {getattr(np.emath, name) for name in np.emath.__all__}
)
"""Functions of which values decide the shape or the dtype of the result."""

IN_PLACE = frozenset(
    {np.copyto, np.put, np.place, np.putmask, np.put_along_axis, np.fill_diagonal}
)


def templated(arguments: Any, inputs: list[Traced]) -> Any:
    """Put a slot for each operand in (nested) arguments, and the operands in a list."""
    kind = type(arguments)
    if kind is Traced:
        inputs.append(arguments)
        return slot(len(inputs) - 1)
    if kind is tuple or kind is list:
        return kind([templated(each, inputs) for each in arguments])
    if kind is dict:
        return {key: templated(each, inputs) for key, each in arguments.items()}
    if kind is slice:
        ends = (arguments.start, arguments.stop, arguments.step)
        if any(type(end) is Traced for end in ends):
            raise Untraceable("a slice depends on a value")
    return arguments


def filled(template: Any, values: Any) -> Any:
    """Put values where the slots are."""
    kind = type(template)
    if kind is Slot:
        return values[template[0]]
    if kind is tuple or kind is list:
        return kind([filled(each, values) for each in template])
    if kind is dict:
        return {key: filled(each, values) for key, each in template.items()}
    return template


def untraced(arguments: Any) -> Any:
    """Put arrays where traced ones are."""
    inputs: list[Traced] = []
    template = templated(arguments, inputs)
    return filled(template, [each.value for each in inputs])
