"""Which operations of a run hand on their gradients together, and where these go."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from itertools import chain
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

TOGETHER = 8
"""The fewest operations that a group must have, on an average, to be worth it."""

TRIAL = 64
"""After how many steps it is seen whether so many can run at the same time."""

Integers = npt.NDArray[np.int64]


class Edges(NamedTuple):
    """Who hands a gradient to whom, in a run of operations.

    A place is a number in the run; those of the inputs outside of it come after it.
    The edges are ordered by the consumer.
    """

    consumers: Integers
    """The place of the consumer."""

    positions: Integers
    """Which of the consumer's inputs it is."""

    inputs: Integers
    """The place of the input."""

    makers: Integers
    """For all inputs, wanted or not, the place in the run; its length for none."""

    ids: Integers
    """For each place in the run, the id."""

    outside: Integers
    """The ids of the inputs outside of the run."""

    seeded: Integers
    """The places that gradients have reached from outside of the run."""

    seeds: list[Any]
    """These gradients."""

    uses: Integers
    """For each place, how many gradients are to be added up."""

    arities: Integers
    """For each place in the run, the number of its inputs, wanted or not."""

    steps: Integers
    """For each place in the run, when it can run: after all its consumers."""


def edges_of(
    nodes: list[Any], gradients: Mapping[int, Any], wanted: Container[int]
) -> Edges | None:
    """Look through the inputs of a run; None where it cannot be run in groups."""
    count = len(nodes)
    ids = np.fromiter(map(attrgetter("id"), nodes), np.int64, count)
    inputs_of = list(map(attrgetter("input_ids"), nodes))
    arities = np.fromiter(map(len, inputs_of), np.int64, count)
    total = int(arities.sum())
    input_ids = np.fromiter(chain.from_iterable(inputs_of), np.int64, total)
    makers = places_of(input_ids, ids)
    consumers = np.repeat(np.arange(count), arities)
    positions = np.arange(total) - np.repeat(first_of_each(arities), arities)
    inputs = makers
    outside = np.unique(input_ids[makers == count])
    unwanted = [node_id for node_id in outside.tolist() if node_id not in wanted]
    if unwanted:
        is_wanted = ~np.isin(input_ids, unwanted)
        consumers, positions = consumers[is_wanted], positions[is_wanted]
        inputs, input_ids = makers[is_wanted], input_ids[is_wanted]
        outside = np.setdiff1d(outside, unwanted)
    steps = steps_of(count, consumers, positions, inputs)
    if steps is None:
        return None
    all_ids = np.concatenate([ids, outside])
    inputs = np.where(
        inputs < count, inputs, count + np.searchsorted(outside, input_ids)
    )
    uses = np.bincount(inputs, minlength=len(all_ids))
    known = np.fromiter(gradients, np.int64, len(gradients))
    inside, beyond = places_of(known, ids), places_of(known, outside)
    seeded = np.concatenate(
        [inside[inside < count], count + beyond[beyond < len(outside)]]
    )
    uses[seeded] += 1
    if not uses.all():
        return None  # one that no gradient reaches does not run
    return Edges(
        consumers,
        positions,
        inputs,
        makers,
        ids,
        outside,
        seeded,
        [gradients[node_id] for node_id in all_ids[seeded].tolist()],
        uses,
        arities,
        steps,
    )


def places_of(wanted: Integers, ids: Integers) -> Integers:
    """Give the places that ids have among others, which are sorted; len(ids) for none.

    The ids of a graph are nearly always close to each other: then a table is quick.
    """
    if not len(ids):
        return np.zeros(len(wanted), np.int64)
    places: Integers
    span = int(ids[-1] - ids[0]) + 1
    if span > 8 * len(ids):
        places = np.searchsorted(ids, wanted)
        places[ids[np.minimum(places, len(ids) - 1)] != wanted] = len(ids)
        return places
    table: Integers = np.full(
        span + 1, len(ids)
    )  # the last is for those that are not there
    table[ids - ids[0]] = np.arange(len(ids))
    offsets = wanted - ids[0]
    offsets[(offsets < 0) | (offsets > span)] = span
    places = table.take(offsets)
    return places


def steps_of(
    count: int, consumers: Integers, positions: Integers, inputs: Integers
) -> Integers | None:
    """Find out when each operation can run; None where too few run at the same time.

    Inputs outside of the run are given as the place `count`. A. B. Kahn, "Topological
    sorting of large networks", CACM 5 (11), 1962, all that is ready at a time.
    """
    table = np.full((count, int(positions.max(initial=0)) + 1), count)
    table[consumers, positions] = inputs
    pending = np.bincount(inputs, minlength=count + 1)
    pending[count] += 1  # what lies outside is never ready
    steps, turns = np.zeros(count, np.int64), np.zeros(count, np.int64)
    ready = np.flatnonzero(pending == 0)
    step = done = 0
    while len(ready):
        steps[ready] = step
        step, done = step + 1, done + len(ready)
        if step >= TRIAL and done < step * TOGETHER:
            return None
        freed = table[ready].ravel()
        np.subtract.at(pending, freed, 1)
        freed = freed[pending[freed] == 0]
        turns[freed] = numbers = np.arange(len(freed))
        ready = freed[turns[freed] == numbers]  # each of them once
    return steps if done >= step * TOGETHER else None


