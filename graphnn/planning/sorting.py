"""Which calls are of one kind, so that they could run as one."""

from __future__ import annotations

import operator
from typing import Any, NamedTuple

import numpy as np

from graphnn.planning.simplify import frozen
from graphnn.planning.stacking import stacks
from graphnn.planning.traced import Call, Slot, Traced

TINY = 1024
"""Bytes of the largest value that is made a row: a larger one is worth its own call."""


class Kind(NamedTuple):
    """What the calls of a group have in common."""

    function: np.ufunc
    arguments: tuple[Any, ...]
    """For each argument the number that it is; None for an operand."""

    operands: tuple[int, ...]
    """The block of each operand."""

    block: int
    """The block of the result."""


class Sorting:
    """Sorts calls by kind, and numbers what has to be done: a task for each call.

    Attributes
    ----------
    tasks : list
        A call; or a value, or a constant, that has to be copied to a row.
    kinds : list of int
        Of each task: below 0 for those that stay alone, from 0 on a place in `known`.
    known : list of Kind or int
        An int for copies into that block.
    needs : list of tuple of int
        The tasks before each; those of its operands are, where it has a kind, in the
        order of its arguments.
    row_tasks : dict of Traced to int
        The task whose row a value is.
    blocks : list of (shape, dtype)
    block_of : list of int
        The block of each task; -1 where its result is no row.
    count : int
        How many calls are of a kind.
    """

    def __init__(self, calls: list[Call]) -> None:
        self.tasks: list[Any] = []
        self.kinds: list[int] = []
        self.needs: list[tuple[int, ...]] = []
        self.known: list[Kind | int] = []
        self.row_tasks: dict[Any, int] = {}
        self.blocks: list[tuple[tuple[int, ...], np.dtype]] = []
        self.count = 0
        self._kind_numbers: dict[Any, int] = {}
        self._block_numbers: dict[Any, int] = {}
        self.block_of: list[int] = []
        self._alone: dict[Traced, int] = {}  # the task of a value that is no row
        self._constants: dict[Any, int] = {}
        self._copies: dict[int, int] = {}  # block to kind
        self._last_in_order = -1
        for call in calls:
            if not self._joins(call):
                self._stays(call)

    def _add(self, task: Any, kind: int, needs: tuple[int, ...], block: int) -> int:
        self.tasks.append(task)
        self.kinds.append(kind)
        self.needs.append(needs)
        self.block_of.append(block)
        return len(self.tasks) - 1

    def _stays(self, call: Call) -> None:
        """Let a call be made by itself."""
        needs = []
        for operand in call.inputs:
            task = self.row_tasks.get(operand)
            if task is None:
                task = self._alone.get(operand)
            if task is not None:
                needs.append(task)
        is_ordered = not call.results or is_called_again(call)
        if is_ordered and self._last_in_order >= 0:
            needs.append(self._last_in_order)  # it may draw from a stream of numbers
        task = self._add(call, -1 - len(self.tasks), tuple(needs), -1)
        if is_ordered:
            self._last_in_order = task
        for result in call.results:
            self._alone[result] = task

    def _joins(self, call: Call) -> bool:
        """Make a call one of its kind, if it may be."""
        function, inputs = call.function, call.inputs
        if function is np.asarray and call.is_view and inputs[0] in self.row_tasks:
            self.row_tasks[call.results[0]] = self.row_tasks[inputs[0]]
            return True  # a number is an array of no axes already
        if not is_elementwise(call):
            return False
        (result,) = call.results
        value = result.value
        block = self._block(value)
        if block < 0 or (value.ndim > 1 and not value.flags.c_contiguous):
            return False
        shape, blocks, row_tasks = value.shape, self.blocks, self.row_tasks
        sources: list[Any] = []
        operands: list[int] = []
        numbers: list[Any] = []
        source: Any
        for each in call.arguments:
            if type(each) is Slot:
                source = inputs[each[0]]
                task = row_tasks.get(source)
                its = self._block(source.value) if task is None else self.block_of[task]
            elif type(each) is np.ndarray and (each.ndim or not shape):
                source, its = each, self._block(each)
            elif is_number(each):
                numbers.append(each[()] if type(each) is np.ndarray else each)
                continue
            else:
                return False
            if its < 0 or blocks[its][0] != shape:
                return False
            sources.append(source)
            operands.append(its)
            numbers.append(None)
        key: Any = (call.function, block, *operands)
        if len(operands) < len(numbers):
            key = (*key, frozen(numbers))
        kind = self._kind_numbers.get(key)
        if kind is None:
            made = Kind(call.function, tuple(numbers), tuple(operands), block)
            kind = self._kind_numbers[key] = self._known(made)
        if kind < 0:
            return False
        needs = tuple([self._task(source) for source in sources])
        row_tasks[result] = self._add(call, kind, needs, block)
        self.count += 1
        return True

    def _known(self, kind: Kind) -> int:
        """Give a kind its number; below 0 where its calls are not to run as one."""
        dtypes = tuple([self.blocks[each][1].char for each in kind.operands])
        shape = self.blocks[kind.block][0]
        alone = kind.function
        if alone is operator.pow:
            alone, kind = powers(kind.arguments[1]), as_ufunc(kind)
        if not stacks(alone, kind.function, dtypes, shape, kind.arguments):
            return -1
        self.known.append(kind)
        return len(self.known) - 1

    def _block(self, value: Any) -> int:
        """Find the block of which a value can be a row; below 0 where none is."""
        key = (value.shape, value.dtype)
        block = self._block_numbers.get(key)
        if block is None:
            dtype = value.dtype
            block = -1
            is_numeric = dtype.kind in "biufc" and dtype.isnative
            if is_numeric and 0 < value.nbytes <= TINY:
                block = len(self.blocks)
                self.blocks.append(key)
            self._block_numbers[key] = block
        return block

    def _task(self, source: Any) -> int:
        """Find the task that makes a value, or a constant, a row; add it at need."""
        is_constant = type(source) is np.ndarray
        known = self._constants if is_constant else self.row_tasks
        key = id(source) if is_constant else source  # the call keeps a constant alive
        task = known.get(key)
        if task is None:
            block = self._block(source if is_constant else source.value)
            kind = self._copies.get(block)
            if kind is None:
                kind = self._copies[block] = len(self.known)
                self.known.append(block)
            before = None if is_constant else self._alone.get(source)
            needs = () if before is None else (before,)
            task = known[key] = self._add(source, kind, needs, block)
        return task


