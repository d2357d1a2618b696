"""The arrows in a picture of a plan: from what has written a value to what reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds

from graphnn.draw.labels import shape_text
from graphnn.draw.plans.plan_colours import kind_of
from graphnn.draw.scene import Arrow, Box
from graphnn.draw.themes import STRAIGHTNESS

if TYPE_CHECKING:
    from graphnn.draw.plans.plan_boxes import PlanView
    from graphnn.draw.themes import Theme
    from graphnn.planning.statements import Statement


class _Value(NamedTuple):
    """Bytes that a call has written."""

    giver: int
    low: int
    high: int


class Flow:
    """Follows the values from call to call; the calls are to be asked for in order."""

    def __init__(self, view: PlanView, theme: Theme) -> None:
        self._view, self._theme = view, theme
        self._values: dict[int, list[_Value]] = {}
        self._leaves: dict[str, Box] = {}

    def into(self, number: int) -> tuple[list[Box], list[Arrow]]:
        """Find what a call reads.

        Returns
        -------
        list of Box
            Of leaves that no call before has read.
        list of Arrow
        """
        statement = self._view.statements[number]
        boxes: list[Box] = []
        weights: dict[str, int] = {}
        for array in statement.reads():
            root = self._view.places.root_of(array)
            if root is None:
                continue
            low, high = byte_bounds(array)
            values = self._values.get(id(root), ())
            known = [v.giver for v in values if v.low < high and low < v.high]
            if known:
                weights |= {
                    f"c{giver}": self._straightness(giver, number) for giver in known
                }
            elif (name := self._leaf_in(array, statement)) is not None:
                if name not in self._leaves:
                    boxes.append(self._leaf_box(name))
                box = self._leaves[name]
                weights[box.key] = STRAIGHTNESS.get(box.kind, 8)
        self._write(number)
        head = f"c{number}"
        return boxes, [Arrow(tail, head, weight=w) for tail, w in weights.items()]

    def _straightness(self, giver: int, taker: int) -> int:
        """Tell how straight an arrow runs: a pass is not bent by what it is given."""
        phases = self._view.phases
        return 8 if phases[giver] == phases[taker] else 1

    def _write(self, number: int) -> None:
        """Note what a call writes; what it covers is no more."""
        for out in self._view.statements[number].outs:
            root = self._view.places.root_of(out)
            if root is not None:
                low, high = byte_bounds(out)
                its = self._values.setdefault(id(root), [])
                its[:] = [v for v in its if not (low <= v.low and v.high <= high)]
                its.append(_Value(number, low, high))

    def _leaf_in(self, array: np.ndarray, statement: Statement) -> str | None:
        """Name the leaf that lies there; none in a buffer.

        None, too, for one that the call writes: it is named in the call.
        """
        for name, (leaf, _) in self._view.places.leaves.items():
            if np.may_share_memory(leaf, array):
                written = any(np.may_share_memory(leaf, o) for o in statement.outs)
                return None if written else name
        return None

    def _leaf_box(self, name: str) -> Box:
        """Make the box of a leaf that is read for the first time."""
        leaf, what = self._view.places.leaves[name]
        kind = kind_of(self._view.places, leaf)
        self._leaves[name] = box = Box(
            f"l{len(self._leaves)}",
            kind,
            name,
            self._theme.looks[kind],
            lines=(shape_text(leaf),),
            tip=f"{name}: {what}",
            facts={
                "name": name,
                "shape": shape_text(leaf),
                "dtype": str(leaf.dtype),
            },
        )
        return box
