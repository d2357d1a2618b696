"""How a call is made into a buffer: ``np.exp(x)`` as ``np.exp(x, out)``.

Each NumPy function that can write where it is told has its line here; every other one
is called, and its result copied.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from graphnn.graph.dispatch import CALLS
from graphnn.planning.traced import Call, Slot, filled

Bound = tuple[Callable[..., Any], tuple[Any, ...]]
"""A function and its arguments: what a plan is a list of."""


class Misfit(Exception):
    """A function gave another shape or dtype than when it was traced."""


class Given(NamedTuple):
    """A call with arrays in its arguments."""

    call: Call
    arguments: tuple[Any, ...]
    settings: dict[str, Any]
    out: np.ndarray


def lowered(
    call: Call,
    arrays: list[np.ndarray],
    outs: list[np.ndarray],
    work: np.ndarray | None = None,
) -> list[Bound]:
    """Bind a call to the arrays that it reads and writes, and works in."""
    function = call.function
    if function in CALLS:
        return its_own(call, arrays, outs[0], work)
    if len(outs) == 1:
        given = Given(
            call,
            filled(call.arguments, arrays),
            filled(call.settings, arrays) if call.settings else {},
            outs[0],
        )
        if type(function) is np.ufunc:
            bound = elementwise(given) if function.nout == 1 else None
        else:
            handler = HANDLERS.get(function)
            if handler is None and is_method(function, "reduce"):
                handler = reduce
            bound = None if handler is None else handler(given)
        if bound is not None:
            return bound
    return [called(call, arrays, outs)]


def its_own(
    call: Call, arrays: list[np.ndarray], out: np.ndarray, work: np.ndarray | None
) -> list[Bound]:
    """List the calls of an array function of our own."""
    calls, _ = CALLS[call.function]
    arguments, settings = filled(call.arguments, arrays), filled(call.settings, arrays)
    if work is None:
        work = workspace(call, arrays)
    return calls(*arguments, out, *(() if work is None else (work,)), **settings)


def workspace(call: Call, arrays: list[np.ndarray]) -> np.ndarray | None:
    """Make an array like the one that the calls of a function of our own work in."""
    _, work = CALLS.get(call.function, (None, None))
    if work is None:
        return None
    made: np.ndarray = work(
        *filled(call.arguments, arrays), **filled(call.settings, arrays)
    )
    return made


def is_method(function: Any, name: str) -> bool:
    """Tell a method of a ufunc, such as ``np.add.reduce``."""
    return (
        type(getattr(function, "__self__", None)) is np.ufunc
        and function.__name__ == name
    )


# -- ufuncs ----------------------------------------------------------------------------
BY_KEYWORD = frozenset({np.maximum, np.minimum, np.fmax, np.fmin})
"""Of these NumPy 2.4 takes ``out`` by its name only."""


def elementwise(given: Given) -> list[Bound]:
    """Write what a ufunc gives straight into the buffer."""
    function, arguments = given.call.function, given.arguments
    if given.settings:
        return [(partial(function, out=given.out, **given.settings), arguments)]
    arguments = with_arrays_for_numbers(arguments, function)
    if function in BY_KEYWORD:
        return [(partial(function, out=given.out), arguments)]
    return [(function, (*arguments, given.out))]


def with_arrays_for_numbers(
    arguments: tuple[Any, ...], function: np.ufunc
) -> tuple[Any, ...]:
    """Make arrays of Python numbers beside float arrays, once and not in each pass.

    They take the dtype in which the function computes: mostly that of the arrays beside
    them (NEP 50), then nothing else changes.
    """
    dtypes = {each.dtype for each in arguments if isinstance(each, np.ndarray)}
    if len(dtypes) != 1:
        return arguments
    (dtype,) = dtypes
    if dtype.kind != "f":
        return arguments
    kinds = [
        each.dtype if isinstance(each, np.ndarray) else type(each) for each in arguments
    ]
    if any(type(kind) is type and kind not in (int, float) for kind in kinds):
        return arguments
    resolved = function.resolve_dtypes((*kinds, *[None] * function.nout))
    if any(each != dtype for each in resolved[: len(arguments)]):
        return arguments  # such as np.ldexp, whose exponent is a whole number
    made = []
    for each in arguments:
        if type(each) in (int, float):
            with np.errstate(all="ignore"):
                array = np.asarray(each, dtype)
            if np.isinf(array) and not np.isinf(float(each)):
                return arguments  # NumPy warns in each pass
            each = array
        made.append(each)
    return tuple(made)


# -- reductions ------------------------------------------------------------------------
def reduce(given: Given) -> list[Bound] | None:
    """Write a reduction into the buffer."""
    names = ("array", "axis", "dtype", "out", "keepdims", "initial", "where")
    settings = dict(zip(names, given.arguments, strict=False)) | given.settings
    return reduction(given.call.function, settings, given.out, axis=0)


def reduction(
    function: Any, settings: dict[str, Any], out: np.ndarray, axis: Any = None
) -> list[Bound] | None:
    """Bind ``ufunc.reduce``, with the settings that it was given."""
    settings = dict(settings)
    array = settings.pop("array")
    if not isinstance(array, np.ndarray) or settings.pop("out", None) is not None:
        return None
    axis = settings.pop("axis", axis)
    dtype, keepdims = settings.pop("dtype", None), settings.pop("keepdims", False)
    if settings:
        settings |= {"axis": axis, "dtype": dtype, "keepdims": keepdims}
        return [(partial(function, out=out, **settings), (array,))]
    return [(function, (array, axis, dtype, out, bool(keepdims)))]


def reducing(function: Any, *names: str) -> Callable[[Given], list[Bound] | None]:
    """Make the handler of a function that NumPy carries out as a reduction."""

    def handler(given: Given) -> list[Bound] | None:
        settings = dict(zip(names, given.arguments, strict=False)) | given.settings
        if "a" in settings:
            settings["array"] = settings.pop("a")
        return reduction(function, settings, given.out)

    return handler


def mean(given: Given) -> list[Bound] | None:
    """Sum and divide, as NumPy does.

    NumPy divides float32 sums in float64 and rounds; that is the quotient in float32,
    as long as the count is a number of float32 (S. Figueroa, "When is double rounding
    innocuous?", 1995).
    """
    names = ("array", "axis", "dtype", "out", "keepdims")
    settings = dict(zip(names, given.arguments, strict=False)) | given.settings
    if "a" in settings:
        settings["array"] = settings.pop("a")
    array, out = settings.get("array"), given.out
    if not isinstance(array, np.ndarray) or set(settings) - {*names}:
        return None
    if settings.get("dtype") is not None or array.dtype.num not in (11, 12):
        return None
    count = array.size // max(out.size, 1)
    if not count or count > 1 << 24:
        return None
    total = reduction(np.add.reduce, settings, out)
    if total is None:
        return None
    return [*total, (np.divide, (out, np.asarray(count, out.dtype), out))]


# -- what has no arithmetic ------------------------------------------------------------
def copy(given: Given) -> list[Bound]:
    """Copy, casting where the buffer has another dtype."""
    return [(np.copyto, (given.out, given.arguments[0], "unsafe"))]


def reshape(given: Given) -> list[Bound] | None:
    """Copy into the buffer in the shape of what is reshaped; see :func:`np.reshape`."""
    array, *rest = given.arguments
    if given.settings or (len(rest) == 2 and rest[1] != "C"):
        return None
    if not given.out.flags.c_contiguous:
        return None
    return [(np.copyto, (given.out.reshape(array.shape), array))]


def pad(given: Given) -> list[Bound] | None:
    """Copy into the middle of the buffer, and a constant around it."""
    settings = dict(zip(("array", "pad_width", "mode"), given.arguments, strict=False))
    settings |= given.settings
    array, out, value = settings["array"], given.out, settings.get("constant_values", 0)
    plain = {"array", "pad_width", "mode", "constant_values"}
    if settings.get("mode", "constant") != "constant" or set(settings) - plain:
        return None
    if type(value) not in (int, float) or not isinstance(array, np.ndarray):
        return None
    if not isinstance(settings["pad_width"], tuple) or not array.size:
        return None
    with np.errstate(all="ignore"):
        around = np.array(value).astype(out.dtype)  # as NumPy does
    widths = np.broadcast_to(settings["pad_width"], (array.ndim, 2)).tolist()
    inner: tuple[Any, ...] = ()
    bound: list[Bound] = []
    for size, (before, after) in zip(array.shape, widths, strict=True):
        ends = slice(before), slice(before + size, None)
        for part, width in zip(ends, (before, after), strict=True):
            if width:
                bound.append((np.copyto, (out[(*inner, part)], around)))
        inner = (*inner, slice(before, before + size))
    return [*bound, (np.copyto, (out[inner], array))]


def ravel(given: Given) -> list[Bound] | None:
    """Copy as :func:`reshape` does."""
    if len(given.arguments) > 1 or given.settings:
        return None
    return reshape(given)


def item(given: Given) -> list[Bound] | None:
    """Copy a part of an array, where its place does not depend on a value."""
    array, index = given.arguments
    if len(given.call.inputs) != 1 or type(given.call.arguments[0]) is not Slot:
        return None
    places = index if type(index) is tuple else (index,)
    if not all(type(place) is int or isinstance(place, np.integer) for place in places):
        return None  # True is no place
    return [(np.copyto, (given.out, array[(*places, ...)]))]


def product(given: Given) -> list[Bound] | None:
    """Multiply matrices into the buffer, where BLAS can write into it."""
    if given.settings or not given.out.flags.c_contiguous:
        return None
    if not given.out.ndim and any(np.ndim(each) != 1 for each in given.arguments):
        return None
    return [(given.call.function, (*given.arguments, given.out))]


def power(given: Given) -> list[Bound] | None:
    """Square where the operator does; of NumPy scalars it is another function."""
    (base, exponent), call = given.arguments, given.call
    if not isinstance(base, np.ndarray) or isinstance(call.inputs[0].value, np.generic):
        return None
    if type(call.arguments[0]) is not Slot or type(exponent) not in (int, float):
        return None
    if base.dtype.kind != "f":
        return None
    if exponent == 2:
        return [(np.square, (base, given.out))]
    if exponent in (-1, 0, 0.5, 1):
        return None  # each is another function still
    return [
        (np.power, (*with_arrays_for_numbers((base, exponent), np.power), given.out))
    ]


def with_out(given: Given) -> list[Bound] | None:
    """Pass the buffer by its name."""
    if "dtype" in given.settings:
        return None
    function = partial(given.call.function, out=given.out, **given.settings)
    return [(function, given.arguments)]


HANDLERS: dict[Any, Callable[[Given], list[Bound] | None]] = {
    np.sum: reducing(np.add.reduce, "array", "axis", "dtype", "out", "keepdims"),
    np.ndarray.sum: reducing(
        np.add.reduce, "array", "axis", "dtype", "out", "keepdims"
    ),
    np.prod: reducing(np.multiply.reduce, "array", "axis", "dtype", "out", "keepdims"),
    np.max: reducing(np.maximum.reduce, "array", "axis", "out", "keepdims"),
    np.ndarray.max: reducing(np.maximum.reduce, "array", "axis", "out", "keepdims"),
    np.min: reducing(np.minimum.reduce, "array", "axis", "out", "keepdims"),
    np.ndarray.min: reducing(np.minimum.reduce, "array", "axis", "out", "keepdims"),
    np.mean: mean,
    np.ndarray.mean: mean,
    np.ndarray.astype: copy,
    np.ndarray.copy: copy,
    np.copy: copy,
    np.pad: pad,
    np.reshape: reshape,
    np.ravel: ravel,
    np.ndarray.ravel: ravel,
    np.ndarray.flatten: ravel,
    operator.getitem: item,
    operator.pow: power,
    np.dot: product,
    np.clip: with_out,
    np.ndarray.clip: with_out,
    np.concatenate: with_out,
    np.stack: with_out,
    np.cumsum: with_out,
}
"""NumPy function to what binds it to a buffer, or None where it cannot."""


# -- all others ------------------------------------------------------------------------
def called(call: Call, arrays: list[np.ndarray], outs: list[np.ndarray]) -> Bound:
    """Call the function as the hook did, and copy what it gives."""
    scalars = [isinstance(each.value, np.generic) for each in call.inputs]
    is_single = len(outs) == 1 and not call.is_several
    if not outs:
        arguments = filled(call.arguments, arrays)
        return partial(call.function, **filled(call.settings, arrays)), arguments
    if is_single and not any(scalars):
        arguments = filled(call.arguments, arrays)
        settings = filled(call.settings, arrays)
        return store, (outs[0], call.function, arguments, settings)
    template = (call.arguments, call.settings)
    return store_parts, (outs, call.function, template, arrays, scalars)


def store(
    out: np.ndarray, function: Any, arguments: tuple[Any, ...], settings: dict[str, Any]
) -> None:
    """Call a function and copy its result."""
    put(out, function(*arguments, **settings))


def store_parts(
    outs: list[np.ndarray],
    function: Any,
    template: tuple[Any, dict[str, Any]],
    arrays: list[np.ndarray],
    scalars: list[bool],
) -> None:
    """Call a function of NumPy scalars, or one that gives several arrays."""
    values = [
        array[()] if scalar else array
        for array, scalar in zip(arrays, scalars, strict=True)
    ]
    arguments, settings = template
    result = function(*filled(arguments, values), **filled(settings, values))
    parts = parts_of(result)
    if len(parts) != len(outs):
        raise Misfit(f"{len(parts)} results, not {len(outs)}")
    for out, part in zip(outs, parts, strict=True):
        put(out, part)


def parts_of(result: Any) -> list[Any]:
    """List the arrays in a (nested) result."""
    if isinstance(result, tuple | list):
        return [part for each in result for part in parts_of(each)]
    return [result]


def put(out: np.ndarray, result: Any) -> None:
    """Copy a result that is what it was when it was traced."""
    if result.shape != out.shape or result.dtype != out.dtype:
        raise Misfit(
            f"shape {result.shape}, dtype {result.dtype}, not {out.shape}, {out.dtype}"
        )
    np.copyto(out, result)
