"""A backward pass over very many tiny nodes, with nobody looking: in groups.

Calling NumPy takes longer than computing a handful of numbers. So of a long run of
*stackable* operations, those that can be run at the same time, of one class and one
shape, hand on their gradients together: the class's own hook is called once, with all
their values stacked. That gives the same bits. A stackable operation's hook is made of
correctly rounded arithmetic, element by element (IEEE 754), so an element does not
depend on how many others there are; and what reaches a value is added up in the order
of :func:`graphnn.engine.passes.reverse`.

Whatever does not fit, or fails, is left to that walk.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence
from itertools import chain, pairwise, repeat
from operator import attrgetter, is_
from typing import Any

import numpy as np
import numpy.typing as npt

from graphnn.engine.passes import reverse
from graphnn.engine.rows import TOGETHER, Edges, Group, Rows, edges_of

MANY = 500
"""The fewest operations that are worth the preparations."""

TINY = 64
"""The most elements of an array that is worth stacking."""

Block = npt.NDArray[Any]


def reverse_long_runs(
    order: Sequence[Any],
    gradients: dict[int, Any],
    wanted: Container[int],
    handed_on: dict[int, tuple[Any, ...]],
    runs: list[Run] | None = None,
) -> tuple[Sequence[Any], list[Run]]:
    """Walk back to the beginning of the first long run that can be run in groups.

    Parameters
    ----------
    order, gradients, wanted, handed_on
        As for :func:`graphnn.engine.passes.reverse`.
    runs : list of Run, optional
        Gets those that are done: for whoever wants to know it if the walk fails.

    Returns
    -------
    rest : sequence of node
        What is left of the order, for that walk.
    runs : list of Run
        What has run in groups. Its gradients are in the dicts only after
        :meth:`Run.publish`, which takes its time, and few ask for them.
    """
    rest, done = order, [] if runs is None else runs
    for start, stop in reversed(long_runs(order, wanted)):
        deque(reverse(rest[stop:], gradients, wanted, handed_on=handed_on), maxlen=0)
        rest = order[:stop]
        nodes = [n for n in rest[start:] if n.stackable and n.id in wanted]
        if len(nodes) < MANY:
            continue
        try:
            run = reverse_run(nodes, order[:start], gradients, wanted)
        except Exception:
            continue  # the walk will meet it again, and say where
        if run is not None:
            done.append(run)
            gradients.update(run.outside())
            rest = order[:start]
    return rest, done


def long_runs(order: Sequence[Any], wanted: Container[int]) -> list[tuple[int, int]]:
    """Find the stretches of the order in which all that has to run is stackable."""
    if len(order) < MANY:
        return []
    kinds: list[Any] = list(map(type, order))
    stackable = {kind for kind in set(kinds) if kind.stackable}
    if not stackable:
        return []
    others = [place for place, kind in enumerate(kinds) if kind not in stackable]
    ends = [
        place
        for place in others
        if order[place].input_ids and order[place].id in wanted
    ]
    stretches = pairwise([-1, *ends, len(order)])
    return [(start + 1, stop) for start, stop in stretches if stop - start > MANY]


def reverse_run(
    nodes: list[Any],
    before: Iterable[Any],
    gradients: Mapping[int, Any],
    wanted: Container[int],
) -> Run | None:
    """Run stackable operations group by group; None where that cannot be done.

    Parameters
    ----------
    nodes : list of node
        In topological order; all of them wanted.
    before : iterable of node
        What comes before them.
    gradients : mapping of int to gradient
        What has reached them so far, by id.
    wanted : container of int
        The ids whose gradient somebody needs.
    """
    value = nodes[0].output
    if value.ndim > 1 or value.size > TINY or value.dtype.kind != "f":
        return None
    edges = edges_of(nodes, gradients, wanted)
    if edges is None or not keeps_layouts(edges, before):
        return None
    rows = Rows(nodes, edges)
    if len(rows.groups) * TOGETHER > len(nodes):
        return None
    outputs, values = stacked_values(nodes, edges, rows)
    run = Run(rows, edges.seeds, len(edges.consumers), outputs)
    for group in rows.groups:
        run.walk(group, outputs, values)
    return run


def keeps_layouts(edges: Edges, before: Iterable[Any]) -> bool:
    """Tell whether what runs after the run is handed arrays of the layout as ever.

    Sums are arrays in C order, but an addition hands on what it has been given.
    """
    if all(seed.flags.c_contiguous for seed in edges.seeds):
        return True
    later = {node.id for node in before if node.input_ids}
    return later.isdisjoint(edges.outside)


def stacked_values(
    nodes: list[Any], edges: Edges, rows: Rows
) -> tuple[Block, list[Block]]:
    """Stack the outputs of a run, and its first, second, ... input values, by row."""
    outputs: list[Any] = list(map(attrgetter("output"), nodes))
    values = list(chain.from_iterable(map(attrgetter("input_values"), nodes)))
    # an input value is nearly always the output of a node of the run
    makers = map([*outputs, None].__getitem__, edges.makers.tolist())
    others = ~np.fromiter(map(is_, values, makers), np.bool, len(values))
    places = edges.makers.copy()
    places[others] = len(nodes) + np.arange(np.count_nonzero(others))
    more = [
        as_array(values[place], outputs[0]) for place in np.flatnonzero(others).tolist()
    ]
    block = stacked([*outputs, *more], nodes[0].output.dtype)
    return block[rows.places], [block[places[at]] for at in rows.values]


def as_array(value: Any, like: np.ndarray) -> Any:
    """Write a Python number out as NumPy takes it where it meets an array (NEP 50)."""
    if type(value) in (bool, int, float):
        return np.full(like.shape, value, like.dtype)
    return value


class Run:
    """The gradients of a run: one block of rows of sums, and one of their parts."""

    def __init__(
        self, rows: Rows, seeds: list[Any], handed: int, outputs: Block
    ) -> None:
        self.rows = rows
        shape, dtype = outputs.shape[1:], outputs.dtype
        self.sums: Block = np.empty((len(rows.uses), *shape), dtype)
        """What has reached each node, and each input outside of the run."""
        self.parts: Block = np.empty((handed + len(seeds), *shape), dtype)
        """What each node hands on, input by input; then what came from outside."""
        if seeds:
            self.parts[handed:] = stacked(seeds, dtype)

    def __len__(self) -> int:
        return len(self.rows.places)

    def walk(self, group: Group, outputs: Block, values: list[Block]) -> None:
        """Let the hook of a class compute the gradients of many of its operations."""
        rows = slice(group.start, group.stop)
        output_grad = self.add_up(rows)
        if group.kind is None:
            return  # these lie outside of the run
        frame = object.__new__(group.kind)
        frame.input_values = tuple([v[rows] for v in values[: len(group.needs)]])
        frame.output = outputs[rows]
        frame.needs_input_grad = group.needs
        input_grads = frame._input_grads(output_grad)
        end = group.parts
        for input_grad, needs in zip(input_grads, group.needs, strict=True):
            if not needs:
                continue
            if input_grad.shape != output_grad.shape:
                raise TypeError("a gradient is of another shape")
            if input_grad.dtype != output_grad.dtype:
                raise TypeError("a gradient is of another dtype")
            start, end = end, end + len(input_grad)
            self.parts[start:end] = input_grad

    def add_up(self, rows: slice) -> Block:
        """Add up what has been handed to some nodes, in the order of the walk."""
        output_grad, uses = self.sums[rows], self.rows.uses[rows]
        first = self.rows.first[rows]
        self.parts.take(self.rows.order[first], 0, output_grad, "clip")
        for turn in range(1, int(uses[0])):
            count = int(np.count_nonzero(uses > turn))
            some = output_grad[:count]
            part = self.parts.take(self.rows.order[first[:count] + turn], 0)
            np.add(some, part, out=some)
        return output_grad

    def outside(self) -> Iterable[tuple[int, Any]]:
        """Give the gradients of the inputs outside of the run, by id."""
        count = len(self)
        ids = self.rows.ids[count:].tolist()
        return zip(ids, arrays_of(self.sums[count:]), strict=True)

    def publish(
        self, gradients: dict[int, Any], handed_on: dict[int, tuple[Any, ...]]
    ) -> None:
        """Hand over the gradients of the nodes, each row as an array of its own."""
        ids: list[int] = self.rows.ids[: len(self)].tolist()
        parts, start = arrays_of(self.parts), 0
        for group in self.rows.groups:
            mine, columns = ids[group.start : group.stop], []
            for needs in group.needs:
                stop = start + len(mine) if needs else start
                columns.append(parts[start:stop] if needs else repeat(None, len(mine)))
                start = stop
            if columns:
                handed_on.update(zip(mine, zip(*columns, strict=True), strict=True))
        sums = arrays_of(self.sums[: len(self)])
        sums_by_id = dict(zip(ids, sums, strict=True))
        for row in np.flatnonzero(self.rows.uses[: len(self)] == 1).tolist():
            if ids[row] in gradients:  # nothing was added to what came from outside
                del sums_by_id[ids[row]]
        gradients.update(sums_by_id)


def stacked(arrays: list[Any], dtype: np.dtype[Any]) -> Block:
    """Put arrays of one shape and of the dtype into one."""
    if not set(map(type, arrays)) <= {np.ndarray}:
        raise TypeError("not all of them are arrays")
    if not set(map(attrgetter("dtype"), arrays)) <= {dtype}:
        raise TypeError("not all of them are of one dtype")
    if arrays[0].ndim == 1 and len(set(map(len, arrays))) == 1:
        return np.concatenate(arrays).reshape(len(arrays), len(arrays[0]))  # quicker
    return np.array(arrays)


def arrays_of(block: Block) -> list[Any]:
    """Give the rows of a block, as arrays also where they are numbers."""
    if block.ndim > 1:
        return list(block)
    return [block[row, ...] for row in range(len(block))]