def is_elementwise(call: Call) -> bool:
    """Tell a call that does the same with each element, and gives one array."""
    function, count = call.function, len(call.arguments)
    if call.settings or len(call.results) != 1:
        return False
    if type(function) is np.ufunc:
        return bool(
            function.signature is None and function.nin == count and function.nout == 1
        )
    if function is operator.pow:
        return is_power(call)
    return function is np.where and count == 3


def is_number(argument: Any) -> bool:
    """Tell what stands beside operands of any shape."""
    if isinstance(argument, np.ndarray | np.generic):
        return argument.ndim == 0 and argument.dtype.kind in "biufc"
    return type(argument) in (bool, int, float, complex)


def is_power(call: Call) -> bool:
    """Tell ``array ** number``; of a NumPy scalar it is another function."""
    base, exponent = call.arguments
    return (
        type(base) is Slot
        and type(exponent) in (int, float)
        and type(call.inputs[0].value) is np.ndarray
        and call.inputs[0].value.dtype.kind == "f"
    )


def as_ufunc(kind: Kind) -> Kind:
    """Find what the operator of an array does in place of a power."""
    exponent = kind.arguments[1]
    function = POWERS.get(exponent)
    if function is None:
        return kind._replace(function=np.power)
    return kind._replace(function=function, arguments=(None,))


POWERS = {-1: np.reciprocal, 0.5: np.sqrt, 1: np.positive, 2: np.square}
"""Exponent to what NumPy does."""


def powers(exponent: float) -> Any:
    """Make the function that raises an array to a power, as the operator does."""

    def power(base: np.ndarray, *exponents: float) -> Any:
        return base**exponent

    return power


def is_called_again(call: Call) -> bool:
    """Tell a call that may give another thing each time."""
    return bool(getattr(call.function, "is_called_again", False))
