"""What stands over a picture: its title, its caption, and a legend."""

from __future__ import annotations

from html import escape

from graphnn.draw.labels import clean, shorten
from graphnn.draw.layered.fonts import ASCENT, LEADING, SMALL, TITLE
from graphnn.draw.layered.outlines import number, rectangle
from graphnn.draw.layered.sizes import LONGEST_LINE, Line, Run
from graphnn.draw.scene import Ramp, Scene, Swatch

COLUMNS = 3
"""Most entries of a legend beside one another."""

SWATCH_WIDTH, SWATCH_HEIGHT = 26.0, 17.0
GAP, BETWEEN_ENTRIES, BETWEEN_ROWS, UNDER = 5.0, 16.0, 5.0, 6.0

SHADE_WIDTH, SHADE_HEIGHT = 16.0, 12.0


class Heading:
    """What stands over a picture.

    Parameters
    ----------
    scene : Scene

    Attributes
    ----------
    width, height : float
        Room that it takes, in points; 0 if there is nothing.
    """

    def __init__(self, scene: Scene) -> None:
        self._ink = scene.theme.ink
        self._lines = []
        if title := shorten(clean(scene.title)):
            self._lines.append(Line((Run(title, TITLE, self._ink, bold=True),)))
        self._lines += [self._line(line, TITLE) for line in scene.caption]
        self._rows = _in_rows(scene.swatches)
        self._ramp = scene.ramp
        self.width = max(
            [line.width for line in self._lines]
            + [sum(self._columns()) if self._rows else 0.0]
            + [self._ramp_width()],
            default=0.0,
        )
        self.height = sum([line.height for line in self._lines])
        if self._rows:
            self.height += UNDER + len(self._rows) * (SWATCH_HEIGHT + BETWEEN_ROWS)
        if self._ramp is not None:
            self.height += UNDER + SHADE_HEIGHT + 2 * LEADING * SMALL + GAP

    def _line(self, text: str, size: float) -> Line:
        return Line((Run(shorten(clean(text), LONGEST_LINE), size, self._ink),))

    def _columns(self) -> list[float]:
        """Give the widths of the legend's columns."""
        widths = [0.0] * max([len(row) for row in self._rows], default=0)
        for row in self._rows:
            for column, swatch in enumerate(row):
                width = SWATCH_WIDTH + GAP + self._line(swatch.meaning, SMALL).width
                widths[column] = max(widths[column], width + BETWEEN_ENTRIES)
        return widths

    def _ramp_width(self) -> float:
        if self._ramp is None:
            return 0.0
        labels = [self._line(label, SMALL).width + GAP for label in self._ramp.labels]
        return max(
            self._line(self._ramp.title, SMALL).width,
            SHADE_WIDTH * len(self._ramp.colours),
            max(labels, default=0.0) * len(labels),
        )

    def drawn(self, middle: float, top: float) -> list[str]:
        """Draw it, as SVG, centred, from `top` downwards."""
        parts = ['<g class="heading">']
        for line in self._lines:
            parts.append(text_line(line, middle, top, "middle"))
            top += line.height
        if self._rows:
            top += UNDER
            parts += self._legend(middle, top)
            top += len(self._rows) * (SWATCH_HEIGHT + BETWEEN_ROWS)
        if self._ramp is not None:
            parts += self._bar(self._ramp, middle, top + UNDER)
        return [*parts, "</g>"]

    def _legend(self, middle: float, top: float) -> list[str]:
        parts = []
        columns = self._columns()
        start = middle - (sum(columns) - BETWEEN_ENTRIES) / 2
        for row in self._rows:
            left = start
            for swatch, width in zip(row, columns, strict=False):
                parts.append('<g class="swatch">')
                parts += self._swatch(swatch, left, top)
                parts.append("</g>")
                left += width
            top += SWATCH_HEIGHT + BETWEEN_ROWS
        return parts

    def _swatch(self, swatch: Swatch, left: float, top: float) -> list[str]:
        paint = f'rx="3" fill="{swatch.fill}" stroke="{swatch.line}"'
        paint += f' stroke-width="{2.2 if swatch.wide else 1.2}"'
        if swatch.dashed:
            paint += ' stroke-dasharray="4 2.5"'
        parts = [rectangle(left, top, SWATCH_WIDTH, SWATCH_HEIGHT, paint)]
        line_top = top + (SWATCH_HEIGHT - LEADING * SMALL) / 2
        if sign := clean(swatch.sign.text):
            ink = swatch.sign.ink or swatch.ink or self._ink
            run = Line((Run(sign, SMALL, ink),))
            parts.append(text_line(run, left + SWATCH_WIDTH / 2, line_top, "middle"))
        meaning = self._line(swatch.meaning, SMALL)
        parts.append(text_line(meaning, left + SWATCH_WIDTH + GAP, line_top, "start"))
        return parts

    def _bar(self, ramp: Ramp, middle: float, top: float) -> list[str]:
        parts = ['<g class="ramp">']
        parts.append(text_line(self._line(ramp.title, SMALL), middle, top, "middle"))
        top += LEADING * SMALL + 1.0
        width = SHADE_WIDTH * max(1, len(ramp.colours))
        labels = [self._line(label, SMALL) for label in ramp.labels]
        widest = max([label.width + GAP for label in labels], default=0.0)
        width = max(width, widest * len(labels))
        left, shade = middle - width / 2, width / max(1, len(ramp.colours))
        for index, colour in enumerate(ramp.colours):
            paint = f'fill="{colour}"'
            parts.append(
                rectangle(left + index * shade, top, shade, SHADE_HEIGHT, paint)
            )
        top += SHADE_HEIGHT + 1.0
        last = max(1, len(labels) - 1)
        for index, label in enumerate(labels):
            anchor = "start" if index == 0 else "end" if index == last else "middle"
            parts.append(text_line(label, left + width * index / last, top, anchor))
        return [*parts, "</g>"]


def _in_rows(swatches: list[Swatch]) -> list[list[Swatch]]:
    """Put the entries of a legend in rows of about equal length."""
    count = -(-len(swatches) // COLUMNS)
    columns = -(-len(swatches) // max(1, count))
    starts = range(0, len(swatches), max(1, columns))
    return [swatches[start : start + columns] for start in starts]


def text_line(line: Line, x: float, top: float, anchor: str) -> str:
    """Write a line of text, as SVG: inert, whatever the text is."""
    if not line.width:
        return ""
    first = line.runs[0]
    size = max(run.size for run in line.runs)
    spans = "".join(
        [
            f"<tspan{_paint(run, first)}>{_escaped(run.text)}</tspan>"
            if run[1:] != first[1:]
            else _escaped(run.text)
            for run in line.runs
        ]
    )
    place = f'x="{number(x)}" y="{number(top + size * (LEADING / 2 - 0.5 + ASCENT))}"'
    weight = ' font-weight="bold"' if first.bold else ""
    anchored = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text {place} font-size="{number(first.size)}" fill="{first.ink}"'
        f"{weight}{anchored}>{spans}</text>"
    )


def _paint(run: Run, first: Run) -> str:
    parts = ""
    if run.ink != first.ink:
        parts += f' fill="{run.ink}"'
    if run.bold != first.bold:
        parts += f' font-weight="{"bold" if run.bold else "normal"}"'
    return parts


def _escaped(text: str) -> str:
    return escape(clean(text))
