"""Colouring boxes by what is measured of them, with a scale that reads the colours.

Colour says nothing alone: what is measured stands in the box as well.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphnn.draw.folding.folds import PARAMETERS_WRONG
from graphnn.draw.heat.folded import Folds
from graphnn.draw.heat.measures import (
    BAD,
    KNOWN,
    MEASURES,
    MISSING,
    ZERO,
    Measure,
    Reading,
    dtype_name,
)
from graphnn.draw.labels import UNKNOWN
from graphnn.draw.scene import Box, Ramp, Scene, Sign, Swatch
from graphnn.draw.themes.colours import ink_on, shade, shades

if TYPE_CHECKING:
    from graphnn.draw.pieces import Piece, Pieces
    from graphnn.draw.themes.looks import Paint, Theme
    from graphnn.draw.view import View

STEPS = 16
"""Colours of the scale in the legend."""

ZERO_WIDTH = 2.4
"""Points of the outline of what is exactly 0."""

FAMILIES = {"i": "integer", "u": "integer", "b": "bool"}
"""By the kind of a dtype: which ones share a colour."""


class Heat:
    """What the boxes of a picture are coloured by.

    Parameters
    ----------
    view : View
    pieces : Pieces
        All nodes that a piece stands for are measured, those of equal blocks that are
        drawn once among them.
    blamed : mapping of int to tuple of str
        Marks, by the ids of nodes: what holds NaN, and is marked, has its colour.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> w = gn.Parameter([3.0, 4.0], name="w")
    >>> y = np.sum(w * 0.5 * w)
    >>> y.backward()
    >>> dot = y.graph.to_dot(color_by="grad_norm")
    >>> "‖grad‖ 5" in dot, "norm of the gradient" in dot
    (True, True)
    """

    def __init__(
        self, view: View, pieces: Pieces, blamed: Mapping[int, tuple[str, ...]]
    ) -> None:
        self.theme: Theme = view.theme
        self.word = view.options.color_by or ""
        self.measure = MEASURES.get(self.word)
        self.blamed = blamed
        self.readings: dict[str, Reading] = {}
        self.names: dict[str, str] = {}
        self._nodes = nodes_of(view, pieces)
        self._folds = Folds(view, pieces, self._nodes, self.word)
        for piece in pieces.all:
            key, nodes = piece.key, self._nodes[piece.key]
            if self._folds.measures(piece):
                self.readings[key] = self._folds.reading(piece)
            elif self.measure is not None:
                self.readings[key] = self.measure.reading(nodes)
            elif self.word == "dtype":
                self.names[key] = dtype_name(nodes)
        known = [r.number for r in self.readings.values() if r.state == KNOWN]
        self.scale = Scale(self.measure, known) if self.measure and known else None
        self._grounds: set[str] = set()
        self.is_worn = False
        """Whether a box has a colour of the scale, once all marks are laid over."""

    # -- boxes -------------------------------------------------------------------------
    def lay_over(self, box: Box, piece: Piece) -> None:
        """Colour a box, and write into it what is measured."""
        if self.measure is None:
            if name := self.names.get(piece.key, ""):
                self._fill(box, self._ground_of(name))
            self._say(box, name)
            return
        reading = self.readings[piece.key]
        text = reading.text
        if reading.state == KNOWN and self.word != "value":
            # The other figures are about one block, where the frame says "× 12".
            blocks = len(self._nodes[piece.key]) // len(piece.counted)
            text += f" in all {blocks}" if blocks > 1 else ""
        if reading.state == BAD:  # which says enough
            box.lines = tuple(
                [line for line in box.lines if not line.startswith(PARAMETERS_WRONG)]
            )
        self._say(box, text)
        self._say(box, self._folds.of_each(piece))
        if reading.state == KNOWN and self.scale is not None:
            ground = shade(self.theme.ramp, self.scale.place(reading.number))
            self._grounds.add(ground)
            self._fill(box, ground)
        elif reading.state == ZERO:
            self._paint(box, self.theme.zero, width=ZERO_WIDTH)
        elif reading.state == MISSING:
            self._paint(box, self.theme.unknown, dashed=True)
        elif reading.state == BAD:
            self._paint(box, self.theme.bad)
        if reading.state in (KNOWN, ZERO):
            box.facts = {**box.facts, self.word: reading.number}

    def _say(self, box: Box, text: str) -> None:
        """Write a line, unless the box says it already, in full or with more to it."""
        if not text:
            return
        # "grad 1" of a scalar says it as well as "‖grad‖ 1"
        alike = {text, text.replace("‖", "")}
        if text.endswith(UNKNOWN):
            alike.add(text.replace("‖", "‖param ", 1))
        if not alike.isdisjoint(box.lines):
            return
        span = text.removeprefix("value ")
        if any(line.endswith(f", {span}") for line in box.lines if "…" in span):
            return
        box.lines += (text,)

    def _fill(self, box: Box, fill: str) -> None:
        ink = ink_on(fill, self.theme.ink)
        box.look = box.look._replace(fill=fill, ink=ink, faint_ink=ink)

    def _paint(
        self, box: Box, paint: Paint, *, dashed: bool = False, width: float = 0.0
    ) -> None:
        box.look = box.look._replace(
            fill=paint.fill,
            line=paint.line,
            ink=paint.ink,
            faint_ink=paint.ink,
            dashed=dashed or box.look.dashed,
            width=width or box.look.width,
        )

    def _ground_of(self, name: str) -> str:
        """Give the colour of a dtype; all sizes of whole numbers have one."""
        dtypes = self.theme.dtypes
        return dtypes.get(name) or dtypes[family_of(name)]

    # -- legend ------------------------------------------------------------------------
    @property
    def title(self) -> str:
        """Say what is measured, of closed scopes in particular."""
        return self._folds.title or (self.measure.title if self.measure else "")

    def explain(self, scene: Scene) -> None:
        """Add the scale, the colours beside it, and what is missing, to a scene."""
        if self.scale is not None and self.measure is not None:
            grounds = {box.look.fill for box in scene.boxes}
            self.is_worn = not grounds.isdisjoint(self._grounds)
            if self.is_worn:
                scene.ramp = self.scale.ramp(self.title, self.measure, self.theme)
        scene.swatches += self._swatches()
        if remark := self._remark():
            scene.caption += (remark,)

    def _swatches(self) -> list[Swatch]:
        theme = self.theme
        if self.measure is None:
            return self._dtype_swatches()
        states = {reading.state for reading in self.readings.values()}
        found = []
        if self.scale is not None and self.scale.is_flat and self.is_worn:
            fill, line = shade(theme.ramp, 0.5), theme.looks["operation"].line
            text = f"{self.title} {self.measure.write(self.scale.high)}"
            found.append(Swatch(text, fill, line, ink=ink_on(fill, theme.ink)))
        for state, paint, sign, meaning in (
            (ZERO, theme.zero, "0", "exactly 0"),
            (MISSING, theme.unknown, UNKNOWN, "not computed"),
            (BAD, theme.bad, "∞", "NaN or infinite"),
        ):
            if state in states and not (state == BAD and self._all_are_marked()):
                swatch = Swatch(meaning, paint.fill, paint.line, Sign(sign))
                found.append(
                    swatch._replace(
                        dashed=state == MISSING, wide=state == ZERO, ink=paint.ink
                    )
                )
        return found

    def _all_are_marked(self) -> bool:
        return all(
            any(node.id in self.blamed for node in self._nodes[key])
            for key, reading in self.readings.items()
            if reading.state == BAD
        )

    def _dtype_swatches(self) -> list[Swatch]:
        line, grounds = self.theme.looks["operation"].line, self.theme.dtypes
        meanings: dict[str, list[str]] = {}
        for name in sorted(set(self.names.values()) - {""}):
            key = name if name in grounds else family_of(name)
            meanings.setdefault(key, []).append(name)
        return [
            Swatch(
                ", ".join(meanings[key]) if key else "several",
                grounds[key],
                line,
                ink=ink_on(grounds[key], self.theme.ink),
            )
            for key in grounds
            if key in meanings
        ]

    def _remark(self) -> str:
        """Say how to get what is missing."""
        if all(reading.state != MISSING for reading in self.readings.values()):
            return ""
        nodes = [node for nodes in self._nodes.values() for node in nodes]
        without = [n for n in nodes if n.kind == "operation" and n.output is None]
        if any(node.shape is not None for node in without):
            back = "backward(…)" if self.word == "grad_norm" else "forward(…)"
            return f"A plan has kept no values: graph.{back} brings them back."
        if without:
            return "Not all is computed: graph.forward(…) computes it."
        if self.word == "grad_norm" and self.scale is None:
            return "No gradients yet: graph.backward(…) computes them."
        return ""


class Scale:
    """From numbers to places on a scale of colours, 0 to 1.

    Parameters
    ----------
    measure : Measure
    numbers : sequence of float
        At least one. Positive where the scale is logarithmic: it goes from the least to
        the largest then, and from 0 to the largest else.

    Examples
    --------
    >>> scale = Scale(MEASURES["grad_norm"], [1e-4, 1.0])
    >>> scale.place(1e-4), scale.place(1e-2), scale.place(1.0)
    (0.0, 0.5, 1.0)
    >>> Scale(MEASURES["time"], [0.5, 2.0]).place(0.5)
    0.25
    """

    def __init__(self, measure: Measure, numbers: Sequence[float]) -> None:
        self.is_logarithmic = measure.is_logarithmic
        self.high = max(numbers)
        self.low = min(numbers) if self.is_logarithmic else 0.0
        # What is written alike has one colour: else noise would look like a difference.
        self.is_flat = measure.write(self.low) == measure.write(self.high)

    def place(self, number: float) -> float:
        """Give the place of a number between the ends."""
        if self.is_flat:
            return 0.5
        if not self.is_logarithmic:
            return number / self.high
        low, high = math.log(self.low), math.log(self.high)
        return (math.log(number) - low) / (high - low)

    def ramp(self, title: str, measure: Measure, theme: Theme) -> Ramp | None:
        """Draw the scale, with its ends and its middle; None if all is one colour."""
        if self.is_flat:
            return None
        if self.is_logarithmic:
            middle = math.exp((math.log(self.low) + math.log(self.high)) / 2)
        else:
            middle = self.high / 2
        labels = tuple(map(measure.write, (self.low, middle, self.high)))
        how = " (logarithmic)" if self.is_logarithmic else ""
        return Ramp(f"{title}{how}", shades(theme.ramp, STEPS), labels)


def nodes_of(view: View, pieces: Pieces) -> dict[str, list[Any]]:
    """List what each piece stands for, by its key."""
    found = {piece.key: {n.id: n for n in piece.nodes} for piece in pieces.all}
    for node_id, piece in pieces.of.items():
        if piece.key in found and node_id in view.by_id:
            found[piece.key].setdefault(node_id, view.by_id[node_id])
    return {key: list(nodes.values()) for key, nodes in found.items()}


def family_of(dtype: str) -> str:
    """Tell which dtypes share a colour with one.

    Examples
    --------
    >>> family_of("int64"), family_of("uint8"), family_of("float32, int64")
    ('integer', 'integer', '')
    """
    if dtype in ("float128", "float96", "complex256", "complex192"):
        return "longdouble" if dtype.startswith("f") else ""
    if dtype in ("float", "complex"):  # Python's own
        return f"{dtype}{64 if dtype == 'float' else 128}"
    if dtype.rstrip("0123456789") in ("int", "uint"):
        return "integer"
    return "bool" if dtype == "bool" else ""
