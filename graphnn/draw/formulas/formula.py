"""The formula of an operation, read from its own hook.

``_output`` runs on traced arrays, as it does for a plan, so that each NumPy call in it
is written down; what is written here is these calls, as one expression.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from graphnn.draw.formulas.infix import Infix
from graphnn.draw.labels import own_name
from graphnn.graph.isolation import undisturbed
from graphnn.graph.naming import snake_case
from graphnn.graph.tracing import throwaway
from graphnn.planning.simplify import simplified
from graphnn.planning.traced import Call, Tape, Traced

LONGEST_NAME = 16
"""Characters of an argument's name; where one is longer, all are a, b, c."""

MOST_CALLS = 200
"""Calls of a formula that is written: a longer one nobody reads."""


class Formula(NamedTuple):
    """What an operation computes.

    Attributes
    ----------
    text : str
        The whole of it: Python, where the functions of NumPy are at hand.
    brief : str
        With rounded numbers, and without what only concerns the layout.
    where : tuple of (str, str)
        The letters in the text, and what they stand for, in the order in which they are
        computed.
    brief_where : tuple of (str, str)
        Those in the brief text.
    """

    text: str
    brief: str
    where: tuple[tuple[str, str], ...] = ()
    brief_where: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return with_letters(self.text, self.where)

    def lines(self) -> list[str]:
        """Write the brief text, and the letters in lines of their own."""
        letters = [f"{name} = {text}" for name, text in self.brief_where]
        return [self.brief, *[f"where {line}" for line in letters[:1]], *letters[1:]]


def with_letters(text: str, where: tuple[tuple[str, str], ...]) -> str:
    """Write what the letters stand for behind a text."""
    if not where:
        return text
    return f"{text} where {', '.join([f'{n} = {text}' for n, text in where])}"


def formula_of(node: Any) -> Formula | None:
    """Read the formula of an operation from its hook.

    Parameters
    ----------
    node : Operation
        Of a graph, with a value, or of which shapes are known.

    Returns
    -------
    Formula or None
        None where the hook cannot be traced: it branches on a value, changes an array
        in place, or its inputs have no values yet.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> x = gn.Input("x", value=[[1.0, 2.0]])
    >>> formula_of(gn.ReLU()(x)).text
    'maximum(x, 0)'
    >>> formula_of(gn.Softmax()(x)).lines()
    ['t / sum(t, axis=-1)', 'where t = exp(x - max(x, axis=-1))']
    """
    if node.kind != "operation":
        return None
    traced = traced_output(node)
    if traced is None:
        return None
    calls, outputs, names = traced
    full, brief = Infix(names, brief=False), Infix(names, brief=True)
    return Formula(
        full.written(calls, outputs),
        brief.written(calls, outputs),
        tuple(full.where),
        tuple(brief.where),
    )


def traced_output(
    node: Any,
) -> tuple[list[Call], tuple[Traced, ...], dict[Traced, str]] | None:
    """Give the calls of ``_output``, what it returns, and the names of its operands."""
    tape = Tape()
    values: list[Any] = []
    names: dict[Traced, str] = {}
    by_id: dict[int, Any] = {}
    words = names_of(node)
    for source in node.inputs:
        if source.id not in by_id:
            value = value_or_likeness(source)
            if value is None:
                return None
            by_id[source.id] = operand(tape, value, words.get(source.id, ""), names)
        values.append(by_id[source.id])
    operation = throwaway(node)
    operation.__dict__["input_values"] = tuple(values)
    try:
        with undisturbed(node):
            output = operation._output()
    except Exception:  # whatever a user's hook does with what is no array
        return None
    outputs = output if type(output) is tuple else (output,)
    if not outputs or not all(type(each) is Traced for each in outputs):
        return None  # it depends on no input
    calls, now = simplified(tape.calls, outputs)
    calls = [call for call in calls if call.results]
    if len(calls) > MOST_CALLS:
        return None
    return calls, tuple([now(each) for each in outputs]), names


def operand(tape: Tape, value: Any, name: str, names: dict[Traced, str]) -> Any:
    """Let a value be traced under a name; a number is written as it is."""
    if type(value) is tuple:
        return tuple(
            [
                operand(tape, part, f"{name}[{place}]", names)
                for place, part in enumerate(value)
            ]
        )
    if not isinstance(value, np.ndarray):
        return value
    traced = tape.traced(value, None, None)
    names[traced] = name
    return traced


def value_or_likeness(source: Any) -> Any:
    """Give a value; ones of its shape, where a plan has taken it off; None before."""
    if source.output is not None or source.shape is None:
        return source.output
    if type(source.shape) is tuple and type(source.dtype) is tuple:
        pairs = zip(source.shape, source.dtype, strict=True)
        return tuple([np.ones(shape, dtype) for shape, dtype in pairs])
    return np.ones(source.shape, source.dtype)


def names_of(node: Any) -> dict[int, str]:
    """Name the operands by what they are: ``x``, ``weight``, ``prediction``, or a, b.

    A constant that is a number needs no name.

    Returns
    -------
    dict of int to str
        By id.
    """
    sources = {source.id: source for source in node.inputs if not is_number(source)}
    beside = ("parameter", "state", "constant")
    given = [i for i, source in sources.items() if source.kind not in beside]
    names = {}
    for source_id, source in sources.items():
        if source.kind == "constant":
            names[source_id] = "c"
        elif len(given) == 1 and source_id == given[0]:
            names[source_id] = "x"
        else:
            name = own_name(node.graph.name_of(source), source.scope).rpartition("/")[2]
            unnamed = f"{snake_case(type(node).__name__)}_param"
            names[source_id] = "param" if name == unnamed else name
    if all(map(is_short, names.values())) and len({*names.values()}) == len(names):
        return names
    letters = "abcdefghijklmnopqrstuvwxyz"
    return {
        source_id: letters[place] if len(names) <= 26 else f"x{place}"
        for place, source_id in enumerate(names)
    }


def is_number(source: Any) -> bool:
    """Tell a constant that is written as it is."""
    return source.kind == "constant" and not isinstance(source.output, np.ndarray)


def is_short(name: str) -> bool:
    """Tell a name that can stand in a formula."""
    return len(name) <= LONGEST_NAME and name.isascii() and name.isidentifier()
