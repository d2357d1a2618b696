"""The colours in a picture of a plan: one for each buffer that is written again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from graphnn.draw.scene import Look, Sign, Swatch

if TYPE_CHECKING:
    from graphnn.draw.plans.plan_boxes import PlanView
    from graphnn.draw.themes import Theme
    from graphnn.planning.places import Places

FILLS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "light": (
            "#cfe3f7",
            "#ffdcb0",
            "#cfeccb",
            "#ded3f1",
            "#bfe9e4",
            "#e9d5c1",
            "#dfe5b4",
            "#c9d4e2",
            "#efcff2",
            "#d8d8d8",
        ),
        "dark": (
            "#1b3b60",
            "#5a3508",
            "#1d4520",
            "#41306b",
            "#0d4746",
            "#4a3427",
            "#3f430f",
            "#35425a",
            "#562459",
            "#3f3f3f",
        ),
    }
)
"""By theme: one for each buffer that is written more than once."""

PLAIN: Mapping[str, str] = MappingProxyType({"light": "#f3f4f6", "dark": "#21262d"})
"""By theme: the fill of any other buffer."""


class Colours:
    """How the boxes of a plan look.

    Attributes
    ----------
    theme : Theme
    fills : dict of int to str
        The colours of buffers, by the id of their root. Where there are more buffers
        than colours, those that are written most often have one.
    """

    def __init__(self, view: PlanView, theme: Theme) -> None:
        self.theme = theme
        self._view = view
        self._times: dict[int, int] = {}
        for statement in view.statements:
            for root in view.buffers_of(statement):
                self._times[id(root)] = self._times.get(id(root), 0) + 1
        fills = FILLS[theme.name]
        met = [id(root) for root in view.places.buffers_met]
        again = [key for key in met if self._times.get(key, 0) > 1]
        again.sort(key=lambda key: -self._times[key])
        chosen = set(again[: len(fills)])
        in_order = [key for key in met if key in chosen]
        self.fills = dict(zip(in_order, fills, strict=False))

    def look(self, number: int) -> Look:
        """Choose how a call looks: like its buffer, or like the leaf that it writes."""
        look = self.theme.looks["operation"]
        look = look._replace(peripheries=2 if number in self._view.givers else 1)
        fill, line, dashed = self._ground(number)
        return look._replace(fill=fill, line=line, dashed=dashed)

    def _ground(self, number: int) -> tuple[str, str, bool]:
        """Choose the fill, the line, and whether that is dashed."""
        outs = self._view.statements[number].outs
        line = self.theme.looks["operation"].line
        if not outs:
            return self.theme.paper, line, True
        root = self._view.places.root_of(outs[0])
        if root is None or root.kind == "buffer":
            return self.fills.get(id(root), PLAIN[self.theme.name]), line, False
        is_gradient = root.kind == "gradient"
        kind = "sink" if is_gradient else kind_of(self._view.places, outs[0])
        look = self.theme.looks[kind]
        return look.fill, look.line, False

    def swatches(self) -> list[Swatch]:
        """Say what the colours mean that occur."""
        line, plain = self.theme.looks["operation"].line, PLAIN[self.theme.name]
        found = [
            Swatch(f"{self._times[id(root)]} calls", fill, line, Sign(root.name))
            for root in self._view.places.buffers_met
            if (fill := self.fills.get(id(root)))
        ]
        again = sum(times > 1 for times in self._times.values())
        other = "any other buffer" if again > len(self.fills) else "written once"
        kinds = {"sink": "gradient"} | dict(zip(KINDS, KINDS, strict=True))
        looks = self.theme.looks
        others = [
            Swatch(other, plain, line),
            *[
                Swatch(word, looks[kind].fill, looks[kind].line)
                for kind, word in kinds.items()
            ],
            Swatch("writes nothing", self.theme.paper, line, dashed=True),
        ]
        used = {self._ground(number) for number in range(len(self._view.statements))}
        return found + [s for s in others if (s.fill, s.line, s.dashed) in used]


def with_passes(theme: Theme) -> Theme:
    """Give a theme the frame of a pass: dashed, on the ground of the picture."""
    frame = theme.frames["scope"]._replace(fill=theme.paper, dashed=True)
    return replace(theme, frames=MappingProxyType({**theme.frames, "pass": frame}))


def kind_of(places: Places, array: np.ndarray) -> str:
    """Tell which kind of leaf an array is."""
    for leaf, what in places.leaves.values():
        if np.may_share_memory(leaf, array):
            kind = what.split(",", 1)[0]
            return kind if kind in KINDS else "state"
    return "state"


KINDS = ("parameter", "input", "state", "constant")
"""Of leaves, those that have a look of their own; others are states."""
