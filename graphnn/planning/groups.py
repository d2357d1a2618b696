"""Very many tiny calls: those of one kind that are ready together run as one.

A graph of numbers, or of arrays of a few elements, spends its time on calling NumPy and
not in it. So equal calls are made on stacked arrays: every value is a row of a block,
what a group of calls gives are rows one after another, and what it reads is collected
from wherever it lies in its block by one ``take``. These are the same operations on the
same numbers, element by element, in another order in which every operand is there in
time: so they give the same bits.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from graphnn.planning.lowering import Bound, Given, elementwise, store
from graphnn.planning.schedule import schedule
from graphnn.planning.sorting import Kind, Sorting
from graphnn.planning.storage import Storage
from graphnn.planning.traced import Call, Traced

FEWEST = 1000
"""From how many calls on grouping is tried."""

WORTH = 8
"""How many calls a group has to have, on the average."""


def grouped(calls: list[Call], wanted: Iterable[Traced]) -> Grouping | None:
    """Put calls of one kind together, where there are many.

    Parameters
    ----------
    calls : list of Call
        In an order in which they can be made.
    wanted : iterable of Traced
        What is read when all are made.

    Returns
    -------
    Grouping or None
        None where it does not pay, as for nearly all networks.
    """
    if len(calls) < FEWEST:
        return None
    sorting = Sorting(calls)
    if sorting.count < FEWEST:
        return None
    order = list(schedule(sorting.kinds, sorting.needs))
    if sum([kind >= 0 for kind, _ in order]) * WORTH > sorting.count:
        return None
    return Grouping(sorting, order, wanted)


class Grouping:
    """Calls in an order in which those of one kind come together, and their rows.

    Parameters
    ----------
    sorting : Sorting
    order : list of (int, list of int)
        Kinds and tasks; see :func:`~graphnn.planning.schedule.schedule`.
    wanted : iterable of Traced
        What is read when all calls are made.

    Attributes
    ----------
    steps : list of Call, Group or Copies
        What is to be done.
    blocks : list of ndarray
        The rows, once :meth:`lay` has found memory for them.
    scratch : list of ndarray
        By block: where rows are collected.
    """

    def __init__(
        self,
        sorting: Sorting,
        order: list[tuple[int, list[int]]],
        wanted: Iterable[Traced],
    ) -> None:
        self.steps: list[Call | Group | Copies] = []
        self.blocks: list[np.ndarray] = []
        self.scratch: list[np.ndarray] = []
        self._sorting, self._wanted = sorting, set(wanted)
        self._rows = np.zeros(len(sorting.tasks), np.intp)  # of each task
        self._lengths = [0] * len(sorting.blocks)
        self._collected = [0] * len(sorting.blocks)  # at most, at a time
        for kind, tasks in order:
            if kind < 0:
                (call,) = [sorting.tasks[task] for task in tasks]
                self.steps.append(call)
                self._wanted.update(call.inputs)
            elif isinstance(known := sorting.known[kind], Kind):
                self.steps.append(self._group(known, tasks))
            else:
                sources = [sorting.tasks[task] for task in tasks]
                first = self._numbered(known, tasks)
                self.steps.append(Copies(sources, known, first, self))
        # a value that is copied to a row stays where it was as well
        self._outside = [value for value in self._wanted if value in self]

    def _numbered(self, block: int, tasks: list[int]) -> int:
        """Give the next rows of a block to tasks; tell the first of them."""
        first = self._lengths[block]
        self._lengths[block] += len(tasks)
        self._rows[tasks] = np.arange(first, first + len(tasks))
        return first

    def _group(self, kind: Kind, tasks: list[int]) -> Group:
        """Put the calls of a group in order, so that little has to be collected."""
        sorting = self._sorting
        needs = np.array([sorting.needs[task] for task in tasks])
        rows = self._rows[needs].T
        order = best_order(rows)
        tasks, rows = [tasks[place] for place in order], rows[:, order]
        first = self._numbered(kind.block, tasks)
        group = Group([sorting.tasks[task] for task in tasks], kind, rows, first, self)
        for block, collected in group.collected.items():
            count = len(collected) * len(tasks)
            self._collected[block] = max(self._collected[block], count)
        return group

    def lay(self, storage: Storage) -> dict[Traced, np.ndarray]:
        """Find memory for the rows.

        Returns
        -------
        dict of Traced to ndarray
            Where values lie that are rows and are read outside of groups.
        """
        for (shape, dtype), length, collected in zip(
            self._sorting.blocks, self._lengths, self._collected, strict=True
        ):
            for arrays, count in ((self.blocks, length), (self.scratch, collected)):
                like = np.empty((count, *shape), dtype)
                arrays.append(storage.array(storage.take(like.nbytes), like))
        return {value: self._place_of(value) for value in self._outside}

    def _place_of(self, value: Traced) -> np.ndarray:
        """Give the row that a value is."""
        sorting = self._sorting
        task = sorting.row_tasks[value]
        array: np.ndarray = self.blocks[sorting.block_of[task]][self._rows[task], ...]
        return array

    def __contains__(self, value: Traced) -> bool:
        """Tell a value that is made as a row."""
        made = self._sorting.row_tasks.get(value)
        return made is not None and type(self._sorting.tasks[made]) is Call


class Step(ABC):
    """What stands among calls for a :class:`~graphnn.planning.program.Binding`."""

    is_view = False
    results: tuple[Traced, ...] = ()
    inputs: tuple[Traced, ...] = ()
    calls: tuple[Call, ...] = ()

    @abstractmethod
    def bind(self, arrays: Mapping[Traced, np.ndarray]) -> Iterator[Bound]:
        """Make the bound calls."""


class Copies(Step):
    """Values that are made elsewhere, copied to rows of a block.

    Parameters
    ----------
    sources : list of Traced or ndarray
        An array is a constant.
    block, first : int
        Where their rows begin.
    grouping : Grouping
    """

    def __init__(
        self, sources: list[Any], block: int, first: int, grouping: Grouping
    ) -> None:
        self.sources, self.block, self.first = sources, block, first
        self.grouping = grouping
        self.inputs = tuple([each for each in sources if type(each) is Traced])

    def bind(self, arrays: Mapping[Traced, np.ndarray]) -> Iterator[Bound]:
        """Copy all of them by one call."""
        block = self.grouping.blocks[self.block]
        rows = block[self.first : self.first + len(self.sources)]
        found = [
            arrays[each] if type(each) is Traced else each for each in self.sources
        ]
        flat = rows.reshape(-1, *rows.shape[2:])
        if not flat.size:
            return
        yield np.concatenate, ([np.atleast_1d(each) for each in found], 0, flat)


class Group(Step):
    """Calls that run as one.

    Parameters
    ----------
    calls : list of Call
    kind : Kind
    rows : ndarray
        The rows of the operands, (operands, calls).
    first : int
        The row of the first result.
    grouping : Grouping

    Attributes
    ----------
    collected : dict of int to list of ndarray
        By block: the rows that have to be collected, one after another.
    """

    def __init__(
        self,
        calls: list[Call],
        kind: Kind,
        rows: np.ndarray,
        first: int,
        grouping: Grouping,
    ) -> None:
        self.calls, self.kind, self.grouping = tuple(calls), kind, grouping
        self.first = first
        self.collected: dict[int, list[np.ndarray]] = {}
        self._operands: list[tuple[bool, int]] = []
        """Whether it is collected; and from where on its rows lie in that memory."""
        for block, its in zip(kind.operands, rows, strict=True):
            if are_in_sequence(its):
                self._operands.append((False, int(its[0])))
                continue
            known = self.collected.setdefault(block, [])
            place = position_of(its, known)
            if place == len(known):
                known.append(its)
            self._operands.append((True, place * len(calls)))

    def bind(self, arrays: Mapping[Traced, np.ndarray]) -> Iterator[Bound]:
        """Collect what the calls read, and make them."""
        kind, blocks, scratch = self.kind, self.grouping.blocks, self.grouping.scratch
        for block, collected in self.collected.items():
            rows = np.concatenate(collected)
            # "clip" writes into the memory at once; no row is out of bounds
            yield blocks[block].take, (rows, 0, scratch[block][: len(rows)], "clip")
        count = len(self.calls)
        operands = iter(
            [
                (scratch if is_collected else blocks)[block][start : start + count]
                for block, (is_collected, start) in zip(
                    kind.operands, self._operands, strict=True
                )
            ]
        )
        arguments = tuple(
            [
                next(operands) if each is None else once_an_array(each)
                for each in kind.arguments
            ]
        )
        out = blocks[kind.block][self.first : self.first + count]
        if type(kind.function) is not np.ufunc:
            yield store, (out, kind.function, arguments, {})
            return
        # the function need not be that of the calls: theirs may square by a power
        call = Call(kind.function, (), {}, [], None)
        yield from elementwise(Given(call, arguments, {}, out))


def best_order(rows: np.ndarray) -> np.ndarray:
    """Put calls in an order in which the rows of an operand follow one another.

    Where there is none, at least those of the first go up.
    """
    for its in rows:
        if int(its.max()) - int(its.min()) + 1 == len(its):
            order = np.argsort(its)
            if are_in_sequence(its[order]):
                return order
    return np.argsort(rows[0], kind="stable")


def are_in_sequence(rows: np.ndarray) -> bool:
    """Tell rows that follow one another without a gap."""
    return bool((np.diff(rows) == 1).all())


def position_of(rows: np.ndarray, known: list[np.ndarray]) -> int:
    """Find rows among others; where they are not, the position after the last."""
    for place, its in enumerate(known):
        if np.array_equal(its, rows):
            return place
    return len(known)


def once_an_array(number: Any) -> Any:
    """Make an array of a NumPy scalar, once and not in each pass."""
    return np.asarray(number) if isinstance(number, np.generic) else number
