"""How Python is written: numbers, functions, calls."""

from __future__ import annotations

import enum
import operator
import re
import sys
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np

from graphnn.graph.naming import snake_case
from graphnn.graph.node import Node
from graphnn.graph.signs import BINARY
from graphnn.planning.identifiers import Identifiers
from graphnn.planning.statements import Scalar, Statement
from graphnn.planning.views import dtype_text

SIGNS = {
    getattr(operator, name): sign.text
    for name, sign in BINARY.items()
    if hasattr(operator, name)
}


class Words(NamedTuple):
    """A call in pieces, so that it can be broken into lines.

    Attributes
    ----------
    head : str
        Up to the opening bracket.
    arguments : list of str
    tail : str
        From the closing bracket on.
    """

    head: str
    arguments: list[str]
    tail: str

    def __str__(self) -> str:
        return f"{self.head}{', '.join(self.arguments)}{self.tail}"


class Spelling:
    """Writes values and calls.

    Parameters
    ----------
    identifiers : Identifiers
    name : callable
        Writes an array.

    Attributes
    ----------
    imports : list of str
        Lines that the text needs.
    given : dict of str to (object, str)
        What no line can make, by its name; and what it is.
    """

    def __init__(
        self, identifiers: Identifiers, name: Callable[[np.ndarray], str]
    ) -> None:
        self.identifiers, self.name = identifiers, name
        self.imports: list[str] = []
        self.given: dict[str, tuple[Any, str]] = {}
        self._functions: dict[int, tuple[Any, str]] = {}

    # -- values ------------------------------------------------------------------------
    def value(self, value: Any) -> str:
        """Write an argument."""
        kind = type(value)
        if kind is Scalar:
            return f"{self.name(value.array)}[()]"
        if isinstance(value, np.ndarray):
            return self.name(value)
        if value is Ellipsis:
            return "..."
        if kind is str:
            return quoted(value)
        if value is None or kind in (bool, int):
            return repr(value)
        if kind in (float, complex):
            return number_text(value)
        if kind is list:
            return f"[{', '.join(map(self.value, value))}]"
        if kind is tuple:
            inner = ", ".join(map(self.value, value))
            return f"({inner},)" if len(value) == 1 else f"({inner})"
        if kind is dict and all(type(key) is str for key in value):
            inner = ", ".join(
                [f"{quoted(key)}: {self.value(value[key])}" for key in value]
            )
            return f"{{{inner}}}"
        if kind is slice:
            ends = (value.start, value.stop, value.step)
            return f"slice({', '.join(map(self.value, ends))})"
        if isinstance(value, np.dtype):
            return dtype_text(value)
        if isinstance(value, type):
            if issubclass(value, np.generic) and hasattr(np, value.__name__):
                return f"np.{value.__name__}"
            return self.function(value)
        if isinstance(value, np.number) and value.dtype.isnative:
            return f"{dtype_text(value.dtype)}({number_text(value.item())})"
        if isinstance(value, np.bool):
            return f"np.{value!r}".replace("np.np.", "np.")
        if isinstance(value, Node):
            return self.thing(value, value.name, value.describe())
        if isinstance(value, enum.Enum) or callable(value):
            return self.function(value)
        is_told = "__str__" in vars(kind)
        what = f"{kind.__name__}: {str(value)[:60]}" if is_told else kind.__name__
        return self.thing(value, snake_case(kind.__name__), what)

    def index(self, index: Any) -> str:
        """Write what stands between the square brackets of an index."""
        if type(index) is tuple and index:
            inner = ", ".join(map(self._place, index))
            return f"{inner}," if len(index) == 1 else inner
        return self._place(index)

    def _place(self, place: Any) -> str:
        if place is None:
            return "np.newaxis"
        if type(place) is slice:
            ends = [
                "" if e is None else self.value(e) for e in (place.start, place.stop)
            ]
            text = ":".join(ends)
            return text if place.step is None else f"{text}:{self.value(place.step)}"
        return self.value(place)

    # -- functions ---------------------------------------------------------------------
    def function(self, function: Any) -> str:
        """Write the name of a function, importing it where it can be."""
        known = self._functions.get(id(function))
        if known is None:
            known = self._functions[id(function)] = function, self._named(function)
        return known[1]

    def _named(self, function: Any) -> str:
        owner = getattr(function, "__self__", None)
        if type(owner) is np.ufunc:
            return f"{self.function(owner)}.{function.__name__}"
        if owner is not None and not isinstance(owner, type | type(np)):
            kind = type(owner).__name__
            return f"{self.thing(owner, snake_case(kind), kind)}.{function.__name__}"
        name = getattr(function, "__qualname__", getattr(function, "__name__", ""))
        module = getattr(function, "__module__", None) or "numpy"
        if getattr(np, name or "-", None) is function:
            return f"np.{name}"
        found: Any = sys.modules.get(module)
        for part in name.split("."):
            found = getattr(found, part, None)
        if (
            found is not function
            and getattr(found, "__wrapped__", None) is not function
        ):
            short = name.rsplit(".", 1)[-1]
            short = "function" if short == "<lambda>" or not short else short
            return self.thing(function, short, place_of(function))
        if module.startswith("numpy.") and not re.search(r"\._", module):
            return f"np{module[5:]}.{name}"
        first, *rest = name.split(".")
        alias = self.identifiers.of(first)
        line = f"from {module} import {first}"
        self.imports.append(line if alias == first else f"{line} as {alias}")
        return ".".join([alias, *rest])

    def node(self, node: Any) -> str:
        """Write a node, whose hooks are called."""
        what = f"{node.describe()}, called through its hooks"
        return self.thing(node, node.name, what)

    def thing(self, value: Any, wanted: str, what: str) -> str:
        """Name what has to be given."""
        for name, (known, _) in self.given.items():
            if known is value:
                return name
        name = self.identifiers.of(wanted)
        self.given[name] = value, what
        return name

    # -- calls -------------------------------------------------------------------------
    def call(
        self,
        function: Any,
        arguments: Iterable[Any],
        settings: dict[str, Any],
        owner: Any = None,
    ) -> Words:
        """Write a call as one writes it: as a method, an index, or with a sign."""
        arguments = list(arguments)
        if function is operator.getitem and len(arguments) == 2:
            array, index = arguments
            return Words(f"{self.atom(array)}[{self.index(index)}]", [], "")
        if function in SIGNS and len(arguments) == 2:
            left, right = map(self.atom, arguments)
            return Words(f"{left} {SIGNS[function]} {right}", [], "")
        hook = hook_of(function)
        if hook and owner is not None:
            arguments = read_by(hook, owner.node, arguments)
            head = f"{self.node(owner.node)}.{hook}("
        elif is_method(function) and arguments and is_array(arguments[0]):
            array, *arguments = arguments
            name = function.__name__
            if name == "transpose" and "axes" in settings:  # the method has no names
                arguments, settings = [settings["axes"]], {}
            if name in ("reshape", "transpose") and not settings:
                if len(arguments) == 1 and type(arguments[0]) in ROWS:
                    arguments = [int(each) for each in arguments[0]] or arguments
                if name == "transpose" and not arguments:
                    return Words(f"{self.atom(array)}.T", [], "")
            head = f"{self.atom(array)}.{name}("
        else:
            head = f"{self.function(function)}("
        words = [
            *[word for argument in arguments for word in self.words_of(argument)],
            *[f"{name}={self.value(value)}" for name, value in settings.items()],
        ]
        return Words(head, words, ")")

    def words_of(self, value: Any) -> list[str]:
        """Write an argument; a long list in pieces, so that it can be broken."""
        if type(value) not in (list, tuple) or len(value) < 4:
            return [self.value(value)]
        opening, closing = "[]" if type(value) is list else "()"
        words = [self.value(each) for each in value]
        words[0], words[-1] = f"{opening}{words[0]}", f"{words[-1]}{closing}"
        return words

    def atom(self, value: Any) -> str:
        """Write what stands before a dot, a bracket or a sign."""
        text = self.value(value)
        if isinstance(value, int | float | complex):
            return f"({text})" if text.startswith("-") or text.isdigit() else text
        return text

    def statement(self, statement: Statement) -> Words:
        """Write a bound call."""
        function, arguments, settings, outs, is_stored, call, _ = statement
        if function is np.copyto:
            return self.call(function, [outs[0], *arguments], settings)
        if type(function) is np.ufunc:
            arguments = tuple(self.weak(arguments))
        words = self.call(function, arguments, settings, statement.owner)
        if not outs:
            return words
        names = list(map(self.name, outs))
        if not is_stored:
            out = names[0] if len(names) == 1 else f"({', '.join(names)})"
            return Words(words.head, [*words.arguments, f"out={out}"], words.tail)
        places = ", ".join([f"{name}[...]" for name in names])
        is_first = len(outs) == 1 and getattr(call, "is_several", False)
        tail = f"{words.tail}[0]" if is_first else words.tail
        return Words(f"{places} = {words.head}", words.arguments, tail)

    def weak(self, arguments: Iterable[Any]) -> Iterable[Any]:
        """Take arrays of no axes for numbers, where these take their dtype beside them.

        See NEP 50.
        """
        arguments = list(arguments)
        dtypes = {
            each.dtype
            for each in arguments
            if isinstance(each, np.ndarray) and not self.is_number(each)
        }
        for each in arguments:
            is_number = self.is_number(each) or isinstance(
                each, np.float32 | np.float64
            )
            if is_number and dtypes == {each.dtype}:
                number = each.item()
                short = float(str(each[()])) if each.dtype.kind == "f" else number
                each = short if each.dtype.type(short) == each else number
            yield each

    def is_number(self, value: Any) -> bool:
        """Tell a constant of no axes that can be written as a number of Python."""
        return (
            type(value) is np.ndarray
            and not value.ndim
            and value.dtype.kind == "f"
            and value.dtype.itemsize <= 8
            and self.is_constant(value)
        )

    is_constant: Callable[[np.ndarray], bool] = staticmethod(lambda array: False)
    """Tells an array that no call writes to; set by who knows."""


