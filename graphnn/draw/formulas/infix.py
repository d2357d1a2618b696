"""Traced NumPy calls as one expression, with as few parentheses as Python needs."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from graphnn.draw.formulas.call_arguments import (
    is_reversal,
    plain_index,
    sorted_out,
    spread,
)
from graphnn.graph.signs import BINARY, UNARY
from graphnn.planning.identifiers import Identifiers
from graphnn.planning.spelling import Spelling, is_method, number_text
from graphnn.planning.traced import Call, Slot, Traced, filled

ATOM = 10
POWER, UNARY_SIGN = 9, 8
RANKS = {
    "**": POWER,
    **dict.fromkeys(["*", "/", "//", "%", "@"], 7),
    **dict.fromkeys(["+", "-"], 6),
    **dict.fromkeys(["<<", ">>"], 5),
    "&": 4,
    "^": 3,
    "|": 2,
    **dict.fromkeys(["==", "!=", "<", "<=", ">", ">="], 1),
}
"""How firmly a sign binds (Python's reference, "Operator precedence")."""

SIGNS = {sign.function: sign.text for sign in BINARY.values() if sign.text}
PREFIXES = {sign.function: sign.text for sign in UNARY.values() if sign.text}
SHORT_NAMES: dict[Any, str] = {np.absolute: "abs"}

DETAILS = frozenset({"dtype", "keepdims", "casting", "copy", "optimize"})
"""Settings that a short formula leaves out: they change the layout, not the numbers."""

LONGEST_TWICE = 9
"""Characters of what is written again where it is used again; longer gets a letter."""

SHORT_ARRAY, LONG_ARRAY = 16, 100
"""Characters of an array that is written out: in a brief formula, in a whole one."""

LETTERS = ("t", "u", "v", "w", "r", "s", "p", "q")


class Term(NamedTuple):
    """A part of an expression, and how firmly it holds together."""

    text: str
    rank: int = ATOM

    def within(self, rank: int) -> str:
        """Write it beside what binds as firmly as `rank`."""
        return self.text if self.rank >= rank else f"({self.text})"


class Infix(Spelling):
    """Writes traced calls as expressions.

    Parameters
    ----------
    names : dict of Traced to str
        What the operands are called that no call gives.
    brief : bool
        Whether numbers are rounded, and what only concerns the layout is left out.

    Attributes
    ----------
    where : list of (str, str)
        Letters for what is used several times, in the order in which they are computed.
    """

    def __init__(self, names: dict[Traced, str], brief: bool) -> None:
        longest = SHORT_ARRAY if brief else LONG_ARRAY
        super().__init__(Identifiers(), lambda array: array_text(array, longest))
        self.brief = brief
        self.where: list[tuple[str, str]] = []
        self.terms = {traced: Term(name) for traced, name in names.items()}
        words = re.findall(r"\w+", " ".join(names.values()))
        self._letters = letters(set(words))

    def written(self, calls: Iterable[Call], outputs: tuple[Traced, ...]) -> str:
        """Write what the outputs are; the calls are those that they need, in order."""
        calls = list(calls)
        uses = uses_of(calls, outputs)
        for call in calls:
            whole = self._term(call)
            if call.is_several:
                if call is calls[-1] and are_all(outputs, call.results):
                    return whole.text  # all that the last call gives, and as it does
                if sum([uses.get(result, 0) for result in call.results]) > 1:
                    whole = self._lettered(whole)
                for place, result in enumerate(call.results):
                    self.terms[result] = Term(f"{whole.within(ATOM)}[{place}]")
                continue
            (result,) = call.results
            if uses.get(result, 0) > 1 and len(whole.text) > LONGEST_TWICE:
                whole = self._lettered(whole)
            self.terms[result] = whole
        texts = [self.terms[output].text for output in outputs]
        return texts[0] if len(texts) == 1 else ", ".join(texts)

    def _lettered(self, term: Term) -> Term:
        letter = next(self._letters)
        self.where.append((letter, term.text))
        return Term(letter)

    # -- calls -------------------------------------------------------------------------
    def _term(self, call: Call) -> Term:
        """Write a call as one writes it: with a sign, as an index, as a method."""
        function, settings = call.function, call.settings
        terms = [self.terms[each] for each in call.inputs]
        arguments = filled(call.arguments, terms)
        if function is np.asarray and len(arguments) == 1:
            return self.term(arguments[0])
        sign = SIGNS.get(function)
        if function is np.dot and all(1 <= ndim_of(call, n) <= 2 for n in (0, 1)):
            sign = "@"  # of matrices and vectors they are the same
        if sign is not None and not settings and len(arguments) == 2:
            return infix(sign, *map(self.term, arguments))
        if function in PREFIXES and not settings and len(arguments) == 1:
            operand = self.term(arguments[0]).within(UNARY_SIGN)
            return Term(f"{PREFIXES[function]}{operand}", UNARY_SIGN)
        if function is operator.getitem:
            array, index = arguments
            return Term(f"{self.atom(array)}[{self.index(plain_index(index))}]")
        arguments, settings = sorted_out(function, arguments, settings)
        settings = filled(settings, terms)
        if is_method(function) and arguments and type(arguments[0]) is Term:
            return self._method(call, arguments, settings)
        return Term(f"{self._called(function)}({self._given(arguments, settings)})")

    def _method(self, call: Call, arguments: list[Any], settings: Any) -> Term:
        array, *arguments = arguments
        name = call.function.__name__
        if name == "astype" and self.brief:
            return self.term(array)
        if name in ("reshape", "transpose"):
            named = [settings.pop(n) for n in ("axes", "shape") if n in settings]
            arguments = spread([*arguments, *named])
            if name == "transpose" and is_reversal(arguments, ndim_of(call, 0)):
                return Term(f"{self.atom(array)}.T")
        return Term(f"{self.atom(array)}.{name}({self._given(arguments, settings)})")

    def _given(self, arguments: Iterable[Any], settings: dict[str, Any]) -> str:
        named = [
            f"{name}={self.value(value)}"
            for name, value in settings.items()
            if not (self.brief and name in DETAILS)
        ]
        return ", ".join([*map(self.value, arguments), *named])

    def _called(self, function: Any) -> str:
        if type(function) is np.ufunc and function in SHORT_NAMES:
            return SHORT_NAMES[function]
        name = self.function(function).removeprefix("np.")
        return name.removeprefix("lib.stride_tricks.") if self.brief else name

    # -- values ------------------------------------------------------------------------
    def term(self, value: Any) -> Term:
        """Take an operand, or write a value."""
        if type(value) is Term:
            return value
        text = self.value(value)
        return Term(text, UNARY_SIGN if text.startswith("-") else ATOM)

    def atom(self, value: Any) -> str:
        """Write what stands before a dot or a bracket."""
        return self.term(value).within(ATOM)

    def value(self, value: Any) -> str:
        """Write an argument: whole numbers without a point, and nothing of NumPy's."""
        if type(value) is Term:
            return value.text
        if value is None or type(value) is bool:
            return repr(value)
        if isinstance(value, np.number):
            value = value.item()
        if type(value) is float:
            return self._number(value)
        if type(value) is dict:
            inner = [
                f"{self.value(k)}: {self.value(each)}" for k, each in value.items()
            ]
            return f"{{{', '.join(inner)}}}"
        return super().value(value).removeprefix("np.")

    def _place(self, place: Any) -> str:
        return "None" if place is None else super()._place(place)

    def _number(self, number: float) -> str:
        if number.is_integer() and abs(number) < 1e6 and str(number) != "-0.0":
            return str(int(number))
        if self.brief and np.isfinite(number):
            return f"{number:.4g}"
        return number_text(number).replace("np.", "")


def infix(sign: str, left: Term, right: Term) -> Term:
    """Write two operands and a sign."""
    rank = RANKS[sign]
    if sign == "**":  # the only one that binds to the right, and there also a minus
        return Term(f"{left.within(ATOM)} ** {right.within(UNARY_SIGN)}", rank)
    before = rank + 1 if rank == 1 else rank  # a < b < c is something else
    return Term(f"{left.within(before)} {sign} {right.within(rank + 1)}", rank)


def are_all(some: Iterable[Traced], others: Iterable[Traced]) -> bool:
    """Tell the same objects in the same order; their own ``==`` is a call."""
    one, other = list(some), list(others)
    return len(one) == len(other) and all(map(operator.is_, one, other))


def uses_of(calls: Iterable[Call], outputs: Iterable[Traced]) -> dict[Traced, int]:
    """Count how many times each value is written."""
    uses: dict[Traced, int] = {}
    for call in calls:
        for each in call.inputs:
            uses[each] = uses.get(each, 0) + 1
    for each in outputs:
        uses[each] = uses.get(each, 0) + 1
    return uses


def ndim_of(call: Call, position: int) -> int:
    """Count the axes of an argument."""
    argument = call.arguments[position]
    if type(argument) is Slot:
        argument = call.inputs[argument.position].value
    return int(np.ndim(argument))


def letters(taken: set[str]) -> Iterator[str]:
    """Give letters that nothing is called."""
    for number in range(1 << 30):
        for letter in LETTERS:
            name = f"{letter}{number or ''}"
            if name not in taken:
                yield name


def array_text(array: np.ndarray, longest: int) -> str:
    """Write an array that a hook has made: its numbers, if they are few."""
    text = "" if array.size > longest or not array.size else str(array.tolist())
    return f"array({text if 0 < len(text) <= longest else '…'})"
