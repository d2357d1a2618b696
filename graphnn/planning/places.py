"""Names for the memory of a plan: leaves, gradients, buffers, constants."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from graphnn.planning.constants import constant_text, describe, empty
from graphnn.planning.identifiers import Identifiers
from graphnn.planning.spelling import Spelling
from graphnn.planning.statements import Statement, with_names
from graphnn.planning.traced import filled
from graphnn.planning.views import Look, look_of, owner_of, view_text

LONGEST_VIEW = 32
"""Characters, behind the name, of a look that is written out where it is read; a longer
one is named."""


class Root:
    """A piece of memory.

    Attributes
    ----------
    owner : object
        What has asked for it; all looks lead to it.
    kind : {"leaf", "gradient", "buffer"}
    name : str
        A buffer's: what its looks are named after.
    arrays : list of (ndarray, str)
        What lies in it, and how that is written.
    """

    def __init__(self, owner: Any, kind: str, name: str = "") -> None:
        self.owner, self.kind, self.name = owner, kind, name
        self.arrays: list[tuple[np.ndarray, str]] = []


class Places:
    """Finds how each array of a plan is written.

    Parameters
    ----------
    leaves : iterable of (str, ndarray, str)
        Name, array, and what it is.
    gradients : iterable of (str, ndarray)
    made : mapping of Traced to ndarray
        Where the values of the trace lie.
    statements : list of Statement
        What they write to is a buffer, if it is nothing else.

    Attributes
    ----------
    spelling : Spelling
    leaves : dict of str to (ndarray, str)
        By name: the array, and what it is.
    buffers_met : list of Root
        The buffers that were asked for, in that order.
    """

    def __init__(
        self,
        leaves: Iterable[tuple[str, np.ndarray, str]],
        gradients: Iterable[tuple[str, np.ndarray]],
        made: Any,
        statements: list[Statement],
    ) -> None:
        self.identifiers = Identifiers()
        self.spelling = Spelling(self.identifiers, self.name)
        self.spelling.is_constant = self.is_constant
        self.leaves: dict[str, tuple[np.ndarray, str]] = {}
        self._roots: dict[int, Root] = {}
        self.buffers_met: list[Root] = []
        self._texts: dict[Look, str] = {}
        self._constants: dict[Any, tuple[np.ndarray, str]] = {}
        self._views: list[tuple[str, str]] = []
        for wanted, array, what in leaves:
            name = self.identifiers.of(wanted)
            self.leaves[name] = array, what
            self._add("leaf", array, name)
        for wanted, array in gradients:
            self._add("gradient", array, self.identifiers.of(wanted))
        self._buffer_name = self.identifiers.numbered("b", "buffer", "buffer_")
        self._constant_name = self.identifiers.numbered("c", "constant", "constant_")
        self._view_name = self.identifiers.numbered("v", "view", "view_")
        self._flat_name = self.identifiers.numbered("m", "memory", "memory_")
        for statement in statements:
            for out in statement.outs:
                owner = owner_of(out)
                if id(owner) not in self._roots:
                    self._roots[id(owner)] = Root(owner, "buffer")
        self._made = made
        self._own, self._looks = sorted_by_look(made)
        self._own_in: dict[int, list[np.ndarray]] = {}
        for array in self._own.values():
            self._own_in.setdefault(id(owner_of(array)), []).append(array)
        self._blocks = blocks_in(statements, self._roots, self._own_in)

    def _add(self, kind: str, array: np.ndarray, name: str) -> None:
        owner = owner_of(array)
        root = self._roots.setdefault(id(owner), Root(owner, kind))
        root.arrays.append((array, name))
        self._texts.setdefault(look_of(array), name)

    # -- which memory ------------------------------------------------------------------
    def root_of(self, array: np.ndarray) -> Root | None:
        """Find the piece of memory in which an array lies; None for a constant."""
        return self._roots.get(id(owner_of(array)))

    def is_constant(self, array: np.ndarray) -> bool:
        """Tell an array that is the same in each pass."""
        return self.root_of(array) is None

    # -- names -------------------------------------------------------------------------
    def name(self, array: np.ndarray) -> str:
        """Write an array."""
        root = self.root_of(array)
        if root is None:
            return self._constant(array)
        look = look_of(array)
        text = self._texts.get(look)
        if text is None:
            text = self._text(array, look, root)
            if len(text) > LONGEST_VIEW + len(root.arrays[0][1]):
                name = self._view_name()
                self._views.append((name, text))
                text = name
            self._texts[look] = text
        return text

    def _text(self, array: np.ndarray, look: Look, root: Root) -> str:
        """Write an array that is met for the first time."""
        if look not in self._own and look in self._looks:
            return self._as_a_view(look, *self._looks[look])
        if root.kind == "buffer":
            owner = root.owner
            base = owner if is_base(owner) else self._blocks.get(id(owner))
            if base is not None and base.dtype == array.dtype:
                if not root.arrays:
                    self._new_look(base, root)
            elif look in self._own:
                return self._new_look(array, root)
            else:
                for base in self._own_in.get(id(owner), ()):
                    self.name(base)
        texts = [view_text(array, base, name) for base, name in root.arrays]
        found = [text for text in texts if text is not None]
        if found:
            return min(found, key=lambda text: ("as_strided" in text, len(text)))
        if root.kind == "buffer":
            return self._new_look(array, root)
        return self.spelling.thing(array, "part", describe(array))

    def _as_a_view(self, look: Look, call: Any, place: int) -> str:
        """Write what a call that makes no copy has given."""
        arrays = [self._made[each] for each in call.inputs]
        if len(arrays) == 1 and arrays[0].ndim > 1 and look_of(arrays[0].T) == look:
            return f"{self.name(arrays[0])}.T"
        arguments, settings = with_names(
            call.function,
            filled(call.arguments, arrays),
            filled(call.settings, arrays),
        )
        words = self.spelling.call(call.function, arguments, settings)
        return f"{words}[{place}]" if call.is_several else str(words)

    def _new_look(self, array: np.ndarray, root: Root) -> str:
        """Name a look at a buffer: the first by a number, others by what differs."""
        if not root.arrays:
            name = root.name = self._buffer_name()
            self.buffers_met.append(root)
        else:
            first, _ = root.arrays[0]
            parts = [root.name]
            if array.shape != first.shape:
                parts.append("x".join(map(str, array.shape)) or "0d")
            if array.dtype != first.dtype:
                parts.append(array.dtype.name)
            name = self.identifiers.of("_".join(parts))
        root.arrays.append((array, name))
        return name

    def _constant(self, array: np.ndarray) -> str:
        key = (id(owner_of(array)), look_of(array))
        known = self._constants.get(key)
        if known is None:
            known = self._constants[key] = array, self._constant_name()
        return known[1]

    # -- what stands before the calls --------------------------------------------------
    def constants(self) -> Iterator[str]:
        """Write down the constants; those that are too large for that are given."""
        for array, name in self._constants.values():
            text = constant_text(array)
            if text is None:
                self.spelling.given[name] = array, f"constant, {describe(array)}"
            else:
                yield f"{name} = {text}"

    def gradients(self) -> Iterator[str]:
        """Make the memory of the gradients."""
        for root in self._roots.values():
            if root.kind == "gradient":
                yield from self._memory(root)

    def buffers(self) -> Iterator[str]:
        """Make the buffers that were asked for, and name looks at them."""
        for root in self.buffers_met:
            yield from self._memory(root)

    def views(self) -> Iterator[str]:
        """Name the looks that are too long to be written where they are read."""
        for name, text in self._views:
            yield f"{name} = {text}"

    @property
    def share(self) -> bool:
        """Whether there are several looks at one buffer."""
        return any(len(root.arrays) > 1 for root in self.buffers_met)

    def _memory(self, root: Root) -> Iterator[str]:
        """Make a piece of memory, as the largest array that lies in it."""
        whole = [pair for pair in root.arrays if pair[0].flags.c_contiguous]
        if whole:
            base, name = max(whole, key=lambda pair: pair[0].nbytes)
            texts = [view_text(array, base, name) for array, _ in root.arrays]
            if all(text is not None and "as_strided" not in text for text in texts):
                yield f"{name} = {empty(base)}"
                for (_, other), text in zip(root.arrays, texts, strict=True):
                    if other != name:
                        yield f"{other} = {text}"
                return
        raw = memory_of([array for array, _ in root.arrays])
        if len(root.arrays) == 1:
            array, name = root.arrays[0]
            if not raw.nbytes % array.itemsize:
                raw = raw.view(array.dtype)
            yield f"{name} = {view_text(array, raw, empty(raw))}"
            return
        name = self._flat_name()
        yield f"{name} = {empty(raw)}"
        for array, other in root.arrays:
            yield f"{other} = {view_text(array, raw, name)}"


def sorted_by_look(made: Any) -> tuple[dict[Look, np.ndarray], dict[Look, Any]]:
    """Sort the arrays of a trace into those with memory of their own, and views.

    Returns
    -------
    dict of Look to ndarray
    dict of Look to (Call, int)
        The call that looks, and which of its results it is.
    """
    own: dict[Look, np.ndarray] = {}
    looks: dict[Look, Any] = {}
    for traced, array in made.items():
        call = traced.call
        if call is None:
            continue
        if not call.is_view or any(each not in made for each in call.inputs):
            own.setdefault(look_of(array), array)
            continue
        place = next(i for i, each in enumerate(call.results) if each is traced)
        looks.setdefault(look_of(array), (call, place))
    return own, looks


def blocks_in(
    statements: list[Statement],
    roots: dict[int, Root],
    own: dict[int, list[np.ndarray]],
) -> dict[int, np.ndarray]:
    """Find the memory in which many values lie one after another, as rows of a block.

    Returns
    -------
    dict of int to ndarray
        The block, by the id of its owner.
    """
    found: dict[int, list[np.ndarray]] = {}
    for statement in statements:
        for array in (*statement.outs, *statement.reads()):
            key = id(owner_of(array))
            if key in roots and roots[key].kind == "buffer" and array.size:
                found.setdefault(key, []).append(array)
    blocks = {}
    for key, arrays in found.items():
        whole = memory_of(arrays)
        if whole.nbytes <= max([each.nbytes for each in own.get(key, [])], default=0):
            continue  # its values lie there one after another in time
        largest = max(arrays, key=lambda array: array.nbytes)
        row = largest[0].nbytes if largest.ndim else largest.nbytes
        if {each.dtype for each in arrays} == {
            largest.dtype
        } and not whole.nbytes % row:
            rows = whole.view(largest.dtype)
            blocks[key] = rows.reshape(-1, *largest.shape[1:])
    return blocks


def is_base(owner: Any) -> bool:
    """Tell an array that was made as one, from memory that is handed out in pieces."""
    return isinstance(owner, np.ndarray) and owner.dtype != np.uint8


def memory_of(arrays: list[np.ndarray]) -> np.ndarray:
    """Take the bytes in which all of some arrays lie, as one array."""
    bounds = [byte_bounds(array) for array in arrays]
    start, end = min(low for low, _ in bounds), max(high for _, high in bounds)
    owner = owner_of(arrays[0])
    order = sorted(range(owner.ndim), key=lambda axis: -owner.strides[axis])
    raw = owner.transpose(order).reshape(-1).view(np.uint8)
    first = start - raw.__array_interface__["data"][0]
    part: np.ndarray = raw[first : first + end - start]
    return part