class Group(NamedTuple):
    """Operations that run together: rows of the blocks of values and of gradients."""

    kind: Any
    """Their class; None for the inputs outside of the run."""

    start: int
    stop: int
    needs: tuple[bool, ...]
    """For each input, whether its gradient is wanted."""

    parts: int
    """The row of the first gradient that they hand on; these go input by input."""


class Rows:
    """The order in which a run is worked off, so that a group is a block of rows.

    In a group, those to which the most gradients are handed come first: then the rows
    to which a second one is to be added, a third one, and so on, are the first few.

    Attributes
    ----------
    groups : list of Group
        The last one are the inputs outside of the run.
    ids : ndarray of int, shape (run + outside,)
        Of each row, the id of the node.
    places : ndarray of int, shape (run,)
        Of each row, the place in the run.
    values : list of ndarray of int, shape (run,)
        Of each row, where its first, second, ... input value is among all in the run.
    uses, first : ndarray of int, shape (run + outside,)
        Of each row, how many gradients are to be added up, and where they begin in...
    order : ndarray of int, shape (edges + seeds,)
        ... this: the rows of the gradients, in the order in which they are added up.
    """

    def __init__(self, nodes: list[Any], edges: Edges) -> None:
        count, total = len(nodes), len(edges.uses)
        group = group_numbers(nodes, edges, total)
        most = int(edges.uses.max())
        places = np.argsort(group * (most + 1) + most - edges.uses, kind="stable")
        self.places: Integers = places[:count]
        self.ids = np.concatenate([edges.ids, edges.outside])[places]
        self.uses = edges.uses[places]
        self.first = first_of_each(self.uses)
        first = first_of_each(edges.arities)[self.places]
        last = first + edges.arities[self.places] - 1
        self.values = [
            np.minimum(first + position, last)
            for position in range(int(edges.arities.max()))
        ]
        starts = np.flatnonzero(np.diff(group[places], prepend=-1))
        sizes = np.diff(starts, append=total)
        needs = needs_of(edges, total)[places[starts]]
        self.groups = list(self._groups(nodes, edges, starts, sizes, needs))
        rows = np.empty(total, np.int64)
        rows[places] = np.arange(total)
        self.order = self._order(edges, rows, starts, sizes)

    def _groups(
        self,
        nodes: list[Any],
        edges: Edges,
        starts: Integers,
        sizes: Integers,
        needs: Integers,
    ) -> Iterator[Group]:
        """Describe the groups."""
        parts = 0
        for start, size, bits in zip(
            starts.tolist(), sizes.tolist(), needs.tolist(), strict=True
        ):
            if start >= len(nodes):
                yield Group(None, start, start + size, (), parts)
                return
            place = self.places[start]
            arity = int(edges.arities[place])
            wanted = tuple([bool(bits >> position & 1) for position in range(arity)])
            yield Group(type(nodes[place]), start, start + size, wanted, parts)
            parts += size * sum(wanted)

    def _order(
        self, edges: Edges, rows: Integers, starts: Integers, sizes: Integers
    ) -> Integers:
        """Find where each gradient is put, and in which order they are added up."""
        group_of_row = np.repeat(np.arange(len(starts)), sizes)
        parts = np.array([group.parts for group in self.groups])
        handed = np.bincount(edges.consumers, minlength=len(self.places))
        edge = np.arange(len(edges.consumers))
        before = edge - np.repeat(first_of_each(handed), handed)  # of that consumer
        row = rows[edges.consumers]
        group = group_of_row[row]
        put = parts[group] + before * sizes[group] + row - starts[group]
        # first what came from outside, then from the last consumer to the first
        seed = np.arange(len(edges.seeded))
        count, arity = len(self.places), len(self.values)
        turn = (count - edges.consumers) * arity + edges.positions
        turn = np.concatenate([np.zeros_like(seed), turn])
        target = rows[np.concatenate([edges.seeded, edges.inputs])]
        put = np.concatenate([len(put) + seed, put])
        return put[np.argsort(target * ((count + 1) * arity) + turn)]


def group_numbers(nodes: list[Any], edges: Edges, total: int) -> Integers:
    """Give each place the number of its group, in the order in which these run."""
    kinds = list(map(type, nodes))
    numbers = {kind: number for number, kind in enumerate(dict.fromkeys(kinds))}
    kind = np.fromiter(map(numbers.__getitem__, kinds), np.int64, len(nodes))
    needs = needs_of(edges, len(nodes))
    group = (edges.steps * len(numbers) + kind) * (int(needs.max()) + 1) + needs
    return np.concatenate([group, np.full(total - len(nodes), group.max() + 1)])


def needs_of(edges: Edges, total: int) -> Integers:
    """Give which inputs' gradients are wanted of each place, as bits of a number."""
    needs = np.bincount(edges.consumers, 1 << edges.positions, minlength=total)
    return needs.astype(np.int64)


def first_of_each(counts: Integers) -> Integers:
    """Give where the items of each begin, if those of all lie one after the other."""
    return np.cumsum(counts) - counts
