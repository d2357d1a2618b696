"""How the debugger shows values."""

from __future__ import annotations

import pprint
from typing import Any

import numpy as np

from graphnn.debug.terminal.colour import Palette, plain, printable
from graphnn.debug.terminal.tensors import statistics, tensor_lines
from graphnn.graph.node import Node

LONGEST = 10_000
"""Characters of a line of a text that is printed."""


def shown(value: Any, width: int, palette: Palette) -> str:
    """Show a value as ``p`` does: arrays with statistics and a small picture."""
    if isinstance(value, Node):
        return "\n".join(node_lines(value, width, palette))
    if is_arrays(value):
        value = tuple(value)
    elif not isinstance(value, np.ndarray):
        return printable_lines(repr(value))
    return "\n".join(tensor_lines(value, width, palette))


def node_lines(node: Node, width: int, palette: Palette) -> list[str]:
    """Show a node: what it is, what it holds, its gradient."""
    kind = type(node).__name__
    lines = [f"{palette.heading(printable(node.name))}  ({kind})"]
    if node.output is None:
        return [*lines, palette.faint("no value yet")]
    lines += tensor_lines(node.output, width, palette)
    gradient = node.output_grad
    if gradient is not None:
        lines.append(f"grad: {in_one_line(gradient, width - 6, palette)}")
    return lines


def in_full(value: Any, width: int) -> str:
    """Show a value as ``pp`` does: all its numbers, or as many as NumPy prints."""
    if isinstance(value, Node):
        value = value.output
    if isinstance(value, np.ndarray):
        return np.array2string(value, max_line_width=width, separator=", ")
    return printable_lines(pprint.pformat(value, width=width))


def in_one_line(value: Any, width: int, palette: Palette) -> str:
    """Show a value where there is one line for it."""
    if isinstance(value, Node):
        name = printable(value.name, width // 2)
        return f"{name}: {in_one_line(value.output, width - len(name), palette)}"
    if value is None:
        return palette.faint("None")
    if isinstance(value, np.ndarray | np.generic):
        return cut(statistics(value, palette), width)
    if is_arrays(value):
        place = next(i for i, part in enumerate(value) if part is not None)
        front = f"{len(value)} values, [{place}] "
        return cut(front + statistics(value[place], palette), width)
    return printable(repr(value), width)


def short(name: str, room: int) -> str:
    """Cut a name in front: its end tells more.

    Examples
    --------
    >>> short("encoder/block_3/dense_1/sigmoid", 20)
    '…k_3/dense_1/sigmoid'
    """
    text = printable(name, LONGEST)
    return text if len(text) <= room else f"…{text[len(text) - max(room, 2) + 1 :]}"


def cut(text: str, width: int) -> str:
    """Leave out what does not fit into a line: the figures that tell least first."""
    parts = text.split("  ")
    for figure in ("zeros", "mean", "min", "max", "norm"):
        if len(plain("  ".join(parts))) <= width:
            break
        parts = [part for part in parts if not part.startswith(figure)]
    return "  ".join(parts)


def is_arrays(value: Any) -> bool:
    """Tell a tuple or list of arrays, with None among them."""
    return (
        isinstance(value, tuple | list)
        and any(isinstance(part, np.ndarray) for part in value)
        and all(part is None or isinstance(part, np.ndarray) for part in value)
    )


def printable_lines(text: str) -> str:
    """Write out what would move the cursor; lines stay lines."""
    return "\n".join(printable(line, LONGEST) for line in text.splitlines())
