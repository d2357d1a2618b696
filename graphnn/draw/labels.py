"""Text of the user's made fit to be shown: inert, of bounded length, in columns."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from graphnn.graph.naming import snake_case

LONGEST_LABEL = 40
"""Characters of a label; what is longer is cut."""

UNKNOWN = "–"
"""What stands for a value that has not been computed: never a 0."""

# Controls (NUL ends a C string), marks that turn the direction of all that follows,
# line separators, halves of surrogate pairs and what XML 1.0 forbids. Letters of
# scripts that run from right to left, joiners and emoji stay as they are.
_UNSHOWABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff]"
)


def clean(text: object) -> str:
    """Replace what cannot be shown by U+FFFD.

    Examples
    --------
    >>> clean("a" + chr(0) + "b")
    'a�b'
    """
    return _UNSHOWABLE.sub("\ufffd", str(text))


def shorten(text: str, longest: int = LONGEST_LABEL) -> str:
    """Cut what is longer than a label may be.

    Examples
    --------
    >>> shorten("weight_multiply", longest=8)
    'weight_…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def counted(texts: Iterable[str], most: int) -> str:
    """Join texts, each once, with how many there are; so many different ones.

    Examples
    --------
    >>> counted(["(2, 3)", "()", "(2, 3)", ""], 2)
    '2 × (2, 3), ()'
    >>> counted(["a", "b", "c"], 2)
    'a, b, …'
    """
    counts: dict[str, int] = {}
    for text in filter(None, texts):
        counts[text] = counts.get(text, 0) + 1
    parts = [t if count == 1 else f"{count} × {t}" for t, count in counts.items()]
    return ", ".join([*parts[:most], *(["…"] if len(parts) > most else [])])


def wrapped(text: str, width: int, lines: int) -> list[str]:
    """Break a text into lines; what is more than these hold is cut.

    Examples
    --------
    >>> wrapped("the inner sizes differ", width=10, lines=2)
    ['the inner', 'sizes…']
    """
    return textwrap.wrap(clean(text), width, max_lines=lines, placeholder="…")


def own_name(name: str, scope: Sequence[str]) -> str:
    """Give the name without the scope in front of it.

    Examples
    --------
    >>> own_name("dense_1/weight_multiply", ("dense_1",))
    'weight_multiply'
    >>> own_name("a/b", ())
    'a/b'
    """
    prefix = "/".join(scope) + "/"
    return name[len(prefix) :] if scope and name.startswith(prefix) else name


def names_its_class(name: str, class_name: str) -> bool:
    """Whether a name says what its class is, but for a number at the end.

    Examples
    --------
    >>> names_its_class("sigmoid_2", "Sigmoid"), names_its_class("gate", "Sigmoid")
    (True, False)
    """
    plain = snake_case(class_name)
    return name == plain or re.sub(r"_[0-9]+\Z", "", name) == plain


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a value that a plan has taken off its node."""

    shape: tuple[int, ...]
    dtype: Any


def value_of(node: Any) -> Any:
    """Give a node's value, or what stands for its shape and dtype; None if unknown."""
    shape, dtype = node.shape, node.dtype
    if node.output is not None or shape is None:
        return node.output
    if isinstance(dtype, tuple):
        return tuple([Seen(*each) for each in zip(shape, dtype, strict=True)])
    return Seen(shape, dtype)


def shape_text(value: Any) -> str:
    """Write the shape of a value, of each of several, or that there is none.

    Examples
    --------
    >>> import numpy as np
    >>> shape_text(np.zeros((2, 3))), shape_text(None)
    ('(2, 3)', '–')
    >>> shape_text((np.zeros(2), 1.0))
    '(2,), ()'
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, tuple):
        return ", ".join(shape_text(part) for part in value)
    return str(tuple(int(size) for size in getattr(value, "shape", ())))


def dtype_text(value: Any) -> str:
    """Write the dtype of a value, or of each of several.

    Examples
    --------
    >>> dtype_text(2.0), dtype_text(None)
    ('float', '–')
    """
    if value is None:
        return UNKNOWN
    if isinstance(value, tuple):
        return ", ".join(dtype_text(part) for part in value)
    return str(getattr(value, "dtype", type(value).__name__))


def place(node: Any) -> str:
    """Name the user's line that made a node: ``model.py:14``."""
    source = getattr(node, "source", None)
    if source is None:
        return UNKNOWN
    return f"{clean(PurePath(source.file).name)}:{source.line}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]], right: set[int]) -> str:
    """Align rows under a header; the columns in `right` stand to the right.

    Examples
    --------
    >>> print(table(["name", "size"], [["a", "12"], ["long_name", "3"]], {1}))
    name       size
    ---------  ----
    a            12
    long_name     3
    """
    lines = [list(header), *map(list, rows)]
    widths = [max(map(width_of, column)) for column in zip(*lines, strict=True)]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "  ".join(
            _pad(cell, width, to_right=index in right)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _pad(cell: str, width: int, *, to_right: bool) -> str:
    spaces = " " * (width - width_of(cell))
    return spaces + cell if to_right else cell + spaces


def width_of(text: str) -> int:
    """Count the columns of a terminal: two for an emoji, none for an accent.

    Examples
    --------
    >>> width_of("relu"), width_of("🦊")
    (4, 2)
    """
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(character) or character == "\u200d"
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )
