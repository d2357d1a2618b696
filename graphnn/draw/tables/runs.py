"""Equal blocks in a row: which neighbours in an outline do the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from graphnn.draw.folding.likeness import Likeness

if TYPE_CHECKING:
    from graphnn.draw.tables.outline import Entry
    from graphnn.graph import Graph

LONGEST_BLOCK = 12
"""Neighbours that are tried as one block."""

FEWEST_LINES = 3
"""A run is worth its own line only where it leaves out as many."""

_NUMBER = re.compile("([0-9]+)")
_LAST_NUMBER = re.compile(r"[_. -]?[0-9]+\Z")


class Signatures:
    """Numbers for what nodes and scopes are, apart from where they stand.

    Parameters
    ----------
    graph : Graph
    nodes : sequence of node
        In the order of the outline.
    place : dict of int to int
        Where each of them stands in it, by id.
    """

    def __init__(
        self, graph: Graph, nodes: Sequence[Any], place: dict[int, int]
    ) -> None:
        self.graph, self.nodes, self.place = graph, nodes, place
        self._likeness = Likeness()
        self._numbers: dict[Any, int] = {}

    def of_node(self, node: Any, label: str) -> int:
        """Give the number of a node by its name, what it is like, and its leaves."""
        beside = [
            self._likeness.number_of(giver)
            for giver in self.graph.inputs_of(node)
            if giver.id not in self.place
        ]
        own = self._likeness.number_of(node)
        return self._number((_LAST_NUMBER.sub("", label), own, *beside))

    def of_scope(self, label: str, inside: Sequence[int]) -> int:
        """Give the number of a scope by its name and what is in it."""
        return self._number((_LAST_NUMBER.sub("", label), *inside))

    def likeness(self, one: Entry, other: Entry) -> tuple[bool, ...] | None:
        """Compare two entries, each with what comes before it; None: they differ.

        Returns
        -------
        tuple of bool
            For each thing that a node takes, whether both take the same one; if not,
            what they take stands as far before the one as before the other.
        """
        if one.signature != other.signature:
            return None
        if one.stop - one.start != other.stop - other.start:
            return None
        shift = other.start - one.start
        same: list[bool] = []
        for place in range(one.start, one.stop):
            own, twin = self.nodes[place], self.nodes[place + shift]
            if len(own.input_ids) != len(twin.input_ids):
                return None
            for a, b in zip(own.input_ids, twin.input_ids, strict=True):
                at, twin_at = self.place.get(a), self.place.get(b)
                if (at is None) is not (twin_at is None):
                    return None
                if at is not None and a != b and at + shift != twin_at:
                    return None
                same.append(at is not None and a == b)
        return tuple(same)

    def _number(self, what: Any) -> int:
        return self._numbers.setdefault(what, len(self._numbers))


def runs_among(
    entries: Sequence[Entry], signatures: Signatures
) -> Iterator[tuple[int, int, int]]:
    """Find equal blocks in a row: where they start, how long each is, how many.

    Of several ways to see a run, the one that covers most, in the shortest blocks.
    """
    start = 0
    while start < len(entries):
        best = (0, 0)
        for period in range(1, LONGEST_BLOCK + 1):
            if start + 2 * period > len(entries):
                break
            if best[0] * best[1] == len(entries) - start:
                break  # none can cover more
            times = 1 + _equal_after(entries, start, period, signatures) // period
            saved = (times - 1) * _size(entries[start : start + period])
            if times * period > best[0] * best[1] and saved >= FEWEST_LINES:
                best = (period, times)
        period, times = best
        if times:
            yield (start, period, times)
        start += max(period * times, 1)


def _equal_after(
    entries: Sequence[Entry], start: int, period: int, signatures: Signatures
) -> int:
    """Count the neighbours that are to the one a period further on as to the next."""
    count = 0
    likeness: list[tuple[bool, ...]] = []  # of those of the first block
    while start + count + period < len(entries):
        one, other = entries[start + count], entries[start + count + period]
        found = signatures.likeness(one, other)
        if found is None or (count >= period and found != likeness[count % period]):
            break
        if count < period:
            likeness.append(found)
        count += 1
    return count


def _size(entries: Sequence[Entry]) -> int:
    return sum(entry.stop - entry.start for entry in entries)


def span(first: str, last: str) -> str:
    """Name a run after its first and its last block.

    Examples
    --------
    >>> span("block_1", "block_12"), span("conv_1", "relu_3")
    ('block_1…12', 'conv_1 … relu_3')
    >>> span("add", "add_9")
    'add … add_9'
    """
    one, other = _NUMBER.split(first), _NUMBER.split(last)
    if len(one) == len(other):
        pairs = zip(one, other, strict=True)
        differ = [place for place, (a, b) in enumerate(pairs) if a != b]
        if len(differ) == 1 and differ[0] % 2:
            (place,) = differ
            one[place] = f"{one[place]}…{other[place]}"
            return "".join(one)
    return f"{first} … {last}"