METHODS = frozenset({np.reshape, np.transpose, np.swapaxes})
"""Functions that are written as methods, which do the same."""


ROWS = (tuple, list, np.ndarray)


def is_method(function: Any) -> bool:
    """Tell what is written behind the array: ``x.reshape(2, 3)``."""
    if getattr(function, "__objclass__", None) is np.ndarray:
        return True
    return type(function) is type(np.reshape) and function in METHODS


def is_array(value: Any) -> bool:
    """Tell what has the methods of an array."""
    return isinstance(value, np.ndarray | np.generic | Scalar)


def hook_of(function: Any) -> str:
    """Name the hook that is called as a whole; empty for any other function."""
    name = getattr(function, "__qualname__", "")
    hooks = ("output", "input_grads", "next_states")
    return next((f"_{each}" for each in hooks if name.startswith(f"Whole.{each}")), "")


def read_by(hook: str, node: Any, arguments: list[Any]) -> list[Any]:
    """Choose from what is handed over what the hook is given, or reads on its node."""
    if hook == "_input_grads":
        given = arguments[len(node.input_ids) :]
        return given[len(given) // 2 :]
    return arguments[-len(node.states) :] if hook == "_next_states" else arguments


def quoted(text: str) -> str:
    """Write a text between quotation marks.

    Examples
    --------
    >>> quoted("unsafe")
    '"unsafe"'
    """
    written = repr(text)
    return f'"{written[1:-1]}"' if written[0] == "'" and '"' not in text else written


def number_text(number: complex) -> str:
    """Write a number so that Python reads it.

    Examples
    --------
    >>> number_text(0.5), number_text(float("inf")), number_text(-1)
    ('0.5', 'np.inf', '-1')
    """
    if isinstance(number, complex):
        return f"complex({number_text(number.real)}, {number_text(number.imag)})"
    text = repr(number)
    return re.sub(r"inf|nan", lambda found: f"np.{found.group()}", text)


def place_of(function: Any) -> str:
    """Say what a function is, and where it stands."""
    code = getattr(function, "__code__", None)
    if code is None:
        return type(function).__name__
    file = re.split(r"[/\\]", code.co_filename)[-1]
    return f"{file}:{code.co_firstlineno}"
