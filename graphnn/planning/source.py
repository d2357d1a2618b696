"""A plan as Python: a line for each call, with its node and the user's line."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from graphnn.graph.naming import snake_case
from graphnn.planning.constants import constant_text, describe
from graphnn.planning.places import Places
from graphnn.planning.program import Memory, bytes_text
from graphnn.planning.sections import (
    WIDTH,
    aligned,
    broken,
    laid_out,
    phase_of,
    printable,
    titled,
)
from graphnn.planning.statements import Statement, statement_of
from graphnn.planning.views import owner_of, view_text

if TYPE_CHECKING:
    from graphnn.planning.planned import PlannedPass

LIMIT = 1000
"""Calls that are shown, unless one asks for more."""

SHARED = "; those of one number are the same memory"


class Source(NamedTuple):
    """A program, and what it has to be given.

    Attributes
    ----------
    text : str
    given : dict of str to object
        What the lines without a value stand for: leaves, large constants, nodes.
    """

    text: str
    given: dict[str, Any]


def source_of(planned: PlannedPass, update: Any, limit: int | None = LIMIT) -> str:
    """Write the calls of a planned pass, then those of the update."""
    return written(planned, update, limit).text


def written(planned: PlannedPass, update: Any, limit: int | None = None) -> Source:
    """Write a program that does what a planned pass does.

    Parameters
    ----------
    planned : PlannedPass
    update : FlatUpdate or None
        What updates the parameters.
    limit : int, optional
        How many calls are shown; by default, all.

    Returns
    -------
    Source
    """
    statements = statements_of(planned, update)
    places = places_of(planned, update, statements)
    shown = [*statements]
    left_out = len(statements) - (len(statements) if limit is None else limit)
    first = len(statements)
    if left_out > 0 and limit is not None:
        first = (limit + 1) // 2
        shown = [*statements[:first], *statements[first + left_out :]]
    lines = Lines(places)
    body = [lines.statement(each) for each in shown[:first]]
    rest = [lines.statement(each) for each in shown[first:]]
    results = list(results_of(planned, places))
    constants, gradients = list(places.constants()), list(places.gradients())
    buffers, views = list(places.buffers()), list(places.views())
    spelling = places.spelling
    laid = laid_out(shown[:first], body)
    if left_out > 0:
        laid += ["", f"# … {left_out:,} calls more: plan.source(limit=None)"]
        laid += laid_out(shown[first:], rest)
    laid += titled("what is given back", results)
    used = words_of([*constants, *gradients, *buffers, *views, *laid])
    leaves = {name: leaf for name, leaf in places.leaves.items() if name in used}
    side_by_side = members_of(update, leaves)
    leaves = {n: leaf for n, leaf in leaves.items() if n not in side_by_side}
    given = leaves | {n: thing for n, thing in spelling.given.items() if n in used}
    if any("as_strided(" in line for line in [*buffers, *views, *laid]):
        spelling.imports.append("from numpy.lib.stride_tricks import as_strided")
    head = [
        *heading(planned, update),
        "",
        "import numpy as np",
        *sorted(spelling.imports),
        *titled(
            "given",
            aligned(
                [
                    (f"{name}: {annotation(thing)}", what)
                    for name, (thing, what) in given.items()
                ]
            ),
        ),
        *side_by_side.values(),
        *titled("constants", constants),
        *titled("gradients", gradients),
        *titled("buffers" + (SHARED if places.share else ""), buffers),
        *titled("other looks at them", views),
    ]
    text = "\n".join([*head, *laid, ""])
    things = {name: thing for name, (thing, _) in given.items()}
    for state, array in planned.states:  # what it is now, not when the plan ran last
        now = {n: state.value for n, thing in things.items() if thing is array}
        things |= now
    return Source(text, things)


def members_of(
    update: Any, leaves: dict[str, tuple[np.ndarray, str]]
) -> dict[str, str]:
    """Write the parameters that lie side by side as looks at them all, by name."""
    rows = {id(row) for row in getattr(update, "rows", ())}
    wholes = [(name, array) for name, (array, _) in leaves.items() if id(array) in rows]
    return {
        name: f"{name} = {text}"
        for whole, row in wholes
        for name, (array, _) in leaves.items()
        if array is not row and owner_of(array) is owner_of(row)
        if (text := view_text(array, row, whole)) is not None
    }


def statements_of(planned: PlannedPass, update: Any) -> list[Statement]:
    """Take all bound calls apart."""
    pairs = list(zip(planned.bound, planned.made_for, strict=True))
    if update is not None:
        pairs += zip(update.bound, update.made_for, strict=True)
    statements = [statement_of(bound, call) for bound, call in pairs]
    for place, count in planned.made_at_once.items():
        statements[place] = statements[place]._replace(times=count)
    return statements


def places_of(planned: PlannedPass, update: Any, statements: list[Statement]) -> Places:
    """Name the memory of a planned pass."""
    graph = planned.graph
    leaves = []
    lie = {node.id: array for node, array in [*planned.inputs, *planned.states]}
    for node in planned.order:
        if node.kind != "operation":
            array = lie.get(node.id, node.output if node.kind == "constant" else None)
            array = node.value if array is None else array
            if node.kind != "constant" or is_large(array):
                name = graph.name_of(node)
                leaves.append((name, array, f"{node.kind}, {describe(array)}"))
    gradients = [("gradients", flat) for flat in getattr(update, "flat_gradients", ())]
    for name, array in getattr(update, "named", ()):
        what = "of the optimizer" if array.ndim else "set in each step"
        leaves.append((name, array, f"{what}, {describe(array)}"))
    leaves += [
        ("parameters", row, f"parameter, those below side by side, {describe(row)}")
        for row in getattr(update, "rows", ())
    ]
    gradients += [
        (f"grad_{graph.name_of(node)}", array)
        for node, array in zip(planned.wrt, planned.gradients, strict=True)
        if array is not None
    ]
    return Places(leaves, gradients, planned.arrays, statements)


def is_large(value: Any) -> bool:
    """Tell a constant that is not written out."""
    return isinstance(value, np.ndarray) and constant_text(value) is None


def heading(planned: PlannedPass, update: Any) -> Iterator[str]:
    """Say what the program computes, for which kind of batch, in how much memory."""
    graph = planned.graph
    names = ", ".join([graph.name_of(target) for target in planned.targets])
    what = f"A plan of {names}"
    if planned.wrt:
        count, kinds_of = len(planned.wrt), {node.kind for node in planned.wrt}
        kind = "parameter" if kinds_of == {"parameter"} else "node"
        what += f" and its gradient by {count} {kind}{'s' * (count != 1)}"
    mode = "training" if planned.training else "not training"
    kinds = [f"{graph.name_of(n)} {describe(array)}" for n, array in planned.inputs]
    fed = f"for {', '.join(kinds)}; {mode}" if kinds else mode
    if update is not None:
        what += ", and an update"
    calls = len(planned.bound) + (0 if update is None else len(update.bound))
    for line in (what, fed, f"{calls:,} calls; {memory_text(planned.memory)}"):
        yield from textwrap.wrap(
            printable(line), WIDTH - 2, initial_indent="# ", subsequent_indent="#   "
        )


def memory_text(memory: Memory) -> str:
    """Say how much memory the values take."""
    without = bytes_text(memory.without_reuse)
    return f"{bytes_text(memory.bytes)} of buffers (without reuse {without})"


def results_of(planned: PlannedPass, places: Places) -> Iterator[str]:
    """Copy the outputs, and let the states go on."""
    graph = planned.graph
    for node, array in zip(planned.targets, planned.outputs, strict=True):
        if node.kind == "operation":
            name = places.identifiers.of(graph.name_of(node))
            yield f"{name} = {places.name(array)}.copy()"
    of_states = {id(array): places.name(array) for _, array in planned.states}
    kept = {
        id(state): name
        for (state, _), name in zip(planned.states, of_states.values(), strict=True)
    }
    goals = [kept[id(state)] for state, _ in planned.next_states]
    values = [places.name(array) for _, array in planned.next_states]
    if set(values) & set(goals):  # one state is to be what another one is
        values = [f"{value}.copy()" for value in values]
        yield f"{', '.join([f'{g}[...]' for g in goals])} = {', '.join(values)}"
        return
    for goal, value in zip(goals, values, strict=True):
        yield f"{goal}[...] = {value}"


class Lines:
    """Writes statements as (code, comment).

    Parameters
    ----------
    places : Places
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._last: Any = None

    def statement(self, statement: Statement) -> tuple[list[str], str]:
        """Write a statement: lines of code, and the node behind them."""
        comment = comment_of(statement)
        now = phase_of(statement), comment
        is_repeated, self._last = now == self._last, now
        code = broken(self.places.spelling.statement(statement))
        return code, '"' if is_repeated and comment else comment


def comment_of(statement: Statement) -> str:
    """Name the node whose hook makes a call, its class, and the user's line."""
    owner = statement.owner
    node = None if owner is None else owner.node
    if node is None:
        return ""
    more = f", and {statement.times - 1:,} more" if statement.times > 1 else ""
    name, kind = node.name, type(node).__name__
    last = re.sub(r"_[0-9]+\Z", "", name.rsplit("/", 1)[-1])
    text = name if last == snake_case(kind) else f"{name} ({kind})"
    source = f"  {node.source}" if node.source else ""
    return printable(f"{text}{more}{source}")


def annotation(thing: Any) -> str:
    """Annotate what is given: a name without a value."""
    return "np.ndarray" if isinstance(thing, np.ndarray) else "object"


def words_of(lines: Iterable[str]) -> set[str]:
    """List the words in lines of code."""
    return set(re.findall(r"[^\W\d]\w*", "\n".join(lines)))
