"""A plan as Python: a line for each call, with its node and the user's line."""

from __future__ import annotations

from typing import Any


def source_of(planned: Any, update: Any) -> str:
    """Write the calls of a planned pass, then those of the update."""
    lines = []
    for (function, arguments), call in zip(
        planned.bound, planned.made_for, strict=True
    ):
        name = getattr(function, "__name__", type(function).__name__)
        node = "" if call is None else call.owner.node.describe()
        lines.append(f"{name}({len(arguments)})  # {node}")
    return "\n".join(lines)
