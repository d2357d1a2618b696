"""What layers refuse: wrong inputs, wrong outputs, weights that nothing would train."""

from __future__ import annotations

import math
from collections.abc import Iterable
from types import FunctionType
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, ShapeError, UnsupportedError
from graphnn.graph import Node, Operation, Parameter
from graphnn.nn.activations import as_activation
from graphnn.nn.assembly import is_layer, layers_in, parts_of

CO_VARARGS, CO_VARKEYWORDS = 0x04, 0x08
"""Flags of code that takes ``*arguments`` and ``**settings``, see Python's inspect."""


def check_keywords(cls: type, settings: Iterable[str]) -> None:
    """Refuse keyword arguments that no ``__init__`` of a class takes.

    Raises
    ------
    UnsupportedError
        It is a TypeError, as Python's own is, and says what is meant.
    """
    known: list[str] = []
    for base in cls.__mro__:
        code = getattr(vars(base).get("__init__"), "__code__", None)
        if code is None:
            continue
        known += code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount]
        if not code.co_flags & CO_VARKEYWORDS:
            break  # what it does not name goes no further
        if not base.__module__.startswith("graphnn."):
            return  # a user's **settings may be anything
    for name in settings:
        if name not in known:
            from graphnn.other_names import setting  # only where it is wrong

            raise UnsupportedError(
                f"{cls.__name__} has no setting {name!r}", setting(name, known)
            )


def as_part(part: Any, layer: Any) -> Any:
    """Take what a user has put into ``operations``: recipes, classes, names, layers."""
    if is_layer(part):
        return part
    found = as_activation(part)
    if found is None:
        raise ArgumentError(f"the operations of {layer!r} hold None")
    return found


def check_number(layer: Any, given: int) -> None:
    """Refuse more or fewer inputs than the layer's own methods take."""
    least, most = 1, math.inf
    for method in (layer._setup_layer, layer._connect):
        function = getattr(method, "__func__", None)
        if isinstance(function, FunctionType):
            code = function.__code__
            count = code.co_argcount - 1  # the first is self
            least = max(least, count - len(function.__defaults__ or ()))
            if not code.co_flags & CO_VARARGS:
                most = min(most, count)
    if not least <= given <= most:
        wanted = f"{least}" if most == least else f"{least} or more"
        if least < most < math.inf:
            wanted = f"{least} to {most}"
        plural = "" if wanted == "1" else "s"
        raise ArgumentError(
            f"{type(layer).__name__} takes {wanted} input{plural}, {given} given"
        )


def check_values(layer: Any, nodes: list[Any]) -> None:
    """Refuse to set a layer up by an input whose shape is not known yet."""
    for node in nodes:
        if layer.first and node.output is None:
            name = type(layer).__name__
            if not node.id:
                raise ArgumentError(
                    f"{name} was called on {node!r}, which is not a node yet",
                    f"Call {type(node).__name__} on a node first.",
                )
            raise ShapeError(
                f"{name} sets itself up by the shape of its input, and "
                f"{node.describe()} has no value yet",
                "Give its input a value: gn.Input('x', value=first_batch).",
            )


def check_output(layer: Any, output: Any) -> None:
    """Refuse what is no node of a graph, such as a forgotten return."""
    parts = output if type(output) is tuple else (output,)
    returned = f"{type(layer).__name__}._connect returned {output!r:.60}"
    if output is None:
        raise ArgumentError(f"{returned}, not a node", "Is a return missing?")
    if not parts or not all(isinstance(part, Node) for part in parts):
        raise ArgumentError(
            f"{returned}, not a node",
            "Return the last node, or a tuple of nodes for several outputs.",
        )
    for part in parts:
        if part.graph is not None:
            continue
        if isinstance(part, Operation):
            fix = "Call it on a node, and return what it gives."
            raise ArgumentError(f"{returned}, a recipe and not a node yet", fix)
        raise ArgumentError(
            f"{returned}, which belongs to no graph",
            "An operation on it does: np.positive(self.weight).",
        )


KEEP = (
    "_connect is called for each use: make layers and parameters in __init__ or in "
    "_setup_layer, as attributes (lists, tuples and dicts of layers will do)."
)


def check_kept(layer: Any, made: Iterable[Any], since: int) -> None:
    """Refuse parameters that ``_connect`` made, and the layer does not keep.

    No optimizer would ever see them: it goes by the attributes.
    """
    kept = {parameter.id for parameter in layer.parameters}
    loose = [
        node.name
        for node in made
        if isinstance(node, Parameter) and node.id > since and node.id not in kept
    ]
    if loose:
        name = type(layer).__name__
        raise ArgumentError(
            f"{name}._connect made parameters that {name} does not keep, so nothing "
            f"would train them: {', '.join(loose[:3])}",
            KEEP,
        )


def check_shared(layer: Any, before: list[Any], since: int) -> None:
    """Refuse layers and parameters that ``_connect`` has made again in a further use.

    The uses of a layer share their weights.
    """
    now = [id(part) for part in layers_in(layer)]
    lost = [repr(part) for part in before if id(part) not in now]
    own = [part for part in parts_of(layer) if isinstance(part, Parameter)]
    again = lost + [part.name for part in own if part.id > since]
    if again:
        raise ArgumentError(
            f"{type(layer).__name__}._connect made parts again that an earlier use of "
            f"it has: {', '.join(again[:3])}",
            KEEP,
        )


def as_count(value: Any, what: str) -> int:
    """Take a whole number of at least 1, of any integer type but bool.

    Raises
    ------
    ArgumentError
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer):
        raise ArgumentError(f"{what}: a whole number is needed, not {value!r}")
    if value < 1:
        raise ArgumentError(f"{what}: at least 1 is needed, not {value!r}")
    return int(value)


def as_generator(seed: Any, what: str) -> np.random.Generator:
    """Make a random generator of a seed, of one that is there, or from entropy.

    Raises
    ------
    ArgumentError
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{what}={seed!r} is no seed: {error}") from error
